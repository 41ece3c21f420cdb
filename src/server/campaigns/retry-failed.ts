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
    const mine = sql`m.shop_id = ${ctx.shopId} and m.drop_id = ${wanted}`;
    // In a done chunk "planned" means granted; before the chunk is opened again, that is written down. Where it is open already, it was, and
    // "planned" waits for the grant.
    await sql`
      with part as materialized (
        select distinct c.first_seq, c.last_seq from drop_member m
        join drop_chunk c on c.shop_id = m.shop_id and c.drop_id = m.drop_id and m.seq between c.first_seq and c.last_seq
        where ${mine} and m.status in ('failed', 'skipped') and not exists (select from drop_chunk o
          where o.shop_id = c.shop_id and o.drop_id = c.drop_id and o.first_seq = c.first_seq and o.done_at is null)
      )
      update drop_member m set status = 'granted' from part
      where ${mine} and m.arm = 'treated' and m.status = 'planned' and m.seq between part.first_seq and part.last_seq`.execute(trx);
    const added = await sql<{ no: number }>`
      with again as (
        update drop_member m set status = 'planned', reason = null where ${mine} and m.status in ('failed', 'skipped') returning seq
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
