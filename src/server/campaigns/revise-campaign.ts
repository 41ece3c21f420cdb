import { recordAudit } from "@/server/audit/record-audit";
import { withTenant } from "@/server/db";
import { AppError, parseInput } from "@/server/errors";
import { followTemplate } from "@/server/notifications/campaign-text";
import type { ShopContext } from "@/server/tenancy/context";
import type { Campaign } from "./campaign";
import { lockOpenDrops } from "./drop-state";
import { readCampaign } from "./read-campaigns";
import { campaignIdSchema, isAllowed } from "./schema";
import { closeApproval } from "./submit-campaign";

/** Takes a scheduled campaign back to draft, to change it. Its drop is cancelled, its approval void; launching again makes a new one. */
export async function reviseCampaign(ctx: ShopContext, input: unknown): Promise<Campaign> {
  const { id } = parseInput(campaignIdSchema, input);
  return withTenant(ctx, async (handle) => {
    const drops = await lockOpenDrops(handle, ctx.shopId, id);
    const before = await readCampaign(handle, ctx.shopId, id, { lock: true });
    if (!isAllowed("revise", before.status, before.drop) || before.drop?.frozenAt || before.releasedAt)
      throw new AppError("CAMPAIGN_STATE", { status: before.status });
    if (drops.length > 0) {
      await handle.trx
        .updateTable("campaign_drop")
        .set({ status: "cancelled", finished_at: handle.now })
        .where("shop_id", "=", ctx.shopId)
        .where(
          "id",
          "in",
          drops.map((drop) => drop.id),
        )
        .execute();
    }
    await closeApproval(handle, ctx, id, "void");
    await handle.trx
      .updateTable("campaign")
      .set({
        status: "draft",
        segment_query: null,
        run_at: null,
        expires_at: null,
        window_ends_at: null,
        ends_at: null,
        next_run_at: null,
        launched_at: null,
        audience_at_launch: null,
        cost_at_launch: null,
        updated_at: handle.now,
        version: before.version + 1,
      })
      .where("shop_id", "=", ctx.shopId)
      .where("id", "=", id)
      .where("status", "=", "scheduled")
      .execute();
    await followTemplate(handle, ctx, id);
    await recordAudit(handle.trx, ctx, { action: "campaign.revised", entity: "campaign", entityId: id });
    return readCampaign(handle, ctx.shopId, id);
  });
}
