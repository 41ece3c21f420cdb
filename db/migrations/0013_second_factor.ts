import { type Kysely, sql } from "kysely";

/**
 * One-time codes as a second factor (RFC 6238). The secret is sealed; the step of the last accepted code is kept, so that a code that was
 * looked over a shoulder is worth nothing. Both tables belong to a person, like sessions.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql
    .raw(`
create table auth_factor (
  user_id uuid primary key references app_user (id) on delete cascade,
  secret bytea not null,
  created_at timestamptz not null default clock_timestamp(),
  -- Null while it is being set up: it protects nothing before the person has shown a code.
  confirmed_at timestamptz,
  last_step bigint not null default 0
);
create table auth_recovery_code (
  user_id uuid not null references auth_factor (user_id) on delete cascade,
  code_hash bytea not null,
  used_at timestamptz,
  primary key (user_id, code_hash)
);
grant select, insert, update, delete on auth_factor, auth_recovery_code to guthaben_app;
alter table organisation add column second_factor_required boolean not null default false;
`)
    .execute(db);
}
