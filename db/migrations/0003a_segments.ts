import { type Kysely, sql } from "kysely";

/** Saved segments. The text is the truth; `ast` is what it parsed to, `hash` identifies its canonical form for approvals. */
const SEGMENTS = `
create table segment (
  org_id uuid not null,
  shop_id uuid not null,
  id uuid not null default uuid_v7(),
  name text not null check (length(name) between 1 and 200),
  description text not null default '' check (length(description) <= 2000),
  tags text[] not null default '{}' check (cardinality(tags) <= 20),
  query text not null check (length(query) <= 20000),
  ast jsonb not null,
  hash text not null check (hash ~ '^[0-9a-f]{64}$'),
  -- Every saved change raises it; a save from an outdated page is refused instead of overwriting.
  version integer not null default 1 check (version > 0),
  created_by uuid,
  created_by_label text not null,
  created_at timestamptz not null default app_now(),
  updated_at timestamptz not null default app_now(),
  archived_at timestamptz,
  primary key (shop_id, id)
);
-- A name says which audience is meant, so two live segments of a shop never share one.
create unique index segment_name on segment (shop_id, lower(name)) where archived_at is null;
create index segment_recent on segment (shop_id, updated_at desc, id desc);
select make_tenant_table('segment');

-- Erased people belong to no segment; with this the check reads the few of them instead of every customer.
create index customer_erased on customer (shop_id, id) where erased_at is not null;

-- The keystroke after this one cancels its count. The token is random and known to the asker only, so nothing else can be cancelled.
-- Owned by the login role, not guthaben_system: PostgreSQL lets only a backend's own role (or a superuser) cancel it.
create function cancel_segment_preview(token text) returns integer language sql volatile security definer
  set search_path = pg_catalog, pg_temp as $$
  select count(*)::integer from (
    select pg_cancel_backend(pid) as done from pg_stat_activity
    where application_name = 'preview ' || token and pid <> pg_backend_pid()) t
  where done
$$;
revoke execute on function cancel_segment_preview(text) from public;
grant execute on function cancel_segment_preview(text) to guthaben_app;
`;

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw(SEGMENTS).execute(db);
}
