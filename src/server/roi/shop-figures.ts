import { sql } from "kysely";
import { withTenant } from "@/server/db";
import { enqueue } from "@/server/jobs/outbox";
import { type Liability, liability } from "@/server/ledger/liability";
import { ORDER_NET } from "@/server/scoring/net-revenue";
import type { ShopContext, TenantTrx } from "@/server/tenancy/context";
import { type Finding, findingsOf } from "./findings";
import type { Headline } from "./headline";
import { type Kept, keepFigures, readKept } from "./kept-figures";
import { type Pool, programmeOf } from "./programme";
import { RESULTS_PER_PAGE, refreshResults } from "./results";
import type { Insufficient } from "./statistics/compare";

const DAYS = 30;

/** Credit of one unit; "30" is the last thirty days, lapsing the next thirty. */
export type UnitFigures = {
  unit: string;
  outstanding: bigint;
  customers: number;
  granted30: bigint;
  redeemed30: bigint;
  expired30: bigint;
  lapsing30: bigint;
  lapsing30Customers: number;
};

/** What the first page of a shop and an agency's board tell: sums over the whole shop. */
export type ShopFigures = {
  unit: string;
  customers: number;
  /** The last thirty times 24 hours and those before, so that the two compare at any hour of the day. */
  revenue30: bigint;
  revenueBefore30: bigint;
  orders30: number;
  /** Thirty whole days up to yesterday: today's would look like a fall. */
  daily: { day: string; revenue: bigint }[];
  /** The shop's currency first; other units are never added to it. */
  units: UnitFigures[];
  headline: Headline;
  pooled: Pool | Insufficient;
  findings: Finding[];
};

type Shop = { currency: string; time_zone: string };
/** `recent` and `before`: the part of the day that lies in the last thirty times 24 hours, and in those before. */
type Day = { day: string; revenue: bigint; recent: bigint; before: bigint; orders: number };
type Booked = { unit: string; granted: bigint; redeemed: bigint; expired: bigint };

/** Revenue by day of the shop's zone, sixty days, from the index by time. */
async function readDays({ trx, now }: TenantTrx, shopId: string, shop: Shop): Promise<Day[]> {
  // As a value: a function that may change per row would keep the index from being used.
  const instant = sql`${now}::timestamptz`;
  const { rows } = await sql<Day>`
    select to_char(day, 'YYYY-MM-DD') as day, sum(net)::int8 as revenue, coalesce(sum(net) filter (where age = 0), 0)::int8 as recent,
      coalesce(sum(net) filter (where age = 1), 0)::int8 as before, (count(*) filter (where age = 0))::int as orders
    from (select (o.placed_at at time zone ${shop.time_zone})::date as day, ${ORDER_NET} as net,
        case when o.placed_at > ${instant} - make_interval(days => ${DAYS}) then 0 when o.placed_at > ${instant} - make_interval(days => ${2 * DAYS}) then 1 end as age
      from shop_order o
      where o.shop_id = ${shopId} and o.counts and o.currency = ${shop.currency} and o.placed_at >= ${instant} - make_interval(days => ${2 * DAYS + 1})) x
    group by day`.execute(trx);
  return rows;
}

/** What was booked in thirty days, by unit. */
async function readBooked({ trx, now }: TenantTrx, shopId: string): Promise<Booked[]> {
  const { rows } = await sql<Booked>`
    select unit, coalesce(sum(amount) filter (where kind = 'grant'), 0)::int8 as granted,
      coalesce(sum(amount) filter (where kind in ('redeem', 'capture')), 0)::int8 as redeemed, coalesce(sum(amount) filter (where kind = 'expire'), 0)::int8 as expired
    from ledger.transfer where shop_id = ${shopId} and at >= ${now}::timestamptz - make_interval(days => ${DAYS}) group by 1`.execute(trx);
  return rows;
}

async function readCalendar({ trx, now }: TenantTrx, shop: Shop): Promise<string[]> {
  const { rows } = await sql<{ day: string }>`
    select to_char((${now}::timestamptz at time zone ${shop.time_zone})::date - i, 'YYYY-MM-DD') as day from generate_series(${DAYS}::int, 1, -1) i`.execute(
    trx,
  );
  return rows.map((row) => row.day);
}

const sum = <R>(rows: readonly R[], pick: (row: R) => bigint): bigint => rows.reduce((total, row) => total + pick(row), 0n);

function unitsOf(owed: readonly Liability[], booked: readonly Booked[], currency: string): UnitFigures[] {
  const units = [...new Set([...owed, ...booked].map((row) => row.unit))];
  units.sort((a, b) => Number(b === currency) - Number(a === currency) || (a < b ? -1 : 1));
  return units.map((unit) => {
    const [own, moved] = [owed.find((row) => row.unit === unit), booked.find((row) => row.unit === unit)];
    const soon = own?.lapsing.find((entry) => entry.days === 30);
    return {
      ...{ unit, outstanding: own?.outstanding ?? 0n, customers: own?.customers ?? 0 },
      ...{ granted30: moved?.granted ?? 0n, redeemed30: moved?.redeemed ?? 0n, expired30: moved?.expired ?? 0n },
      ...{ lapsing30: soon?.amount ?? 0n, lapsing30Customers: soon?.customers ?? 0 },
    };
  });
}

async function calculate(handle: TenantTrx, ctx: ShopContext): Promise<ShopFigures> {
  const joined = { ...ctx, trx: handle };
  const shop = await handle.trx.selectFrom("shop").select(["currency", "time_zone"]).where("id", "=", ctx.shopId).executeTakeFirstOrThrow();
  const days = await readDays(handle, ctx.shopId, shop);
  const booked = await readBooked(handle, ctx.shopId);
  const people = await sql<{ n: bigint }>`select count(*) as n from customer_metrics where shop_id = ${ctx.shopId}`.execute(handle.trx);
  // Nearly always there already; a shop's first results should not wait for the hourly function.
  await refreshResults(joined, RESULTS_PER_PAGE);
  const measured = await programmeOf(handle, ctx);
  const calendar = await readCalendar(handle, shop);
  return {
    unit: shop.currency,
    customers: Number(people.rows[0]?.n ?? 0n),
    revenue30: sum(days, (row) => row.recent),
    revenueBefore30: sum(days, (row) => row.before),
    orders30: days.reduce((total, row) => total + row.orders, 0),
    daily: calendar.map((day) => ({ day, revenue: days.find((row) => row.day === day)?.revenue ?? 0n })),
    units: unitsOf(await liability(joined), booked, shop.currency),
    ...{ headline: measured.headline, pooled: measured.pooled },
    findings: await findingsOf(handle, ctx, measured),
  };
}

/** Figures that took less are calculated for every visit; a page may take 200 ms. */
const LIVE_MS = 100;
const FRESH_MS = 60_000;
/** Older ones are not shown: the function that renews them is not running. */
const OLDEST_MS = 2 * 3_600_000;

const isYounger = (kept: Kept<ShopFigures>, now: Date, limit: number): boolean => {
  const age = now.getTime() - kept.at.getTime();
  return age >= 0 && age < limit;
};

/**
 * A shop's figures. Where they are quickly calculated they are those of this moment; in a large shop those that were kept, asked anew in
 * the background once they are a minute old. `at` says of when they are.
 */
export async function shopFigures(handle: TenantTrx, ctx: ShopContext, liveMs = LIVE_MS): Promise<{ figures: ShopFigures; at: Date }> {
  const kept = await readKept<ShopFigures>(handle, ctx.shopId, "overview");
  if (kept && kept.tookMs > liveMs && isYounger(kept, handle.now, OLDEST_MS)) {
    if (!isYounger(kept, handle.now, FRESH_MS))
      await enqueue(handle.trx, { name: "roi/figures.due", data: { orgId: ctx.orgId, shopId: ctx.shopId } });
    return { figures: kept.value, at: kept.at };
  }
  const fresh = await keepFigures(handle, ctx, "overview", () => calculate(handle, ctx));
  return { figures: fresh.value, at: fresh.at };
}

/** Calculates and keeps the figures, unless somebody did in the last minute (or `always`). */
export const refreshFigures = (ctx: ShopContext, { always = false } = {}): Promise<{ refreshed: boolean }> =>
  withTenant(ctx, async (handle) => {
    const kept = await readKept<ShopFigures>(handle, ctx.shopId, "overview");
    if (!always && kept && isYounger(kept, handle.now, FRESH_MS)) return { refreshed: false };
    await keepFigures(handle, ctx, "overview", () => calculate(handle, ctx));
    return { refreshed: true };
  });
