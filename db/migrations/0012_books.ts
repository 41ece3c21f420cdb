import { type Kysely, sql } from "kysely";

/** Checks of the books: asked for by a person or the night, worked off step by step, kept with what they compared. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql
    .raw(`
create table ledger_check (
  org_id uuid not null,
  shop_id uuid not null,
  id uuid not null default uuid_v7(),
  requested_at timestamptz not null default app_now(),
  requested_by_label text not null,
  finished_at timestamptz,
  done smallint not null default 0 check (done >= 0),
  -- Sums that must be equal, and breaches by invariant; the shape is checked by src/server/ledger/check.ts.
  result jsonb not null default '{}' check (jsonb_typeof(result) = 'object'),
  violations integer not null default 0 check (violations >= 0),
  primary key (shop_id, id)
);
select make_tenant_table('ledger_check');
`)
    .execute(db);
}
