import { type Kysely, sql } from "kysely";

/** Links to choose a new password: who forgot theirs could only be locked out for good. Like sessions they live by the real clock. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql
    .raw(`
create table auth_reset (
  token_hash bytea primary key,
  user_id uuid not null unique references app_user (id) on delete cascade,
  created_at timestamptz not null default clock_timestamp(),
  expires_at timestamptz not null,
  -- The organisation whose owner made it; null: who runs the installation.
  by_org uuid,
  -- Using it also takes the second factor away: not before, or the old password alone would do.
  drops_factor boolean not null default false
);
grant select, insert, update, delete on auth_reset to guthaben_app;

-- Whether a person also belongs to another organisation or to an agency: what a link of one of them would open, too.
create policy system_read on membership for select to guthaben_system using (true);
grant select on membership, agency_member to guthaben_system;
create function system_is_elsewhere(person uuid, org uuid) returns boolean
  language sql stable security definer set search_path = public, pg_temp as $$
  select exists (select from membership where user_id = person and org_id <> org) or exists (select from agency_member where user_id = person)
$$;
grant create on schema public to guthaben_system;
alter function system_is_elsewhere(uuid, uuid) owner to guthaben_system;
revoke create on schema public from guthaben_system;
revoke execute on function system_is_elsewhere(uuid, uuid) from public;
grant execute on function system_is_elsewhere(uuid, uuid) to guthaben_app;
`)
    .execute(db);
}
