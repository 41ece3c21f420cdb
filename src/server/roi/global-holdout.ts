import { sql } from "kysely";
import { z } from "zod";
import { recordAudit } from "@/server/audit/record-audit";
import { withTenant } from "@/server/db";
import { AppError, parseInput } from "@/server/errors";
import { ORDER_NET } from "@/server/scoring/net-revenue";
import type { ShopContext, TenantTrx } from "@/server/tenancy/context";
import { startOfLocalDay } from "@/server/time";
import { estimateOf, shownInterval } from "./effects";
import { readMargins } from "./margins";
import type { Estimate } from "./schema";
import { guardedWelch, type InsufficientReason, momentsFromExact } from "./statistics/compare";

export const setHoldoutSchema = z.object({ year: z.int().min(2000).max(2200), bps: z.int().min(100).max(500) });

export type HoldoutYear = {
  year: number;
  bps: number;
  startedAt: Date;
  until: Date;
  people: { held: number; others: number };
  /** Net revenue of the others minus that of the held, per person. */
  revenuePerPerson: Estimate | null;
  /** Contribution after all credit of all campaigns, per person and for all others together. */
  profitPerPerson: Estimate | null;
  profit: Estimate | null;
  preliminary: boolean;
  /** The shop's margin it was calculated with. */
  marginBps: number;
  reason: InsufficientReason | null;
};

type Row = { held: boolean; people: number; buyers: number; revenue: string; revenue2: string; profit: string; profit2: string };

/**
 * Everyone who was a customer at the start, held or not by the hash alone (domain.md 2.1): their revenue since then and the credit that
 * campaigns cost. Contribution in ten-thousandths of a minor unit.
 */
async function readYear(
  { trx }: TenantTrx,
  shopId: string,
  currency: string,
  marginBps: number,
  year: { salt: string; bps: number; from: Date; to: Date },
) {
  const { rows } = await sql<Row>`
    with person as materialized (select id, assignment_bucket(${year.salt}, id::text) < ${year.bps}::int as held from customer
      where shop_id = ${shopId} and added_at < ${year.from} and erased_at is null),
    bought as (select o.customer_id, sum(${ORDER_NET})::int8 as net from shop_order o
      where o.shop_id = ${shopId} and o.placed_at >= ${year.from} and o.placed_at < ${year.to} and o.counts and o.currency = ${currency} and o.customer_id is not null
      group by 1),
    paid as (select customer_id, sum(redeemed)::int8 as cost from ledger.lot where shop_id = ${shopId} and source_type = 'drop' and unit = ${currency}
      and redeemed > 0 and created_at >= ${year.from} and created_at < ${year.to} group by 1),
    outcome as (select p.held, coalesce(b.net, 0)::numeric as net, coalesce(b.net, 0)::numeric * ${marginBps}::int - 10000 * coalesce(k.cost, 0)::numeric as y
      from person p left join bought b on b.customer_id = p.id left join paid k on k.customer_id = p.id)
    select held, count(*)::int as people, (count(*) filter (where net <> 0))::int as buyers, sum(net)::text as revenue, sum(net * net)::text as revenue2,
      sum(y)::text as profit, sum(y * y)::text as profit2
    from outcome group by 1`.execute(trx);
  return rows;
}

type Shop = { currency: string; time_zone: string };
type Defined = { year: number; bps: number; salt: string; started_at: Date };

const shopOf = ({ trx }: TenantTrx, shopId: string): Promise<Shop> =>
  trx.selectFrom("shop").select(["currency", "time_zone"]).where("id", "=", shopId).executeTakeFirstOrThrow();

const definedYears = ({ trx }: TenantTrx, shopId: string): Promise<Defined[]> =>
  trx
    .selectFrom("global_holdout")
    .select(["year", "bps", "salt", "started_at"])
    .where("shop_id", "=", shopId)
    .orderBy("year", "desc")
    .limit(5)
    .execute();

/** One year: everyone else against those who sat out of all of it. Reads all customers and the orders of the year. */
async function measureYear(handle: TenantTrx, shopId: string, shop: Shop, marginBps: number, defined: Defined): Promise<HoldoutYear> {
  const { year, bps, salt, started_at } = defined;
  const end = startOfLocalDay(Math.floor(Date.UTC(year + 1, 0, 1) / 86_400_000), shop.time_zone);
  const until = new Date(Math.min(end.getTime(), handle.now.getTime()));
  const rows = await readYear(handle, shopId, shop.currency, marginBps, { salt, bps, from: started_at, to: until });
  const of = (held: boolean): Row =>
    rows.find((row) => row.held === held) ?? { held, people: 0, buyers: 0, revenue: "0", revenue2: "0", profit: "0", profit2: "0" };
  const [held, others] = [of(true), of(false)];
  const revenue = guardedWelch(moments(others, "revenue"), moments(held, "revenue"));
  const profit = guardedWelch(moments(others, "profit"), moments(held, "profit"));
  const people = held.people + others.people;
  // A year is looked at all along; returns of its last days mature a month later.
  const preliminary = handle.now.getTime() < end.getTime() + 30 * 86_400_000;
  const fine = (value: number): number => value / 10_000;
  const interval = profit.status === "ok" ? shownInterval(profit, people, preliminary) : null;
  const scaled = (factor: number): Estimate | null =>
    profit.status === "ok" && interval
      ? estimateOf(fine(profit.difference) * factor, { low: fine(interval.low) * factor, high: fine(interval.high) * factor })
      : null;
  return {
    ...{ year, bps, startedAt: started_at, until, people: { held: held.people, others: others.people }, preliminary, marginBps },
    revenuePerPerson: revenue.status === "ok" ? estimateOf(revenue.difference, shownInterval(revenue, people, preliminary)) : null,
    profitPerPerson: scaled(1),
    profit: scaled(others.people),
    reason: profit.status === "ok" ? null : profit.reason,
  };
}

const STALE_MS = 6 * 3_600_000;

/**
 * Every year of the holdout. A year of `known` is taken as it is when nothing can have changed it: it is final or a few hours old, and was
 * calculated with today's margin.
 */
export async function measureYears(handle: TenantTrx, shopId: string, known: readonly HoldoutYear[]): Promise<HoldoutYear[]> {
  const defined = await definedYears(handle, shopId);
  if (defined.length === 0) return [];
  const shop = await shopOf(handle, shopId);
  const { shopBps } = await readMargins(handle, shopId);
  const years: HoldoutYear[] = [];
  for (const row of defined) {
    const old = known.find((year) => year.year === row.year && year.marginBps === shopBps);
    const age = old ? handle.now.getTime() - old.until.getTime() : 0;
    years.push(old && (!old.preliminary || (age >= 0 && age < STALE_MS)) ? old : await measureYear(handle, shopId, shop, shopBps, row));
  }
  return years;
}

const moments = (row: Row, key: "revenue" | "profit") => ({
  ...momentsFromExact(row.people, BigInt(row[key]), BigInt(row[`${key}2`])),
  buyers: row.buyers,
});

/**
 * Decides who sits out of every campaign of a year: 1 to 5 % by hash. CONFLICT once it is decided, because another share would move people
 * from one side to the other; VALIDATION for a year that is over.
 */
export function setGlobalHoldout(ctx: ShopContext, input: unknown): Promise<{ year: number; bps: number }> {
  const { year, bps } = parseInput(setHoldoutSchema, input);
  return withTenant(ctx, async ({ trx, now }) => {
    const shop = await trx.selectFrom("shop").select("time_zone").where("id", "=", ctx.shopId).executeTakeFirstOrThrow();
    const begins = startOfLocalDay(Math.floor(Date.UTC(year, 0, 1) / 86_400_000), shop.time_zone);
    const ends = startOfLocalDay(Math.floor(Date.UTC(year + 1, 0, 1) / 86_400_000), shop.time_zone);
    if (ends <= now) throw new AppError("VALIDATION", { year });
    const inserted = await trx
      .insertInto("global_holdout")
      .values({
        ...{ org_id: ctx.orgId, shop_id: ctx.shopId, year, bps, salt: `global:${ctx.shopId}:${year}` },
        ...{ started_at: new Date(Math.max(begins.getTime(), now.getTime())), created_by_label: ctx.actor.label },
      })
      .onConflict((conflict) => conflict.columns(["shop_id", "year"]).doNothing())
      .executeTakeFirst();
    if (inserted.numInsertedOrUpdatedRows !== 1n) throw new AppError("CONFLICT", { year });
    await recordAudit(trx, ctx, { action: "globalHoldout.set", entity: "globalHoldout", entityId: String(year), after: { year, bps } });
    return { year, bps };
  });
}
