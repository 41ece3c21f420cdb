import { recordAudit } from "@/server/audit/record-audit";
import { withTenant } from "@/server/db";
import { AppError, parseInput } from "@/server/errors";
import type { ShopContext, TenantTrx } from "@/server/tenancy/context";
import type { Campaign, DropRow } from "./campaign";
import { claimDrops } from "./claim-due-drops";
import { lockOpenDrops } from "./drop-state";
import { readCampaign } from "./read-campaigns";
import { campaignIdSchema, isAllowed, kindOf } from "./schema";

/**
 * Goes on after a pause or a failure: chunks that are done stay done, the rest is granted. A drop whose time passed meanwhile starts now.
 * Credit that would be granted already expired is refused here, in words, instead of failing again later; an audience that has grown
 * since it was approved waits for its approval.
 */
export async function resumeCampaign(ctx: ShopContext, input: unknown): Promise<Campaign> {
  const { id } = parseInput(campaignIdSchema, input);
  return withTenant(ctx, async (handle) => {
    const drops = await lockOpenDrops(handle, ctx.shopId, id);
    const before = await readCampaign(handle, ctx.shopId, id, { lock: true });
    const { repeats, messageOnly } = kindOf(before);
    // What is paused after the drop is over are waiting messages, or the next time.
    if ((drops.length === 0 && !repeats && !messageOnly) || !isAllowed("resume", before.status, before.drop))
      throw new AppError("CAMPAIGN_STATE", { status: before.status });
    if (before.status === "paused" && before.approval?.status === "open")
      throw new AppError(before.statusReason === "AUDIENCE_GREW" ? "AUDIENCE_GREW" : "APPROVAL_REQUIRED", before.statusParams);
    const lapsed = drops.find((drop) => drop.frozen_at && drop.expires_at && drop.expires_at <= handle.now);
    if (lapsed?.expires_at) throw new AppError("EXPIRES_IN_PAST", { expiresAt: lapsed.expires_at.toISOString() });
    await handle.trx
      .updateTable("campaign")
      .set({ status: nextStatus(before, drops), status_reason: null, status_params: "{}", updated_at: handle.now })
      .where("shop_id", "=", ctx.shopId)
      .where("id", "=", id)
      .where("status", "=", before.status)
      .execute();
    for (const drop of drops) await wake(handle, ctx, drop);
    await recordAudit(handle.trx, ctx, { action: "campaign.resumed", entity: "campaign", entityId: id, after: { from: before.status } });
    await claimDrops(handle, ctx);
    return readCampaign(handle, ctx.shopId, id);
  });
}

const nextStatus = (campaign: Campaign, drops: readonly DropRow[]): "running" | "scheduled" =>
  campaign.releasedAt !== null && (drops.length === 0 || campaign.repeat.type !== "none" || drops.some((drop) => drop.frozen_at))
    ? "running"
    : "scheduled";

/** A drop that has frozen its members goes on granting; one that has not goes back to the schedule. */
async function wake({ trx }: TenantTrx, ctx: ShopContext, drop: DropRow): Promise<void> {
  await trx
    .updateTable("campaign_drop")
    // The epoch as heartbeat makes a frozen drop look stalled, so that claiming starts it again at once.
    .set({
      status: drop.frozen_at ? "granting" : "scheduled",
      error: null,
      error_params: "{}",
      finished_at: null,
      heartbeat_at: new Date(0),
    })
    .where("shop_id", "=", ctx.shopId)
    .where("id", "=", drop.id)
    .execute();
}
