import { approvalsByCost } from "@/server/campaigns/approval-rule";
import { audienceSql } from "@/server/campaigns/audience";
import { type Campaign, withoutUnused } from "@/server/campaigns/campaign";
import { warningsOf } from "@/server/campaigns/checks/launch-checks";
import type { Problem, Warning } from "@/server/campaigns/checks/schema";
import type { ExpiryLaw } from "@/server/campaigns/expiry-law";
import { type PlanFacts, planFacts, type Redemption, readRedemption } from "@/server/campaigns/plan-facts";
import type { BudgetState } from "@/server/campaigns/policy";
import { customerZones, type Prepared, prepareLaunch } from "@/server/campaigns/prepare-launch";
import { readCampaign } from "@/server/campaigns/read-campaigns";
import { MIN_WINDOW_DAYS, monthlyLocal, type Schedule, scheduleOf, zoneTimes } from "@/server/campaigns/schedule";
import type { Exclusion } from "@/server/campaigns/schema";
import { withTenant } from "@/server/db";
import { parseInput } from "@/server/errors";
import { percentOf } from "@/server/money";
import type { Channel } from "@/server/notifications/schema";
import type { ShopContext, TenantTrx } from "@/server/tenancy/context";
import { type Forecast, forecast, scaled } from "./forecast";
import { readMargins } from "./margins";
import { readPrePeriod } from "./pre-period";
import { readResults } from "./results";
import { campaignIdSchema, type Estimate } from "./schema";
import { momentsFromExact } from "./statistics/compare";
import { holdoutShare, isUnderpowered, minimumDetectableEffect } from "./statistics/power";

/** What launching this draft would mean. Money in minor units of `unit`. */
export type Simulation = {
  problems: Problem[];
  warnings: Warning[];
  unit: string;
  /** No credit at all: the campaign is its message. */
  messageOnly: boolean;
  /** Nobody at first: only who enters the segment later. */
  startsEmpty: boolean;
  channel: Channel;
  /** What telling every treated person would cost; null without a price per message or without a message. */
  messageCost: { each: bigint; worst: bigint } | null;
  /**
   * `size`: people the drop would have; `reachable`: those of them a message could reach; `inSegment`: with those who are left out. Null
   * without a usable segment.
   */
  audience: { size: number; reachable: number; inSegment: number } | null;
  /** Exact: the arms fall by hash. */
  arms: { treated: number; control: number } | null;
  exclusions: { reason: Exclusion; count: number }[];
  spendable: number | null;
  belowMinOrder: number | null;
  offerAmounts: {
    total: bigint;
    average: bigint;
    smallest: bigint;
    largest: bigint;
    distinct: { amount: bigint; people: number }[];
    variants: { variant: number; amount: bigint; people: number }[];
  } | null;
  /** When everyone treated spends everything. */
  worstCost: bigint | null;
  redemption: Redemption;
  expectedCost: Estimate | null;
  /**
   * Expected profit of the campaign with the range it may fall in. Not a promise: `source` says what it rests on, results of so many
   * campaigns of this shop (`sameKind`: of the same strategy) or an assumption.
   */
  profit: (Estimate & { source: "history" | "prior"; campaigns: number; sameKind: boolean }) | null;
  runAt: Date | null;
  expiresAt: Date | null;
  shiftedTo: string | null;
  /** Countries whose law of expiry was looked at; null for a gift and for credit without an end. */
  expiryLaw: ExpiryLaw | null;
  availability: { zones: number; first: Date; last: Date } | null;
  nextRuns: Date[];
  liability: { expiresAt: Date | null; amount: bigint; people: number }[];
  budgets: { scope: BudgetState["scope"]; cap: bigint; used: bigint; left: bigint; after: bigint; exceeded: boolean }[];
  customerCap: { cap: bigint; days: number; affected: number } | null;
  approvals: { required: 0 | 1 | 2; approvers: number; from: bigint | null; secondFrom: bigint | null };
  /** Smallest change of net revenue per person this design would show with 80 % probability; null when it cannot be told. */
  detectable: bigint | null;
  /** Share to hold out so that the break-even effect would show; null when this audience cannot show it. */
  recommendedHoldoutBps: number | null;
  /** Additional net revenue per treated person that pays for the credit: were all of it redeemed, and at the expected redemption. */
  breakEven: bigint | null;
  breakEvenPerPerson: bigint | null;
  marginBps: number;
  marginIsAssumed: boolean;
  /** Days before now from which the spread of revenue was taken. */
  basisDays: number;
};

const DAY_MS = 86_400_000;
/** Additional net revenue per unit of redeemed credit where this shop has no history: ours, from the range of published holdout tests. */
const PRIOR_RETURN_BPS = { low: 5_000n, value: 20_000n, high: 35_000n };
const MAX_HOLDOUT_BPS = 5_000;
const MIN_HOLDOUT_BPS = 100;
const MAX_RUNS = 6;

export async function simulateCampaign(ctx: ShopContext, input: unknown): Promise<Simulation> {
  const { id } = parseInput(campaignIdSchema, input);
  return withTenant(ctx, async (handle) => {
    const campaign = withoutUnused(await readCampaign(handle, ctx.shopId, id));
    const prepared = await prepareLaunch(handle, ctx, campaign);
    const zones = await customerZones(handle, ctx.shopId, campaign);
    const { shop, summary, schedule, policy, query } = prepared;
    const release = schedule && schedule.runAt > handle.now ? schedule.runAt : handle.now;
    const cap = policy.customerCap === null ? null : { amount: policy.customerCap, days: policy.customerDays };
    const facts = query !== null && summary ? await planFacts(handle, ctx, { campaign, query, shop, release, zones }, cap) : null;
    const redemption = await readRedemption(handle, ctx, campaign);
    const earned = forecast(await readResults(handle, ctx.shopId), { campaignId: id, strategy: campaign.strategy, unit: campaign.unit });
    const { messageCost } = await readMargins(handle, ctx.shopId);
    const told = campaign.messageEnabled && summary && messageCost > 0n;
    const basisDays = Math.max(MIN_WINDOW_DAYS, campaign.expiryDays ?? 0);
    const power = await powerOf(handle, ctx, { campaign, prepared, basisDays, redemption });
    return {
      problems: prepared.problems,
      warnings: warningsOf(campaign, {
        ...{
          summary,
          schedule,
          law: prepared.law,
          required: prepared.required,
          wanted: approvalsByCost(prepared.cost, policy),
          halted: policy.halted !== null,
          ownWords: prepared.ownWords,
        },
        ...{ capped: facts?.capped ?? 0, belowMinOrder: facts?.belowMinOrder ?? null, underpowered: power.underpowered },
      }),
      unit: campaign.unit,
      messageOnly: campaign.offer.type === "none",
      startsEmpty: campaign.repeat.type === "entry" && !campaign.repeat.includeExisting,
      channel: prepared.channel,
      messageCost: told ? { each: messageCost, worst: messageCost * BigInt(summary.treated) } : null,
      audience: summary && {
        ...{ size: summary.size, reachable: summary.reachable },
        inSegment: summary.exclusions.reduce((sum, { count }) => sum + count, summary.size),
      },
      arms: summary && { treated: summary.treated, control: summary.control },
      exclusions: summary?.exclusions ?? [],
      spendable: facts?.spendable ?? null,
      belowMinOrder: facts?.belowMinOrder ?? null,
      ...moneyOf(prepared, facts, redemption, earned),
      expiryLaw: campaign.origin === "earned" && schedule?.expiresAt ? prepared.law : null,
      ...timesOf(campaign, { schedule, zones, release, facts, endsAt: prepared.endsAt }),
      budgets: prepared.budgets.flatMap((budget) => budgetRow(budget, summary?.cost ?? 0n)),
      customerCap: cap && { cap: cap.amount, days: cap.days, affected: facts?.capped ?? 0 },
      approvals: {
        ...{ required: prepared.required, approvers: prepared.approvers },
        ...{ from: policy.approvalFrom, secondFrom: policy.secondApprovalFrom },
      },
      ...{ detectable: power.detectable, recommendedHoldoutBps: power.recommendedHoldoutBps },
      ...{ breakEven: power.breakEven, breakEvenPerPerson: power.breakEvenPerPerson },
      ...{ marginBps: shop.marginBps, marginIsAssumed: shop.marginIsAssumed, basisDays },
    };
  });
}

/** Cost at worst and as expected, and what may remain of it. */
function moneyOf({ summary, shop }: Prepared, facts: PlanFacts | null, redemption: Redemption, earned: Forecast | null) {
  const none = { offerAmounts: null, worstCost: null, redemption, expectedCost: null, profit: null };
  if (!summary || !facts || summary.treated === 0 || summary.cost === 0n) return none;
  const share = (bps: number): bigint => percentOf(summary.cost, BigInt(bps));
  const expectedCost = { low: share(redemption.lowBps), value: share(redemption.rateBps), high: share(redemption.highBps) };
  return {
    offerAmounts: {
      total: summary.cost,
      average: summary.cost / BigInt(summary.treated),
      ...{ smallest: summary.smallest, largest: summary.largest, distinct: facts.distinct, variants: facts.variants },
    },
    worstCost: summary.cost,
    redemption,
    expectedCost,
    profit: earned
      ? { ...scaled(earned, summary.cost), source: "history" as const, campaigns: earned.campaigns, sameKind: earned.sameKind }
      : { ...assumedProfit(expectedCost, shop.marginBps), source: "prior" as const, campaigns: 0, sameKind: false },
  };
}

/** Where nothing was measured: the expected cost returns what published tests returned, at the shop's margin. */
function assumedProfit(cost: Estimate, marginBps: number): Estimate {
  const left = (spent: bigint, returnBps: bigint): bigint => (spent * returnBps * BigInt(marginBps)) / 100_000_000n - spent;
  const corners = [cost.low, cost.high].flatMap((spent) => [left(spent, PRIOR_RETURN_BPS.low), left(spent, PRIOR_RETURN_BPS.high)]);
  const sorted = corners.toSorted((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  return { low: sorted[0] ?? 0n, value: left(cost.value, PRIOR_RETURN_BPS.value), high: sorted.at(-1) ?? 0n };
}

type Times = { schedule: Schedule | null; zones: readonly string[]; release: Date; facts: PlanFacts | null; endsAt: Date | null };

/** When credit begins and ends, by zone, and the runs after the first. */
function timesOf(campaign: Campaign, { schedule, zones, release, facts, endsAt }: Times) {
  const none = { runAt: null, expiresAt: null, shiftedTo: null, availability: null, nextRuns: [], liability: [] };
  const { availableLocal, repeat } = campaign;
  if (schedule === null || availableLocal === null) return none;
  const timing = { ...campaign, availableLocal };
  const times = zoneTimes(timing, release, zones);
  const starts = times.map((zone) => zone.availableFrom.getTime());
  const byEnd = new Map<number | null, { amount: bigint; people: number }>();
  for (const part of campaign.offer.type === "none" ? [] : (facts?.byZone ?? [])) {
    const end = times[part.zoneNo]?.expiresAt?.getTime() ?? null;
    const sum = byEnd.get(end) ?? { amount: 0n, people: 0 };
    byEnd.set(end, { amount: sum.amount + part.amount, people: sum.people + part.people });
  }
  const nextRuns: Date[] = [];
  for (let k = 1; repeat.type === "monthly" && k <= MAX_RUNS; k++) {
    const { runAt } = scheduleOf({ ...timing, availableLocal: monthlyLocal(availableLocal, repeat.every, k) }, zones);
    if (endsAt === null || runAt < endsAt) nextRuns.push(runAt);
  }
  return {
    runAt: schedule.runAt,
    expiresAt: schedule.expiresAt,
    shiftedTo: schedule.shiftedTo,
    availability: { zones: times.length, first: new Date(Math.min(...starts)), last: new Date(Math.max(...starts)) },
    nextRuns,
    liability: [...byEnd]
      .sort(([a], [b]) => (a ?? Number.POSITIVE_INFINITY) - (b ?? Number.POSITIVE_INFINITY))
      .map(([end, sum]) => ({ expiresAt: end === null ? null : new Date(end), ...sum })),
  };
}

function budgetRow({ scope, cap, used }: BudgetState, cost: bigint) {
  if (cap === null) return [];
  const after = used + cost;
  return [{ scope, cap, used, left: cap > used ? cap - used : 0n, after, exceeded: after > cap }];
}

type Design = { campaign: Campaign; prepared: Prepared; basisDays: number; redemption: Redemption };

/** What the design can show beside what it must earn (domain.md 2.2, 12). */
async function powerOf(handle: TenantTrx, ctx: ShopContext, { campaign, prepared, basisDays, redemption }: Design) {
  const { summary, shop, query } = prepared;
  const perPerson = summary && summary.treated > 0 ? summary.cost / BigInt(summary.treated) : 0n;
  const atMargin = (minor: bigint): bigint => (minor * 10_000n) / BigInt(shop.marginBps);
  const breakEven = perPerson > 0n ? atMargin(perPerson) : null;
  const breakEvenPerPerson = perPerson > 0n ? atMargin(percentOf(perPerson, BigInt(redemption.rateBps))) : null;
  const none = { detectable: null, recommendedHoldoutBps: null, underpowered: false, breakEven, breakEvenPerPerson };
  if (!summary || query === null || summary.size === 0) return none;
  const pre = await readPrePeriod(handle, await audienceSql(handle, ctx.shopId, query, shop), {
    shopId: ctx.shopId,
    unit: campaign.unit,
    from: new Date(handle.now.getTime() - basisDays * DAY_MS),
    to: handle.now,
  });
  const sigma = Math.sqrt(Math.max(0, momentsFromExact(pre.people, pre.sum, pre.sumOfSquares).variance));
  const effect = minimumDetectableEffect(sigma, summary.treated, summary.control);
  const wanted = breakEvenPerPerson === null ? null : holdoutShare({ people: summary.size, sigma, target: Number(breakEvenPerPerson) });
  return {
    detectable: effect === null ? null : BigInt(Math.round(effect)),
    recommendedHoldoutBps:
      wanted?.status === "ok" ? Math.min(MAX_HOLDOUT_BPS, Math.max(MIN_HOLDOUT_BPS, Math.ceil(wanted.share * 100) * 100)) : null,
    underpowered: effect !== null && breakEvenPerPerson !== null && isUnderpowered(effect, Number(breakEvenPerPerson)),
    breakEven,
    breakEvenPerPerson,
  };
}
