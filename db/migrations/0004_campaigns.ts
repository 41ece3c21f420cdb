import { type Kysely, sql } from "kysely";

/**
 * Campaigns, their drops, and the messages that tell people about credit (domain.md 1.5, 2.1, 4.1).
 * `drop_member`, `drop_exclusion` and `message` are mass tables: one statement writes thousands of rows of one drop, whose row carries the
 * composite references; foreign keys on each of millions of rows were measured to cost 6.9 times the grant itself.
 */
const CAMPAIGNS = `
create table campaign (
  org_id uuid not null,
  shop_id uuid not null,
  id uuid not null default uuid_v7(),
  name text not null default '' check (length(name) <= 120),
  description text not null default '' check (length(description) <= 2000),
  segment_id uuid,
  -- Frozen at launch: what the segment says later does not change who gets this credit.
  segment_query text,
  unit text not null,
  amount bigint not null default 0 check (amount >= 0),
  expiry_days integer check (expiry_days between 1 and 3650),
  available_local text check (available_local ~ '^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}$'),
  time_zone text not null,
  holdout_bps integer not null default 1000 check (holdout_bps between 0 and 5000),
  message_enabled boolean not null default true,
  message_texts jsonb not null default '{}',
  status text not null default 'draft'
    check (status in ('draft', 'scheduled', 'running', 'paused', 'done', 'failed', 'cancelled')),
  status_reason text,
  -- Every saved change raises it; a save from an outdated page is refused instead of overwriting.
  version integer not null default 1,
  run_at timestamptz,
  released_at timestamptz,
  expires_at timestamptz,
  window_ends_at timestamptz,
  audience_at_launch integer,
  created_by uuid,
  created_by_label text not null,
  created_at timestamptz not null default app_now(),
  updated_at timestamptz not null default app_now(),
  launched_at timestamptz,
  finished_at timestamptz,
  primary key (shop_id, id),
  foreign key (shop_id, segment_id) references segment (shop_id, id),
  constraint launched_is_complete check (
    status in ('draft', 'cancelled')
    or (length(name) > 0 and segment_query is not null and amount > 0 and available_local is not null
        and run_at is not null and window_ends_at is not null)
  )
);
create index campaign_status on campaign (shop_id, status, run_at);

create table campaign_drop (
  org_id uuid not null,
  shop_id uuid not null,
  id uuid not null default uuid_v7(),
  campaign_id uuid not null,
  no integer not null default 1 check (no > 0),
  status text not null default 'scheduled'
    check (status in ('scheduled', 'claimed', 'granting', 'paused', 'done', 'failed', 'cancelled')),
  error text,
  run_at timestamptz not null,
  claimed_at timestamptz,
  attempts integer not null default 0,
  -- Moves with every finished chunk; a drop in work whose heartbeat stands still is claimed again.
  heartbeat_at timestamptz,
  frozen_at timestamptz,
  released_at timestamptz,
  expires_at timestamptz,
  finished_at timestamptz,
  unit text not null,
  amount bigint not null check (amount > 0),
  holdout_bps integer not null,
  salt text not null,
  members integer not null default 0,
  treated integer not null default 0,
  control integer not null default 0,
  excluded integer not null default 0,
  chunks integer not null default 0,
  chunks_done integer not null default 0,
  granted_count integer not null default 0,
  granted_total bigint not null default 0,
  cap bigint not null default 0,
  created_at timestamptz not null default app_now(),
  primary key (shop_id, id),
  unique (shop_id, campaign_id, no),
  foreign key (shop_id, campaign_id) references campaign (shop_id, id),
  -- The last line behind the counters: a drop never grants more than it froze.
  check (granted_total <= cap),
  check (chunks_done <= chunks)
);
create index campaign_drop_due on campaign_drop (run_at) where status in ('scheduled', 'claimed', 'granting');

-- One row per grant transaction: the unit that is done or not done, whatever is replayed (domain.md B01).
create table drop_chunk (
  org_id uuid not null,
  shop_id uuid not null,
  drop_id uuid not null,
  no integer not null check (no >= 0),
  first_seq integer not null,
  last_seq integer not null,
  granted integer,
  total bigint,
  done_at timestamptz,
  primary key (shop_id, drop_id, no),
  foreign key (shop_id, drop_id) references campaign_drop (shop_id, id)
);

-- Treated members come first (seq 1 … treated), so that chunks are plain ranges of seq. The lot of a member is found by its key
-- (shop, customer, drop) in the ledger; it is not repeated here.
create table drop_member (
  org_id uuid not null,
  shop_id uuid not null,
  drop_id uuid not null,
  seq integer not null,
  customer_id uuid not null,
  arm text not null check (arm in ('treated', 'control')),
  amount bigint not null,
  status text not null default 'planned' check (status in ('planned', 'granted', 'failed')),
  primary key (shop_id, drop_id, seq),
  unique (shop_id, drop_id, customer_id)
);

create table drop_exclusion (
  org_id uuid not null,
  shop_id uuid not null,
  drop_id uuid not null,
  customer_id uuid not null,
  reason text not null check (reason in ('erased', 'merged')),
  primary key (shop_id, drop_id, customer_id)
);

select make_tenant_table(t) from unnest(array['campaign', 'campaign_drop', 'drop_chunk']::regclass[]) t;
select make_tenant_table(t, true, true) from unnest(array['drop_member', 'drop_exclusion']::regclass[]) t;

/*
 * The arm of a person (domain.md 2.1): the first 48 bits of SHA-256(salt ":" subject) modulo 10,000; control below the holdout share.
 * The same number as assignment.ts, so that anyone can check an arm without this database.
 */
create function assignment_bucket(salt text, subject text) returns integer language sql stable parallel safe
  return (('x' || encode(substring(sha256(convert_to(salt || ':' || subject, 'UTF8')) from 1 for 6), 'hex'))::bit(48)::bigint % 10000)::integer;
`;

const MESSAGES = `
create table message (
  org_id uuid not null,
  shop_id uuid not null,
  id uuid not null default uuid_v7(),
  customer_id uuid not null,
  campaign_id uuid,
  kind text not null,
  channel text not null check (channel in ('email', 'sms', 'push')),
  status text not null default 'queued' check (status in ('queued', 'sent', 'skipped', 'failed')),
  reason text,
  -- What may happen only once, as text: drop:<drop>:<customer>.
  key text not null,
  locale text not null check (locale in ('de', 'en')),
  params jsonb not null default '{}',
  created_at timestamptz not null default app_now(),
  send_after timestamptz not null default app_now(),
  sent_at timestamptz,
  primary key (shop_id, id),
  unique (shop_id, key)
);
create index message_campaign on message (shop_id, campaign_id, id);
create index message_customer on message (shop_id, customer_id, id);
create index message_queued on message (shop_id, send_after) where status = 'queued';
select make_tenant_table('message', true, true);
`;

/** Cross-tenant questions of background work: which drops are due, which campaigns end, which shops have messages waiting. */
const SYSTEM = `
create policy system_read on campaign_drop for select to guthaben_system using (true);
create policy system_read on campaign for select to guthaben_system using (true);
create policy system_read on message for select to guthaben_system using (true);
grant select (org_id, shop_id, id, status, run_at, heartbeat_at) on campaign_drop to guthaben_system;
grant select (org_id, shop_id, id, status, window_ends_at) on campaign to guthaben_system;
grant select (org_id, shop_id, status, send_after) on message to guthaben_system;

create function system_due_drops(due_before timestamptz, stalled_before timestamptz, max_rows integer)
  returns table (org_id uuid, shop_id uuid, drop_id uuid)
  language sql stable security definer set search_path = public, pg_temp as $$
  select org_id, shop_id, id from campaign_drop
  where (status = 'scheduled' and run_at < due_before) or (status in ('claimed', 'granting') and heartbeat_at < stalled_before)
  order by run_at limit least(max_rows, 1000)
$$;
create function system_ended_campaigns(max_rows integer) returns table (org_id uuid, shop_id uuid, campaign_id uuid)
  language sql stable security definer set search_path = public, pg_temp as $$
  select org_id, shop_id, id from campaign where status = 'running' and window_ends_at <= app_now() order by window_ends_at limit least(max_rows, 1000)
$$;
create function system_waiting_messages(max_rows integer) returns table (org_id uuid, shop_id uuid)
  language sql stable security definer set search_path = public, pg_temp as $$
  select s.org_id, s.id from shop s
  where exists (select 1 from message m where m.shop_id = s.id and m.status = 'queued' and m.send_after <= app_now()) limit least(max_rows, 1000)
$$;
grant create on schema public to guthaben_system;
alter function system_due_drops(timestamptz, timestamptz, integer) owner to guthaben_system;
alter function system_ended_campaigns(integer) owner to guthaben_system;
alter function system_waiting_messages(integer) owner to guthaben_system;
revoke create on schema public from guthaben_system;
revoke execute on function system_due_drops(timestamptz, timestamptz, integer), system_ended_campaigns(integer), system_waiting_messages(integer) from public;
grant execute on function system_due_drops(timestamptz, timestamptz, integer), system_ended_campaigns(integer), system_waiting_messages(integer)
  to guthaben_app, guthaben_worker;
`;

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const part of [CAMPAIGNS, MESSAGES, SYSTEM]) await sql.raw(part).execute(db);
}
