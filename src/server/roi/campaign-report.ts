import type { Campaign } from "@/server/campaigns/campaign";
import { readCampaign } from "@/server/campaigns/read-campaigns";
import { maturesAt } from "@/server/campaigns/schedule";
import { withTenant } from "@/server/db";
import { parseInput } from "@/server/errors";
import type { ShopContext, TenantTrx } from "@/server/tenancy/context";
import { type CurvePoint, curveOf, redemptionOf } from "./curves";
import { compareArms, type Effect, effectOf, type Method, methodsOf, round, sumArm, underpowered } from "./effects";
import { type Margins, readMargins } from "./margins";
import { measuredOf } from "./measure";
import {
  type ArmSums,
  type CampaignCredit,
  countContaminated,
  countSent,
  type Measured,
  readCredit,
  readOutcomes,
  readRedemption,
} from "./queries";
import { campaignIdSchema, type Estimate, type ReportWarning } from "./schema";
import { type InsufficientReason, momentsFromExact, SRM_ALARM, sampleRatio } from "./statistics/compare";
import { type Verdict, verdictOf } from "./verdict";

export type ArmReport = { people: number; buyers: number; orders: number; revenue: bigint; perPerson: bigint };

/** One of several amounts that chance gave to the treated, against the same holdout. */
export type VariantReport = {
  variant: number;
  /** Mean amount per person. */
  amount: bigint;
  people: number;
  buyers: number;
  perPerson: bigint;
  redeemed: bigint;
  effect: Estimate | null;
  profitPerPerson: Estimate | null;
  reason: InsufficientReason | null;
};

/** What a campaign earned. All money in minor units of `unit`; estimates carry 95 % intervals. */
export type CampaignReport = {
  verdict: Verdict;
  asOf: Date;
  unit: string;
  /** Whether it granted no credit at all. */
  messageOnly: boolean;
  /** Until this is over, intervals are the wider ones that stay valid under repeated looking. */
  preliminary: boolean;
  window: { from: Date; to: Date; maturesAt: Date } | null;
  marginBps: number;
  marginIsAssumed: boolean;
  margin: { shopBps: number; assumed: boolean; goods: number; effectiveBps: number | null };
  credit: CampaignCredit;
  messages: { sent: number; unitCost: bigint; cost: bigint };
  arms: { treated: ArmReport; control: ArmReport };
  /** Null when the verdict has no numbers. */
  effect: Effect | null;
  /** From additional revenue to profit; the parts add up exactly. */
  waterfall: { incrementalRevenue: bigint; goods: bigint; credit: bigint; messages: bigint; profit: bigint } | null;
  methods: Method[];
  variants: VariantReport[];
  curve: CurvePoint[];
  redemption: { day: number; redeemed: bigint; redeemers: number }[];
  attributed: { orders: number; revenue: bigint };
  /** Share of the attributed revenue that would have come anyway; negative when more came than is attributed. */
  cannibalisation: number | null;
  checks: {
    sampleRatio: number;
    /** The same test on "had bought before": null without frozen history. */
    baselineRatio: number | null;
    contaminated: number;
    contaminatedShare: number;
    otherCurrencyOrders: number;
    drops: number;
  };
  warnings: ReportWarning[];
};

const perPerson = (arm: ArmSums): bigint => (arm.people === 0 ? 0n : round(momentsFromExact(arm.people, arm.revenue, arm.revenue2).mean));
const armReport = (arm: ArmSums): ArmReport => ({
  people: arm.people,
  buyers: arm.buyers,
  orders: arm.orders,
  revenue: arm.revenue,
  perPerson: perPerson(arm),
});

const NO_CREDIT: CampaignCredit = { granted: 0n, redeemed: 0n, held: 0n, expired: 0n, recalled: 0n, remaining: 0n, redeemers: 0 };
const NOTHING = {
  ...{ arms: [], days: [], otherCurrencyOrders: 0, credit: NO_CREDIT, contaminated: 0, sent: 0 },
  redemption: { attributed: { orders: 0, revenue: 0n }, days: [] },
};
const DAY_MS = 86_400_000;
/** More than this share of the holdout with credit from elsewhere blurs the comparison (domain.md 2.2, 15). */
const CONTAMINATION_LIMIT = 0.01;

async function read(handle: TenantTrx, measured: Measured | null) {
  if (!measured) return NOTHING;
  return {
    ...(await readOutcomes(handle, measured)),
    credit: await readCredit(handle, measured),
    redemption: await readRedemption(handle, measured),
    contaminated: await countContaminated(handle, measured),
    sent: await countSent(handle, measured.shopId, measured.campaignId),
  };
}

function variantsOf(
  parts: readonly ArmSums[],
  control: ArmSums,
  options: Parameters<typeof effectOf>[3],
  hidden: boolean,
): VariantReport[] {
  return parts
    .filter((part) => part.arm === "treated")
    .sort((a, b) => a.variant - b.variant)
    .map((part) => {
      const compared = compareArms(part, control);
      const effect = hidden ? null : effectOf(part, control, compared, { ...options, messageCost: 0n });
      return {
        ...{ variant: part.variant, amount: part.amount, people: part.people, buyers: part.buyers, perPerson: perPerson(part) },
        redeemed: part.cost,
        effect: effect?.revenuePerPerson ?? null,
        profitPerPerson: effect?.profitPerPerson ?? null,
        reason: compared.revenue.status === "ok" ? (hidden ? "sample_ratio_mismatch" : null) : compared.revenue.reason,
      };
    });
}

function waterfallOf(effect: Effect | null): CampaignReport["waterfall"] {
  if (!effect) return null;
  const [incrementalRevenue, profit] = [effect.incrementalRevenue.value, effect.profit.value];
  const [messages, credit] = [-effect.messageCost, -(effect.cost - effect.messageCost)];
  return { incrementalRevenue, goods: profit - incrementalRevenue - credit - messages, credit, messages, profit };
}

/** Margin that the goods of treated buyers really had, when goods have margins of their own. */
function effectiveBps(treated: ArmSums, margins: Margins): number | null {
  if (margins.goods.length === 0 || treated.revenue <= 0n) return null;
  return Number((treated.contribution + 10_000n * treated.cost) / treated.revenue);
}

/** Treated against held out, by intention to treat, with the window and the maturity of domain.md 2.1. */
export async function campaignReport(ctx: ShopContext, input: unknown): Promise<CampaignReport> {
  const { id } = parseInput(campaignIdSchema, input);
  return withTenant(ctx, async (handle) => {
    const campaign = await readCampaign(handle, ctx.shopId, id);
    return reportOf(handle, ctx.shopId, campaign, await readMargins(handle, ctx.shopId));
  });
}

/** The report of a campaign that was read already; pages over many campaigns come this way. */
export async function reportOf(handle: TenantTrx, shopId: string, campaign: Campaign, margins: Margins): Promise<CampaignReport> {
  const { now } = handle;
  const measured = await measuredOf(handle, shopId, campaign, margins);
  const { arms: parts, days, otherCurrencyOrders, credit, redemption, contaminated, sent } = await read(handle, measured);
  const [treated, control] = [sumArm("treated", parts), sumArm("control", parts)];
  const window = measured && { from: measured.from, to: measured.to, maturesAt: maturesAt(measured.to) };
  const srm = sampleRatio([treated.people, control.people], [10_000 - campaign.holdoutBps, campaign.holdoutBps]);
  const preliminary = window !== null && now < window.maturesAt;
  const compared = compareArms(treated, control);
  const options = { preliminary, marginBps: margins.shopBps, messageCost: margins.messageCost * BigInt(sent) };
  const hidden = srm < SRM_ALARM;
  const effect = hidden ? null : effectOf(treated, control, compared, options);
  const length = window ? Math.ceil((Math.min(now.getTime(), window.to.getTime()) - window.from.getTime()) / DAY_MS) : 0;
  const known = treated.withBaseline + control.withBaseline;
  const checks: CampaignReport["checks"] = {
    sampleRatio: srm,
    baselineRatio: known === 0 ? null : sampleRatio([treated.withBaseline, control.withBaseline], [treated.people, control.people]),
    contaminated,
    contaminatedShare: control.people === 0 ? 0 : contaminated / control.people,
    otherCurrencyOrders,
    drops: measured?.drops.length ?? 0,
  };
  const attributed = redemption.attributed;
  return {
    verdict: verdictOf({
      now,
      releasedAt: window?.from ?? null,
      windowEndsAt: window?.to ?? null,
      maturesAt: window?.maturesAt ?? null,
      sampleRatio: srm,
      comparison: compared.revenue,
      profit: effect && { low: Number(effect.profit.low), high: Number(effect.profit.high) },
    }),
    asOf: now,
    unit: campaign.unit,
    messageOnly: campaign.offer.type === "none",
    preliminary,
    window,
    marginBps: margins.shopBps,
    marginIsAssumed: margins.assumed,
    margin: {
      shopBps: margins.shopBps,
      assumed: margins.assumed,
      goods: margins.goods.length,
      effectiveBps: effectiveBps(treated, margins),
    },
    credit,
    messages: { sent, unitCost: margins.messageCost, cost: options.messageCost },
    arms: { treated: armReport(treated), control: armReport(control) },
    effect,
    waterfall: waterfallOf(effect),
    methods:
      compared.revenue.status === "ok" && !hidden
        ? methodsOf(treated, control, compared.revenue, { preliminary, cap: measured?.revenueCap ?? null })
        : [],
    variants: variantsOf(parts, control, options, hidden),
    curve: curveOf(days, { treated, control }, length, effect !== null),
    redemption: redemptionOf(redemption.days, length),
    attributed,
    cannibalisation: effect && attributed.revenue > 0n ? 1 - Number(effect.incrementalRevenue.value) / Number(attributed.revenue) : null,
    checks,
    warnings: warningsOf(checks, {
      measured,
      preliminary,
      margins,
      known,
      small: effect !== null && underpowered(treated, control, margins.shopBps),
    }),
  };
}

function warningsOf(
  checks: CampaignReport["checks"],
  facts: { measured: Measured | null; preliminary: boolean; margins: Margins; known: number; small: boolean },
): ReportWarning[] {
  if (!facts.measured) return [];
  const found: [ReportWarning, boolean][] = [
    ["sample_ratio", checks.sampleRatio < SRM_ALARM],
    ["imbalanced", checks.baselineRatio !== null && checks.baselineRatio < SRM_ALARM],
    ["contaminated", checks.contaminatedShare > CONTAMINATION_LIMIT],
    ["other_currency", checks.otherCurrencyOrders > 0],
    ["underpowered", facts.small],
    ["no_baseline", facts.known === 0],
    ["margin_assumed", facts.margins.assumed && facts.margins.goods.length === 0],
    ["preliminary", facts.preliminary],
  ];
  return found.flatMap(([warning, holds]) => (holds ? [warning] : []));
}
