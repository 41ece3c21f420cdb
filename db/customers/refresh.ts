/**
 * Functions that bring what is kept per customer up to date. Functions and not statements of the app, because planning them took ten times
 * as long as running them for one order: here each connection plans once. A plan made while a shop is empty must not read all of it when
 * it is large, so that sequential scans are off: every read below has an index. Ids must be sorted and distinct.
 */
const day = (at: string) => `(${at} at time zone v_zone)::date - date '1970-01-01'`;

const COLUMNS = [
  ...["first_order_at", "last_order_at", "gross_spent", "refunded", "net_spent", "credit_used", "last_order_total", "max_order_total"],
  ...["orders_count", "refunds_count", "first_order_day", "last_order_day", "order_day_2", "order_day_3", "order_day_4", "order_day_5"],
  ...["opens_count", "last_open_day", "open_day_2", "open_day_3", "open_day_4", "open_day_5", "clicks_count", "last_click_day"],
  ...["click_day_2", "click_day_3", "product_views", "last_product_view_day", "collection_views", "last_collection_view_day"],
  ...["last_cart_day", "abandoned_checkout_day"],
];
const of = (alias: string) => COLUMNS.map((column) => `${alias}.${column}`).join(", ");

/**
 * Each row is computed anew from the customer's own orders, refunds and events. Returns how many rows were wrong; null for an unknown shop.
 * Two changes of one customer at once would each be computed without the other, and the later one would write what it saw. Waiting for the
 * row first, in a statement of its own, lets the next statement see what the other one committed. In id order, so that nobody waits in a
 * circle. Without nested loops (the lateral ones stay, they have no other way), because the plan serves one customer and five thousand.
 */
export const REFRESH_METRICS = `
create or replace function refresh_customer_metrics(v_shop uuid, v_ids uuid[]) returns bigint language plpgsql volatile
  set plan_cache_mode = force_generic_plan set enable_seqscan = off set enable_nestloop = off as $$
declare
  v_zone text;
  v_currency text;
  v_changed bigint;
begin
  select time_zone, currency into v_zone, v_currency from shop where id = v_shop;
  if not found then return null; end if;
  perform from customer_metrics where shop_id = v_shop and customer_id = any(v_ids) order by customer_id for update;
  update customer_metrics m set (${COLUMNS.join(", ")}) = (${of("n")})
  from (
    select t.id, o.first_order_at, o.last_order_at, o.gross_spent, r.refunded, o.gross_spent - r.refunded as net_spent, o.credit_used,
      o.last_order_total, o.max_order_total, o.orders_count, r.refunds_count,
      coalesce(o.first_day, -1) as first_order_day, coalesce(o.days[1], -1) as last_order_day, coalesce(o.days[2], -1) as order_day_2,
      coalesce(o.days[3], -1) as order_day_3, coalesce(o.days[4], -1) as order_day_4, coalesce(o.days[5], -1) as order_day_5,
      e.opens_count, coalesce(e.opens[1], -1) as last_open_day, coalesce(e.opens[2], -1) as open_day_2, coalesce(e.opens[3], -1) as open_day_3,
      coalesce(e.opens[4], -1) as open_day_4, coalesce(e.opens[5], -1) as open_day_5,
      e.clicks_count, coalesce(e.clicks[1], -1) as last_click_day, coalesce(e.clicks[2], -1) as click_day_2, coalesce(e.clicks[3], -1) as click_day_3,
      e.product_views, e.last_product_view_day, e.collection_views, e.last_collection_view_day, e.last_cart_day,
      case when e.checkout_at is not null and not exists (
          select from shop_order later where later.shop_id = v_shop and later.customer_id = t.id and not later.is_test
            and later.placed_at >= e.checkout_at)
        then ${day("e.checkout_at")} else -1 end as abandoned_checkout_day
    from unnest(v_ids) as t (id)
    cross join lateral (
      select count(*)::int as orders_count,
        coalesce(min(x.placed_at), '-infinity') as first_order_at, coalesce(max(x.placed_at), '-infinity') as last_order_at,
        ${day("min(x.placed_at)")} as first_day,
        (array_agg(${day("x.placed_at")} order by x.placed_at desc))[1:5] as days,
        coalesce(sum(x.total) filter (where x.currency = v_currency), 0)::int8 as gross_spent,
        coalesce(sum(x.credit_used) filter (where x.currency = v_currency), 0)::int8 as credit_used,
        coalesce((array_agg(x.total order by x.placed_at desc, x.id desc) filter (where x.currency = v_currency))[1], 0) as last_order_total,
        coalesce(max(x.total) filter (where x.currency = v_currency), 0) as max_order_total
      from shop_order x where x.shop_id = v_shop and x.customer_id = t.id and x.counts) o
    cross join lateral (
      select count(*)::int as refunds_count, coalesce(sum(x.amount) filter (where x.currency = v_currency), 0)::int8 as refunded
      from order_refund x where x.shop_id = v_shop and x.customer_id = t.id
        -- What was never counted as spent is not taken away again.
        and (x.order_id is null or exists (
          select from shop_order y where y.shop_id = v_shop and y.id = x.order_id and y.counts and y.currency = x.currency))) r
    cross join lateral (
      select count(*) filter (where x.kind = 'email.opened')::int as opens_count,
        (array_agg(${day("x.occurred_at")} order by x.occurred_at desc) filter (where x.kind = 'email.opened'))[1:5] as opens,
        count(*) filter (where x.kind = 'email.clicked')::int as clicks_count,
        (array_agg(${day("x.occurred_at")} order by x.occurred_at desc) filter (where x.kind = 'email.clicked'))[1:3] as clicks,
        count(*) filter (where x.kind = 'product.viewed')::int as product_views,
        coalesce(${day("max(x.occurred_at) filter (where x.kind = 'product.viewed')")}, -1) as last_product_view_day,
        count(*) filter (where x.kind = 'collection.viewed')::int as collection_views,
        coalesce(${day("max(x.occurred_at) filter (where x.kind = 'collection.viewed')")}, -1) as last_collection_view_day,
        coalesce(${day("max(x.occurred_at) filter (where x.kind = 'cart.updated')")}, -1) as last_cart_day,
        max(x.occurred_at) filter (where x.kind = 'checkout.started') as checkout_at
      from activity_event x where x.shop_id = v_shop and x.customer_id = t.id) e
  ) n
  where m.shop_id = v_shop and m.customer_id = any(v_ids) and m.customer_id = n.id and (${of("m")}) is distinct from (${of("n")});
  get diagnostics v_changed = row_count;
  return v_changed;
end $$;
`;

/**
 * Who bought what, of these customers, computed anew from their orders' lines. Rows that are right already are not touched. The table has
 * no index by customer (it was a third of what an import paid), so rows that may be wrong now are named by whoever changed the lines:
 * former[i] are products of lines that belonged to a customer before. Returns how many rows were written or removed. Call it after
 * refresh_customer_metrics, which makes changes of one customer wait for each other. Single rows are looked up one by one (lateral, with a
 * limit), because the plan serves one customer and five thousand.
 */
export const REFRESH_BUYERS = `
create or replace function refresh_product_buyers(v_shop uuid, v_ids uuid[], v_former_products uuid[], v_former_customers uuid[]) returns bigint
  language plpgsql volatile set plan_cache_mode = force_generic_plan set enable_seqscan = off as $$
declare
  v_changed bigint;
begin
  with want as materialized (
    select u.product_id, i.customer_id, min(i.placed_day) as first_day, max(i.placed_day) as last_day,
      count(distinct i.order_id)::integer as orders, sum(u.quantity)::bigint as quantity
    from shop_order o join order_items i on i.shop_id = o.shop_id and i.order_id = o.id,
      unnest(i.product_ids, i.quantities, i.line_counts) as u (product_id, quantity, counts)
    where o.shop_id = v_shop and o.customer_id = any(v_ids) and i.shop_id = v_shop and i.customer_id = o.customer_id
      and i.counts and u.counts and u.product_id is not null
    group by u.product_id, i.customer_id),
  gone as (
    delete from product_buyer b using (
      select k.ctid from unnest(v_former_products, v_former_customers) as f (product_id, customer_id)
      cross join lateral (select k.ctid from product_buyer k where k.shop_id = v_shop and k.product_id = f.product_id
        and k.customer_id = f.customer_id limit 1) k
      where f.customer_id = any(v_ids) and (f.product_id, f.customer_id) not in (select product_id, customer_id from want)) d
    where b.ctid = d.ctid returning 1),
  written as (
    insert into product_buyer as b (org_id, shop_id, product_id, customer_id, first_day, last_day, orders, quantity)
    select (select app_org()), v_shop, w.product_id, w.customer_id, w.first_day, w.last_day, w.orders, w.quantity from want w
      left join lateral (select * from product_buyer k where k.shop_id = v_shop and k.product_id = w.product_id
        and k.customer_id = w.customer_id limit 1) k on true
    where (k.first_day, k.last_day, k.orders, k.quantity) is distinct from (w.first_day, w.last_day, w.orders, w.quantity)
    order by w.product_id, w.customer_id
    on conflict (shop_id, product_id, customer_id) do update
      set first_day = excluded.first_day, last_day = excluded.last_day, orders = excluded.orders, quantity = excluded.quantity
    returning 1)
  select (select count(*) from gone) + (select count(*) from written) into v_changed;
  return v_changed;
end $$;
`;
