import { recordAudit } from "@/server/audit/record-audit";
import { withTenant } from "@/server/db";
import { AppError, parseInput } from "@/server/errors";
import type { ShopContext } from "@/server/tenancy/context";
import { claimDrops, soon } from "./claim-due-drops";
import { type DropRow, lockDrop } from "./drop-state";
import { type Campaign, readCampaign } from "./read-campaigns";
import { campaignIdSchema, isAllowed } from "./schema";

/**
 * Goes on after a pause or a failure: chunks that are done stay done, the rest is granted. A drop whose time passed meanwhile starts now.
 * Credit that would be granted already expired is refused here, in words, instead of failing again later.
 */
export async function resumeCampaign(ctx: ShopContext, input: unknown): Promise<Campaign> {
  const { id } = parseInput(campaignIdSchema, input);
  return withTenant(ctx, async (handle) => {
    const seen = await readCampaign(handle, ctx.shopId, id);
    if (!seen.drop || !isAllowed("resume", seen.status, seen.drop)) throw new AppError("CAMPAIGN_STATE", { status: seen.status });
    const drop = await lockDrop(handle, ctx.shopId, seen.drop.id);
    const before = await readCampaign(handle, ctx.shopId, id, { lock: true });
    if (!isAllowed("resume", before.status, before.drop)) throw new AppError("CAMPAIGN_STATE", { status: before.status });
    if (drop.expires_at && drop.expires_at <= handle.now)
      throw new AppError("EXPIRES_IN_PAST", { expiresAt: drop.expires_at.toISOString() });
    const next = nextStates(drop);
    await handle.trx
      .updateTable("campaign")
      .set({ status: next.campaign, status_reason: null, updated_at: handle.now })
      .where("shop_id", "=", ctx.shopId)
      .where("id", "=", id)
      .where("status", "=", before.status)
      .execute();
    await handle.trx
      .updateTable("campaign_drop")
      // The epoch as heartbeat makes a frozen drop look stalled, so that claiming starts it again at once.
      .set({ status: next.drop, error: null, finished_at: null, heartbeat_at: new Date(0) })
      .where("shop_id", "=", ctx.shopId)
      .where("id", "=", drop.id)
      .execute();
    await recordAudit(handle.trx, ctx, { action: "campaign.resumed", entity: "campaign", entityId: id, after: { from: before.status } });
    if (next.drop === "granting" || soon(drop.run_at, handle.now)) await claimDrops(handle, ctx);
    return readCampaign(handle, ctx.shopId, id);
  });
}

/** A drop that has frozen its members goes on granting; one that has not goes back to the schedule. */
function nextStates(drop: DropRow): { campaign: "running" | "scheduled"; drop: "granting" | "scheduled" } {
  return drop.frozen_at ? { campaign: "running", drop: "granting" } : { campaign: "scheduled", drop: "scheduled" };
}
