import { type RawBuilder, sql } from "kysely";
import type { TenantTrx } from "@/server/tenancy/context";
import type { Purchases } from "./backtest";
import { hashed } from "./hashed";
import { ORDER_NET } from "./net-revenue";
import type { ScoringShop } from "./queries";
import { HIGH_SHARE, MEDIUM_SHARE, type TierBorders } from "./spend-tier";

/** Up to here everyone is in the fit; above, a seeded sample of half as many (domain.md 3.4 c). */
const FIT_ALL = 100_000;
const FIT_SAMPLE = 50_000;

const dayOf = (timeZone: string) => sql`((o.placed_at at time zone ${timeZone})::date - date '1970-01-01')`;

/** "day:value,day:value…" per customer: purchase days of ten years that are over, orders refunded to nothing left out. */
const purchases = ({ shopId, timeZone, currency, since, today }: ScoringShop, who: RawBuilder<unknown>) => sql`
  select customer_id, string_agg(day || ':' || value, ',' order by day) as days from (
    select o.customer_id, ${dayOf(timeZone)} as day, coalesce(sum(${ORDER_NET}) filter (where o.currency = ${currency}), 0) as value
    from shop_order o
    where o.shop_id = ${shopId} and o.counts and not (o.total > 0 and o.refunded >= o.total) and o.customer_id in (${who})
    group by 1, 2) d
  where day >= ${since}::int and day < ${today}::int group by customer_id`;

function parsePurchases(text: string): Purchases {
  const days: number[] = [];
  const values: number[] = [];
  for (const pair of text.split(",")) {
    const colon = pair.indexOf(":");
    days.push(Number(pair.slice(0, colon)));
    values.push(Number(pair.slice(colon + 1)));
  }
  return { days, values };
}

/** Everyone with an order who was not erased, in order of id. */
const buyers = ({ shopId, since }: ScoringShop, condition: RawBuilder<unknown>) => sql`
  select m.customer_id from customer_metrics m where m.shop_id = ${shopId} and m.last_order_day >= ${since}::int and ${condition}
    and m.customer_id not in (select c.id from customer c where c.shop_id = ${shopId} and c.erased_at is not null)`;

export async function countBuyers({ trx }: TenantTrx, shop: ScoringShop): Promise<number> {
  const { rows } = await sql<{ n: bigint }>`select count(*) as n from (${buyers(shop, sql`true`)}) b`.execute(trx);
  return Number(rows[0]?.n ?? 0n);
}

/** The customers a model is fitted on: all, or the same sample of a large shop on every day (a hash of the id, no chance). */
export async function readSample(handle: TenantTrx, shop: ScoringShop, customers: number): Promise<Purchases[]> {
  const perMille = Math.floor((FIT_SAMPLE / customers) * 1_000_000);
  const chosen =
    customers <= FIT_ALL
      ? sql`true`
      : sql`(hashtextextended(m.customer_id::text, 42) & 9223372036854775807) % 1000000 < ${perMille}::bigint`;
  const query = sql<{ days: string }>`${purchases(shop, buyers(shop, chosen))}`;
  const { rows } = await hashed(handle, () => query.execute(handle.trx));
  return rows.map((row) => parsePurchases(row.days));
}

/** The next customers in order of id with their purchases; those without a purchase that counts are left out. */
export async function readPurchases(
  { trx }: TenantTrx,
  shop: ScoringShop,
  after: string | null,
  limit: number,
): Promise<{ customers: { id: string; purchases: Purchases }[]; last: string | null; read: number }> {
  const from = after === null ? sql`true` : sql`m.customer_id > ${after}`;
  const batch = await sql<{ customer_id: string }>`${buyers(shop, from)} order by m.customer_id limit ${limit}`.execute(trx);
  const ids = batch.rows.map((row) => row.customer_id);
  // The ids as a value: joined as a subquery, a planner without statistics would group all orders once per customer.
  const { rows } = await sql<{ customer_id: string; days: string }>`${purchases(shop, sql`select unnest(${ids}::uuid[])`)}`.execute(trx);
  return {
    customers: rows.map((row) => ({ id: row.customer_id, purchases: parsePurchases(row.days) })),
    last: ids.at(-1) ?? null,
    read: ids.length,
  };
}

export type Prediction = {
  id: string;
  churn: number | null;
  orders: number;
  value: bigint;
  tier: "HIGH" | "MEDIUM" | "LOW" | null;
  clv3: bigint | null;
  clv12: bigint | null;
  clv24: bigint | null;
};

/** Writes forecasts set-based; doing it again writes the same. */
export async function writePredictions(
  { trx }: TenantTrx,
  ctx: { orgId: string; shopId: string },
  at: Date,
  rows: readonly Prediction[],
): Promise<void> {
  if (rows.length === 0) return;
  const column = <K extends keyof Prediction>(key: K) => rows.map((row) => row[key]);
  await sql`
    insert into customer_score as t (org_id, shop_id, customer_id, churn_probability, predicted_orders, predicted_value, predicted_spend_tier,
      clv_3, clv_12, clv_24, predicted_at)
    select ${ctx.orgId}::uuid, ${ctx.shopId}::uuid, u.id, u.churn, u.orders, u.value, u.tier, u.c3, u.c12, u.c24, ${at}::timestamptz
    from unnest(${column("id")}::uuid[], ${column("churn")}::real[], ${column("orders")}::real[], ${column("value")}::bigint[], ${column("tier")}::text[],
      ${column("clv3")}::bigint[], ${column("clv12")}::bigint[], ${column("clv24")}::bigint[]) as u (id, churn, orders, value, tier, c3, c12, c24)
    on conflict (shop_id, customer_id) do update set churn_probability = excluded.churn_probability, predicted_orders = excluded.predicted_orders,
      predicted_value = excluded.predicted_value, predicted_spend_tier = excluded.predicted_spend_tier, clv_3 = excluded.clv_3,
      clv_12 = excluded.clv_12, clv_24 = excluded.clv_24, predicted_at = excluded.predicted_at`.execute(trx);
}

/** Takes forecasts away from those this run did not see. */
export const clearUnpredicted = ({ trx }: TenantTrx, shopId: string, at: Date) =>
  trx
    .updateTable("customer_score")
    .set({
      ...{ churn_probability: null, predicted_orders: null, predicted_value: null, predicted_spend_tier: null },
      ...{ clv_3: null, clv_12: null, clv_24: null, predicted_at: null },
    })
    .where("shop_id", "=", shopId)
    .where("predicted_at", "!=", at)
    .execute();

/** Ranks all positive forecasts, ties by customer id, and gives the tiers; the borders stay for the days until the next fit. */
export async function writeTiers({ trx }: TenantTrx, shopId: string): Promise<TierBorders | null> {
  const { rows } = await sql<{ tier: "HIGH" | "MEDIUM" | "LOW"; least: bigint }>`
    with ranked as (
      select customer_id, predicted_value, row_number() over (order by predicted_value desc, customer_id) as rank, count(*) over () as n
      from customer_score where shop_id = ${shopId} and predicted_value > 0),
    tiers as (select customer_id, predicted_value, case when rank <= ceil(n * ${HIGH_SHARE}::numeric) then 'HIGH'
        when rank <= ceil(n * ${MEDIUM_SHARE}::numeric) then 'MEDIUM' else 'LOW' end as tier from ranked),
    written as (update customer_score s set predicted_spend_tier = t.tier from tiers t
      where s.shop_id = ${shopId} and s.customer_id = t.customer_id and s.predicted_spend_tier is distinct from t.tier)
    select tier, min(predicted_value) as least from tiers group by tier`.execute(trx);
  const least = (tier: string): bigint | undefined => rows.find((row) => row.tier === tier)?.least;
  const high = least("HIGH");
  return high === undefined ? null : { high, medium: least("MEDIUM") ?? high };
}

export async function readTotals({ trx }: TenantTrx, shopId: string) {
  const { rows } = await sql<{
    orders: number | null;
    revenue: string | null;
    clv3: string | null;
    clv12: string | null;
    clv24: string | null;
    n: bigint;
  }>`
    select count(*) as n, sum(predicted_orders)::float8 as orders, sum(predicted_value)::text as revenue, sum(clv_3)::text as clv3, sum(clv_12)::text as clv12,
      sum(clv_24)::text as clv24
    from customer_score where shop_id = ${shopId} and predicted_at is not null`.execute(trx);
  return rows[0];
}

/** Where data are thin: what half of an RFM group did in the last 365 days is expected of each of its members (domain.md 3.4). */
export async function writeMedians(handle: TenantTrx, shop: ScoringShop, at: Date): Promise<number> {
  const query = sql`
    with year as (
      select o.customer_id, count(distinct ${dayOf(shop.timeZone)}) as orders, sum(${ORDER_NET}) filter (where o.currency = ${shop.currency}) as value
      from shop_order o where o.shop_id = ${shop.shopId} and o.counts and not (o.total > 0 and o.refunded >= o.total) and o.customer_id is not null
        and ${dayOf(shop.timeZone)} >= ${shop.today - 365}::int and ${dayOf(shop.timeZone)} < ${shop.today}::int group by 1),
    medians as (
      select s.rfm_group, percentile_cont(0.5) within group (order by coalesce(y.orders, 0)) as orders,
        percentile_cont(0.5) within group (order by coalesce(y.value, 0)::float8) as value
      from customer_score s left join year y on y.customer_id = s.customer_id
      where s.shop_id = ${shop.shopId} and s.rfm_group is not null group by 1)
    update customer_score s set churn_probability = null, predicted_orders = m.orders, predicted_value = greatest(round(m.value), 0)::bigint,
      predicted_spend_tier = null, clv_3 = null, clv_12 = null, clv_24 = null, predicted_at = ${at}::timestamptz
    from medians m where s.shop_id = ${shop.shopId} and s.rfm_group = m.rfm_group`;
  const result = await hashed(handle, () => query.execute(handle.trx));
  return Number(result.numAffectedRows ?? 0n);
}
