import { type Kysely, sql } from "kysely";

/**
 * The last calculated result of each campaign, so that pages over all campaigns need not read all orders again. A cache: the report of a
 * campaign calculates anew. Final once returns have matured.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql
    .raw(`
create table campaign_result (
  org_id uuid not null,
  shop_id uuid not null,
  campaign_id uuid not null,
  computed_at timestamptz not null,
  final boolean not null,
  -- Checked by roi/results.ts when read.
  summary jsonb not null,
  primary key (shop_id, campaign_id),
  foreign key (shop_id, campaign_id) references campaign (shop_id, id)
);
select make_tenant_table('campaign_result');
`)
    .execute(db);
}
