import { recordAudit } from "@/server/audit/record-audit";
import { withTenant } from "@/server/db";
import { parseInput } from "@/server/errors";
import { copyCampaignText } from "@/server/notifications/campaign-text";
import type { ShopContext } from "@/server/tenancy/context";
import { recordAuthor } from "./authors";
import { type Campaign, toJson } from "./campaign";
import { readCampaign, readShop } from "./read-campaigns";
import { campaignIdSchema, LIMITS } from "./schema";
import { DAYS_FOR_DATE } from "./strategies";

/** A new draft with the same content and no date: the old one is over or taken. */
export async function duplicateCampaign(ctx: ShopContext, input: unknown): Promise<Campaign> {
  const { id } = parseInput(campaignIdSchema, input);
  return withTenant(ctx, async (handle) => {
    const source = await readCampaign(handle, ctx.shopId, id);
    const shop = await readShop(handle, ctx.shopId);
    const copy = await handle.trx
      .insertInto("campaign")
      .values({
        org_id: ctx.orgId,
        shop_id: ctx.shopId,
        name: source.name === "" ? "" : `${source.name.slice(0, LIMITS.name - 4)} (2)`,
        description: source.description,
        segment_id: source.segment?.id ?? null,
        unit: shop.currency,
        amount: source.amount,
        offer: toJson(source.offer),
        terms: source.terms === null ? null : toJson(source.terms),
        origin: source.origin,
        counsel_checked: source.counselChecked,
        // A fixed last day belongs to the old date.
        expiry_days: source.expiryDays ?? (source.expiryDate === null ? null : DAYS_FOR_DATE),
        zone: source.zone,
        repeat: toJson(source.repeat),
        budget: source.budget,
        strategy: source.strategy,
        time_zone: shop.timeZone,
        holdout_bps: source.holdoutBps,
        message_enabled: source.messageEnabled,
        message_texts: JSON.stringify(source.messageTexts),
        created_by: ctx.actor.type === "user" ? ctx.actor.userId : null,
        created_by_label: ctx.actor.label,
      })
      .returning("id")
      .executeTakeFirstOrThrow();
    await copyCampaignText(handle, ctx, { from: id, to: copy.id });
    await recordAuthor(handle, ctx, copy.id);
    await recordAudit(handle.trx, ctx, { action: "campaign.duplicated", entity: "campaign", entityId: copy.id, after: { from: id } });
    return readCampaign(handle, ctx.shopId, copy.id);
  });
}
