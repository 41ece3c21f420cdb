import { type Kysely, sql } from "kysely";

/** Into which accounts of the bookkeeping a shop's credit is exported. One row per shop; the shape is checked by accounting/schema.ts. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql
    .raw(`
create table accounting_setup (
  org_id uuid not null,
  shop_id uuid not null,
  setup jsonb not null check (jsonb_typeof(setup) = 'object'),
  updated_at timestamptz not null default app_now(),
  updated_by_label text not null,
  primary key (shop_id)
);
select make_tenant_table('accounting_setup');
-- Reports and exports of a period; one entry per transfer, so a drop of thousands costs one.
create index transfer_at on ledger.transfer (shop_id, at);
`)
    .execute(db);
}
