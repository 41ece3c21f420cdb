import { recordAudit } from "@/server/audit/record-audit";
import { withTenant } from "@/server/db";
import { AppError, parseInput } from "@/server/errors";
import type { ShopContext } from "@/server/tenancy/context";
import type { Campaign } from "./campaign";
import { lockOpenDrops } from "./drop-state";
import { readCampaign } from "./read-campaigns";
import { campaignIdSchema, isAllowed, kindOf } from "./schema";
import { closeApproval } from "./submit-campaign";

/**
 * The kill switch of one campaign. It waits for the chunk that is being granted (about a second) and lets no other begin: every chunk
 * looks at the drop under the same lock. What was granted stays.
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
    // Lock order drops → campaign, as in every step of a drop; then look at what is true under the locks.
    const drops = await lockOpenDrops(handle, ctx.shopId, id);
    const before = await readCampaign(handle, ctx.shopId, id, { lock: true });
    if (!isAllowed(action, before.status, before.drop, kindOf(before))) throw new AppError("CAMPAIGN_STATE", { status: before.status });
    await handle.trx
      .updateTable("campaign")
      .set({
        status,
        status_reason: null,
        status_params: "{}",
        updated_at: handle.now,
        ...(action === "cancel" ? { finished_at: handle.now, next_run_at: null } : {}),
      })
      .where("shop_id", "=", ctx.shopId)
      .where("id", "=", id)
      .where("status", "=", before.status)
      .execute();
    const stoppable = drops.filter((drop) => action === "cancel" || ["scheduled", "claimed", "granting"].includes(drop.status));
    if (stoppable.length > 0) {
      await handle.trx
        .updateTable("campaign_drop")
        .set({ status })
        .where("shop_id", "=", ctx.shopId)
        .where(
          "id",
          "in",
          stoppable.map((drop) => drop.id),
        )
        .execute();
    }
    if (action === "cancel") await closeApproval(handle, ctx, id, "void");
    await recordAudit(handle.trx, ctx, {
      action: `campaign.${status}`,
      entity: "campaign",
      entityId: id,
      after: { from: before.status, granted: before.totals.granted },
    });
    return readCampaign(handle, ctx.shopId, id);
  });
}
