import { type RawBuilder, sql } from "kysely";

/**
 * The tables a segment reads as they were at an instant, as common table expressions of the same names: a query written for today then
 * answers for that day, because an unqualified name means the expression before it means the table. Orders and events have a history;
 * what has none (tags, consent, accounts, scores) is today's. Refunds count with their order.
 */
export function asOf(input: { shopId: string; timeZone: string; currency: string; at: Date }): RawBuilder<unknown> {
  const { shopId, timeZone, currency, at } = input;
  const day = (time: RawBuilder<unknown>) => sql`((${time}) at time zone ${timeZone})::date - date '1970-01-01'`;
  const days = (kind: string) => sql`array_agg(${day(sql`x.occurred_at`)} order by x.occurred_at desc) filter (where x.kind = ${kind})`;
  const kept = sql`filter (where x.currency = ${currency})`;
  return sql`
    customer as materialized (select * from public.customer where shop_id = ${shopId} and added_at <= ${at}),
    shop_order as materialized (select * from public.shop_order where shop_id = ${shopId} and placed_at < ${at}),
    activity_event as materialized (select * from public.activity_event where shop_id = ${shopId} and occurred_at < ${at}),
    ordered as materialized (
      select x.customer_id, min(x.placed_at) as first_at, max(x.placed_at) as last_at, count(*)::int as orders,
        coalesce(sum(x.total) ${kept}, 0)::bigint as gross, coalesce(sum(least(x.refunded, x.total)) ${kept}, 0)::bigint as refunded,
        (count(*) filter (where x.refunded > 0))::int as refunds, coalesce(sum(x.credit_used) ${kept}, 0)::bigint as credit_used,
        coalesce((array_agg(x.total order by x.placed_at desc) ${kept})[1], 0) as last_total, coalesce(max(x.total) ${kept}, 0) as max_total,
        (array_agg(${day(sql`x.placed_at`)} order by x.placed_at desc))[1:5] as days
      from shop_order x where x.counts and x.customer_id is not null group by x.customer_id
    ), acted as materialized (
      select x.customer_id, ${days("email.opened")} as opens, ${days("email.clicked")} as clicks, ${days("product.viewed")} as products,
        ${days("collection.viewed")} as collections, ${days("cart.updated")} as carts,
        max(x.occurred_at) filter (where x.kind = 'checkout.started') as checkout_at
      from activity_event x group by x.customer_id
    ), customer_metrics as materialized (
      select m.org_id, m.shop_id, m.customer_id, coalesce(o.first_at, '-infinity') as first_order_at, coalesce(o.last_at, '-infinity') as last_order_at,
        coalesce(o.gross, 0) as gross_spent, coalesce(o.refunded, 0) as refunded, coalesce(o.gross - o.refunded, 0) as net_spent,
        coalesce(o.credit_used, 0) as credit_used, coalesce(o.last_total, 0) as last_order_total, coalesce(o.max_total, 0) as max_order_total,
        coalesce(o.orders, 0) as orders_count, coalesce(o.refunds, 0) as refunds_count,
        coalesce(${day(sql`o.first_at`)}, -1) as first_order_day, ${nth("o.days", 1)} as last_order_day, ${nth("o.days", 2)} as order_day_2,
        ${nth("o.days", 3)} as order_day_3, ${nth("o.days", 4)} as order_day_4, ${nth("o.days", 5)} as order_day_5,
        coalesce(cardinality(e.opens), 0) as opens_count, ${nth("e.opens", 1)} as last_open_day, ${nth("e.opens", 2)} as open_day_2,
        ${nth("e.opens", 3)} as open_day_3, ${nth("e.opens", 4)} as open_day_4, ${nth("e.opens", 5)} as open_day_5,
        coalesce(cardinality(e.clicks), 0) as clicks_count, ${nth("e.clicks", 1)} as last_click_day, ${nth("e.clicks", 2)} as click_day_2,
        ${nth("e.clicks", 3)} as click_day_3, coalesce(cardinality(e.products), 0) as product_views, ${nth("e.products", 1)} as last_product_view_day,
        coalesce(cardinality(e.collections), 0) as collection_views, ${nth("e.collections", 1)} as last_collection_view_day,
        ${nth("e.carts", 1)} as last_cart_day,
        case when e.checkout_at is not null and (o.last_at is null or o.last_at < e.checkout_at) then ${day(sql`e.checkout_at`)} else -1 end
          as abandoned_checkout_day,
        m.email_reach, m.sms_reach, m.erased, m.rfm_group, m.rfm_shopify, m.spend_tier, m.birth_month_day
      from public.customer_metrics m join customer c on c.id = m.customer_id
      left join ordered o on o.customer_id = m.customer_id left join acted e on e.customer_id = m.customer_id
      where m.shop_id = ${shopId}
    )`;
}

const nth = (array: string, no: number): RawBuilder<unknown> => sql`coalesce(${sql.raw(`${array}[${no}]`)}, -1)`;
