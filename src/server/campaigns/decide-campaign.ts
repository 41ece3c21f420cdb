import { recordAudit } from "@/server/audit/record-audit";
import { withTenant } from "@/server/db";
import { AppError, type ErrorCode, parseInput } from "@/server/errors";
import type { ShopContext, TenantTrx } from "@/server/tenancy/context";
import { cannotDecide } from "./approval-rule";
import { authorsOf, colleaguesOf, membersWith, personOf } from "./authors";
import type { Approval, Campaign } from "./campaign";
import { claimDrops } from "./claim-due-drops";
import { lockOpenDrops } from "./drop-state";
import { schedule } from "./launch-campaign";
import { tellAuthors } from "./notices";
import { prepareLaunch } from "./prepare-launch";
import { readCampaign } from "./read-campaigns";
import { type CannotDecide, decideSchema, rejectSchema } from "./schema";
import { closeApproval, voidApproval } from "./submit-campaign";

const REFUSALS: Record<CannotDecide, ErrorCode> = {
  permission: "FORBIDDEN",
  author: "APPROVAL_OWN",
  requester: "APPROVAL_OWN",
  agency: "APPROVAL_AGENCY",
  alreadyDecided: "CONFLICT",
};

/** Whether the person behind the context may decide this approval now. */
export async function judgeDecider(
  handle: TenantTrx,
  ctx: ShopContext,
  campaignId: string,
  approvalId: string,
): Promise<CannotDecide | null> {
  const userId = await personOf(handle, ctx);
  if (userId === null) return "permission";
  const viaAgency = ctx.actor.type === "user" && ctx.actor.agencyId !== undefined;
  const permitted = !viaAgency && (await membersWith(handle, ctx, "campaign.approve")).includes(userId);
  const authors = (await authorsOf(handle, ctx.shopId, [campaignId])).get(campaignId);
  const colleagues = await colleaguesOf(handle, ctx.shopId, campaignId, [userId]);
  const decided = await handle.trx
    .selectFrom("campaign_decision")
    .select("user_id")
    .where("shop_id", "=", ctx.shopId)
    .where("approval_id", "=", approvalId)
    .where("user_id", "=", userId)
    .executeTakeFirst();
  return cannotDecide({
    permitted,
    isAuthor: authors?.has(userId) ?? false,
    sharesAgency: colleagues.has(userId),
    hasDecided: decided !== undefined,
  });
}

async function openRequest(handle: TenantTrx, ctx: ShopContext, id: string): Promise<{ campaign: Campaign; approval: Approval }> {
  const seen = await readCampaign(handle, ctx.shopId, id);
  // Lock order drop → campaign, as in every step of a drop.
  await lockOpenDrops(handle, ctx.shopId, id);
  const campaign = await readCampaign(handle, ctx.shopId, id, { lock: true });
  if (!["submitted", "paused"].includes(campaign.status) || campaign.approval?.status !== "open")
    throw new AppError("CAMPAIGN_STATE", { status: seen.status });
  const refusal = await judgeDecider(handle, ctx, id, campaign.approval.id);
  if (refusal) throw new AppError(REFUSALS[refusal], { reason: refusal });
  return { campaign, approval: campaign.approval };
}

async function writeDecision(
  handle: TenantTrx,
  ctx: ShopContext,
  approvalId: string,
  decision: "approve" | "reject",
  note: string,
): Promise<void> {
  const userId = await personOf(handle, ctx);
  if (userId === null) throw new AppError("FORBIDDEN");
  await handle.trx
    .insertInto("campaign_decision")
    .values({ org_id: ctx.orgId, shop_id: ctx.shopId, approval_id: approvalId, user_id: userId, label: ctx.actor.label, decision, note })
    .execute();
}

/**
 * Approves what was submitted, if it is still that: an approval binds to the hash of everything that matters. The last approval that is
 * needed launches the campaign; one for a grown audience lets its drop go on.
 */
export async function approveCampaign(ctx: ShopContext, input: unknown): Promise<Campaign> {
  const { id, hash, note } = parseInput(decideSchema, input);
  const outcome = await withTenant(ctx, async (handle) => {
    const { campaign, approval } = await openRequest(handle, ctx, id);
    if (hash !== undefined && hash !== approval.hash) throw new AppError("APPROVAL_VOID");
    const prepared = await prepareLaunch(handle, ctx, campaign);
    if (prepared.hash !== approval.hash && campaign.status === "submitted") {
      // The segment's own text has changed meanwhile. Kept as voided, so told after the commit.
      await voidApproval(handle, ctx, id, "segment");
      return null;
    }
    await writeDecision(handle, ctx, approval.id, "approve", note);
    await recordAudit(handle.trx, ctx, {
      action: "campaign.approved",
      entity: "campaign",
      entityId: id,
      after: { approval: approval.id, hash: approval.hash, given: approval.given + 1, required: approval.required, note },
    });
    if (approval.given + 1 < approval.required) return readCampaign(handle, ctx.shopId, id);
    await closeApproval(handle, ctx, id, "approved");
    await tellAuthors(handle, ctx, "approved", { campaignId: id, subjectId: approval.id });
    return campaign.status === "paused" ? goOn(handle, ctx, campaign) : launchApproved(handle, ctx, campaign, prepared);
  });
  if (outcome === null) throw new AppError("APPROVAL_VOID");
  return outcome;
}

/** Launches right after the last approval; what stands in the way by now is named, and the campaign waits as approved. */
async function launchApproved(
  handle: TenantTrx,
  ctx: ShopContext,
  campaign: Campaign,
  prepared: Awaited<ReturnType<typeof prepareLaunch>>,
): Promise<Campaign> {
  const problem = prepared.problems[0];
  await handle.trx
    .updateTable("campaign")
    .set({
      status: "approved",
      status_reason: problem ? "VALIDATION" : null,
      status_params: JSON.stringify(problem ? { problems: problem } : {}),
    })
    .where("shop_id", "=", ctx.shopId)
    .where("id", "=", campaign.id)
    .execute();
  const approved = await readCampaign(handle, ctx.shopId, campaign.id);
  return problem ? approved : schedule(handle, ctx, approved, prepared);
}

/** A drop that was stopped because its audience had grown starts again. */
async function goOn(handle: TenantTrx, ctx: ShopContext, campaign: Campaign): Promise<Campaign> {
  const { trx, now } = handle;
  await trx
    .updateTable("campaign")
    .set({ status: campaign.releasedAt ? "running" : "scheduled", status_reason: null, status_params: "{}", updated_at: now })
    .where("shop_id", "=", ctx.shopId)
    .where("id", "=", campaign.id)
    .execute();
  await trx
    .updateTable("campaign_drop")
    .set({ status: "scheduled", error: null, error_params: "{}" })
    .where("shop_id", "=", ctx.shopId)
    .where("campaign_id", "=", campaign.id)
    .where("status", "=", "paused")
    .where("frozen_at", "is", null)
    .execute();
  await claimDrops(handle, ctx);
  return readCampaign(handle, ctx.shopId, campaign.id);
}

/** Refuses what was submitted, with a reason; the campaign is a draft again. */
export async function rejectCampaign(ctx: ShopContext, input: unknown): Promise<Campaign> {
  const { id, reason } = parseInput(rejectSchema, input);
  return withTenant(ctx, async (handle) => {
    const { campaign, approval } = await openRequest(handle, ctx, id);
    await writeDecision(handle, ctx, approval.id, "reject", reason);
    await closeApproval(handle, ctx, id, "rejected");
    await tellAuthors(handle, ctx, "rejected", { campaignId: id, subjectId: approval.id });
    await recordAudit(handle.trx, ctx, {
      action: "campaign.rejected",
      entity: "campaign",
      entityId: id,
      after: { approval: approval.id, hash: approval.hash, reason },
    });
    if (campaign.status === "submitted") {
      await handle.trx
        .updateTable("campaign")
        .set({ status: "draft", updated_at: handle.now })
        .where("shop_id", "=", ctx.shopId)
        .where("id", "=", id)
        .execute();
    }
    return readCampaign(handle, ctx.shopId, id);
  });
}
