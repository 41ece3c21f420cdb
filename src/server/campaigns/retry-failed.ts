import { sql } from "kysely";
import { recordAudit } from "@/server/audit/record-audit";
import { withTenant } from "@/server/db";
import { AppError, parseInput } from "@/server/errors";
import type { ShopContext } from "@/server/tenancy/context";
import type { Campaign } from "./campaign";
import { claimDrops } from "./claim-due-drops";
import { lockDrop } from "./drop-state";
import { readCampaign } from "./read-campaigns";
import { retryFailedSchema } from "./schema";

/**
 * Plans those again who got nothing (failed, or above a cap at the time), and nobody else: their chunks get a second row of their own,
 * and a chunk grants only who is still planned.
 */
export async function retryFailed(ctx: ShopContext, input: unknown): Promise<Campaign> {
  const { id, dropId } = parseInput(retryFailedSchema, input);
  return withTenant(ctx, async (handle) => {
    const { trx } = handle;
    const seen = await readCampaign(handle, ctx.shopId, id);
    const wanted = dropId ?? seen.drop?.id;
    if (!wanted) throw new AppError("CAMPAIGN_STATE", { status: seen.status });
    const drop = await lockDrop(handle, ctx.shopId, wanted);
    if (drop.campaign_id !== id) throw new AppError("NOT_FOUND");
    const campaign = await readCampaign(handle, ctx.shopId, id, { lock: true });
    if (!["granting", "done", "failed"].includes(drop.status) || !["running", "done", "failed"].includes(campaign.status))
      throw new AppError("CAMPAIGN_STATE", { status: campaign.status });
    if (drop.failed_count + drop.skipped_count === 0) throw new AppError("CAMPAIGN_STATE", { status: campaign.status, failed: 0 });
    const added = await sql<{ no: number }>`
      with again as (
        update drop_member set status = 'planned', reason = null
        where shop_id = ${ctx.shopId} and drop_id = ${wanted} and status in ('failed', 'skipped') returning seq
      ), part as (
        select distinct c.first_seq, c.last_seq from drop_chunk c join again a on a.seq between c.first_seq and c.last_seq
        where c.shop_id = ${ctx.shopId} and c.drop_id = ${wanted} and c.done_at is not null
      )
      insert into drop_chunk (org_id, shop_id, drop_id, no, first_seq, last_seq)
      select ${ctx.orgId}, ${ctx.shopId}, ${wanted}, ${drop.chunks}::int + row_number() over (order by first_seq) - 1, first_seq, last_seq
      from part returning no`.execute(trx);
    await trx
      .updateTable("campaign_drop")
      .set({
        status: "granting",
        chunks: drop.chunks + added.rows.length,
        ...{ failed_count: 0, skipped_count: 0, error: null, error_params: "{}", finished_at: null },
        heartbeat_at: new Date(0),
      })
      .where("shop_id", "=", ctx.shopId)
      .where("id", "=", wanted)
      .execute();
    await trx
      .updateTable("campaign")
      .set({ status: "running", status_reason: null, status_params: "{}", finished_at: null, updated_at: handle.now })
      .where("shop_id", "=", ctx.shopId)
      .where("id", "=", id)
      .execute();
    await recordAudit(trx, ctx, {
      action: "campaign.retried",
      entity: "campaign",
      entityId: id,
      after: { failed: drop.failed_count, skipped: drop.skipped_count },
    });
    await claimDrops(handle, ctx);
    return readCampaign(handle, ctx.shopId, id);
  });
}
