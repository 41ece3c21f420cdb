import type { Database } from "@db/schema";
import { type RawBuilder, sql, type Transaction } from "kysely";
import { AppError } from "@/server/errors";

/** What the metrics of a shop are measured in. */
export type MetricsScale = { timeZone: string; currency: string };

/** The shop's zone and currency, which decide days and amounts. */
export async function metricsScale(trx: Transaction<Database>, shopId: string): Promise<MetricsScale> {
  const shop = await trx.selectFrom("shop").select(["time_zone", "currency"]).where("id", "=", shopId).executeTakeFirst();
  if (!shop) throw new AppError("NOT_FOUND");
  return { timeZone: shop.time_zone, currency: shop.currency };
}

const CHUNK = 5_000;

/**
 * Brings the metrics of these customers up to date, in the transaction of the change that touched them. Each row is computed anew from
 * the customer's own orders, refunds and events (indexed by customer), so late, repeated and reordered changes cannot make it drift.
 * A row that is right already is not written.
 */
export async function refreshMetrics(trx: Transaction<Database>, shopId: string, customerIds: readonly string[]): Promise<number> {
  const ids = [...new Set(customerIds)].sort();
  if (ids.length === 0) return 0;
  const scale = await metricsScale(trx, shopId);
  let changed = 0;
  for (let from = 0; from < ids.length; from += CHUNK) {
    const chunk = ids.slice(from, from + CHUNK);
    await lockCustomers(trx, shopId, chunk);
    const result = await updateStatement(shopId, scale, sql`select unnest(${chunk}::uuid[]) as id`).execute(trx);
    changed += Number(result.numAffectedRows ?? 0n);
  }
  return changed;
}

/**
 * Two changes of one customer at once would each be computed without the other, and the later one would write what it saw. Waiting here
 * first, in a statement of its own, lets the next statement see what the other one committed. In id order, so that nobody waits in a circle.
 */
const lockCustomers = (trx: Transaction<Database>, shopId: string, ids: readonly string[]) =>
  sql`select from customer_metrics where shop_id = ${shopId} and customer_id = any(${[...ids]}::uuid[]) order by customer_id for update`.execute(
    trx,
  );

const COLUMNS = [
  ...["first_order_at", "last_order_at", "gross_spent", "refunded", "net_spent", "credit_used", "last_order_total", "max_order_total"],
  ...["orders_count", "refunds_count", "first_order_day", "last_order_day", "order_day_2", "order_day_3", "order_day_4", "order_day_5"],
  ...["opens_count", "last_open_day", "open_day_2", "open_day_3", "open_day_4", "open_day_5", "clicks_count", "last_click_day"],
  ...["click_day_2", "click_day_3", "product_views", "last_product_view_day", "collection_views", "last_collection_view_day"],
  ...["last_cart_day", "abandoned_checkout_day"],
] as const;

/** One UPDATE over the customers that `ids` (a SELECT of one column `id`) names. */
export function updateStatement(shopId: string, scale: MetricsScale, ids: RawBuilder<unknown>): RawBuilder<unknown> {
  const day = (at: RawBuilder<unknown>) => sql`((${at}) at time zone ${scale.timeZone})::date - date '1970-01-01'`;
  const names = sql.raw(COLUMNS.join(", "));
  const values = sql.raw(COLUMNS.map((column) => `n.${column}`).join(", "));
  const current = sql.raw(COLUMNS.map((column) => `m.${column}`).join(", "));
  return sql`
    update customer_metrics m set (${names}) = (${values})
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
            select from shop_order later where later.shop_id = ${shopId} and later.customer_id = t.id and not later.is_test
              and later.placed_at >= e.checkout_at)
          then ${day(sql`e.checkout_at`)} else -1 end as abandoned_checkout_day
      from (${ids}) t
      cross join lateral (
        select count(*)::int as orders_count,
          coalesce(min(x.placed_at), '-infinity') as first_order_at, coalesce(max(x.placed_at), '-infinity') as last_order_at,
          ${day(sql`min(x.placed_at)`)} as first_day,
          (array_agg(${day(sql`x.placed_at`)} order by x.placed_at desc))[1:5] as days,
          coalesce(sum(x.total) filter (where x.currency = ${scale.currency}), 0)::int8 as gross_spent,
          coalesce(sum(x.credit_used) filter (where x.currency = ${scale.currency}), 0)::int8 as credit_used,
          coalesce((array_agg(x.total order by x.placed_at desc, x.id desc) filter (where x.currency = ${scale.currency}))[1], 0) as last_order_total,
          coalesce(max(x.total) filter (where x.currency = ${scale.currency}), 0) as max_order_total
        from shop_order x where x.shop_id = ${shopId} and x.customer_id = t.id and x.counts) o
      cross join lateral (
        select count(*)::int as refunds_count, coalesce(sum(x.amount) filter (where x.currency = ${scale.currency}), 0)::int8 as refunded
        from order_refund x where x.shop_id = ${shopId} and x.customer_id = t.id
          -- What was never counted as spent is not taken away again.
          and (x.order_id is null or exists (select from shop_order y where y.shop_id = ${shopId} and y.id = x.order_id and y.counts and y.currency = x.currency))) r
      cross join lateral (
        select count(*) filter (where x.kind = 'email.opened')::int as opens_count,
          (array_agg(${day(sql`x.occurred_at`)} order by x.occurred_at desc) filter (where x.kind = 'email.opened'))[1:5] as opens,
          count(*) filter (where x.kind = 'email.clicked')::int as clicks_count,
          (array_agg(${day(sql`x.occurred_at`)} order by x.occurred_at desc) filter (where x.kind = 'email.clicked'))[1:3] as clicks,
          count(*) filter (where x.kind = 'product.viewed')::int as product_views,
          coalesce(${day(sql`max(x.occurred_at) filter (where x.kind = 'product.viewed')`)}, -1) as last_product_view_day,
          count(*) filter (where x.kind = 'collection.viewed')::int as collection_views,
          coalesce(${day(sql`max(x.occurred_at) filter (where x.kind = 'collection.viewed')`)}, -1) as last_collection_view_day,
          coalesce(${day(sql`max(x.occurred_at) filter (where x.kind = 'cart.updated')`)}, -1) as last_cart_day,
          max(x.occurred_at) filter (where x.kind = 'checkout.started') as checkout_at
        from activity_event x where x.shop_id = ${shopId} and x.customer_id = t.id) e
    ) n
    where m.shop_id = ${shopId} and m.customer_id = n.id and (${current}) is distinct from (${values})`;
}
