import { type Kysely, sql } from "kysely";

/**
 * What makes campaigns a programme with guard rails: amounts that depend on the person, conditions, times in each customer's zone,
 * repeats, approvals, budgets, recalls and strategies of one's own (domain.md 1.5, 4.4, 5.4).
 */
const CAMPAIGN = `
alter table campaign
  add column offer jsonb not null default '{"type":"fixed"}' check (jsonb_typeof(offer) = 'object'),
  add column terms jsonb check (jsonb_typeof(terms) = 'object'),
  add column origin text not null default 'unpaid' check (origin in ('unpaid', 'earned')),
  add column counsel_checked boolean not null default false,
  add column expiry_date date,
  add column zone text not null default 'shop' check (zone in ('shop', 'customer')),
  add column repeat jsonb not null default '{"type":"none"}' check (jsonb_typeof(repeat) = 'object'),
  add column ends_local text check (ends_local ~ '^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}$'),
  add column ends_at timestamptz,
  add column budget bigint check (budget > 0),
  add column strategy text check (length(strategy) <= 80),
  add column status_params jsonb not null default '{}',
  -- Segment entries only: when it is looked for people who came in since.
  add column next_run_at timestamptz,
  add column archived_at timestamptz,
  add constraint one_expiry check (expiry_days is null or expiry_date is null),
  drop constraint campaign_status_check,
  add constraint campaign_status_check check (status in
    ('draft', 'submitted', 'approved', 'scheduled', 'running', 'paused', 'done', 'failed', 'cancelled', 'recalled')),
  drop constraint launched_is_complete,
  add constraint launched_is_complete check (
    status in ('draft', 'submitted', 'approved', 'cancelled')
    or (length(name) > 0 and segment_query is not null and (amount > 0 or offer ->> 'type' <> 'fixed') and available_local is not null
        and run_at is not null and window_ends_at is not null)
  ),
  -- Automatic grants without a cap would be an open purse.
  add constraint repeats_have_budget check (status in ('draft', 'submitted', 'approved', 'cancelled') or repeat ->> 'type' = 'none' or budget is not null);
create index campaign_next_run on campaign (next_run_at) where next_run_at is not null;

-- Everyone who wrote a part of a campaign, for "never by its author". An agency's people count as one (domain.md 5.1, B15).
create table campaign_author (
  org_id uuid not null,
  shop_id uuid not null,
  campaign_id uuid not null,
  user_id uuid not null,
  agency_id uuid,
  first_at timestamptz not null default app_now(),
  primary key (shop_id, campaign_id, user_id),
  foreign key (shop_id, campaign_id) references campaign (shop_id, id)
);

alter table campaign_drop
  add column terms_id uuid,
  add column failed_count integer not null default 0,
  add column skipped_count integer not null default 0,
  add column error_params jsonb not null default '{}',
  -- Which calendar month of the shop its grants count in, 'YYYY-MM'; fixed at the release.
  add column month text,
  drop constraint campaign_drop_amount_check,
  add constraint campaign_drop_amount_check check (amount >= 0);

alter table drop_member
  -- Index of the amount arm; 0 without arms.
  add column variant smallint not null default 0,
  add column zone_no smallint not null default 0,
  add column reason text,
  drop constraint drop_member_status_check,
  add constraint drop_member_status_check check (status in ('planned', 'granted', 'failed', 'skipped'));

alter table drop_exclusion
  drop constraint drop_exclusion_reason_check,
  add constraint drop_exclusion_reason_check check (reason in ('erased', 'merged', 'noAmount', 'globalHoldout', 'alreadyHad'));

-- From when to when a drop's credit is good, by time zone; number 0 is the shop's. Instants come from Temporal, never from SQL.
create table drop_zone (
  org_id uuid not null,
  shop_id uuid not null,
  drop_id uuid not null,
  no smallint not null check (no >= 0),
  time_zone text not null,
  available_from timestamptz not null,
  expires_at timestamptz,
  primary key (shop_id, drop_id, no),
  foreign key (shop_id, drop_id) references campaign_drop (shop_id, id)
);

-- Who is in the segment of a campaign that waits for people to enter it.
create table campaign_presence (
  org_id uuid not null,
  shop_id uuid not null,
  campaign_id uuid not null,
  customer_id uuid not null,
  present boolean not null,
  since timestamptz not null,
  -- The last time this campaign's credit was planned for this person.
  had_at timestamptz,
  primary key (shop_id, campaign_id, customer_id)
);
`;

const GUARDS = `
create table campaign_approval (
  org_id uuid not null,
  shop_id uuid not null,
  id uuid not null default uuid_v7(),
  campaign_id uuid not null,
  status text not null default 'open' check (status in ('open', 'approved', 'rejected', 'withdrawn', 'void')),
  -- SHA-256 over everything that decides who gets how much, when and under which conditions.
  hash text not null check (hash ~ '^[0-9a-f]{64}$'),
  audience integer not null,
  cost bigint not null,
  required smallint not null check (required between 0 and 2),
  note text not null default '' check (length(note) <= 500),
  submitted_by uuid,
  submitted_by_label text not null,
  submitted_at timestamptz not null default app_now(),
  closed_at timestamptz,
  primary key (shop_id, id),
  foreign key (shop_id, campaign_id) references campaign (shop_id, id)
);
create unique index campaign_approval_open on campaign_approval (shop_id, campaign_id) where status = 'open';
create index campaign_approval_campaign on campaign_approval (shop_id, campaign_id, id desc);

create table campaign_decision (
  org_id uuid not null,
  shop_id uuid not null,
  approval_id uuid not null,
  user_id uuid not null,
  label text not null,
  decision text not null check (decision in ('approve', 'reject')),
  note text not null default '' check (length(note) <= 500),
  at timestamptz not null default app_now(),
  -- One voice per person.
  primary key (shop_id, approval_id, user_id),
  foreign key (shop_id, approval_id) references campaign_approval (shop_id, id)
);

create table campaign_recall (
  org_id uuid not null,
  shop_id uuid not null,
  id uuid not null default uuid_v7(),
  campaign_id uuid not null,
  status text not null default 'open' check (status in ('open', 'running', 'done', 'rejected')),
  reason text not null check (length(reason) between 3 and 500),
  notify boolean not null default false,
  required smallint not null check (required between 0 and 1),
  -- As previewed when it was asked for.
  lots integer not null,
  total bigint not null,
  recalled_lots integer not null default 0,
  recalled_total bigint not null default 0,
  steps integer not null default 0,
  requested_by uuid,
  requested_by_label text not null,
  requested_at timestamptz not null default app_now(),
  decided_by_label text,
  decided_at timestamptz,
  finished_at timestamptz,
  primary key (shop_id, id),
  foreign key (shop_id, campaign_id) references campaign (shop_id, id)
);
create unique index campaign_recall_live on campaign_recall (shop_id, campaign_id) where status in ('open', 'running');

-- Guard rails of a shop; no row means the defaults.
create table campaign_policy (
  org_id uuid not null,
  shop_id uuid not null,
  approval_from bigint check (approval_from >= 0),
  second_approval_from bigint check (second_approval_from >= 0),
  month_cap bigint check (month_cap >= 0),
  customer_cap bigint check (customer_cap > 0),
  customer_days integer not null check (customer_days between 1 and 365),
  halted_at timestamptz,
  halted_by_label text,
  halted_reason text,
  updated_at timestamptz not null default app_now(),
  updated_by_label text not null,
  primary key (shop_id)
);

-- What the campaigns of all shops of an organisation may grant in a calendar month, by unit.
create table organisation_budget (
  org_id uuid not null references organisation (id),
  unit text not null,
  month_cap bigint not null check (month_cap >= 0),
  updated_at timestamptz not null default app_now(),
  updated_by_label text not null,
  primary key (org_id, unit)
);

create table campaign_strategy (
  org_id uuid not null,
  shop_id uuid not null,
  id uuid not null default uuid_v7(),
  name text not null check (length(name) between 1 and 120),
  description text not null default '' check (length(description) <= 2000),
  segment_id uuid,
  query text not null,
  unit text not null,
  amount bigint not null,
  offer jsonb not null,
  terms jsonb,
  expiry_days integer,
  holdout_bps integer not null,
  message_enabled boolean not null,
  message_texts jsonb not null,
  created_by_label text not null,
  created_at timestamptz not null default app_now(),
  primary key (shop_id, id)
);
create unique index campaign_strategy_name on campaign_strategy (shop_id, lower(name));

select make_tenant_table(t) from unnest(array['campaign_author', 'drop_zone', 'campaign_approval', 'campaign_decision', 'campaign_recall',
  'campaign_policy', 'organisation_budget', 'campaign_strategy']::regclass[]) t;
select make_tenant_table('campaign_presence', true, true);
`;

/** Cross-tenant questions of background work. A halted shop has nothing due. */
const SYSTEM = `
create policy system_read on campaign_policy for select to guthaben_system using (true);
create policy system_read on campaign_recall for select to guthaben_system using (true);
grant select (org_id, shop_id, halted_at) on campaign_policy to guthaben_system;
grant select (org_id, shop_id, id, status) on campaign_recall to guthaben_system;
grant select (next_run_at, repeat, ends_at) on campaign to guthaben_system;
grant select (campaign_id) on campaign_drop to guthaben_system;

create or replace function system_due_drops(due_before timestamptz, stalled_before timestamptz, max_rows integer)
  returns table (org_id uuid, shop_id uuid, drop_id uuid)
  language sql stable security definer set search_path = public, pg_temp as $$
  select d.org_id, d.shop_id, d.id from campaign_drop d
  where ((d.status = 'scheduled' and d.run_at < due_before) or (d.status in ('claimed', 'granting') and d.heartbeat_at < stalled_before))
    and not exists (select 1 from campaign_policy p where p.shop_id = d.shop_id and p.halted_at is not null)
  order by d.run_at limit least(max_rows, 1000)
$$;
create or replace function system_ended_campaigns(max_rows integer) returns table (org_id uuid, shop_id uuid, campaign_id uuid)
  language sql stable security definer set search_path = public, pg_temp as $$
  select c.org_id, c.shop_id, c.id from campaign c
  where c.status = 'running' and c.window_ends_at <= app_now() and (c.repeat ->> 'type' = 'none' or c.ends_at <= app_now())
    and not exists (select 1 from campaign_drop d where d.shop_id = c.shop_id and d.campaign_id = c.id and d.status in ('scheduled', 'claimed', 'granting'))
  order by c.window_ends_at limit least(max_rows, 1000)
$$;
create function system_due_entries(max_rows integer) returns table (org_id uuid, shop_id uuid, campaign_id uuid)
  language sql stable security definer set search_path = public, pg_temp as $$
  select c.org_id, c.shop_id, c.id from campaign c
  where c.next_run_at <= app_now() and c.status in ('scheduled', 'running')
    and not exists (select 1 from campaign_policy p where p.shop_id = c.shop_id and p.halted_at is not null)
  order by c.next_run_at limit least(max_rows, 1000)
$$;
grant create on schema public to guthaben_system;
alter function system_due_entries(integer) owner to guthaben_system;
revoke create on schema public from guthaben_system;
revoke execute on function system_due_entries(integer) from public;
grant execute on function system_due_entries(integer) to guthaben_app, guthaben_worker;
`;

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const part of [CAMPAIGN, GUARDS, SYSTEM]) await sql.raw(part).execute(db);
}
