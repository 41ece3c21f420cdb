import { type Kysely, sql } from "kysely";

/** What segments need beside their own row: the shop's own attributes, who bought what, membership over time, frozen memberships. */
const ATTRIBUTES = `
-- What the entries of customer.custom mean in this shop.
create table customer_attribute (
  org_id uuid not null,
  shop_id uuid not null,
  key text collate "C" not null check (key ~ '^[a-z][a-z0-9_]{0,39}([.][a-z][a-z0-9_]{0,59})?$'),
  name text not null check (length(name) between 1 and 100),
  type text not null check (type in ('text', 'number', 'date', 'boolean', 'list')),
  description text not null default '' check (length(description) <= 500),
  created_by_label text not null,
  created_at timestamptz not null default app_now(),
  primary key (shop_id, key)
);
select make_tenant_table('customer_attribute');

-- Readings of one entry. What does not fit the type is missing (NULL), never an error: files carry what they carry.
create function custom_text(value jsonb) returns text language sql immutable parallel safe as $$
  select case when jsonb_typeof(value) in ('string', 'number', 'boolean') then value #>> '{}' end
$$;
create function custom_number(value jsonb) returns numeric language sql immutable parallel safe as $$
  select case when jsonb_typeof(value) = 'number' or (jsonb_typeof(value) = 'string' and value #>> '{}' ~ '^-?[0-9]{1,15}([.][0-9]{1,6})?$')
    then (value #>> '{}')::numeric end
$$;
create function custom_boolean(value jsonb) returns boolean language sql immutable parallel safe as $$
  select case value #>> '{}' when 'true' then true when 'false' then false end
$$;
-- Not a cast: 2026-02-31 has the form of a date and is none.
create function custom_day(value jsonb) returns date language plpgsql immutable parallel safe as $$
declare entry text := value #>> '{}';
begin
  if jsonb_typeof(value) = 'string' and entry ~ '^[1-8][0-9]{3}-[0-9]{2}-[0-9]{2}(T[0-9:.]{5,12}(Z|[+-][0-9]{2}:[0-9]{2})?)?$' then
    return make_date(left(entry, 4)::integer, substr(entry, 6, 2)::integer, substr(entry, 9, 2)::integer);
  end if;
  return null;
exception when datetime_field_overflow then
  return null;
end $$;
create function custom_list(value jsonb) returns text[] language sql immutable parallel safe as $$
  select case jsonb_typeof(value)
    when 'string' then array[value #>> '{}']
    when 'array' then (select array_agg(entry) from jsonb_array_elements_text(value) entry where entry is not null)
  end
$$;
`;

const BUYERS = `
-- Who bought a product, first and last when, how often: answers questions about products without reading every line of the shop.
-- Written with the orders (customers/buyers.ts). Lines without a customer, a known product or value are not in it.
create table product_buyer (
  org_id uuid not null,
  shop_id uuid not null,
  product_id uuid not null,
  customer_id uuid not null,
  -- Days since 1970-01-01 in the shop's zone.
  first_day integer not null,
  last_day integer not null,
  orders integer not null,
  quantity bigint not null,
  primary key (shop_id, product_id, customer_id) include (first_day, last_day)
) with (fillfactor = 90);
create index product_buyer_customer on product_buyer (shop_id, customer_id);
select make_tenant_table('product_buyer', true, true);

-- Views of one collection or product, opens of one message: the newest come from here without reading the whole kind.
create index activity_event_ref on activity_event (shop_id, kind, ref_id, occurred_at) include (customer_id) where ref_id is not null;
`;

/** Codes: positions in RFM_GROUPS (from 1), SHOPIFY_RFM_CODES (from 0) and SPEND_TIERS (from 1) of segments/fields.ts and compile-score.ts. */
const SCORES = `
create function rfm_group_code(name text) returns smallint language sql immutable parallel safe as $$
  select coalesce(array_position(array['NEW', 'POTENTIAL_LOYAL', 'LOYAL', 'LOYAL_AT_RISK', 'ABOUT_TO_SLEEP', 'SLEEPERS'], name), 0)::smallint
$$;
create function rfm_shopify_code(name text) returns smallint language sql immutable parallel safe as $$
  select coalesce(array_position(array['CHAMPIONS', 'LOYAL', 'ACTIVE', 'NEW', 'PROMISING', 'NEEDS_ATTENTION', 'AT_RISK', 'ALMOST_LOST',
    'PREVIOUSLY_LOYAL', 'DORMANT'], name), 0)::smallint
$$;
create function spend_tier_code(name text) returns smallint language sql immutable parallel safe as $$
  select coalesce(array_position(array['HIGH', 'MEDIUM', 'LOW'], name), 0)::smallint
$$;
create function customer_metrics_score() returns trigger language plpgsql as $$
begin
  update customer_metrics m set rfm_group = n.g, rfm_shopify = n.s, spend_tier = n.t
    from (select shop_id, customer_id, rfm_group_code(rfm_group) as g, rfm_shopify_code(rfm_shopify_group) as s,
            spend_tier_code(predicted_spend_tier) as t from changed) n
    where m.shop_id = n.shop_id and m.customer_id = n.customer_id and (m.rfm_group, m.rfm_shopify, m.spend_tier) is distinct from (n.g, n.s, n.t);
  return null;
end $$;
create function customer_metrics_unscored() returns trigger language plpgsql as $$
begin
  update customer_metrics m set rfm_group = 0, rfm_shopify = 0, spend_tier = 0 from changed n
    where m.shop_id = n.shop_id and m.customer_id = n.customer_id;
  return null;
end $$;
create trigger customer_metrics_scored after insert on customer_score referencing new table as changed
  for each statement execute function customer_metrics_score();
create trigger customer_metrics_rescored after update on customer_score referencing new table as changed
  for each statement execute function customer_metrics_score();
create trigger customer_metrics_unscored after delete on customer_score referencing old table as changed
  for each statement execute function customer_metrics_unscored();
`;

const OVER_TIME = `
-- Nightly: how many people a segment held, who came and who went since the night before.
create table segment_day (
  org_id uuid not null,
  shop_id uuid not null,
  segment_id uuid not null,
  day date not null,
  members integer not null check (members >= 0),
  -- Null on the first night of a query: there is nothing to compare with.
  joined integer,
  departed integer,
  hash text not null,
  counted_at timestamptz not null,
  primary key (shop_id, segment_id, day),
  foreign key (shop_id, segment_id) references segment (shop_id, id) on delete cascade
);
-- Last night's members, as sorted ids in 64 parts: a sixth of what a row for each would take.
create table segment_roll (
  org_id uuid not null,
  shop_id uuid not null,
  segment_id uuid not null,
  part smallint not null check (part between 0 and 63),
  hash text not null,
  members uuid[] not null,
  primary key (shop_id, segment_id, part),
  foreign key (shop_id, segment_id) references segment (shop_id, id) on delete cascade
);
-- A membership frozen for good, with everything that decided it.
create table segment_snapshot (
  org_id uuid not null,
  shop_id uuid not null,
  id uuid not null default uuid_v7(),
  segment_id uuid not null,
  name text not null check (length(name) between 1 and 200),
  query text not null,
  hash text not null check (hash ~ '^[0-9a-f]{64}$'),
  time_zone text not null,
  currency text not null,
  taken_at timestamptz not null,
  members integer not null check (members >= 0),
  created_by_label text not null,
  primary key (shop_id, id),
  foreign key (shop_id, segment_id) references segment (shop_id, id)
);
create index segment_snapshot_recent on segment_snapshot (shop_id, segment_id, id desc);
create table segment_snapshot_part (
  org_id uuid not null,
  shop_id uuid not null,
  snapshot_id uuid not null,
  no integer not null check (no >= 0),
  -- Sorted, and sorted over the parts.
  members uuid[] not null,
  primary key (shop_id, snapshot_id, no),
  foreign key (shop_id, snapshot_id) references segment_snapshot (shop_id, id)
);
create trigger segment_snapshot_frozen before update on segment_snapshot for each statement execute function refuse_change();
create trigger segment_snapshot_part_frozen before update on segment_snapshot_part for each statement execute function refuse_change();
select make_tenant_table(t) from unnest(array['segment_day', 'segment_roll', 'segment_snapshot', 'segment_snapshot_part']::regclass[]) t;
`;

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const part of [ATTRIBUTES, BUYERS, SCORES, OVER_TIME]) await sql.raw(part).execute(db);
}
