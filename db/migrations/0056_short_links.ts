import { type Kysely, sql } from "kysely";

/**
 * A short way to a person's settings for SMS, which are billed by their length: 96 random bits instead of a signed token of 87 characters.
 * A token alone names no tenant, so a function of the machine finds the one it belongs to, by the whole code and nothing else.
 */
const SHORT_LINKS = `
create table short_link (
  org_id uuid not null,
  shop_id uuid not null,
  customer_id uuid not null,
  code text not null unique check (code ~ '^[A-Za-z0-9_-]{16}$'),
  created_at timestamptz not null default app_now(),
  primary key (shop_id, customer_id)
);
select make_tenant_table('short_link');
create policy system_read on short_link for select to guthaben_system using (true);
grant select (org_id, shop_id, customer_id, code) on short_link to guthaben_system;

create function system_short_link(wanted text) returns table (org_id uuid, shop_id uuid, customer_id uuid)
  language sql stable security definer set search_path = public, pg_temp as $$
  select l.org_id, l.shop_id, l.customer_id from short_link l where l.code = wanted
$$;
grant create on schema public to guthaben_system;
alter function system_short_link(text) owner to guthaben_system;
revoke create on schema public from guthaben_system;
revoke execute on function system_short_link(text) from public;
grant execute on function system_short_link(text) to guthaben_app, guthaben_worker;
`;

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw(SHORT_LINKS).execute(db);
}
