import { recordAudit } from "@/server/audit/record-audit";
import { withTenant } from "@/server/db";
import { AppError, parseInput } from "@/server/errors";
import type { ShopContext, TenantTrx } from "@/server/tenancy/context";
import { recordAuthor } from "./authors";
import { type Campaign, toJson } from "./campaign";
import { readCampaign, readShop } from "./read-campaigns";
import { createCampaignSchema, type Draft } from "./schema";
import { takeStrategyMessage } from "./strategies";

/** Columns of the fields that were given; the rest stays as it is. */
export function draftColumns(patch: Partial<Draft>) {
  return {
    ...(patch.name !== undefined && { name: patch.name }),
    ...(patch.description !== undefined && { description: patch.description }),
    ...(patch.segmentId !== undefined && { segment_id: patch.segmentId }),
    ...(patch.unit !== undefined && { unit: patch.unit }),
    ...(patch.amount !== undefined && { amount: patch.amount }),
    ...(patch.offer !== undefined && { offer: toJson(patch.offer) }),
    ...(patch.terms !== undefined && { terms: patch.terms === null ? null : toJson(patch.terms) }),
    ...(patch.origin !== undefined && { origin: patch.origin }),
    ...(patch.counselChecked !== undefined && { counsel_checked: patch.counselChecked }),
    // One end of validity replaces the other.
    ...(patch.expiryDays !== undefined && { expiry_days: patch.expiryDays, ...(patch.expiryDays !== null && { expiry_date: null }) }),
    ...(patch.expiryDate !== undefined && { expiry_date: patch.expiryDate, ...(patch.expiryDate !== null && { expiry_days: null }) }),
    ...(patch.zone !== undefined && { zone: patch.zone }),
    ...(patch.repeat !== undefined && { repeat: toJson(patch.repeat) }),
    ...(patch.endsLocal !== undefined && { ends_local: patch.endsLocal }),
    ...(patch.budget !== undefined && { budget: patch.budget }),
    ...(patch.strategy !== undefined && { strategy: patch.strategy }),
    ...(patch.availableLocal !== undefined && { available_local: patch.availableLocal }),
    ...(patch.holdoutBps !== undefined && { holdout_bps: patch.holdoutBps }),
    ...(patch.messageEnabled !== undefined && { message_enabled: patch.messageEnabled }),
    ...(patch.messageTexts !== undefined && { message_texts: JSON.stringify(patch.messageTexts) }),
  };
}

/** A segment of another shop is as unknown as one that does not exist (domain.md B13). */
export async function requireSegment({ trx }: TenantTrx, shopId: string, segmentId: string | null | undefined): Promise<void> {
  if (!segmentId) return;
  const found = await trx
    .selectFrom("segment")
    .select("id")
    .where("shop_id", "=", shopId)
    .where("id", "=", segmentId)
    .where("archived_at", "is", null)
    .executeTakeFirst();
  if (!found) throw new AppError("NOT_FOUND", { entity: "segment" });
}

/** Starts a draft. Everything may be missing; unit, zone and a 30-day expiry come from the shop and good practice. */
export async function createCampaign(ctx: ShopContext, input: unknown): Promise<Campaign> {
  const draft = parseInput(createCampaignSchema, input);
  return withTenant(ctx, async (handle) => {
    const shop = await readShop(handle, ctx.shopId);
    await requireSegment(handle, ctx.shopId, draft.segmentId);
    const { id } = await handle.trx
      .insertInto("campaign")
      .values({
        org_id: ctx.orgId,
        shop_id: ctx.shopId,
        unit: shop.currency,
        time_zone: shop.timeZone,
        expiry_days: 30,
        created_by: ctx.actor.type === "user" ? ctx.actor.userId : null,
        created_by_label: ctx.actor.label,
        ...draftColumns(draft),
      })
      .returning("id")
      .executeTakeFirstOrThrow();
    if (draft.strategy) await takeStrategyMessage(handle, ctx, id, draft.strategy);
    await recordAuthor(handle, ctx, id);
    await recordAudit(handle.trx, ctx, { action: "campaign.created", entity: "campaign", entityId: id, after: { name: draft.name ?? "" } });
    return readCampaign(handle, ctx.shopId, id);
  });
}
