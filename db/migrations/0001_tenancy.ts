import { type Kysely, sql } from "kysely";

/**
 * Roles, the clock, row-level security helpers, and everything about who may enter: people, organisations, shops, agencies, keys, audit.
 * Roles are cluster-wide, so creating them tolerates that another database of the same server already did.
 */
const ROLES = `
do $$
declare r text;
begin
  foreach r in array array['guthaben_app','guthaben_worker','guthaben_ledger','guthaben_system','guthaben_readonly'] loop
    begin
      execute format('create role %I nologin nobypassrls', r);
    exception when duplicate_object or unique_violation then null;
    end;
    begin
      execute format('grant %I to %I', r, current_user);
    exception when unique_violation then null;
    end;
  end loop;
end $$;
`;

const BASE = `
revoke create on schema public from public;
grant usage on schema public to guthaben_app, guthaben_worker, guthaben_ledger, guthaben_system, guthaben_readonly;

create function app_org() returns uuid language sql stable parallel safe
  return nullif(current_setting('app.org_id', true), '')::uuid;
create function app_shop() returns uuid language sql stable parallel safe
  return nullif(current_setting('app.shop_id', true), '')::uuid;
create function app_user_id() returns uuid language sql stable parallel safe
  return nullif(current_setting('app.user_id', true), '')::uuid;

-- Time-ordered ids keep indexes of growing tables compact. PostgreSQL has uuidv7() only from 18 on. The microsecond goes into the twelve
-- bits behind the millisecond (RFC 9562, 6.2, method 3): lists sorted by id show what happened within one millisecond in its order, too.
create function uuid_v7() returns uuid language sql volatile parallel safe as $$
  select encode(overlay(overlay(uuid_send(gen_random_uuid())
    placing substring(int8send(micros / 1000) from 3) from 1 for 6)
    placing substring(int8send(28672 + micros % 1000 * 4096 / 1000) from 7) from 7 for 2), 'hex')::uuid
  from (select floor(extract(epoch from clock_timestamp()) * 1000000)::bigint as micros) t
$$;

-- The one clock. Without a row here (production) it is clock_timestamp(); a test clock runs on from where it was set.
create table app_clock (
  only_row boolean primary key default true check (only_row),
  base timestamptz,
  set_at timestamptz
);
create function app_now() returns timestamptz language sql volatile security definer set search_path = public, pg_temp as $$
  select coalesce((select base + (clock_timestamp() - set_at) from app_clock), clock_timestamp())
$$;
create function set_test_clock(new_now timestamptz) returns timestamptz language plpgsql volatile security definer
  set search_path = public, pg_temp as $$
begin
  update app_clock set base = new_now, set_at = case when new_now is null then null else clock_timestamp() end;
  if not found then raise exception 'the test clock is switched off' using errcode = '42501'; end if;
  perform pg_notify('guthaben_clock', '');
  return app_now();
end $$;

/*
 * Makes a table a tenant table: forced row-level security by organisation (and by shop, where it has one), composite key to the shop, grants.
 * hot = true leaves the foreign key away (measured: 6.9 times slower grants); such tables are filled by ledger or drop statements only.
 */
create function make_tenant_table(tbl regclass, writable boolean default true, hot boolean default false) returns void language plpgsql as $$
declare has_shop boolean := exists (select 1 from pg_attribute where attrelid = tbl and attname = 'shop_id' and not attisdropped);
declare shop_nullable boolean := exists (select 1 from pg_attribute where attrelid = tbl and attname = 'shop_id' and not attisdropped and not attnotnull);
declare cond text := 'org_id = (select app_org())';
begin
  if has_shop then
    cond := cond || case when shop_nullable then ' and (shop_id is null or shop_id = coalesce((select app_shop()), shop_id))'
                         else ' and shop_id = coalesce((select app_shop()), shop_id)' end;
  end if;
  execute format('alter table %s enable row level security', tbl);
  execute format('alter table %s force row level security', tbl);
  execute format('create policy tenant on %s using (%s) with check (%s)', tbl, cond, cond);
  if has_shop and not hot then
    execute format('alter table %s add foreign key (org_id, shop_id) references shop (org_id, id)', tbl);
  end if;
  execute format('grant select on %s to guthaben_app, guthaben_readonly', tbl);
  if writable then execute format('grant insert, update, delete on %s to guthaben_app', tbl); end if;
end $$;
`;

const PEOPLE = `
create table app_user (
  id uuid primary key default uuid_v7(),
  email text not null check (length(email) between 3 and 320),
  email_key text not null unique,
  name text not null check (length(name) between 1 and 200),
  password_hash text,
  locale text not null default 'de' check (locale in ('de', 'en')),
  theme text not null default 'system' check (theme in ('system', 'light', 'dark')),
  created_at timestamptz not null default app_now(),
  disabled_at timestamptz
);
-- Sessions and throttling live by the real clock: moving the test clock to a campaign's expiry must sign nobody out.
create table auth_session (
  id uuid primary key default uuid_v7(),
  user_id uuid not null references app_user (id) on delete cascade,
  token_hash bytea not null unique,
  created_at timestamptz not null default clock_timestamp(),
  last_seen_at timestamptz not null default clock_timestamp(),
  expires_at timestamptz not null,
  revoked_at timestamptz,
  strong_at timestamptz not null default clock_timestamp(),
  ip text,
  user_agent text
);
create index auth_session_user on auth_session (user_id, created_at desc);
create table auth_throttle (
  key text primary key,
  window_start timestamptz not null,
  attempts integer not null
);
grant select, insert, update on app_user, auth_session, auth_throttle to guthaben_app;
grant delete on auth_throttle, auth_session to guthaben_app;

create table organisation (
  id uuid primary key default uuid_v7(),
  name text not null check (length(name) between 1 and 200),
  created_at timestamptz not null default app_now()
);
create table shop (
  org_id uuid not null references organisation (id),
  id uuid not null unique default uuid_v7(),
  name text not null check (length(name) between 1 and 200),
  currency text not null check (currency ~ '^[A-Z]{3}$'),
  time_zone text not null,
  country text not null check (country ~ '^[A-Z]{2}$'),
  locale text not null default 'de' check (locale in ('de', 'en')),
  settings jsonb not null default '{}',
  created_at timestamptz not null default app_now(),
  archived_at timestamptz,
  primary key (org_id, id)
);
create table membership (
  org_id uuid not null references organisation (id),
  id uuid not null default uuid_v7(),
  user_id uuid not null references app_user (id) on delete cascade,
  role text not null check (role in ('owner', 'admin', 'marketer', 'analyst', 'support', 'finance')),
  shop_ids uuid[],
  created_at timestamptz not null default app_now(),
  primary key (org_id, id),
  unique (org_id, user_id)
);
create index membership_user on membership (user_id);

create table agency (
  id uuid primary key default uuid_v7(),
  name text not null check (length(name) between 1 and 200),
  created_at timestamptz not null default app_now()
);
create table agency_member (
  agency_id uuid not null references agency (id) on delete cascade,
  user_id uuid not null references app_user (id) on delete cascade,
  role text not null default 'member' check (role in ('admin', 'member')),
  created_at timestamptz not null default app_now(),
  primary key (agency_id, user_id)
);
create index agency_member_user on agency_member (user_id);
create table agency_invitation (
  id uuid primary key default uuid_v7(),
  agency_id uuid not null references agency (id) on delete cascade,
  email text not null,
  email_key text not null,
  role text not null check (role in ('admin', 'member')),
  token_hash bytea not null unique,
  invited_by uuid references app_user (id),
  created_at timestamptz not null default app_now(),
  expires_at timestamptz not null,
  accepted_at timestamptz,
  revoked_at timestamptz
);
create index agency_invitation_agency on agency_invitation (agency_id);
create table agency_grant (
  org_id uuid not null references organisation (id),
  id uuid not null default uuid_v7(),
  agency_id uuid not null references agency (id),
  max_role text not null check (max_role in ('admin', 'marketer', 'analyst', 'support', 'finance')),
  shop_ids uuid[],
  granted_by uuid references app_user (id),
  created_at timestamptz not null default app_now(),
  expires_at timestamptz,
  revoked_at timestamptz,
  primary key (org_id, id)
);
create unique index agency_grant_live on agency_grant (org_id, agency_id) where revoked_at is null;
create index agency_grant_agency on agency_grant (agency_id);
create table invitation (
  org_id uuid not null references organisation (id),
  id uuid not null default uuid_v7(),
  email text not null,
  email_key text not null,
  role text not null check (role in ('owner', 'admin', 'marketer', 'analyst', 'support', 'finance')),
  shop_ids uuid[],
  token_hash bytea not null unique,
  invited_by uuid references app_user (id),
  created_at timestamptz not null default app_now(),
  expires_at timestamptz not null,
  accepted_at timestamptz,
  revoked_at timestamptz,
  primary key (org_id, id)
);
create unique index invitation_open on invitation (org_id, email_key) where accepted_at is null and revoked_at is null;
create table api_key (
  org_id uuid not null,
  shop_id uuid not null,
  id uuid not null default uuid_v7(),
  public_id text not null unique,
  name text not null check (length(name) between 1 and 100),
  secret_hash bytea not null,
  scopes text[] not null,
  created_by uuid references app_user (id),
  created_at timestamptz not null default app_now(),
  expires_at timestamptz,
  revoked_at timestamptz,
  last_used_at timestamptz,
  primary key (org_id, id)
);

-- Entries and their chain are two tables, so that both stay append-only although the chain is computed a moment later by one worker.
create table audit (
  org_id uuid not null references organisation (id),
  id uuid not null default uuid_v7(),
  shop_id uuid,
  -- Milliseconds, as the browser's cursors carry them.
  at timestamptz(3) not null default app_now(),
  actor_type text not null check (actor_type in ('user', 'apiKey', 'system')),
  actor_id text,
  actor_label text not null,
  agency_id uuid,
  action text not null,
  entity text not null,
  entity_id text,
  before_hash text,
  after jsonb not null default '{}',
  request_id text not null,
  primary key (org_id, id)
);
create index audit_recent on audit (org_id, at desc, id desc);
create table audit_chain (
  org_id uuid not null,
  seq bigint not null check (seq > 0),
  audit_id uuid not null,
  prev_hash text not null,
  hash text not null,
  primary key (org_id, seq),
  unique (org_id, audit_id),
  foreign key (org_id, audit_id) references audit (org_id, id)
);
create function refuse_change() returns trigger language plpgsql as $$
begin
  raise exception '% is append-only', tg_table_name using errcode = '42501';
end $$;
create trigger audit_append_only before update or delete or truncate on audit for each statement execute function refuse_change();
create trigger audit_chain_append_only before update or delete or truncate on audit_chain for each statement execute function refuse_change();
`;

const POLICIES = `
select make_tenant_table(t) from unnest(array['membership','agency_grant','invitation','api_key']::regclass[]) t;
select make_tenant_table(t, false) from unnest(array['audit','audit_chain']::regclass[]) t;
grant insert on audit, audit_chain to guthaben_app;

-- organisation and shop are tenant tables keyed by themselves.
alter table organisation enable row level security;
alter table organisation force row level security;
create policy tenant on organisation using (id = (select app_org())) with check (id = (select app_org()));
grant select, insert, update on organisation to guthaben_app;
alter table shop enable row level security;
alter table shop force row level security;
create policy tenant on shop using (org_id = (select app_org()) and id = coalesce((select app_shop()), id))
  with check (org_id = (select app_org()) and id = coalesce((select app_shop()), id));
grant select, insert, update on shop to guthaben_app;
grant select on organisation, shop to guthaben_readonly;
grant select, insert, update on agency to guthaben_app;
grant select, insert, update, delete on agency_member to guthaben_app;
grant select, insert, update on agency_invitation to guthaben_app;

-- A person sees the own memberships and agencies before an organisation is chosen. Inside an organisation these policies are off:
-- permissive policies add up, and the own rows of another organisation must not appear in this one's lists.
create policy own on membership for select using ((select app_org()) is null and user_id = (select app_user_id()));
create policy via_agency on agency_grant for select using (
  (select app_org()) is null and agency_id in (select agency_id from agency_member where user_id = (select app_user_id())));
create policy reachable on organisation for select using (
  (select app_org()) is null and (id in (select org_id from membership where user_id = (select app_user_id()))
  or id in (select g.org_id from agency_grant g join agency_member m using (agency_id)
            where m.user_id = (select app_user_id()) and g.revoked_at is null and coalesce(g.expires_at, 'infinity') > app_now())));
create policy reachable on shop for select using (
  (select app_org()) is null and (org_id in (select org_id from membership where user_id = (select app_user_id()))
  or org_id in (select g.org_id from agency_grant g join agency_member m using (agency_id)
            where m.user_id = (select app_user_id()) and g.revoked_at is null and coalesce(g.expires_at, 'infinity') > app_now())));

/*
 * What background work must know across tenants, as narrow functions owned by a role that may read just these tables.
 */
create policy system_read on organisation for select to guthaben_system using (true);
create policy system_read on shop for select to guthaben_system using (true);
create policy system_read on api_key for select to guthaben_system using (true);
create policy system_read on invitation for select to guthaben_system using (true);
grant select on organisation, shop, api_key, invitation to guthaben_system;
create function system_shops() returns table (org_id uuid, shop_id uuid, time_zone text, currency text)
  language sql stable security definer set search_path = public, pg_temp as $$
  select org_id, id, time_zone, currency from shop where archived_at is null
$$;
create function system_organisations() returns table (id uuid)
  language sql stable security definer set search_path = public, pg_temp as $$
  select id from organisation order by id
$$;
create function system_api_key(public text)
  returns table (org_id uuid, shop_id uuid, id uuid, name text, secret_hash bytea, scopes text[], expires_at timestamptz, revoked_at timestamptz,
    last_used_at timestamptz)
  language sql stable security definer set search_path = public, pg_temp as $$
  select org_id, shop_id, id, name, secret_hash, scopes, expires_at, revoked_at, last_used_at from api_key where public_id = public
$$;
create function system_invitation(token bytea) returns table (org_id uuid, id uuid)
  language sql stable security definer set search_path = public, pg_temp as $$
  select org_id, id from invitation where token_hash = token and accepted_at is null and revoked_at is null and expires_at > app_now()
$$;
grant create on schema public to guthaben_system;
alter function system_shops() owner to guthaben_system;
alter function system_organisations() owner to guthaben_system;
alter function system_api_key(text) owner to guthaben_system;
alter function system_invitation(bytea) owner to guthaben_system;
revoke create on schema public from guthaben_system;
revoke execute on function system_shops(), system_organisations(), system_api_key(text), system_invitation(bytea) from public;
grant execute on function system_shops(), system_organisations(), system_api_key(text), system_invitation(bytea) to guthaben_app, guthaben_worker;
`;

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const part of [ROLES, BASE, PEOPLE, POLICIES]) await sql.raw(part).execute(db);
}
