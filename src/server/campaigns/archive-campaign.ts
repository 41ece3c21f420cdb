import { recordAudit } from "@/server/audit/record-audit";
import { withTenant } from "@/server/db";
import { AppError, parseInput } from "@/server/errors";
import type { ShopContext } from "@/server/tenancy/context";
import type { Campaign } from "./campaign";
import { readCampaign } from "./read-campaigns";
import { archiveSchema, isAllowed } from "./schema";

/** Puts a campaign that is over out of sight, or back; nothing of it is deleted and its results count on. */
export async function archiveCampaign(ctx: ShopContext, input: unknown): Promise<Campaign> {
  const { id, archived } = parseInput(archiveSchema, input);
  return withTenant(ctx, async (handle) => {
    const campaign = await readCampaign(handle, ctx.shopId, id, { lock: true });
    if (archived && !isAllowed("archive", campaign.status, campaign.drop))
      throw new AppError("CAMPAIGN_STATE", { status: campaign.status });
    if (archived === (campaign.archivedAt !== null)) return campaign;
    await handle.trx
      .updateTable("campaign")
      .set({ archived_at: archived ? handle.now : null })
      .where("shop_id", "=", ctx.shopId)
      .where("id", "=", id)
      .execute();
    await recordAudit(handle.trx, ctx, {
      action: archived ? "campaign.archived" : "campaign.unarchived",
      entity: "campaign",
      entityId: id,
    });
    return readCampaign(handle, ctx.shopId, id);
  });
}
