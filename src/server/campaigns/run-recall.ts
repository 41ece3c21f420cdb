import { sql } from "kysely";
import { recordAudit } from "@/server/audit/record-audit";
import { withTenant } from "@/server/db";
import { AppError } from "@/server/errors";
import { recallSource } from "@/server/ledger/recall-source";
import { planRecallNotices } from "@/server/notifications/plan-notices";
import type { ShopContext, TenantTrx } from "@/server/tenancy/context";

const LOTS_PER_STEP = 5_000;

export type RecallStep = { status: "more" | "done" | "stopped"; lots: number; total: string };

type RecallRow = { id: string; campaign_id: string; status: string; reason: string; notify: boolean; steps: number };

async function lockRecall({ trx }: TenantTrx, shopId: string, recallId: string): Promise<RecallRow> {
  const row = await trx
    .selectFrom("campaign_recall")
    .select(["id", "campaign_id", "status", "reason", "notify", "steps"])
    .where("shop_id", "=", shopId)
    .where("id", "=", recallId)
    .forUpdate()
    .executeTakeFirst();
  if (!row) throw new AppError("NOT_FOUND");
  return row;
}

/**
 * Takes back up to 5,000 lots. The number of the step is part of the ledger's key and is counted in the same transaction, so a step that
 * runs twice takes back the next lots and never one lot twice; the last one closes the recall. Only what is unspent and unexpired at this
 * moment comes back; what checkouts hold or orders have spent stays.
 */
export async function recallStep(ctx: ShopContext, recallId: string): Promise<RecallStep> {
  return withTenant(ctx, async (handle) => {
    const recall = await lockRecall(handle, ctx.shopId, recallId);
    if (recall.status !== "running") return { status: recall.status === "done" ? "done" : "stopped", lots: 0, total: "0" };
    const drops = await handle.trx
      .selectFrom("campaign_drop")
      .select(["id"])
      .where("shop_id", "=", ctx.shopId)
      .where("campaign_id", "=", recall.campaign_id)
      .where("frozen_at", "is not", null)
      .orderBy("no")
      .execute();
    let lots = 0;
    let total = 0n;
    let more = false;
    for (const drop of drops) {
      const answer = await recallSource(
        { ...ctx, trx: handle },
        {
          key: `recall:${recallId}:${drop.id}:${recall.steps}`,
          source: { type: "drop", id: drop.id },
          reason: recall.reason,
          limit: LOTS_PER_STEP - lots,
        },
      );
      lots += answer.lots;
      total += answer.total;
      more = answer.more;
      if (more || lots >= LOTS_PER_STEP) {
        more = true;
        break;
      }
    }
    await count(handle, ctx, recall, { lots, total });
    if (!more) await finish(handle, ctx, recall, drops);
    return { status: more ? "more" : "done", lots, total: total.toString() };
  });
}

async function count({ trx }: TenantTrx, ctx: ShopContext, recall: RecallRow, done: { lots: number; total: bigint }): Promise<void> {
  await trx
    .updateTable("campaign_recall")
    .set({
      steps: recall.steps + 1,
      recalled_lots: sql`recalled_lots + ${done.lots}::int`,
      recalled_total: sql`recalled_total + ${done.total}::bigint`,
    })
    .where("shop_id", "=", ctx.shopId)
    .where("id", "=", recall.id)
    .execute();
}

async function finish(handle: TenantTrx, ctx: ShopContext, recall: RecallRow, drops: readonly { id: string }[]): Promise<void> {
  const done = await handle.trx
    .updateTable("campaign_recall")
    .set({ status: "done", finished_at: handle.now })
    .where("shop_id", "=", ctx.shopId)
    .where("id", "=", recall.id)
    .returning(["recalled_lots", "recalled_total"])
    .executeTakeFirstOrThrow();
  let told = 0;
  if (recall.notify) {
    for (const drop of drops) told += (await planRecallNotices(handle, ctx, { campaignId: recall.campaign_id, sourceId: drop.id })).planned;
  }
  await recordAudit(handle.trx, ctx, {
    action: "campaign.recalled",
    entity: "campaign",
    entityId: recall.campaign_id,
    after: { recall: recall.id, lots: done.recalled_lots, total: done.recalled_total, told },
  });
}
