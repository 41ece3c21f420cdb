import { sql } from "kysely";
import { recordAudit } from "@/server/audit/record-audit";
import { withTenant } from "@/server/db";
import { AppError, parseInput } from "@/server/errors";
import { enqueue } from "@/server/jobs/outbox";
import type { ShopContext, TenantTrx } from "@/server/tenancy/context";
import { approvalsByCost } from "./approval-rule";
import { membersWith, personOf } from "./authors";
import type { Campaign } from "./campaign";
import { lockOpenDrops } from "./drop-state";
import { tellRecallers, tellRequester } from "./notices";
import { readPolicy } from "./policy";
import { readCampaign } from "./read-campaigns";
import { type CannotDecide, campaignIdSchema, decideRecallSchema, isAllowed, kindOf, requestRecallSchema } from "./schema";

/** What a recall would take back now: only what nobody has spent, reserved or lost to expiry. Minor units. */
export type RecallPreview = {
  unit: string;
  lots: number;
  customers: number;
  total: bigint;
  /** Of `total`, what has not become available yet. */
  upcoming: bigint;
  /** What stays: reserved by checkouts, spent, expired. */
  held: bigint;
  redeemed: bigint;
  expired: bigint;
  required: 0 | 1;
  mayDecide: boolean;
};

type Sums = { lots: number; customers: number; total: bigint; upcoming: bigint; held: bigint; redeemed: bigint; expired: bigint };

async function sums({ trx, now }: TenantTrx, ctx: ShopContext, campaignId: string): Promise<Sums> {
  const live = sql`l.remaining > 0 and (l.expires_at is null or l.expires_at > ${now})`;
  const result = await sql<Sums>`
    select count(*) filter (where ${live})::int as lots, count(distinct l.customer_id) filter (where ${live})::int as customers,
      coalesce(sum(l.remaining) filter (where ${live}), 0)::bigint as total,
      coalesce(sum(l.remaining) filter (where ${live} and l.available_from > ${now}), 0)::bigint as upcoming,
      coalesce(sum(l.held), 0)::bigint as held, coalesce(sum(l.redeemed), 0)::bigint as redeemed,
      coalesce(sum(l.expired + case when l.expires_at <= ${now} then l.remaining else 0 end), 0)::bigint as expired
    from campaign_drop d join ledger.lot l on l.shop_id = d.shop_id and l.source_id = d.id and l.source_type = 'drop'
    where d.shop_id = ${ctx.shopId} and d.campaign_id = ${campaignId} and l.unit = d.unit`.execute(trx);
  const row = result.rows[0];
  if (!row) throw new Error("summing lots gave no row");
  return row;
}

/** A recall above the first threshold needs one other person, if there is one. */
async function approvalsOf(handle: TenantTrx, ctx: ShopContext, unit: string, total: bigint): Promise<0 | 1> {
  const policy = await readPolicy(handle, ctx, unit);
  if (approvalsByCost(total, policy) === 0) return 0;
  const self = await personOf(handle, ctx);
  const others = (await membersWith(handle, ctx, "campaign.recall")).filter((id) => id !== self);
  return others.length > 0 ? 1 : 0;
}

export async function recallPreview(ctx: ShopContext, input: unknown): Promise<RecallPreview> {
  const { id } = parseInput(campaignIdSchema, input);
  return withTenant(ctx, async (handle) => {
    const campaign = await readCampaign(handle, ctx.shopId, id);
    const found = await sums(handle, ctx, id);
    const required = await approvalsOf(handle, ctx, campaign.unit, found.total);
    const mayDecide = campaign.recall?.status === "open" && (await cannotDecideRecall(handle, ctx, campaign.recall.id)) === null;
    return { unit: campaign.unit, ...found, required, mayDecide };
  });
}

/** Asks for a campaign's unspent credit back; below the threshold it begins at once. What is still to be granted is not granted any more. */
export async function requestRecall(ctx: ShopContext, input: unknown): Promise<Campaign> {
  const { id, reason, notify } = parseInput(requestRecallSchema, input);
  return withTenant(ctx, async (handle) => {
    await lockOpenDrops(handle, ctx.shopId, id);
    const campaign = await readCampaign(handle, ctx.shopId, id, { lock: true });
    if (!isAllowed("recall", campaign.status, campaign.drop, kindOf(campaign)))
      throw new AppError("CAMPAIGN_STATE", { status: campaign.status });
    if (campaign.recall && ["open", "running"].includes(campaign.recall.status))
      throw new AppError("CONFLICT", { recall: campaign.recall.id });
    const { total, lots } = await sums(handle, ctx, id);
    if (total === 0n && !(await isGranting(handle, ctx, id))) throw new AppError("NOTHING_TO_RECALL");
    const required = await approvalsOf(handle, ctx, campaign.unit, total);
    const { id: recallId } = await handle.trx
      .insertInto("campaign_recall")
      .values({
        ...{ org_id: ctx.orgId, shop_id: ctx.shopId, campaign_id: id, reason, notify, required, lots, total },
        requested_by: await personOf(handle, ctx),
        requested_by_label: ctx.actor.label,
      })
      .returning("id")
      .executeTakeFirstOrThrow();
    await recordAudit(handle.trx, ctx, {
      action: "campaign.recallRequested",
      entity: "campaign",
      entityId: id,
      after: { reason, notify, lots, total, unit: campaign.unit, required },
    });
    if (required === 0) await begin(handle, ctx, { recallId, campaignId: id });
    else await tellRecallers(handle, ctx, { campaignId: id, subjectId: recallId });
    return readCampaign(handle, ctx.shopId, id);
  });
}

async function isGranting({ trx }: TenantTrx, ctx: ShopContext, campaignId: string): Promise<boolean> {
  const row = await trx
    .selectFrom("campaign_drop")
    .select("id")
    .where("shop_id", "=", ctx.shopId)
    .where("campaign_id", "=", campaignId)
    .where("status", "in", ["granting", "paused"])
    .where("frozen_at", "is not", null)
    .executeTakeFirst();
  return row !== undefined;
}

/** Stops everything that is still ahead of the campaign and starts taking back in the background. */
async function begin(
  handle: TenantTrx,
  ctx: ShopContext,
  { recallId, campaignId }: { recallId: string; campaignId: string },
): Promise<void> {
  const { trx, now } = handle;
  await trx
    .updateTable("campaign_drop")
    .set({ status: "cancelled", finished_at: now })
    .where("shop_id", "=", ctx.shopId)
    .where("campaign_id", "=", campaignId)
    .where("status", "in", ["scheduled", "claimed", "granting", "paused", "failed"])
    .execute();
  await trx
    .updateTable("campaign")
    .set({ status: "recalled", status_reason: null, status_params: "{}", next_run_at: null, finished_at: now, updated_at: now })
    .where("shop_id", "=", ctx.shopId)
    .where("id", "=", campaignId)
    .execute();
  await trx
    .updateTable("campaign_recall")
    .set({ status: "running" })
    .where("shop_id", "=", ctx.shopId)
    .where("id", "=", recallId)
    .execute();
  await enqueue(trx, { name: "campaign/recall.due", data: { orgId: ctx.orgId, shopId: ctx.shopId, recallId } });
}

/** Why the person behind the context may not decide this recall; null when they may. */
export async function cannotDecideRecall(handle: TenantTrx, ctx: ShopContext, recallId: string): Promise<CannotDecide | null> {
  const userId = await personOf(handle, ctx);
  const viaAgency = ctx.actor.type === "user" && ctx.actor.agencyId !== undefined;
  if (userId === null || viaAgency || !(await membersWith(handle, ctx, "campaign.recall")).includes(userId)) return "permission";
  const recall = await handle.trx
    .selectFrom("campaign_recall")
    .select("requested_by")
    .where("shop_id", "=", ctx.shopId)
    .where("id", "=", recallId)
    .executeTakeFirst();
  return recall?.requested_by === userId ? "requester" : null;
}

async function decide(ctx: ShopContext, input: unknown, decision: "approve" | "reject"): Promise<Campaign> {
  const { recallId, note } = parseInput(decideRecallSchema, input);
  return withTenant(ctx, async (handle) => {
    const { trx, now } = handle;
    const seen = await trx
      .selectFrom("campaign_recall")
      .select(["campaign_id", "requested_by"])
      .where("shop_id", "=", ctx.shopId)
      .where("id", "=", recallId)
      .executeTakeFirst();
    if (!seen) throw new AppError("NOT_FOUND");
    await lockOpenDrops(handle, ctx.shopId, seen.campaign_id);
    const campaign = await readCampaign(handle, ctx.shopId, seen.campaign_id, { lock: true });
    if (campaign.recall?.id !== recallId || campaign.recall.status !== "open")
      throw new AppError("CAMPAIGN_STATE", { status: campaign.status });
    const refusal = await cannotDecideRecall(handle, ctx, recallId);
    if (refusal) throw new AppError(refusal === "requester" ? "APPROVAL_OWN" : "FORBIDDEN", { reason: refusal });
    await trx
      .updateTable("campaign_recall")
      .set({
        decided_by_label: ctx.actor.label,
        decided_at: now,
        ...(decision === "reject" ? { status: "rejected", finished_at: now } : {}),
      })
      .where("shop_id", "=", ctx.shopId)
      .where("id", "=", recallId)
      .execute();
    if (decision === "approve") await begin(handle, ctx, { recallId, campaignId: campaign.id });
    const told = { campaignId: campaign.id, subjectId: recallId, requestedBy: seen.requested_by };
    await tellRequester(handle, ctx, decision === "approve" ? "recallApproved" : "recallRejected", told);
    await recordAudit(trx, ctx, {
      action: decision === "approve" ? "campaign.recallApproved" : "campaign.recallRejected",
      entity: "campaign",
      entityId: campaign.id,
      after: { recall: recallId, note },
    });
    return readCampaign(handle, ctx.shopId, campaign.id);
  });
}

export const approveRecall = (ctx: ShopContext, input: unknown): Promise<Campaign> => decide(ctx, input, "approve");
export const rejectRecall = (ctx: ShopContext, input: unknown): Promise<Campaign> => decide(ctx, input, "reject");
