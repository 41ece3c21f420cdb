import { audienceSql, countAudience } from "@/server/campaigns/audience";
import { expectedArms, problemsOf, warningsOf } from "@/server/campaigns/launch-checks";
import { type Campaign, readCampaign, readShop, type ShopFacts } from "@/server/campaigns/read-campaigns";
import { MIN_WINDOW_DAYS, scheduleOf } from "@/server/campaigns/schedule";
import type { Problem, Warning } from "@/server/campaigns/schema";
import { withTenant } from "@/server/db";
import { AppError, parseInput } from "@/server/errors";
import { getSegment } from "@/server/segments/get-segment";
import type { ShopContext, TenantTrx } from "@/server/tenancy/context";
import { readPrePeriod } from "./queries";
import { campaignIdSchema } from "./schema";
import { momentsFromExact } from "./statistics/compare";
import { minimumDetectableEffect } from "./statistics/power";

/** What launching this draft would mean. Money in minor units of `unit`. */
export type Simulation = {
  problems: Problem[];
  warnings: Warning[];
  unit: string;
  /** People the segment has now, and how many of them a message could reach; null without a usable segment. */
  audience: { size: number; reachable: number } | null;
  /** Expected sizes; the true split falls person by person. */
  arms: { treated: number; control: number } | null;
  /** When everyone treated spends everything. */
  worstCost: bigint | null;
  runAt: Date | null;
  expiresAt: Date | null;
  shiftedTo: string | null;
  /** Smallest change of net revenue per person this design would show with 80 % probability; null when it cannot be told. */
  detectable: bigint | null;
  /** Additional net revenue per treated person that pays for the credit, were all of it redeemed. */
  breakEven: bigint | null;
  marginBps: number;
  marginIsAssumed: boolean;
  /** Days before now from which the spread of revenue was taken. */
  basisDays: number;
};

const DAY_MS = 86_400_000;

export async function simulateCampaign(ctx: ShopContext, input: unknown): Promise<Simulation> {
  const { id } = parseInput(campaignIdSchema, input);
  return withTenant(ctx, async (handle) => {
    const campaign = await readCampaign(handle, ctx.shopId, id);
    const shop = await readShop(handle, ctx.shopId);
    const segment = campaign.segment ? await getSegment({ ...ctx, trx: handle }, campaign.segment.id) : null;
    const query = campaign.segmentQuery ?? segment?.query ?? null;
    const { audience, invalid } = await usableAudience(handle, ctx.shopId, shop, query);
    const checked = { ...campaign, segmentId: campaign.segment?.id ?? null };
    const schedule = campaign.availableLocal ? scheduleOf({ ...campaign, availableLocal: campaign.availableLocal }) : null;
    const arms = audience && expectedArms(audience.size, campaign.holdoutBps);
    const basisDays = Math.max(MIN_WINDOW_DAYS, campaign.expiryDays ?? 0);
    return {
      problems: [...(invalid ? (["segmentInvalid"] as const) : []), ...problemsOf(checked, audience, shop, handle.now)],
      warnings: warningsOf(checked, audience),
      unit: campaign.unit,
      audience,
      arms,
      worstCost: arms && campaign.amount > 0n ? campaign.amount * BigInt(arms.treated) : null,
      runAt: schedule?.runAt ?? null,
      expiresAt: schedule?.expiresAt ?? null,
      shiftedTo: schedule?.shiftedTo ?? null,
      detectable: arms && query !== null ? await detectable(handle, ctx.shopId, shop, { campaign, query, arms, basisDays }) : null,
      breakEven: campaign.amount > 0n ? (campaign.amount * 10_000n) / BigInt(shop.marginBps) : null,
      marginBps: shop.marginBps,
      marginIsAssumed: shop.marginIsAssumed,
      basisDays,
    };
  });
}

/** A segment that no longer parses is a problem to show beside the field, not an error page. */
async function usableAudience(handle: TenantTrx, shopId: string, shop: ShopFacts, query: string | null) {
  if (query === null) return { audience: null, invalid: false };
  try {
    return { audience: await countAudience(handle, { query, shopId, shop }), invalid: false };
  } catch (error) {
    if (error instanceof AppError && error.code === "SEGMENT_SYNTAX") return { audience: null, invalid: true };
    throw error;
  }
}

async function detectable(
  handle: TenantTrx,
  shopId: string,
  shop: ShopFacts,
  design: { campaign: Campaign; query: string; arms: { treated: number; control: number }; basisDays: number },
): Promise<bigint | null> {
  if (design.arms.control === 0 || design.arms.treated === 0) return null;
  const pre = await readPrePeriod(handle, audienceSql(design.query, shopId, shop, handle.now), {
    shopId,
    unit: design.campaign.unit,
    from: new Date(handle.now.getTime() - design.basisDays * DAY_MS),
    to: handle.now,
  });
  const sigma = Math.sqrt(Math.max(0, momentsFromExact(pre.people, pre.sum, pre.sumOfSquares).variance));
  const effect = minimumDetectableEffect(sigma, design.arms.treated, design.arms.control);
  return effect === null ? null : BigInt(Math.round(effect));
}
