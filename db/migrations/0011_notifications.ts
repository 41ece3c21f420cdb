import { type Kysely, sql } from "kysely";

/**
 * Sending and what law asks of it (domain.md 4): settings of a shop, channels with sealed secrets, consent as append-only events, suppression
 * by hashed address, templates by version, browser subscriptions, and events handed to other systems.
 */
const MESSAGE = `
alter table message drop constraint message_status_check;
alter table message
  add constraint message_status_check check (status in ('queued', 'sending', 'sent', 'skipped', 'failed', 'unknown')),
  add column category text not null default 'marketing' check (category in ('marketing', 'transactional')),
  -- On what legal ground it was sent, decided at the moment of sending.
  add column basis text check (basis in ('consent', 'existingCustomer', 'transactional')),
  add column decided_at timestamptz,
  -- Who works on it: written before the provider is called. A row that keeps its claim without an outcome becomes 'unknown'.
  add column claim uuid,
  add column claimed_at timestamptz,
  add column attempts smallint not null default 0,
  add column error text check (length(error) <= 500),
  add column provider text,
  add column provider_ref text check (length(provider_ref) <= 300),
  -- Its place under the frequency cap.
  add column slot_at timestamptz,
  add column template_id uuid,
  add column template_version integer,
  -- The grant it tells about (a lot's once_key), or the lots a reminder bundles: looked at again before sending.
  add column credit_key uuid,
  add column lots uuid[],
  add column delivered_at timestamptz,
  add column opened_at timestamptz,
  add column clicked_at timestamptz,
  add column bounced_at timestamptz,
  add column complained_at timestamptz;
create index message_sending on message (shop_id, claimed_at) where status = 'sending';
create index message_provider on message (shop_id, provider_ref) where provider_ref is not null;
create index message_sent on message (shop_id, sent_at) where sent_at is not null;

-- When a person was last reached on a channel, over all campaigns and flows. The row is also the lock under which a place is reserved.
create table send_window (
  org_id uuid not null,
  shop_id uuid not null,
  customer_id uuid not null,
  channel text not null check (channel in ('email', 'sms', 'push')),
  recent timestamptz[] not null default '{}',
  primary key (shop_id, customer_id, channel)
);
select make_tenant_table('send_window', true, true);

-- What a campaign sends, beside its own words: channel, template, spread over time, and whether sending stands still.
create table campaign_message (
  org_id uuid not null,
  shop_id uuid not null,
  campaign_id uuid not null,
  channel text not null default 'email' check (channel in ('email', 'sms', 'push')),
  template_id uuid,
  spread_minutes integer not null default 0 check (spread_minutes between 0 and 1440),
  paused_at timestamptz,
  primary key (shop_id, campaign_id),
  foreign key (shop_id, campaign_id) references campaign (shop_id, id)
);
select make_tenant_table('campaign_message');
`;

const SETTINGS = `
create table message_settings (
  org_id uuid not null,
  shop_id uuid not null primary key,
  -- Keys of hashed addresses (suppression survives erasure and a changed AUTH_SECRET).
  pepper bytea not null default decode(replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', ''), 'hex'),
  policy jsonb not null default '{}',
  brand jsonb not null default '{}',
  version integer not null default 1,
  -- How far the ledger has been told to other systems.
  feed_at timestamptz,
  updated_at timestamptz not null default app_now()
);
create table notification_channel (
  org_id uuid not null,
  shop_id uuid not null,
  kind text not null check (kind in ('smtp', 'twilio', 'sms_http', 'push', 'klaviyo', 'inbound')),
  enabled boolean not null default false,
  settings jsonb not null default '{}',
  -- AES-256-GCM; the plain text never leaves the server again.
  secret bytea,
  paused_at timestamptz,
  tested_at timestamptz,
  test_error text,
  failing_since timestamptz,
  last_error text check (length(last_error) <= 500),
  updated_at timestamptz not null default app_now(),
  primary key (shop_id, kind)
);
create table message_template (
  org_id uuid not null,
  shop_id uuid not null,
  id uuid not null default uuid_v7(),
  kind text not null,
  channel text not null check (channel in ('email', 'sms', 'push')),
  name text not null check (length(name) between 1 and 120),
  -- The version in use.
  version integer not null default 1,
  -- One template may stand in for the built-in text of its event.
  is_default boolean not null default false,
  archived_at timestamptz,
  created_at timestamptz not null default app_now(),
  updated_at timestamptz not null default app_now(),
  primary key (shop_id, id)
);
create unique index message_template_default on message_template (shop_id, kind, channel) where is_default and archived_at is null;
create table message_template_version (
  org_id uuid not null,
  shop_id uuid not null,
  template_id uuid not null,
  version integer not null check (version > 0),
  content jsonb not null check (octet_length(content::text) <= 262144),
  created_by_label text not null,
  created_at timestamptz not null default app_now(),
  primary key (shop_id, template_id, version),
  foreign key (shop_id, template_id) references message_template (shop_id, id)
);
create trigger message_template_version_append_only before update or delete or truncate on message_template_version
  for each statement execute function refuse_change();
select make_tenant_table(t) from unnest(array['message_settings', 'notification_channel', 'message_template']::regclass[]) t;
select make_tenant_table('message_template_version', false);
grant insert on message_template_version to guthaben_app;
`;

/** Consent: events are the truth, the state beside them is what they add up to (domain.md 4.2). */
const CONSENT = `
create table consent_event (
  org_id uuid not null,
  shop_id uuid not null,
  id uuid not null default uuid_v7(),
  customer_id uuid not null,
  channel text not null check (channel in ('email', 'sms', 'push', 'all')),
  purpose text not null check (purpose in ('marketing', 'tracking', 'objection')),
  state text not null check (state in ('granted', 'pending', 'withdrawn', 'none')),
  basis text not null,
  text_version text,
  source_url text check (length(source_url) <= 2000),
  ip text check (length(ip) <= 64),
  user_agent text check (length(user_agent) <= 500),
  proof jsonb not null default '{}' check (octet_length(proof::text) <= 8192),
  at timestamptz not null default app_now(),
  primary key (shop_id, id)
);
create index consent_event_customer on consent_event (shop_id, customer_id, id);
create table consent_state (
  org_id uuid not null,
  shop_id uuid not null,
  customer_id uuid not null,
  channel text not null,
  purpose text not null,
  state text not null,
  basis text not null,
  at timestamptz not null,
  primary key (shop_id, customer_id, channel, purpose)
);
create trigger consent_event_append_only before update or delete or truncate on consent_event for each statement execute function refuse_change();
create function consent_state_follow() returns trigger language plpgsql as $$
begin
  insert into consent_state (org_id, shop_id, customer_id, channel, purpose, state, basis, at)
  values (new.org_id, new.shop_id, new.customer_id, new.channel, new.purpose, new.state, new.basis, new.at)
  on conflict (shop_id, customer_id, channel, purpose) do update set state = excluded.state, basis = excluded.basis, at = excluded.at;
  return null;
end $$;
create trigger consent_state_follow after insert on consent_event for each row execute function consent_state_follow();

-- Whoever changes the consent columns of a customer leaves an event behind. Our own verbs hand the evidence over in app.consent.
create function customer_consent_event() returns trigger language plpgsql as $$
declare told jsonb := coalesce(nullif(current_setting('app.consent', true), ''), '{}')::jsonb;
declare states constant jsonb := '{"SUBSCRIBED":"granted","PENDING":"pending","UNSUBSCRIBED":"withdrawn","INVALID":"none","REDACTED":"withdrawn","NOT_SUBSCRIBED":"none"}';
begin
  if (tg_op = 'INSERT' and new.email_consent <> 'NOT_SUBSCRIBED') or (tg_op = 'UPDATE' and new.email_consent is distinct from old.email_consent) then
    insert into consent_event (org_id, shop_id, customer_id, channel, purpose, state, basis, text_version, source_url, ip, user_agent, proof)
    values (new.org_id, new.shop_id, new.id, 'email', 'marketing', states ->> new.email_consent,
            coalesce(told ->> 'basis', new.email_consent_basis, 'unproven'), told ->> 'textVersion', told ->> 'sourceUrl', told ->> 'ip',
            told ->> 'userAgent', coalesce(told -> 'proof', '{}') || jsonb_build_object('as', new.email_consent));
  end if;
  if (tg_op = 'INSERT' and new.sms_consent <> 'NOT_SUBSCRIBED') or (tg_op = 'UPDATE' and new.sms_consent is distinct from old.sms_consent) then
    insert into consent_event (org_id, shop_id, customer_id, channel, purpose, state, basis, text_version, source_url, ip, user_agent, proof)
    values (new.org_id, new.shop_id, new.id, 'sms', 'marketing', states ->> new.sms_consent,
            coalesce(told ->> 'basis', 'shop'), told ->> 'textVersion', told ->> 'sourceUrl', told ->> 'ip',
            told ->> 'userAgent', coalesce(told -> 'proof', '{}') || jsonb_build_object('as', new.sms_consent));
  end if;
  return null;
end $$;
create trigger customer_consent_insert after insert on customer for each row
  when (new.email_consent <> 'NOT_SUBSCRIBED' or new.sms_consent <> 'NOT_SUBSCRIBED') execute function customer_consent_event();
create trigger customer_consent_update after update on customer for each row
  when (new.email_consent is distinct from old.email_consent or new.sms_consent is distinct from old.sms_consent)
  execute function customer_consent_event();

create table opt_in_request (
  org_id uuid not null,
  shop_id uuid not null,
  token_hash bytea not null,
  customer_id uuid not null,
  channel text not null check (channel in ('email')),
  text_version text not null,
  source_url text,
  ip text,
  user_agent text,
  created_at timestamptz not null default app_now(),
  expires_at timestamptz not null,
  confirmed_at timestamptz,
  primary key (shop_id, token_hash)
);
create index opt_in_request_customer on opt_in_request (shop_id, customer_id, created_at);

create table suppression (
  org_id uuid not null,
  shop_id uuid not null,
  channel text not null check (channel in ('email', 'sms')),
  address_hash bytea not null,
  reason text not null check (reason in ('hardBounce', 'softBounce', 'complaint', 'manual')),
  -- Only soft bounces end by themselves.
  until timestamptz,
  -- Shown to people who look after the list; never the address.
  hint text check (length(hint) <= 100),
  created_by_label text not null,
  created_at timestamptz not null default app_now(),
  primary key (shop_id, channel, address_hash)
);
create index suppression_recent on suppression (shop_id, created_at desc);
create table delivery_event (
  org_id uuid not null,
  shop_id uuid not null,
  -- The provider's id of the notice, or a hash of it: told twice, stored once.
  id text not null check (length(id) between 1 and 200),
  message_id uuid,
  customer_id uuid,
  channel text not null,
  kind text not null check (kind in ('delivered', 'softBounce', 'hardBounce', 'complaint', 'failed')),
  address_hash bytea,
  code text check (length(code) <= 40),
  detail text check (length(detail) <= 500),
  at timestamptz not null default app_now(),
  primary key (shop_id, id)
);
create index delivery_event_address on delivery_event (shop_id, address_hash, at) where kind = 'softBounce';
create index delivery_event_time on delivery_event (shop_id, at);
create table push_subscription (
  org_id uuid not null,
  shop_id uuid not null,
  id uuid not null default uuid_v7(),
  customer_id uuid not null,
  endpoint text not null check (length(endpoint) between 10 and 2000),
  p256dh text not null check (length(p256dh) <= 200),
  auth text not null check (length(auth) <= 100),
  user_agent text check (length(user_agent) <= 500),
  created_at timestamptz not null default app_now(),
  gone_at timestamptz,
  primary key (shop_id, id),
  unique (shop_id, endpoint)
);
create index push_subscription_customer on push_subscription (shop_id, customer_id) where gone_at is null;
select make_tenant_table(t) from unnest(array['opt_in_request', 'suppression', 'delivery_event', 'push_subscription']::regclass[]) t;
-- One row per consent of a file: written by the trigger of the customer, whose row carries the reference.
select make_tenant_table(t, true, true) from unnest(array['consent_event', 'consent_state']::regclass[]) t;
`;

/** What happens in the shop, told to other systems: signed web hooks and Klaviyo. */
const OUTBOUND = `
create table webhook_endpoint (
  org_id uuid not null,
  shop_id uuid not null,
  id uuid not null default uuid_v7(),
  url text not null check (length(url) between 8 and 2000),
  types text[] not null,
  secret bytea not null,
  enabled boolean not null default true,
  failing_since timestamptz,
  created_by_label text not null,
  created_at timestamptz not null default app_now(),
  deleted_at timestamptz,
  primary key (shop_id, id)
);
create table outbound_event (
  org_id uuid not null,
  shop_id uuid not null,
  id uuid not null default uuid_v7(),
  type text not null,
  customer_id uuid,
  -- What makes it one event, however often the source is read.
  key text not null check (length(key) <= 300),
  data jsonb not null,
  at timestamptz not null,
  created_at timestamptz not null default app_now(),
  -- Handed to the web hooks; events of the future (credit that becomes available later) wait for their time.
  fanned_at timestamptz,
  klaviyo_at timestamptz,
  primary key (shop_id, id),
  unique (shop_id, key)
);
create index outbound_event_waiting on outbound_event (shop_id, at) where fanned_at is null;
create index outbound_event_klaviyo on outbound_event (shop_id, id) where klaviyo_at is null and customer_id is not null;
create table webhook_delivery (
  org_id uuid not null,
  shop_id uuid not null,
  id uuid not null default uuid_v7(),
  endpoint_id uuid not null,
  event_ids uuid[] not null,
  status text not null default 'waiting' check (status in ('waiting', 'delivered', 'failed')),
  attempts integer not null default 0,
  next_at timestamptz not null default app_now(),
  response_status integer,
  error text check (length(error) <= 500),
  replay_of uuid,
  created_at timestamptz not null default app_now(),
  delivered_at timestamptz,
  primary key (shop_id, id),
  foreign key (shop_id, endpoint_id) references webhook_endpoint (shop_id, id)
);
create index webhook_delivery_due on webhook_delivery (shop_id, next_at) where status = 'waiting';
create index webhook_delivery_endpoint on webhook_delivery (shop_id, endpoint_id, id);
create index transfer_time on ledger.transfer (shop_id, at);
select make_tenant_table(t) from unnest(array['webhook_endpoint', 'webhook_delivery']::regclass[]) t;
select make_tenant_table('outbound_event', true, true);

-- Which products are bought in one order, counted over orders of the last two years; the strongest few per product.
create table product_pair (
  org_id uuid not null,
  shop_id uuid not null,
  product_id uuid not null,
  other_id uuid not null,
  together integer not null,
  primary key (shop_id, product_id, other_id)
);
select make_tenant_table('product_pair', true, true);
alter table product add column in_stock boolean not null default true;
`;

const SYSTEM = `
create policy system_read on notification_channel for select to guthaben_system using (true);
create policy system_read on webhook_endpoint for select to guthaben_system using (true);
create policy system_read on webhook_delivery for select to guthaben_system using (true);
grant select (org_id, shop_id, claimed_at) on message to guthaben_system;
grant select (org_id, shop_id, kind, enabled) on notification_channel to guthaben_system;
grant select (org_id, shop_id, enabled, deleted_at) on webhook_endpoint to guthaben_system;
grant select (org_id, shop_id, status, next_at) on webhook_delivery to guthaben_system;

-- Where there is something to do: messages whose sender died, events to hand on, web hooks to deliver.
create function system_message_work(max_rows integer) returns table (org_id uuid, shop_id uuid, work text)
  language sql stable security definer set search_path = public, pg_temp as $$
  select * from (
    select s.org_id, s.id, 'stale' from shop s
      where exists (select 1 from message m where m.shop_id = s.id and m.status = 'sending' and m.claimed_at < app_now() - interval '10 minutes')
    union all
    select s.org_id, s.id, 'feed' from shop s
      where exists (select 1 from webhook_endpoint e where e.shop_id = s.id and e.enabled and e.deleted_at is null)
         or exists (select 1 from notification_channel c where c.shop_id = s.id and c.kind = 'klaviyo' and c.enabled)
    union all
    select s.org_id, s.id, 'hooks' from shop s
      where exists (select 1 from webhook_delivery d where d.shop_id = s.id and d.status = 'waiting' and d.next_at <= app_now())
  ) w limit least(max_rows, 3000)
$$;
grant create on schema public to guthaben_system;
alter function system_message_work(integer) owner to guthaben_system;
revoke create on schema public from guthaben_system;
revoke execute on function system_message_work(integer) from public;
grant execute on function system_message_work(integer) to guthaben_app, guthaben_worker;
`;

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const part of [MESSAGE, SETTINGS, CONSENT, OUTBOUND, SYSTEM]) await sql.raw(part).execute(db);
}
