import { type Kysely, sql } from "kysely";

/**
 * Whose number answered an SMS is looked up by its last digits, which are the same however people write it; the country decides about the rest.
 * A column, because row-level security keeps PostgreSQL from using an index on an expression that is not leakproof; digits 0 to 9 only, so that
 * it means the same under every collation. Only for who can leave: the others, nearly everybody of most files, cost no index entry.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql
    .raw(
      `alter table customer add column phone_end text collate "C" generated always as (right(regexp_replace(phone, '[^0-9]', '', 'g'), 6)) stored;
      create index customer_phone_end on customer (shop_id, phone_end) where sms_consent in ('SUBSCRIBED', 'PENDING') and phone_end is not null;`,
    )
    .execute(db);
}
