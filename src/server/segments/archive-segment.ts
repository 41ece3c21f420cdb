import { recordAudit } from "@/server/audit/record-audit";
import { withTenant } from "@/server/db";
import { AppError } from "@/server/errors";
import type { ShopContext } from "@/server/tenancy/context";
import { findSegment, toSegment, uniqueName } from "./queries";
import type { Segment } from "./schema";
import { BEFORE_LAUNCH, usersOf } from "./used-by";

/** Takes a segment out of the lists. Refused while a campaign that has not run yet depends on it. */
export const archiveSegment = (ctx: ShopContext, id: string): Promise<Segment> => setArchived(ctx, id, true);

/** Brings it back; its name may be taken by now. */
export const restoreSegment = (ctx: ShopContext, id: string): Promise<Segment> => setArchived(ctx, id, false);

function setArchived(ctx: ShopContext, id: string, archived: boolean): Promise<Segment> {
  return withTenant(ctx, async (handle) => {
    const { trx, now } = handle;
    const before = await findSegment(handle, ctx, id, true);
    if ((before.archived_at !== null) === archived) return toSegment(before);
    if (archived) {
      const { campaigns, segments } = await usersOf(handle, ctx.shopId, id);
      if (segments.length > 0 || campaigns.some(({ status }) => BEFORE_LAUNCH.has(status))) throw new AppError("SEGMENT_IN_USE");
    }
    const row = await uniqueName(() =>
      trx
        .updateTable("segment")
        .set({ archived_at: archived ? now : null, updated_at: now, version: before.version + 1 })
        .where("shop_id", "=", ctx.shopId)
        .where("id", "=", id)
        .returningAll()
        .executeTakeFirstOrThrow(),
    );
    await recordAudit(trx, ctx, { action: archived ? "segment.archived" : "segment.restored", entity: "segment", entityId: id });
    return toSegment(row);
  });
}
