import { recordAudit } from "@/server/audit/record-audit";
import { withTenant } from "@/server/db";
import { AppError, type ErrorParams } from "@/server/errors";
import type { ShopContext, TenantTrx } from "@/server/tenancy/context";
import type { DropRow } from "./campaign";

/** States in which a drop has something ahead of it. */
const OPEN = ["scheduled", "claimed", "granting", "paused", "failed"] as const;

/** The drop, locked until commit: the first lock of every step that changes its state, so that pause and steps never pass each other. */
export async function lockDrop({ trx }: TenantTrx, shopId: string, dropId: string): Promise<DropRow> {
  const drop = await trx
    .selectFrom("campaign_drop")
    .selectAll()
    .where("shop_id", "=", shopId)
    .where("id", "=", dropId)
    .forUpdate()
    .executeTakeFirst();
  if (!drop) throw new AppError("NOT_FOUND");
  return drop;
}

/**
 * The drop as a chunk needs it: nothing that changes its state may pass until commit, while other chunks may (their counters are no part of
 * a key). The counters themselves are the last thing a chunk touches.
 */
export async function shareDrop({ trx }: TenantTrx, shopId: string, dropId: string): Promise<DropRow> {
  const drop = await trx
    .selectFrom("campaign_drop")
    .selectAll()
    .where("shop_id", "=", shopId)
    .where("id", "=", dropId)
    .forKeyShare()
    .executeTakeFirst();
  if (!drop) throw new AppError("NOT_FOUND");
  return drop;
}

/** Every drop of a campaign that has something ahead, locked in order. */
export function lockOpenDrops({ trx }: TenantTrx, shopId: string, campaignId: string): Promise<DropRow[]> {
  return trx
    .selectFrom("campaign_drop")
    .selectAll()
    .where("shop_id", "=", shopId)
    .where("campaign_id", "=", campaignId)
    .where("status", "in", [...OPEN])
    .orderBy("no")
    .forUpdate()
    .execute();
}

/** Ends a drop that cannot go on, with the reason people see. What was granted stays granted. */
export async function failDrop(ctx: ShopContext, dropId: string, code: string, params: ErrorParams = {}): Promise<void> {
  await withTenant(ctx, async (handle) => {
    const drop = await lockDrop(handle, ctx.shopId, dropId);
    if (!["scheduled", "claimed", "granting"].includes(drop.status)) return;
    const reason = JSON.stringify(params);
    await handle.trx
      .updateTable("campaign_drop")
      .set({ status: "failed", error: code, error_params: reason, finished_at: handle.now })
      .where("shop_id", "=", ctx.shopId)
      .where("id", "=", dropId)
      .execute();
    await handle.trx
      .updateTable("campaign")
      .set({ status: "failed", status_reason: code, status_params: reason, updated_at: handle.now })
      .where("shop_id", "=", ctx.shopId)
      .where("id", "=", drop.campaign_id)
      .where("status", "in", ["scheduled", "running"])
      .execute();
    await recordAudit(handle.trx, ctx, {
      action: "campaign.failed",
      entity: "campaign",
      entityId: drop.campaign_id,
      after: { code, granted: drop.granted_count, ...params },
    });
  });
}
