import { type Kysely, sql } from "kysely";

/** Pictures of a brand that e-mails show: kept for good, because sent mail goes on naming them. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const part of [
    `create table brand_picture (
      org_id uuid not null,
      shop_id uuid not null,
      id uuid not null default uuid_v7(),
      type text not null check (type in ('image/png', 'image/jpeg', 'image/gif', 'image/webp')),
      hash bytea not null check (length(hash) = 32),
      bytes bytea not null check (length(bytes) between 1 and 204800),
      created_at timestamptz not null default app_now(),
      primary key (shop_id, id),
      unique (shop_id, hash)
    )`,
    `select make_tenant_table('brand_picture')`,
  ])
    await sql.raw(part).execute(db);
}
