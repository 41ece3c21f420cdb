import { sql } from "kysely";
import { refreshBuyers } from "@/server/customers/buyers";
import { refreshMetrics } from "@/server/customers/metrics";
import { withTenant } from "@/server/db";
import { previewSegment } from "@/server/segments/preview-segment";
import { systemContext } from "@/server/tenancy/context";
import { localDay } from "@/server/time";
import { openBenchShop } from "./bench-shop";
import { BENCH_ORG, BENCH_SHOP, BENCH_TAG } from "./generate-shop";
import { type Measure, median } from "./measure";

const ROUNDS = 15;
const LIMIT_RATIO = 1.3;
const LIMIT_MS = 150;
const ORDERS = 200;
const LIMIT_ORDER_MS = 2;

/** `by hand`: the where clause a person would write who knows these tables, over m (customer_metrics) or another table with that alias. */
type Case = { name: string; query: string; table?: string; byHand: (day: number) => string };

const M = "customer_metrics";
const CASES: readonly Case[] = [
  {
    name: "value + lapsed",
    query: "amount_spent >= 500 AND last_order_date < -90d AND number_of_orders >= 3",
    byHand: (day) =>
      `m.net_spent >= 50000 and m.last_order_day < ${day - 90} and m.last_order_day >= 0 and m.orders_count >= 3 and not m.erased`,
  },
  {
    name: "product tag in 60 days",
    query: `products_purchased MATCHES (tag = '${BENCH_TAG}', date >= -60d)`,
    table: `(select distinct b.shop_id, b.customer_id from product_buyer b where b.shop_id = '${BENCH_SHOP}' and b.last_day >= DAY-60
      and b.product_id = any(array(select p.id from product p where p.shop_id = '${BENCH_SHOP}' and '${BENCH_TAG}' = any(p.tags))))`,
    byHand: () => `m.customer_id not in (select c.id from customer c where c.shop_id = '${BENCH_SHOP}' and c.erased_at is not null)`,
  },
  {
    name: "opens without purchase",
    query: "number_of_orders = 0 AND shopify_email.opened MATCHES (date >= -30d, count >= 3)",
    byHand: (day) => `m.orders_count = 0 and m.open_day_3 >= ${day - 30} and not m.erased`,
  },
  {
    name: "birthday in 30 days",
    query: "anniversary('metafields.facts.birth_date') BETWEEN today AND +30d",
    byHand: (day) => {
      const md = (d: number) => new Date(d * 86_400_000).getUTCMonth() * 100 + 100 + new Date(d * 86_400_000).getUTCDate();
      return md(day) <= md(day + 30)
        ? `m.birth_month_day between ${md(day)} and ${md(day + 30)} and not m.erased`
        : `(m.birth_month_day >= ${md(day)} or m.birth_month_day between 1 and ${md(day + 30)}) and not m.erased`;
    },
  },
  {
    name: "abandoned checkout",
    query: "abandoned_checkout_date >= -30d",
    byHand: (day) => `m.abandoned_checkout_day >= ${day - 30} and not m.erased`,
  },
  {
    name: "low order value",
    query: "number_of_orders >= 1 AND orders_placed NOT MATCHES (amount > 50)",
    byHand: () => "m.orders_count >= 1 and m.max_order_total <= 5000 and not m.erased",
  },
  {
    name: "viewed collection, never ordered",
    query: "number_of_orders = 0 AND storefront.collection_viewed MATCHES (id = 7)",
    byHand: () => `m.orders_count = 0 and not m.erased and m.customer_id in (select e.customer_id from activity_event e
      where e.shop_id = '${BENCH_SHOP}' and e.kind = 'collection.viewed' and e.ref_id = '7')`,
  },
  { name: "predicted tier", query: "predicted_spend_tier = 'HIGH'", byHand: () => "m.spend_tier = 1 and not m.erased" },
];

const ctx = systemContext(BENCH_ORG, BENCH_SHOP, "bench");

/** Count and 20 people by hand: the same numbers, in the same kind of transaction, without language, sample order and estimate. */
async function byHand(test: Case, day: number): Promise<number> {
  const table = (test.table ?? M).replace("DAY-60", String(day - 60));
  const where = `m.shop_id = '${BENCH_SHOP}' and ${test.byHand(day)}`;
  return withTenant(ctx, async ({ trx }) => {
    const counted = await sql.raw<{ n: bigint }>(`select count(*) as n from ${table} m where ${where}`).execute(trx);
    await sql
      .raw(
        `select c.id, c.external_id, c.email, c.first_name, c.last_name, k.orders_count, k.net_spent, k.last_order_at
         from (select m.customer_id from ${table} m where ${where} limit 20) f
           join customer c on c.shop_id = '${BENCH_SHOP}' and c.id = f.customer_id
           join customer_metrics k on k.shop_id = '${BENCH_SHOP}' and k.customer_id = f.customer_id`,
      )
      .execute(trx);
    return Number(counted.rows[0]?.n ?? 0n);
  });
}

async function timed<T>(work: () => Promise<T>): Promise<{ ms: number; value: T }> {
  const began = performance.now();
  const value = await work();
  return { ms: performance.now() - began, value };
}

const percentile = (values: readonly number[], share: number): number =>
  [...values].sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))] ?? Number.NaN;

async function measureCase(test: Case): Promise<Measure[]> {
  const now = await withTenant(ctx, async (handle) => handle.now);
  const day = localDay(now, "Europe/Berlin");
  const ours: number[] = [];
  const theirs: number[] = [];
  let people = 0;
  // Alternating, so that both see the same machine; the first of each warms the cache.
  for (let round = 0; round <= ROUNDS; round++) {
    const preview = await timed(() => previewSegment(ctx, { query: test.query, sample: 20 }, { see: "full" }));
    const hand = await timed(() => byHand(test, day));
    if (preview.value.count !== hand.value) throw new Error(`${test.name}: ${preview.value.count} people, by hand ${hand.value}`);
    people = preview.value.count;
    if (round === 0) continue;
    ours.push(preview.ms);
    theirs.push(hand.ms);
  }
  const [mine, hand] = [median(ours), median(theirs)];
  const note = `${people} people; p95 ${percentile(ours, 0.95).toFixed(1)} ms; by hand ${hand.toFixed(1)} ms`;
  return [
    { name: `${test.name}, median`, value: mine, unit: "ms", limit: { at: "most", value: LIMIT_MS }, note },
    {
      name: `${test.name}, against by hand`,
      value: median(ours.map((ms, index) => ms / (theirs[index] ?? ms))),
      unit: "×",
      limit: { at: "most", value: LIMIT_RATIO },
    },
  ];
}

/** What one order adds to its own transaction: the metrics row and the buyers of its customer. */
async function measureOrder(): Promise<Measure> {
  const people = await withTenant(ctx, ({ trx }) =>
    sql<{
      id: string;
    }>`select customer_id as id from shop_order where shop_id = ${BENCH_SHOP} order by placed_at desc limit ${ORDERS}`.execute(trx),
  );
  const times: number[] = [];
  for (const { id } of people.rows) {
    await withTenant(ctx, async ({ trx }) => {
      await sql`update shop_order set total = total + 1 where shop_id = ${BENCH_SHOP} and id = (
        select id from shop_order where shop_id = ${BENCH_SHOP} and customer_id = ${id} order by placed_at desc limit 1)`.execute(trx);
      const { ms } = await timed(async () => {
        await refreshMetrics(trx, BENCH_SHOP, [id]);
      });
      times.push(ms);
      await refreshBuyers(trx, BENCH_SHOP, [id]);
    });
  }
  const note = `${times.length} orders; p95 ${percentile(times, 0.95).toFixed(2)} ms`;
  return { name: "one order in customer_metrics", value: median(times), unit: "ms", limit: { at: "most", value: LIMIT_ORDER_MS }, note };
}

/** Exact count and 20 people for eight kinds of segments, against SQL written by hand; then what an order costs. */
export async function run(): Promise<Measure[]> {
  const shop = await openBenchShop();
  try {
    const measures: Measure[] = [];
    for (const test of CASES) measures.push(...(await measureCase(test)));
    measures.push(await measureOrder());
    const made = shop.seconds > 0 ? [{ name: `generating the shop of ${shop.customers} customers`, value: shop.seconds, unit: "s" }] : [];
    return [...made, ...measures.map((measure) => ({ ...measure, name: `${measure.name} (${shop.customers})` }))];
  } finally {
    await shop.close();
  }
}
