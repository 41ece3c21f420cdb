import { recordAudit } from "@/server/audit/record-audit";
import { withTenant } from "@/server/db";
import { AppError, parseInput } from "@/server/errors";
import type { ShopContext } from "@/server/tenancy/context";
import { lockDrop } from "./drop-state";
import { type Campaign, readCampaign } from "./read-campaigns";
import { campaignIdSchema, isAllowed } from "./schema";

/**
 * The kill switch. It waits for the chunk that is being granted (about a second) and lets no other begin: every chunk looks at the drop
 * under the same lock. What was granted stays.
 */
export async function pauseCampaign(ctx: ShopContext, input: unknown): Promise<Campaign> {
  return stop(ctx, input, "pause");
}

/** Ends a campaign before or during its drop for good. Credit that is out stays out; taking it back is a recall. */
export async function cancelCampaign(ctx: ShopContext, input: unknown): Promise<Campaign> {
  return stop(ctx, input, "cancel");
}

async function stop(ctx: ShopContext, input: unknown, action: "pause" | "cancel"): Promise<Campaign> {
  const { id } = parseInput(campaignIdSchema, input);
  const status = action === "pause" ? "paused" : "cancelled";
  return withTenant(ctx, async (handle) => {
    const seen = await readCampaign(handle, ctx.shopId, id);
    // Lock order drop → campaign, as in every step of a drop; then look again at what is true under the locks.
    if (seen.drop) await lockDrop(handle, ctx.shopId, seen.drop.id);
    const before = await readCampaign(handle, ctx.shopId, id, { lock: true });
    if (!isAllowed(action, before.status, before.drop)) throw new AppError("CAMPAIGN_STATE", { status: before.status });
    await handle.trx
      .updateTable("campaign")
      .set({ status, status_reason: null, updated_at: handle.now, ...(action === "cancel" ? { finished_at: handle.now } : {}) })
      .where("shop_id", "=", ctx.shopId)
      .where("id", "=", id)
      .where("status", "=", before.status)
      .execute();
    if (before.drop) {
      await handle.trx
        .updateTable("campaign_drop")
        .set({ status })
        .where("shop_id", "=", ctx.shopId)
        .where("id", "=", before.drop.id)
        .where(
          "status",
          "in",
          action === "pause" ? ["scheduled", "claimed", "granting"] : ["scheduled", "claimed", "granting", "paused", "failed"],
        )
        .execute();
    }
    await recordAudit(handle.trx, ctx, {
      action: `campaign.${status}`,
      entity: "campaign",
      entityId: id,
      after: { from: before.status, granted: before.drop?.grantedCount ?? 0 },
    });
    return readCampaign(handle, ctx.shopId, id);
  });
}
