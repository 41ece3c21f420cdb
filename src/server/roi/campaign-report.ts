import { type Campaign, readCampaign, readShop } from "@/server/campaigns/read-campaigns";
import { maturesAt } from "@/server/campaigns/schedule";
import { withTenant } from "@/server/db";
import { parseInput } from "@/server/errors";
import { creditBySource, type SourceCredit } from "@/server/ledger/credit-by-source";
import type { ShopContext, TenantTrx } from "@/server/tenancy/context";
import { type ArmSums, countContaminated, countOtherCurrency, readArms, readAttributed, readDays, type Window } from "./queries";
import { campaignIdSchema, type Estimate } from "./schema";
import {
  type Comparison,
  guardedWelch,
  type Interval,
  momentsFromExact,
  profitOf,
  SRM_ALARM,
  sampleRatio,
  sequential,
} from "./statistics/compare";
import { type Verdict, verdictOf } from "./verdict";

export type ArmReport = { people: number; buyers: number; orders: number; revenue: bigint; perPerson: bigint };
export type Money = Pick<SourceCredit, "granted" | "redeemed" | "held" | "expired" | "recalled" | "remaining"> & { redeemers: number };

/** What a campaign earned. All money in minor units of `unit`; estimates carry 95 % intervals. */
export type CampaignReport = {
  verdict: Verdict;
  asOf: Date;
  unit: string;
  /** Until this is over, intervals are the wider ones that stay valid under repeated looking. */
  preliminary: boolean;
  window: { from: Date; to: Date; maturesAt: Date } | null;
  marginBps: number;
  marginIsAssumed: boolean;
  credit: Money;
  arms: { treated: ArmReport; control: ArmReport };
  /** Null when the verdict has no numbers. */
  effect: {
    revenuePerPerson: Estimate;
    profitPerPerson: Estimate;
    incrementalRevenue: Estimate;
    profit: Estimate;
    cost: bigint;
    pValue: number;
    roi: number | null;
    breakEvenRevenue: bigint | null;
  } | null;
  curve: { day: number; treated: bigint; control: bigint }[];
  attributed: { orders: number; revenue: bigint };
  checks: { sampleRatio: number; contaminated: number; contaminatedShare: number; otherCurrencyOrders: number };
};

const round = (value: number): bigint => BigInt(Math.round(value));
const estimate = (value: number, interval: Interval): Estimate => ({
  value: round(value),
  low: round(interval.low),
  high: round(interval.high),
});

const perPerson = (arm: ArmSums): bigint => (arm.people === 0 ? 0n : round(momentsFromExact(arm.people, arm.sum, arm.sumOfSquares).mean));
const armReport = (arm: ArmSums): ArmReport => ({
  people: arm.people,
  buyers: arm.buyers,
  orders: arm.orders,
  revenue: arm.sum,
  perPerson: perPerson(arm),
});

const NO_ARM: ArmSums = { people: 0, buyers: 0, orders: 0, sum: 0n, sumOfSquares: 0n };
const NO_MONEY: Money = { granted: 0n, redeemed: 0n, held: 0n, expired: 0n, recalled: 0n, remaining: 0n, redeemers: 0 };

async function readMoney(handle: TenantTrx, ctx: ShopContext, campaign: Campaign): Promise<Money> {
  if (!campaign.drop?.frozenAt) return NO_MONEY;
  const credit = await creditBySource({ ...ctx, trx: handle }, { type: "drop", id: campaign.drop.id });
  const own = credit.find((row) => row.unit === campaign.unit);
  if (!own) return NO_MONEY;
  const { granted, redeemed, held, expired, recalled, remaining } = own;
  return { granted, redeemed, held, expired, recalled, remaining, redeemers: own.redeemers.length };
}

/** Cumulative revenue per person and day; a day without sales repeats the day before. */
function curveOf(
  days: { day: number; arm: "treated" | "control"; net: bigint }[],
  arms: { treated: ArmSums; control: ArmSums },
  length: number,
) {
  const sums = { treated: 0n, control: 0n };
  const curve: CampaignReport["curve"] = [];
  let next = 0;
  for (let day = 0; day < length; day++) {
    for (let row = days[next]; row && row.day <= day; row = days[++next]) sums[row.arm] += row.net;
    const mean = (arm: "treated" | "control"): bigint => (arms[arm].people === 0 ? 0n : round(Number(sums[arm]) / arms[arm].people));
    curve.push({ day, treated: mean("treated"), control: mean("control") });
  }
  return curve;
}

function effectOf(
  comparison: Comparison,
  interval: Interval,
  treated: number,
  marginBps: number,
  cost: bigint,
): NonNullable<CampaignReport["effect"]> {
  const profit = profitOf({ difference: comparison.difference, interval, treated, marginBps, cost: Number(cost) });
  const each = (x: number): number => x / treated;
  return {
    revenuePerPerson: estimate(comparison.difference, interval),
    profitPerPerson: estimate(each(profit.profit), { low: each(profit.interval.low), high: each(profit.interval.high) }),
    incrementalRevenue: estimate(profit.incrementalRevenue, profit.revenueInterval),
    profit: estimate(profit.profit, profit.interval),
    cost,
    pValue: comparison.pValue,
    roi: profit.roi,
    breakEvenRevenue: profit.breakEvenRevenue === null ? null : round(profit.breakEvenRevenue),
  };
}

const DAY_MS = 86_400_000;

/** Treated against held out, by intention to treat, with the window and the maturity of domain.md 2.1. */
export async function campaignReport(ctx: ShopContext, input: unknown): Promise<CampaignReport> {
  const { id } = parseInput(campaignIdSchema, input);
  return withTenant(ctx, async (handle) => {
    const { now } = handle;
    const campaign = await readCampaign(handle, ctx.shopId, id);
    const shop = await readShop(handle, ctx.shopId);
    const credit = await readMoney(handle, ctx, campaign);
    const measured = await measure(handle, ctx.shopId, campaign);
    const { arms, window, days, attributed, contaminated, otherCurrencyOrders } = measured;
    const srm = sampleRatio([arms.treated.people, arms.control.people], [10_000 - campaign.holdoutBps, campaign.holdoutBps]);
    const moments = (arm: ArmSums) => ({ ...momentsFromExact(arm.people, arm.sum, arm.sumOfSquares), buyers: arm.buyers });
    const comparison = guardedWelch(moments(arms.treated), moments(arms.control));
    const preliminary = window !== null && now < window.maturesAt;
    const people = arms.treated.people + arms.control.people;
    const interval =
      comparison.status !== "ok" ? null : preliminary ? sequential(comparison, people, people).interval : comparison.interval;
    const effect =
      comparison.status === "ok" && interval && srm >= SRM_ALARM
        ? effectOf(comparison, interval, arms.treated.people, shop.marginBps, credit.redeemed)
        : null;
    const profit = effect && { low: Number(effect.profit.low), high: Number(effect.profit.high) };
    return {
      verdict: verdictOf({
        now,
        releasedAt: window?.from ?? null,
        windowEndsAt: window?.to ?? null,
        maturesAt: window?.maturesAt ?? null,
        sampleRatio: srm,
        comparison,
        profit,
      }),
      asOf: now,
      unit: campaign.unit,
      preliminary,
      window,
      marginBps: shop.marginBps,
      marginIsAssumed: shop.marginIsAssumed,
      credit,
      arms: { treated: armReport(arms.treated), control: armReport(arms.control) },
      effect,
      curve: curveOf(days, arms, window ? Math.ceil((Math.min(now.getTime(), window.to.getTime()) - window.from.getTime()) / DAY_MS) : 0),
      attributed,
      checks: {
        sampleRatio: srm,
        contaminated,
        contaminatedShare: arms.control.people === 0 ? 0 : contaminated / arms.control.people,
        otherCurrencyOrders,
      },
    };
  });
}

async function measure(handle: TenantTrx, shopId: string, campaign: Campaign) {
  const { drop, releasedAt, windowEndsAt } = campaign;
  if (!drop?.frozenAt || !releasedAt || !windowEndsAt) {
    const arms = { treated: NO_ARM, control: NO_ARM };
    return { arms, window: null, days: [], attributed: { orders: 0, revenue: 0n }, contaminated: 0, otherCurrencyOrders: 0 };
  }
  const window: Window = { shopId, dropId: drop.id, unit: campaign.unit, from: releasedAt, to: windowEndsAt };
  return {
    arms: await readArms(handle, window),
    window: { from: releasedAt, to: windowEndsAt, maturesAt: maturesAt(windowEndsAt) },
    days: await readDays(handle, window),
    attributed: await readAttributed(handle, shopId, drop.id),
    contaminated: await countContaminated(handle, window),
    otherCurrencyOrders: await countOtherCurrency(handle, window),
  };
}
