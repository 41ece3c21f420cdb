import { recordAudit } from "@/server/audit/record-audit";
import { withTenant } from "@/server/db";
import { AppError, parseInput } from "@/server/errors";
import type { ShopContext, TenantTrx } from "@/server/tenancy/context";
import { personOf, recordAuthor } from "./authors";
import type { Campaign } from "./campaign";
import { refuse, schedule } from "./launch-campaign";
import { tellApprovers } from "./notices";
import { prepareLaunch } from "./prepare-launch";
import { readCampaign } from "./read-campaigns";
import { campaignIdSchema, isAllowed, submitCampaignSchema } from "./schema";

/**
 * Asks others to approve a finished draft. The request holds the hash of everything that matters, the audience and the cost as they are
 * now. What needs no approval is launched at once.
 */
export async function submitCampaign(ctx: ShopContext, input: unknown): Promise<Campaign> {
  const { id, version, note } = parseInput(submitCampaignSchema, input);
  return withTenant(ctx, async (handle) => {
    const campaign = await readCampaign(handle, ctx.shopId, id, { lock: true });
    if (!isAllowed("submit", campaign.status, campaign.drop)) throw new AppError("CAMPAIGN_STATE", { status: campaign.status });
    if (version !== undefined && campaign.version !== version) throw new AppError("CONFLICT", { version: campaign.version });
    // Who submits stands for it like an author and cannot approve it.
    await recordAuthor(handle, ctx, id);
    const prepared = await prepareLaunch(handle, ctx, campaign);
    if (prepared.problems.length > 0) refuse(prepared.problems);
    if (prepared.required === 0) return schedule(handle, ctx, campaign, prepared);
    const { hash, content, summary, cost, required } = prepared;
    if (hash === null || content === null || summary === null) refuse(prepared.problems);
    const { trx, now } = handle;
    await openApproval(handle, ctx, { campaignId: id, hash, content, audience: summary.size, cost, required, note });
    await trx
      .updateTable("campaign")
      .set({ status: "submitted", status_reason: null, status_params: "{}", updated_at: now })
      .where("shop_id", "=", ctx.shopId)
      .where("id", "=", id)
      .execute();
    await recordAudit(trx, ctx, {
      action: "campaign.submitted",
      entity: "campaign",
      entityId: id,
      after: { hash, audience: summary.size, cost, unit: campaign.unit, required, note },
    });
    return readCampaign(handle, ctx.shopId, id);
  });
}

export type NewApproval = {
  campaignId: string;
  hash: string;
  content: string;
  audience: number;
  cost: bigint;
  required: number;
  note: string;
};

/** Opens a request for approval and tells those who may give it. */
export async function openApproval(handle: TenantTrx, ctx: ShopContext, request: NewApproval): Promise<void> {
  const { id } = await handle.trx
    .insertInto("campaign_approval")
    .values({
      org_id: ctx.orgId,
      shop_id: ctx.shopId,
      campaign_id: request.campaignId,
      hash: request.hash,
      content: request.content,
      audience: request.audience,
      cost: request.cost,
      required: request.required,
      note: request.note,
      submitted_by: await personOf(handle, ctx),
      // A release that stopped itself has no name that means anything to people.
      submitted_by_label: ctx.actor.type === "system" ? "Guthaben" : ctx.actor.label,
    })
    .returning("id")
    .executeTakeFirstOrThrow();
  await tellApprovers(handle, ctx, { campaignId: request.campaignId, subjectId: id });
}

/** Closes what is open or given for a campaign; nothing when there is nothing. Returns whether there was. */
export async function closeApproval(
  { trx, now }: TenantTrx,
  ctx: ShopContext,
  campaignId: string,
  status: "void" | "withdrawn" | "rejected" | "approved",
): Promise<boolean> {
  const result = await trx
    .updateTable("campaign_approval")
    .set({ status, closed_at: now })
    .where("shop_id", "=", ctx.shopId)
    .where("campaign_id", "=", campaignId)
    .where("status", "in", status === "void" || status === "withdrawn" ? ["open", "approved"] : ["open"])
    .executeTakeFirst();
  return result.numUpdatedRows > 0n;
}

/** Takes a submitted or approved campaign back to draft. */
export async function withdrawCampaign(ctx: ShopContext, input: unknown): Promise<Campaign> {
  const { id } = parseInput(campaignIdSchema, input);
  return withTenant(ctx, async (handle) => {
    const campaign = await readCampaign(handle, ctx.shopId, id, { lock: true });
    if (!isAllowed("withdraw", campaign.status, campaign.drop)) throw new AppError("CAMPAIGN_STATE", { status: campaign.status });
    await closeApproval(handle, ctx, id, "withdrawn");
    await backToDraft(handle, ctx, id);
    await recordAudit(handle.trx, ctx, { action: "campaign.withdrawn", entity: "campaign", entityId: id });
    return readCampaign(handle, ctx.shopId, id);
  });
}

export async function backToDraft({ trx, now }: TenantTrx, ctx: ShopContext, campaignId: string): Promise<void> {
  await trx
    .updateTable("campaign")
    .set({ status: "draft", status_reason: null, status_params: "{}", updated_at: now })
    .where("shop_id", "=", ctx.shopId)
    .where("id", "=", campaignId)
    .where("status", "in", ["submitted", "approved"])
    .execute();
}

/** Any change of a submitted or approved campaign voids what was asked or given (domain.md 5.4). */
export async function voidApproval(handle: TenantTrx, ctx: ShopContext, campaignId: string, why: string): Promise<void> {
  if (await closeApproval(handle, ctx, campaignId, "void"))
    await recordAudit(handle.trx, ctx, { action: "campaign.approvalVoided", entity: "campaign", entityId: campaignId, after: { why } });
  await backToDraft(handle, ctx, campaignId);
}
