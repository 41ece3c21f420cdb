import { type RawBuilder, sql } from "kysely";
import { z } from "zod";
import { withTenant } from "@/server/db";
import { parseInput } from "@/server/errors";
import { ORDER_NET } from "@/server/scoring/net-revenue";
import type { ShopContext, TenantTrx } from "@/server/tenancy/context";

export const cohortsSchema = z.object({ months: z.union([z.literal(6), z.literal(12), z.literal(24)]).default(12) });

type Shop = { id: string; currency: string; timeZone: string };

async function readShop({ trx }: TenantTrx, shopId: string): Promise<Shop> {
  const row = await trx.selectFrom("shop").select(["currency", "time_zone"]).where("id", "=", shopId).executeTakeFirstOrThrow();
  return { id: shopId, currency: row.currency, timeZone: row.time_zone };
}

/** Months since year 0 of an instant in the shop's zone. */
const monthOf = (at: RawBuilder<unknown>, { timeZone }: Shop) =>
  sql`(extract(year from ${at} at time zone ${timeZone}) * 12 + extract(month from ${at} at time zone ${timeZone}) - 1)::int`;
const monthName = (month: number): string => `${Math.floor(month / 12)}-${String((month % 12) + 1).padStart(2, "0")}`;

export type Cohorts = { unit: string; cohorts: { month: string; customers: number; revenue: bigint[]; active: number[] }[] };

/** Customers by the month of their first order: revenue so far per age in months, and how many of them bought in that month of age. */
export function cohorts(ctx: ShopContext, input: unknown): Promise<Cohorts> {
  const { months } = parseInput(cohortsSchema, input);
  return withTenant(ctx, async (handle) => {
    const { now } = handle;
    const shop = await readShop(handle, ctx.shopId);
    const { rows } = await sql<{ born: number; age: number; now: number; buyers: number; revenue: bigint }>`
      with current as (select ${monthOf(sql`${now}::timestamptz`, shop)} as month),
      born as materialized (select m.customer_id, ${monthOf(sql`m.first_order_at`, shop)} as month from customer_metrics m
        where m.shop_id = ${shop.id} and m.orders_count > 0 and m.first_order_at >= ${now}::timestamptz - make_interval(months => ${months}::int)),
      bought as (select b.month as born, ${monthOf(sql`o.placed_at`, shop)} - b.month as age, o.customer_id,
          sum(case when o.currency = ${shop.currency} then ${ORDER_NET} else 0 end) as net
        from born b join shop_order o on o.shop_id = ${shop.id} and o.customer_id = b.customer_id and o.counts group by 1, 2, 3)
      select born, age, (select month from current) as now, count(*)::int as buyers, sum(net)::int8 as revenue from bought
      where born > (select month from current) - ${months}::int group by 1, 2 order by 1, 2`.execute(handle.trx);
    const born = [...new Set(rows.map((row) => row.born))];
    return {
      unit: shop.currency,
      cohorts: born.map((month) => {
        const own = rows.filter((row) => row.born === month);
        const ages = (own[0]?.now ?? month) - month + 1;
        const at = (age: number) => own.find((row) => row.age === age);
        let total = 0n;
        const revenue = Array.from({ length: ages }, (_, age) => {
          total += at(age)?.revenue ?? 0n;
          return total;
        });
        return { month: monthName(month), customers: at(0)?.buyers ?? 0, revenue, active: revenue.map((_, age) => at(age)?.buyers ?? 0) };
      }),
    };
  });
}

type Side = { customers: number; ordersPerCustomer: number; averageOrder: bigint | null; revenuePerCustomer: bigint };

export type Habits = {
  unit: string;
  averageOrder: { month: string; value: bigint; orders: number }[];
  /** Of those who bought in a month, how many bought again within 90 days; only months whose 90 days are over. */
  repeatRate: { month: string; customers: number; again: number }[];
  /** Days between two orders of a customer, last two years. */
  interval: { from: number; to: number | null; pairs: number }[];
  intervalMedian: number | null;
  /** Kaplan–Meier: share of new customers with a second order by day, last two years. Those still waiting are counted as long as seen. */
  secondOrder: { day: number; share: number }[];
  /** The last 365 days of customers who redeemed credit in them and of the others who bought. Observed, not caused. */
  creditUsers: { withCredit: Side; without: Side };
};

const BUCKETS = [0, 8, 15, 31, 61, 91, 181, 366] as const;

async function monthly({ trx, now }: TenantTrx, shop: Shop): Promise<Pick<Habits, "averageOrder" | "repeatRate">> {
  const value = await sql<{ month: number; value: bigint; orders: number }>`
    select ${monthOf(sql`o.placed_at`, shop)} as month, (sum(o.total) / count(*))::int8 as value, count(*)::int as orders from shop_order o
    where o.shop_id = ${shop.id} and o.counts and o.currency = ${shop.currency} and o.placed_at >= ${now}::timestamptz - interval '24 months' group by 1 order by 1`.execute(
    trx,
  );
  const again = await sql<{ month: number; customers: number; again: number }>`
    with placed as (select o.customer_id, o.placed_at, ${monthOf(sql`o.placed_at`, shop)} as month,
        lead(o.placed_at) over (partition by o.customer_id order by o.placed_at) as next
      from shop_order o where o.shop_id = ${shop.id} and o.counts and o.customer_id is not null and o.placed_at >= ${now}::timestamptz - interval '24 months'),
    per as (select month, customer_id, bool_or(next < placed_at + interval '90 days') as again, max(placed_at) as last from placed group by 1, 2)
    select month, count(*)::int as customers, (count(*) filter (where again))::int as again from per group by 1
    having max(last) < ${now}::timestamptz - interval '90 days' order by 1`.execute(trx);
  const named = <R extends { month: number }>(rows: R[]) => rows.map((row) => ({ ...row, month: monthName(row.month) }));
  return { averageOrder: named(value.rows), repeatRate: named(again.rows) };
}

async function intervals({ trx, now }: TenantTrx, shop: Shop): Promise<Pick<Habits, "interval" | "intervalMedian">> {
  const { rows } = await sql<{ bucket: number; pairs: number; median: number | null }>`
    with gap as (select extract(epoch from o.placed_at - lag(o.placed_at) over (partition by o.customer_id order by o.placed_at)) / 86400 as days
      from shop_order o where o.shop_id = ${shop.id} and o.counts and o.customer_id is not null and o.placed_at >= ${now}::timestamptz - interval '24 months')
    select width_bucket(days::float8, ${[...BUCKETS]}::float8[]) - 1 as bucket, count(*)::int as pairs,
      (select percentile_cont(0.5) within group (order by days)::float8 from gap) as median
    from gap where days is not null group by 1`.execute(trx);
  return {
    interval: BUCKETS.map((from, i) => ({ from, to: BUCKETS[i + 1] ?? null, pairs: rows.find((row) => row.bucket === i)?.pairs ?? 0 })),
    intervalMedian: rows[0]?.median ?? null,
  };
}

const HORIZON = 365;

/** Survival to the second order with those who have not had the time yet (Kaplan & Meier 1958). Pure. */
export function secondOrderCurve(rows: readonly { day: number; events: number; censored: number }[]): { day: number; share: number }[] {
  let atRisk = rows.reduce((sum, row) => sum + row.events + row.censored, 0);
  if (atRisk === 0) return [];
  let waiting = 1;
  const curve = [{ day: 0, share: 0 }];
  for (const { day, events, censored } of [...rows].sort((a, b) => a.day - b.day)) {
    if (day > HORIZON) break;
    if (events > 0) {
      waiting *= 1 - events / atRisk;
      curve.push({ day, share: 1 - waiting });
    }
    atRisk -= events + censored;
  }
  return curve;
}

async function secondOrder({ trx, now }: TenantTrx, shop: Shop): Promise<Habits["secondOrder"]> {
  const { rows } = await sql<{ day: number; events: number; censored: number }>`
    with ranked as (select o.customer_id, o.placed_at, lead(o.placed_at) over w as next, row_number() over w as nth
      from shop_order o join customer_metrics m on m.shop_id = o.shop_id and m.customer_id = o.customer_id
      where o.shop_id = ${shop.id} and o.counts and m.first_order_at >= ${now}::timestamptz - interval '24 months'
      window w as (partition by o.customer_id order by o.placed_at, o.id))
    select floor(extract(epoch from coalesce(next, ${now}::timestamptz) - placed_at) / 86400)::int as day, (count(*) filter (where next is not null))::int as events,
      (count(*) filter (where next is null))::int as censored
    from ranked where nth = 1 group by 1`.execute(trx);
  return secondOrderCurve(rows);
}

async function creditUsers({ trx, now }: TenantTrx, shop: Shop): Promise<Habits["creditUsers"]> {
  const { rows } = await sql<{ used: boolean; customers: number; orders: number; total: bigint; net: bigint }>`
    with person as (select o.customer_id, sum(o.credit_used) > 0 as used, count(*) as orders, sum(o.total) as total, sum(${ORDER_NET}) as net from shop_order o
      where o.shop_id = ${shop.id} and o.counts and o.customer_id is not null and o.currency = ${shop.currency} and o.placed_at >= ${now}::timestamptz - interval '365 days'
      group by 1)
    select used, count(*)::int as customers, sum(orders)::int as orders, sum(total)::int8 as total, sum(net)::int8 as net from person group by 1`.execute(
    trx,
  );
  const side = (used: boolean): Side => {
    const row = rows.find((r) => r.used === used);
    if (!row || row.customers === 0) return { customers: 0, ordersPerCustomer: 0, averageOrder: null, revenuePerCustomer: 0n };
    return {
      customers: row.customers,
      ordersPerCustomer: row.orders / row.customers,
      averageOrder: row.orders > 0 ? row.total / BigInt(row.orders) : null,
      revenuePerCustomer: row.net / BigInt(row.customers),
    };
  };
  return { withCredit: side(true), without: side(false) };
}

/** How customers of a shop buy: order value, who comes back, how soon. */
export const habits = (ctx: ShopContext): Promise<Habits> =>
  withTenant(ctx, async (handle) => {
    const shop = await readShop(handle, ctx.shopId);
    return {
      unit: shop.currency,
      ...(await monthly(handle, shop)),
      ...(await intervals(handle, shop)),
      secondOrder: await secondOrder(handle, shop),
      creditUsers: await creditUsers(handle, shop),
    };
  });
