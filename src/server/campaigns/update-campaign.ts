import { sql } from "kysely";
import { recordAudit } from "@/server/audit/record-audit";
import { withTenant } from "@/server/db";
import { AppError, parseInput } from "@/server/errors";
import type { ShopContext } from "@/server/tenancy/context";
import { recordAuthor } from "./authors";
import type { Campaign } from "./campaign";
import { draftColumns, requireSegment } from "./create-campaign";
import { readCampaign } from "./read-campaigns";
import { isAllowed, updateCampaignSchema } from "./schema";
import { takeStrategyMessage } from "./strategies";
import { voidApproval } from "./submit-campaign";

/**
 * Saves some fields of a draft (the form saves while one types). A save from a page that shows an older version is a CONFLICT: two people
 * who edit the same draft must notice each other. What was submitted or approved becomes a draft again: nobody has approved the change.
 */
export async function updateCampaign(ctx: ShopContext, input: unknown): Promise<Campaign> {
  const { id, version, patch } = parseInput(updateCampaignSchema, input);
  return withTenant(ctx, async (handle) => {
    const before = await readCampaign(handle, ctx.shopId, id, { lock: true });
    if (!isAllowed("edit", before.status, before.drop)) throw new AppError("CAMPAIGN_STATE", { status: before.status });
    if (before.version !== version) throw new AppError("CONFLICT", { version: before.version });
    await requireSegment(handle, ctx.shopId, patch.segmentId);
    const columns = draftColumns(patch);
    if (Object.keys(columns).length === 0) return before;
    if (before.status !== "draft") await voidApproval(handle, ctx, id, "edited");
    await recordAuthor(handle, ctx, id);
    const result = await handle.trx
      .updateTable("campaign")
      .set({ ...columns, version: sql`version + 1`, updated_at: handle.now })
      .where("shop_id", "=", ctx.shopId)
      .where("id", "=", id)
      .where("status", "=", "draft")
      .where("version", "=", version)
      .executeTakeFirst();
    if (result.numUpdatedRows !== 1n) throw new AppError("CONFLICT");
    if (patch.strategy) await takeStrategyMessage(handle, ctx, id, patch.strategy);
    await recordAudit(handle.trx, ctx, {
      action: "campaign.edited",
      entity: "campaign",
      entityId: id,
      after: { fields: Object.keys(columns) },
    });
    return readCampaign(handle, ctx.shopId, id);
  });
}
