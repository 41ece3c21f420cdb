import { type Kysely, sql } from "kysely";

/**
 * Customers, orders, products, activity, the aggregates segments read, and file imports.
 * Every index is paid for by each imported row, so each names its reader.
 */
const CUSTOMERS = `
create table customer (
  org_id uuid not null,
  shop_id uuid not null,
  id uuid not null default uuid_v7(),
  external_id text collate "C" not null check (length(external_id) between 1 and 200),
  email text check (length(email) <= 320),
  -- NFC, lower case, punycode domain (domain.md B23): the identity of an address.
  email_key text collate "C" check (length(email_key) <= 400),
  first_name text check (length(first_name) <= 200),
  last_name text check (length(last_name) <= 200),
  -- Prefix search must be answered by leakproof comparisons, or row-level security keeps PostgreSQL from using an index.
  first_key text collate "C" generated always as (lower(first_name)) stored,
  last_key text collate "C" generated always as (lower(last_name)) stored,
  phone text check (length(phone) <= 50),
  country text check (country ~ '^[A-Z]{2}$'),
  region text check (length(region) <= 100),
  city text check (length(city) <= 200),
  locale text check (length(locale) <= 35),
  time_zone text check (length(time_zone) <= 64),
  birth_date date,
  tags text[] not null default '{}',
  account_status text not null default 'DISABLED' check (account_status in ('ENABLED', 'DISABLED', 'INVITED', 'DECLINED')),
  email_consent text not null default 'NOT_SUBSCRIBED'
    check (email_consent in ('SUBSCRIBED', 'NOT_SUBSCRIBED', 'PENDING', 'UNSUBSCRIBED', 'REDACTED', 'INVALID')),
  -- When and on what basis: a flag from a file without a date stays 'unproven' and never makes anyone a subscriber.
  email_consent_at timestamptz,
  email_consent_basis text check (email_consent_basis in ('shop', 'import', 'unproven', 'manual')),
  sms_consent text not null default 'NOT_SUBSCRIBED'
    check (sms_consent in ('SUBSCRIBED', 'NOT_SUBSCRIBED', 'PENDING', 'UNSUBSCRIBED', 'REDACTED', 'INVALID')),
  custom jsonb not null default '{}' check (jsonb_typeof(custom) = 'object' and octet_length(custom::text) <= 16384),
  added_at timestamptz not null default app_now(),
  -- The source's own clock: an older state never overwrites a newer one (domain.md B17).
  source_updated_at timestamptz,
  updated_at timestamptz not null default app_now(),
  erased_at timestamptz,
  primary key (shop_id, id),
  unique (shop_id, external_id)
);
create index customer_email on customer (shop_id, email_key); -- identity by address, search
create index customer_last on customer (shop_id, last_key); -- search
create index customer_first on customer (shop_id, first_key); -- search
create index customer_birthday on customer (shop_id, (extract(month from birth_date)), (extract(day from birth_date))) where birth_date is not null;

create table product (
  org_id uuid not null,
  shop_id uuid not null,
  id uuid not null default uuid_v7(),
  external_id text collate "C" not null check (length(external_id) between 1 and 200),
  title text not null check (length(title) <= 500),
  tags text[] not null default '{}',
  collections text[] not null default '{}',
  price bigint,
  source_updated_at timestamptz,
  updated_at timestamptz not null default app_now(),
  primary key (shop_id, id),
  unique (shop_id, external_id)
);
`;

const ORDERS = `
create table shop_order (
  org_id uuid not null,
  shop_id uuid not null,
  id uuid not null default uuid_v7(),
  external_id text collate "C" not null check (length(external_id) between 1 and 200),
  customer_id uuid,
  placed_at timestamptz not null,
  currency text not null check (currency ~ '^[A-Z]{3}$'),
  total bigint not null check (total >= 0),
  tax bigint not null default 0,
  shipping bigint not null default 0,
  refunded bigint not null default 0 check (refunded >= 0),
  credit_used bigint not null default 0 check (credit_used >= 0),
  status text not null check (status in ('pending', 'paid', 'partially_paid', 'cancelled', 'refunded')),
  is_test boolean not null default false,
  -- A real purchase: not a test, not cancelled or pending, at least one line of value. Every count and sum reads only these.
  counts boolean not null,
  lines integer not null default 0,
  source text not null check (length(source) between 1 and 50),
  -- Order-independent hash of the lines of a file, so that importing the same file again writes nothing.
  content_hash bigint,
  source_updated_at timestamptz,
  updated_at timestamptz not null default app_now(),
  primary key (shop_id, id),
  unique (shop_id, external_id)
  -- No foreign key to the customer: customers are never deleted, only erased, and checking it per row was a quarter of this table's import.
);
create index shop_order_customer on shop_order (shop_id, customer_id, placed_at); -- timeline, metrics of one customer
create index shop_order_placed on shop_order (shop_id, placed_at); -- reports over a time span

-- All lines of an order in one row of arrays, in parallel by position. Measured on 542,000 lines: a row and an index entry per line cost
-- an import five times as much, and reading every line of a shop is faster this way too. Read it through the view order_line.
create table order_items (
  org_id uuid not null,
  shop_id uuid not null,
  order_id uuid not null,
  customer_id uuid,
  placed_day integer not null,
  -- false: the order does not count, and so none of its lines does.
  counts boolean not null,
  product_ids uuid[] not null,
  quantities integer[] not null,
  unit_prices bigint[] not null,
  totals bigint[] not null,
  -- false: price or quantity of the line is not above zero.
  line_counts boolean[] not null,
  primary key (shop_id, order_id)
);
-- Compressing ids costs more than it saves.
alter table order_items alter product_ids set storage external, alter unit_prices set storage external, alter totals set storage external,
  alter quantities set storage external, alter line_counts set storage external;
create view order_line with (security_invoker = true) as
  select i.org_id, i.shop_id, i.order_id, u.product_id, i.customer_id, u.unit_price, u.total, u.line_no::integer as line_no, u.quantity,
    i.placed_day, i.counts and u.counts as counts
  from order_items i, unnest(i.product_ids, i.unit_prices, i.totals, i.quantities, i.line_counts)
    with ordinality as u (product_id, unit_price, total, quantity, counts, line_no);
grant select on order_line to guthaben_app, guthaben_readonly;

-- order_id stays empty while the order is unknown: a refund may arrive first, and cancellations in files name no order.
create table order_refund (
  org_id uuid not null,
  shop_id uuid not null,
  id uuid not null default uuid_v7(),
  external_id text collate "C" not null check (length(external_id) between 1 and 200),
  order_external_id text collate "C",
  order_id uuid,
  customer_id uuid,
  currency text not null check (currency ~ '^[A-Z]{3}$'),
  amount bigint not null check (amount >= 0),
  refunded_at timestamptz not null,
  source text not null check (length(source) between 1 and 50),
  content_hash bigint,
  updated_at timestamptz not null default app_now(),
  primary key (shop_id, id),
  unique (shop_id, external_id),
  foreign key (shop_id, order_id) references shop_order (shop_id, id),
  foreign key (shop_id, customer_id) references customer (shop_id, id)
);
create index order_refund_customer on order_refund (shop_id, customer_id, refunded_at); -- metrics, timeline
create index order_refund_order on order_refund (shop_id, order_id) where order_id is not null; -- refunds of an order
create index order_refund_waiting on order_refund (shop_id, order_external_id) where order_id is null and order_external_id is not null; -- joins its order later

create table activity_event (
  org_id uuid not null,
  shop_id uuid not null,
  -- The sender's id: sending an event twice stores it once.
  id text collate "C" not null check (length(id) between 1 and 200),
  customer_id uuid not null,
  kind text collate "C" not null check (length(kind) between 1 and 64),
  occurred_at timestamptz not null,
  -- What it is about: the external id of a product, collection, message, checkout.
  ref_id text collate "C" check (length(ref_id) <= 200),
  data jsonb not null default '{}' check (octet_length(data::text) <= 8192),
  received_at timestamptz not null default app_now(),
  primary key (shop_id, id)
);
create index activity_event_customer on activity_event (shop_id, customer_id, kind, occurred_at); -- timeline, metrics
create index activity_event_kind on activity_event (shop_id, kind, occurred_at) include (customer_id, ref_id); -- segments
`;

/** Only narrow, fixed-width, NOT NULL columns: the width of this row decides how fast a segment is counted (research/performance.md). */
const METRICS = `
create table customer_metrics (
  org_id uuid not null,
  shop_id uuid not null,
  customer_id uuid not null,
  first_order_at timestamptz not null default '-infinity',
  last_order_at timestamptz not null default '-infinity',
  -- Money in the shop's currency; orders in another currency count as orders but carry no amount.
  gross_spent bigint not null default 0,
  refunded bigint not null default 0,
  net_spent bigint not null default 0,
  credit_used bigint not null default 0,
  last_order_total bigint not null default 0,
  max_order_total bigint not null default 0,
  orders_count integer not null default 0,
  refunds_count integer not null default 0,
  -- Days since 1970-01-01 in the shop's zone, -1 when there is none. order_day_2 is the day of the second most recent order, and so on.
  first_order_day integer not null default -1,
  last_order_day integer not null default -1,
  order_day_2 integer not null default -1,
  order_day_3 integer not null default -1,
  order_day_4 integer not null default -1,
  order_day_5 integer not null default -1,
  opens_count integer not null default 0,
  last_open_day integer not null default -1,
  open_day_2 integer not null default -1,
  open_day_3 integer not null default -1,
  open_day_4 integer not null default -1,
  open_day_5 integer not null default -1,
  clicks_count integer not null default 0,
  last_click_day integer not null default -1,
  click_day_2 integer not null default -1,
  click_day_3 integer not null default -1,
  product_views integer not null default 0,
  last_product_view_day integer not null default -1,
  collection_views integer not null default 0,
  last_collection_view_day integer not null default -1,
  last_cart_day integer not null default -1,
  -- The latest started checkout after which no order was placed.
  abandoned_checkout_day integer not null default -1,
  -- What segments ask of everyone but other tables own, kept by triggers: consent with an address for it, erasure, and
  -- (migration 0009) the RFM group under both sets of names and the predicted tier as small numbers, 0 for none.
  email_reach boolean not null default false,
  sms_reach boolean not null default false,
  erased boolean not null default false,
  rfm_group smallint not null default 0,
  rfm_shopify smallint not null default 0,
  spend_tier smallint not null default 0,
  -- Rows are made by the trigger below and by nobody else, which is why no foreign key checks them again.
  primary key (shop_id, customer_id)
) with (fillfactor = 85);

-- A customer without orders and events has a row too, so that segments never need an outer join.
create function customer_metrics_row() returns trigger language plpgsql as $$
begin
  insert into customer_metrics (org_id, shop_id, customer_id, email_reach, sms_reach, erased)
    select org_id, shop_id, id, email_consent = 'SUBSCRIBED' and email is not null, sms_consent = 'SUBSCRIBED' and phone is not null,
      erased_at is not null from created;
  return null;
end $$;
create trigger customer_metrics_row after insert on customer referencing new table as created
  for each statement execute function customer_metrics_row();

create function customer_metrics_person() returns trigger language plpgsql as $$
begin
  update customer_metrics m set email_reach = n.email_reach, sms_reach = n.sms_reach, erased = n.erased
    from (select shop_id, id, email_consent = 'SUBSCRIBED' and email is not null as email_reach,
            sms_consent = 'SUBSCRIBED' and phone is not null as sms_reach, erased_at is not null as erased from changed) n
    where m.shop_id = n.shop_id and m.customer_id = n.id
      and (m.email_reach, m.sms_reach, m.erased) is distinct from (n.email_reach, n.sms_reach, n.erased);
  return null;
end $$;
create trigger customer_metrics_person after update on customer referencing new table as changed
  for each statement execute function customer_metrics_person();
`;

const IMPORTS = `
create table data_import (
  org_id uuid not null,
  shop_id uuid not null,
  id uuid not null default uuid_v7(),
  kind text not null check (kind in ('order_lines', 'orders', 'customers')),
  status text not null default 'uploaded' check (status in ('uploaded', 'queued', 'running', 'done', 'failed', 'cancelled')),
  file_name text not null check (length(file_name) between 1 and 255),
  file_bytes bigint not null,
  file_sha256 text not null,
  -- What the first bytes of the file told: encoding, separator, compression, header, sample rows, guesses.
  preview jsonb not null,
  mapping jsonb not null default '{}',
  options jsonb not null default '{}',
  phase text check (phase in ('reading', 'customers', 'products', 'orders', 'lines', 'refunds', 'metrics', 'finishing')),
  bytes_read bigint not null default 0,
  rows_read bigint not null default 0,
  report jsonb,
  error_code text,
  error_params jsonb,
  cancel_requested boolean not null default false,
  created_by text not null,
  created_at timestamptz not null default app_now(),
  started_at timestamptz,
  finished_at timestamptz,
  primary key (shop_id, id)
);
create table import_issue (
  org_id uuid not null,
  shop_id uuid not null,
  import_id uuid not null,
  no integer not null,
  line bigint not null,
  level text not null check (level in ('error', 'warning')),
  column_name text,
  reason text not null,
  value text,
  raw text,
  primary key (shop_id, import_id, no),
  foreign key (shop_id, import_id) references data_import (shop_id, id) on delete cascade
);
select make_tenant_table(t) from unnest(array['customer','product','order_refund','data_import','import_issue']::regclass[]) t;
select make_tenant_table(t, true, true) from unnest(array['shop_order','order_items','activity_event','customer_metrics']::regclass[]) t;
`;

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const part of [CUSTOMERS, ORDERS, METRICS, IMPORTS]) await sql.raw(part).execute(db);
}
