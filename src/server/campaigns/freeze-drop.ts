import { recordAudit } from "@/server/audit/record-audit";
import { withTenant } from "@/server/db";
import { AppError } from "@/server/errors";
import { createTerms } from "@/server/ledger/terms";
import type { ShopContext, TenantTrx } from "@/server/tenancy/context";
import { approvalsNeeded, hasGrown } from "./approval-rule";
import { audienceSql } from "./audience";
import { approversOf } from "./authors";
import type { Campaign, DropRow } from "./campaign";
import { failDrop, lockDrop } from "./drop-state";
import { insertDrop } from "./launch-campaign";
import type { PlanInput } from "./plan-members";
import { budgetMonth, isHalted, readPolicy } from "./policy";
import { customerZones, readGlobalHoldout } from "./prepare-launch";
import { readCampaign, readShop } from "./read-campaigns";
import { monthlyLocalOf, nextMonthly, releaseOf, windowOf, type ZoneTimes, zoneTimes } from "./schedule";
import { stopGrown } from "./stop-grown";
import { type MemberCounts, writeChunks, writeMembers, writeZones } from "./write-members";

export type Frozen = { status: "granting"; chunks: number } | { status: "stopped"; reason: string } | { status: "early"; runAt: string };

/** The audience is larger than what was approved: nothing of the freeze may stay. */
class GrownError extends Error {
  constructor(readonly counts: MemberCounts) {
    super("the audience has grown since it was approved");
  }
}

/**
 * Writes down who gets the credit, once: everyone the frozen query means at this moment, each with an arm from the hash. A replay finds
 * the members written and returns the same answer. Nothing is granted here.
 */
export async function freezeDrop(ctx: ShopContext, dropId: string): Promise<Frozen> {
  try {
    return await withTenant(ctx, (handle) => freeze(handle, ctx, dropId));
  } catch (error) {
    if (error instanceof GrownError) {
      await stopGrown(ctx, dropId, error.counts);
      return { status: "stopped", reason: "AUDIENCE_GREW" };
    }
    // A query that no longer compiles will not compile on a retry either: say so instead of trying for minutes.
    if (!(error instanceof AppError) || error.code === "NOT_FOUND") throw error;
    await failDrop(ctx, dropId, error.code, error.params);
    return { status: "stopped", reason: "failed" };
  }
}

async function freeze(handle: TenantTrx, ctx: ShopContext, dropId: string): Promise<Frozen> {
  const drop = await lockDrop(handle, ctx.shopId, dropId);
  if (drop.status === "granting") return { status: "granting", chunks: drop.chunks };
  if (drop.status !== "scheduled" && drop.status !== "claimed") return { status: "stopped", reason: drop.status };
  // The shop's kill switch: the drop stays as it is and is claimed again when the switch is off.
  if (await isHalted(handle, ctx.shopId)) return { status: "stopped", reason: "SHOP_HALTED" };
  if (handle.now < drop.run_at) return { status: "early", runAt: drop.run_at.toISOString() };
  const campaign = await readCampaign(handle, ctx.shopId, drop.campaign_id);
  if (campaign.segmentQuery === null) throw new Error(`campaign ${campaign.id} was launched without a query`);
  const shop = await readShop(handle, ctx.shopId);
  const audience = await audienceSql(handle, ctx.shopId, campaign.segmentQuery, shop);
  const { counts, chunks } = await release(handle, ctx, { campaign, drop, audience });
  if (counts.treated === 0) throw new AppError("EMPTY_AUDIENCE");
  await checkGrowth(handle, ctx, campaign, counts);
  if (campaign.repeat.type === "monthly") await planNext(handle, ctx, campaign, drop);
  return { status: "granting", chunks };
}

/** What was approved is compared with what is released; without an approval, what is released must still need none (domain.md 5.4). */
async function checkGrowth(handle: TenantTrx, ctx: ShopContext, campaign: Campaign, counts: MemberCounts): Promise<void> {
  // A repeated campaign was approved with its budget, which the grants themselves keep.
  if (campaign.repeat.type !== "none") return;
  const approved = campaign.approval?.status === "approved" ? campaign.approval : null;
  if (approved) {
    if (hasGrown(approved, { audience: counts.members, cost: counts.cost })) throw new GrownError(counts);
    return;
  }
  const policy = await readPolicy(handle, ctx, campaign.unit);
  const approvers = await approversOf(handle, ctx, campaign.id);
  if (approvalsNeeded(counts.cost, policy, approvers.length) > 0) throw new GrownError(counts);
}

/** The next month's drop, as soon as this one's members are known. Months that were slept through are not made up for. */
async function planNext(handle: TenantTrx, ctx: ShopContext, campaign: Campaign, drop: DropRow): Promise<void> {
  if (campaign.repeat.type !== "monthly" || campaign.availableLocal === null) return;
  const zones = await customerZones(handle, ctx.shopId, campaign);
  const timing = { ...campaign, availableLocal: campaign.availableLocal };
  const after = new Date(Math.max(drop.run_at.getTime(), handle.now.getTime()));
  const runAt = nextMonthly(timing, campaign.repeat.every, after, zones);
  if (runAt !== null && (campaign.endsAt === null || runAt < campaign.endsAt)) await insertDrop(handle, ctx, campaign, runAt);
}

type Release = { campaign: Campaign; drop: DropRow; audience: PlanInput["audience"]; had?: PlanInput["had"] };

/** Members, chunks, zones, conditions and times of a drop, in the caller's transaction, which holds the drop's lock. */
export async function release(
  handle: TenantTrx,
  ctx: ShopContext,
  { campaign, drop, audience, had }: Release,
): Promise<{ counts: MemberCounts; chunks: number }> {
  const { now } = handle;
  const at = releaseOf(drop.run_at, now);
  const zones = await timesOf(handle, ctx, { campaign, drop, at });
  const counts = await writeMembers(handle, ctx, drop, {
    ...{ shopId: ctx.shopId, timeZone: campaign.timeZone, unit: drop.unit, now, audience, had },
    ...{ offer: campaign.offer, amount: campaign.amount, salt: drop.salt, holdoutBps: drop.holdout_bps },
    globalHoldout: await readGlobalHoldout(handle, ctx.shopId, at, campaign.timeZone),
    zones: zones.slice(1),
  });
  const chunks = await writeChunks(handle, ctx, drop, counts.treated);
  await writeZones(handle, ctx, drop, zones);
  await markReleased(handle, ctx, { campaign, drop, counts, chunks, zones, at });
  return { counts, chunks };
}

async function timesOf(
  handle: TenantTrx,
  ctx: ShopContext,
  { campaign, drop, at }: { campaign: Campaign; drop: DropRow; at: Date },
): Promise<ZoneTimes[]> {
  const first = campaign.availableLocal;
  if (first === null) throw new Error(`campaign ${campaign.id} was launched without a time`);
  const zones = await customerZones(handle, ctx.shopId, campaign);
  const timing = { ...campaign, availableLocal: first };
  const availableLocal = campaign.repeat.type === "monthly" ? monthlyLocalOf(timing, campaign.repeat.every, drop.run_at, zones) : first;
  return zoneTimes({ ...timing, availableLocal }, at, zones);
}

async function markReleased(
  handle: TenantTrx,
  ctx: ShopContext,
  facts: { campaign: Campaign; drop: DropRow; counts: MemberCounts; chunks: number; zones: ZoneTimes[]; at: Date },
): Promise<void> {
  const { trx, now } = handle;
  const { campaign, drop, counts, chunks, zones, at } = facts;
  const { members, treated, control, excluded } = counts;
  const window = windowOf(zones, at);
  await trx
    .updateTable("campaign_drop")
    .set({
      ...{ status: "granting", members, treated, control, excluded, chunks },
      cap: counts.cost,
      frozen_at: now,
      released_at: at,
      expires_at: window.expiresAt,
      heartbeat_at: now,
      month: budgetMonth(at, campaign.timeZone),
      terms_id: campaign.terms === null ? null : await createTerms(trx, ctx, campaign.terms),
    })
    .where("shop_id", "=", ctx.shopId)
    .where("id", "=", drop.id)
    .execute();
  await trx
    .updateTable("campaign")
    .set({
      status: "running",
      released_at: campaign.releasedAt ?? at,
      expires_at: window.expiresAt,
      window_ends_at: window.windowEndsAt,
      updated_at: now,
    })
    .where("shop_id", "=", ctx.shopId)
    .where("id", "=", drop.campaign_id)
    .where("status", "in", ["scheduled", "running"])
    .execute();
  await recordAudit(trx, ctx, {
    action: "campaign.released",
    entity: "campaign",
    entityId: drop.campaign_id,
    after: { no: drop.no, members, treated, control, excluded, cost: counts.cost, releasedAt: at.toISOString() },
  });
}
