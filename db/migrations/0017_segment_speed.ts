import { type Kysely, sql } from "kysely";

/**
 * After a first import PostgreSQL knows nothing of the tables until autovacuum comes by, and plans as if they were empty: a segment that
 * reads order lines took more than 20 s instead of 0.4 s (measured on 542,000 lines). ANALYZE belongs to owners; this lets the app ask
 * for it, for these tables only. Owned by the login role, which owns the tables.
 */
const STATISTICS = `
create function analyze_shop_tables() returns void language plpgsql volatile security definer set search_path = public, pg_temp as $$
begin
  analyze (skip_locked) customer, customer_metrics, product, shop_order, order_items, order_refund, product_buyer;
end $$;
revoke execute on function analyze_shop_tables() from public;
grant execute on function analyze_shop_tables() to guthaben_app;
`;

const MONTH_DAY = `
-- A birthday as one number: month × 100 + day, 0 for none.
create function month_day(day date) returns smallint language sql immutable parallel safe as $$
  select coalesce(extract(month from day) * 100 + extract(day from day), 0)::smallint
$$;`;

/**
 * customer_metrics as it was, in another order. PostgreSQL takes a row apart from its beginning up to the last column a condition names;
 * `erased`, which every segment names, stood at the end: half of the time of a count (measured). Grouped by type, so that nothing is lost
 * to alignment; what segments ask for most comes first. And new the birthday: reading it from the customer's own wide row, month and day
 * apart, took longer than everything else of such a count.
 */
const COLUMNS: readonly (readonly [type: string, names: readonly string[]])[] = [
  ["boolean not null default false", ["erased", "email_reach", "sms_reach"]],
  ["smallint not null default 0", ["rfm_group", "rfm_shopify", "spend_tier", "birth_month_day"]],
  ["integer not null default 0", ["orders_count"]],
  ["bigint not null default 0", ["net_spent", "max_order_total", "gross_spent"]],
  ["timestamptz not null default '-infinity'", ["last_order_at", "first_order_at"]],
  [
    "integer not null default -1",
    [
      ...["last_order_day", "abandoned_checkout_day", "last_open_day", "open_day_2", "open_day_3", "order_day_2", "order_day_3"],
      ...["last_click_day", "click_day_2", "last_product_view_day", "last_collection_view_day", "last_cart_day", "first_order_day"],
      ...["order_day_4", "order_day_5", "open_day_4", "open_day_5", "click_day_3"],
    ],
  ],
  ["integer not null default 0", ["opens_count", "clicks_count", "product_views", "collection_views", "refunds_count"]],
  ["bigint not null default 0", ["refunded", "credit_used", "last_order_total"]],
];

const names = COLUMNS.flatMap(([, list]) => list);
const copied = names.filter((name) => name !== "birth_month_day");

// Forced security hides all rows from the owner outside a tenant, too: without lifting it, nothing would be copied.
const METRICS = `
alter table customer_metrics rename to customer_metrics_before;
alter table customer_metrics_before no force row level security;
alter table customer no force row level security;
create table customer_metrics (
  org_id uuid not null,
  shop_id uuid not null,
  customer_id uuid not null,
  ${COLUMNS.flatMap(([type, list]) => list.map((name) => `${name} ${type}`)).join(",\n  ")}
) with (fillfactor = 85);
insert into customer_metrics (org_id, shop_id, customer_id, ${copied.join(", ")}, birth_month_day)
  select m.org_id, m.shop_id, m.customer_id, ${copied.map((name) => `m.${name}`).join(", ")}, month_day(c.birth_date)
  from customer_metrics_before m join customer c on c.shop_id = m.shop_id and c.id = m.customer_id;
do $$ begin
  if (select count(*) from customer_metrics) <> (select count(*) from customer_metrics_before) then
    raise exception 'customer_metrics was not copied completely';
  end if;
end $$;
drop table customer_metrics_before;
-- Birthdays are in the narrow row. What is left to ask of the customer is who lives where it is another day than in the shop.
drop index customer_birthday;
create index customer_zone on customer (shop_id, time_zone) include (id, birth_date, org_id) where time_zone is not null and birth_date is not null;
alter table customer_metrics add primary key (shop_id, customer_id);
alter table customer force row level security;
select make_tenant_table('customer_metrics', true, true);

create or replace function customer_metrics_row() returns trigger language plpgsql as $$
begin
  insert into customer_metrics (org_id, shop_id, customer_id, email_reach, sms_reach, erased, birth_month_day)
    select org_id, shop_id, id, email_consent = 'SUBSCRIBED' and email is not null, sms_consent = 'SUBSCRIBED' and phone is not null,
      erased_at is not null, month_day(birth_date) from created;
  return null;
end $$;
create or replace function customer_metrics_person() returns trigger language plpgsql as $$
begin
  update customer_metrics m set email_reach = n.email_reach, sms_reach = n.sms_reach, erased = n.erased, birth_month_day = n.birth_month_day
    from (select shop_id, id, email_consent = 'SUBSCRIBED' and email is not null as email_reach,
            sms_consent = 'SUBSCRIBED' and phone is not null as sms_reach, erased_at is not null as erased,
            month_day(birth_date) as birth_month_day from changed) n
    where m.shop_id = n.shop_id and m.customer_id = n.id
      and (m.email_reach, m.sms_reach, m.erased, m.birth_month_day) is distinct from (n.email_reach, n.sms_reach, n.erased, n.birth_month_day);
  return null;
end $$;
`;

/** The same rows for the same people; written so that the planner expects about as many as there are. */
const POLICIES = `
-- The shop, if it belongs to the organisation; without one, all of the organisation. A function, because the rules of shop itself, written
-- out in every statement, keep PostgreSQL from sharing it among workers.
create function shops_of(org uuid, shop uuid) returns uuid[] language plpgsql stable parallel safe set search_path = public, pg_temp as $$
begin
  return array(select s.id from shop s where s.org_id = org and (shops_of.shop is null or s.id = shops_of.shop));
end $$;
do $$ declare t regclass; cond text := 'coalesce(org_id = (select app_org()), false) and coalesce(shop_id = (select app_shop()), true)'; begin
  -- A column compared with itself through coalesce() counts as one row in two hundred for the planner, whatever there is; it then fetched
  -- tens of thousands of rows one by one. coalesce() around a comparison counts as half. No shop set still means all of the organisation's.
  foreach t in array array['customer', 'customer_metrics', 'customer_score', 'product', 'shop_order', 'order_items']::regclass[] loop
    execute format('alter policy tenant on %s using (%s) with check (%s)', t, cond, cond);
  end loop;
  -- Read by index alone: that needs a rule that looks at nothing but the shop. What is written is still checked for both.
  foreach t in array array['product_buyer', 'activity_event']::regclass[] loop
    execute format('alter policy tenant on %s using (%s) with check (%s)', t, 'shop_id = any((select shops_of(app_org(), app_shop()))::uuid[])', cond);
  end loop;
end $$;
`;

/** Kind and thing belong together: taken apart, views of one collection were expected to be a sixth of what they are. */
const THINGS = "create statistics activity_event_thing (mcv) on kind, ref_id from activity_event";

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const part of [STATISTICS, MONTH_DAY, METRICS, POLICIES, THINGS]) await sql.raw(part).execute(db);
  await sql.raw("analyze customer_metrics").execute(db);
}
