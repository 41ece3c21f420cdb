/**
 * Tables of the ledger (domain.md 1.1–1.3). Three layers: transfer and posting (immutable double entry), lot and lot_move (immutable
 * sub-ledger for expiry and origin), request (idempotency). Every index is justified, because the number of indexes decides what a
 * drop to a million customers costs (research: performance).
 */
export const TABLES = `
create schema ledger;
grant usage on schema ledger to guthaben_app, guthaben_worker, guthaben_ledger, guthaben_system, guthaben_readonly;

-- Time-ordered ids, so that primary keys of the mass tables grow at their right edge. The built-in is ten times faster than our own.
do $$ begin
  execute case when current_setting('server_version_num')::int >= 180000
    then 'create function ledger.new_id() returns uuid language sql volatile parallel safe return uuidv7()'
    else 'create function ledger.new_id() returns uuid language sql volatile parallel safe return public.uuid_v7()' end;
end $$;

create type ledger.account_kind as enum (
  'customer_credit', 'customer_held', 'customer_debt', 'promo_expense', 'goodwill_expense', 'earned_deferral', 'refund_clearing',
  'paid_clearing', 'redemption_clearing', 'promo_unused', 'breakage_income', 'adjustment');
create type ledger.transfer_kind as enum (
  'grant', 'hold', 'capture', 'release', 'redeem', 'refund', 'expire', 'recall', 'adjust', 'merge', 'clawback', 'convert');
create type ledger.origin_class as enum ('unpaid', 'earned', 'paid');
create type ledger.bucket as enum ('granted', 'remaining', 'held', 'redeemed', 'expired', 'recalled', 'moved');
create type ledger.hold_status as enum ('open', 'captured', 'released', 'expired');

-- What amounts may be counted in. Currencies are ISO 4217; points units PTS:<programme> have scale 0 and need no row.
create table ledger.unit (
  code text primary key check (code ~ '^[A-Z]{3}$'),
  kind text not null default 'currency' check (kind in ('currency')),
  scale smallint not null check (scale in (0, 2, 3))
);

/*
 * One row per customer and unit: the three liability accounts of the customer with their balances. The row is also the lock that
 * serialises everything that happens to this customer's credit. Shop-side accounts have no row and no balance: a drop to 100,000
 * customers would serialise on it. fillfactor keeps balance updates on their page (no index contains a balance).
 */
create table ledger.account (
  org_id uuid not null,
  shop_id uuid not null,
  customer_id uuid not null,
  unit text not null,
  credit bigint not null default 0 check (credit >= 0),
  held bigint not null default 0 check (held >= 0),
  -- Owed by the customer: a contra account, whose postings are negative.
  debt bigint not null default 0 check (debt >= 0),
  primary key (shop_id, customer_id, unit)
) with (fillfactor = 75);

/*
 * One business event in one unit. A bulk operation is one transfer with a posting per customer and one contra posting
 * (a collective entry); entries says how many postings belong to it, so that none can be added later unnoticed.
 */
create table ledger.transfer (
  org_id uuid not null,
  shop_id uuid not null,
  id uuid not null,
  kind ledger.transfer_kind not null,
  unit text not null,
  amount bigint not null check (amount > 0),
  entries integer not null check (entries >= 2),
  at timestamptz not null,
  customer_id uuid,
  source_type text,
  source_id uuid,
  order_ref text check (length(order_ref) between 1 and 200),
  hold_id uuid,
  link_id uuid,
  reason text check (length(reason) between 1 and 500),
  actor_type text not null check (actor_type in ('user', 'apiKey', 'system')),
  actor_id text,
  actor_label text not null,
  request_id text not null,
  idem_key text not null,
  part smallint not null default 1,
  primary key (shop_id, id),
  -- Blocks a second execution even after the request row has been cleared away.
  unique (shop_id, idem_key, part)
);
-- A customer's own transfers, an order's (refunds, I8), a source's (reports, recall). All are small next to postings.
create index transfer_customer on ledger.transfer (shop_id, customer_id, id) where customer_id is not null;
create index transfer_order on ledger.transfer (shop_id, order_ref, id) where order_ref is not null;
create index transfer_source on ledger.transfer (shop_id, source_id, id) where source_id is not null;

-- Signed: + into the account, - out of it. The unit is the transfer's, so one transfer cannot mix units.
create table ledger.posting (
  org_id uuid not null,
  shop_id uuid not null,
  transfer_id uuid not null,
  no integer not null,
  account ledger.account_kind not null,
  customer_id uuid,
  amount bigint not null check (amount <> 0),
  primary key (shop_id, transfer_id, no),
  check ((account in ('customer_credit', 'customer_held', 'customer_debt')) = (customer_id is not null))
);

create table ledger.lot (
  org_id uuid not null,
  shop_id uuid not null,
  id uuid not null,
  customer_id uuid not null,
  unit text not null,
  origin ledger.origin_class not null,
  source_type text not null,
  source_id uuid not null,
  -- The source for drops, the lot itself otherwise: what makes a second grant of one drop to one customer impossible.
  once_key uuid not null,
  parent_id uuid,
  -- On which orders it may be spent; null: on any.
  terms_id uuid,
  granted bigint not null check (granted > 0),
  remaining bigint not null check (remaining >= 0),
  held bigint not null default 0 check (held >= 0),
  redeemed bigint not null default 0 check (redeemed >= 0),
  expired bigint not null default 0 check (expired >= 0),
  recalled bigint not null default 0 check (recalled >= 0),
  moved bigint not null default 0 check (moved >= 0),
  available_from timestamptz not null,
  expires_at timestamptz,
  created_at timestamptz not null,
  -- True once the expiry sweep has visited the lot; false again when value comes back to it afterwards.
  settled boolean not null default false,
  primary key (shop_id, id),
  -- Also the way from a customer to the lots.
  unique (shop_id, customer_id, once_key),
  check (granted = remaining + held + redeemed + expired + recalled + moved),
  check (expires_at > available_from)
) with (fillfactor = 85);
-- Reports per source and recall; entries of one drop are equal keys and compress to almost nothing.
create index lot_source on ledger.lot (shop_id, source_id);
-- The sweep. Its predicate is no balance, so spending stays a HOT update.
create index lot_due on ledger.lot (shop_id, expires_at) where not settled and expires_at is not null;

-- Value moving between the buckets of a lot; replaying a lot's moves from zero reproduces the lot (I12).
create table ledger.lot_move (
  org_id uuid not null,
  shop_id uuid not null,
  transfer_id uuid not null,
  lot_id uuid not null,
  from_bucket ledger.bucket not null,
  to_bucket ledger.bucket not null check (to_bucket <> from_bucket and to_bucket <> 'granted'),
  amount bigint not null check (amount > 0),
  primary key (shop_id, lot_id, transfer_id, from_bucket, to_bucket)
);
-- From a transfer to its lots: refunds of an order, capture of a hold, drill-down.
create index lot_move_transfer on ledger.lot_move (shop_id, transfer_id);

create table ledger.request (
  org_id uuid not null,
  shop_id uuid not null,
  idem_key text not null check (length(idem_key) between 1 and 300),
  op text not null,
  hash bytea not null,
  response jsonb,
  created_at timestamptz not null,
  primary key (shop_id, idem_key)
) with (fillfactor = 70);
-- Only to find old ones: rows come in the order of time, so a few bytes per page range do.
create index request_age on ledger.request using brin (created_at);

create table ledger.hold (
  org_id uuid not null,
  shop_id uuid not null,
  id uuid not null,
  customer_id uuid not null,
  unit text not null,
  order_ref text not null check (length(order_ref) between 1 and 200),
  amount bigint not null check (amount > 0),
  captured bigint not null default 0 check (captured between 0 and amount),
  status ledger.hold_status not null default 'open',
  transfer_id uuid not null,
  created_at timestamptz not null,
  expires_at timestamptz not null,
  closed_at timestamptz,
  primary key (shop_id, id)
);
create unique index hold_open on ledger.hold (shop_id, order_ref) where status = 'open';
create index hold_due on ledger.hold (shop_id, expires_at) where status = 'open';
create index hold_customer on ledger.hold (shop_id, customer_id) where status = 'open';

-- Sources that were recalled: what comes back to their unpaid lots later is recalled at once (domain.md 1.7, 4).
create table ledger.recall (
  org_id uuid not null,
  shop_id uuid not null,
  source_id uuid not null,
  reason text not null,
  at timestamptz not null,
  primary key (shop_id, source_id)
);

-- Conditions of spending, never changed; lots refer to them. Lists of external ids: {"products": [], "collections": []}.
create table ledger.terms (
  org_id uuid not null,
  shop_id uuid not null,
  id uuid not null,
  hash bytea not null,
  min_order bigint check (min_order > 0),
  include jsonb check (jsonb_typeof(include) = 'object'),
  exclude jsonb check (jsonb_typeof(exclude) = 'object'),
  first_order_only boolean not null,
  no_discounts boolean not null,
  created_at timestamptz not null,
  primary key (shop_id, id),
  unique (shop_id, hash)
);

-- Caps that grants count against inside their own transaction: of a campaign, a month, whatever the key says. Without a shop: of all shops.
create table ledger.budget (
  org_id uuid not null,
  shop_id uuid,
  key text not null check (length(key) between 1 and 200),
  unit text not null,
  cap bigint not null check (cap >= 0),
  granted bigint not null default 0 check (granted >= 0),
  unique nulls not distinct (org_id, shop_id, key, unit)
);
-- What each grant took of its budgets, and that it was within the cap of that moment (I11).
create table ledger.budget_use (
  org_id uuid not null,
  shop_id uuid not null,
  transfer_id uuid not null,
  scope text not null check (scope in ('shop', 'organisation')),
  key text not null,
  unit text not null,
  amount bigint not null check (amount > 0),
  after bigint not null,
  cap bigint not null,
  check (after <= cap),
  primary key (shop_id, transfer_id, scope, key)
);
create index budget_use_budget on ledger.budget_use (org_id, key, unit);

-- Customers whose credit went to another one: what their orders get back follows it. Kept for ever, like everything here.
create table ledger.merged (
  org_id uuid not null,
  shop_id uuid not null,
  customer_id uuid not null,
  into_id uuid not null check (into_id <> customer_id),
  reason text not null,
  at timestamptz not null,
  primary key (shop_id, customer_id)
);

insert into ledger.unit (code, scale)
select c, 2 from unnest(string_to_array('AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CNY COP CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD UYU UZS VES WST XCD YER ZAR ZMW', ' ')) c
union all
select c, 0 from unnest(string_to_array('BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF', ' ')) c
union all
select c, 3 from unnest(string_to_array('BHD IQD JOD KWD LYD OMR TND', ' ')) c;
`;
