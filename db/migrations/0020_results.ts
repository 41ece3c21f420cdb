import { type Kysely, sql } from "kysely";

/**
 * Figures of a whole shop that are too dear to calculate for every visit: those of the first page and the board (`overview`), and what of
 * the programme needs all customers or all members of all drops (`programme`). A cache: everything in it can be calculated anew. And how far the
 * changes of customer groups were read for web hooks.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql
    .raw(`
create table kept_figures (
  org_id uuid not null,
  shop_id uuid not null,
  kind text not null check (kind in ('overview', 'programme')),
  computed_at timestamptz not null,
  took_ms integer not null check (took_ms >= 0),
  -- Figures of another shape are not read but calculated anew (roi/kept-figures.ts).
  shape smallint not null,
  value jsonb not null,
  primary key (shop_id, kind)
);
select make_tenant_table('kept_figures');

-- The last row of rfm_change that was read; null until a run ends.
alter table message_settings add column groups_after uuid;
`)
    .execute(db);
}
