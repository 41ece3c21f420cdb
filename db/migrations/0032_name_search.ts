import { type Kysely, sql } from "kysely";

/**
 * Names are found whatever letter they begin with. `lower` follows the database's collation, and that of the embedded one knows ASCII only:
 * "Özdemir" kept its capital and was not found by any search, which asks in small letters. ICU folds every script and comes with PostgreSQL's
 * packages; where it does not, names stay as they were.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  const { rows } = await sql<{ icu: boolean }>`
    select exists (select from pg_collation where collname = 'und-x-icu') and getdatabaseencoding() = 'UTF8' as icu`.execute(db);
  if (!rows[0]?.icu) return;
  await sql
    .raw(
      `alter table customer
        drop column first_key,
        drop column last_key,
        add column first_key text collate "C" generated always as (lower(normalize(first_name, NFC) collate "und-x-icu")) stored,
        add column last_key text collate "C" generated always as (lower(normalize(last_name, NFC) collate "und-x-icu")) stored`,
    )
    .execute(db);
  await sql.raw("create index customer_last on customer (shop_id, last_key)").execute(db);
  await sql.raw("create index customer_first on customer (shop_id, first_key)").execute(db);
}
