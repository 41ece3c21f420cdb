import { recordAudit } from "@/server/audit/record-audit";
import { withTenant } from "@/server/db";
import { AppError } from "@/server/errors";
import type { ShopContext } from "@/server/tenancy/context";
import { lockDrop } from "./drop-state";

/** Marks a drop as done when every chunk is. The campaign runs on: credit is out until the end of its window. A replay changes nothing. */
export async function finishDrop(ctx: ShopContext, dropId: string): Promise<{ status: string; granted: number }> {
  return withTenant(ctx, async (handle) => {
    const drop = await lockDrop(handle, ctx.shopId, dropId);
    if (drop.status !== "granting") return { status: drop.status, granted: drop.granted_count };
    if (drop.chunks_done < drop.chunks) throw new AppError("CAMPAIGN_STATE", { chunks: drop.chunks, done: drop.chunks_done });
    await handle.trx
      .updateTable("campaign_drop")
      .set({ status: "done", finished_at: handle.now, heartbeat_at: handle.now })
      .where("shop_id", "=", ctx.shopId)
      .where("id", "=", dropId)
      .where("status", "=", "granting")
      .execute();
    await recordAudit(handle.trx, ctx, {
      action: "campaign.granted",
      entity: "campaign",
      entityId: drop.campaign_id,
      after: { granted: drop.granted_count, total: drop.granted_total.toString(), unit: drop.unit },
    });
    return { status: "done", granted: drop.granted_count };
  });
}
