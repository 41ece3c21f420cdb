import { sql } from "kysely";
import { withTenant } from "@/server/db";
import { AppError } from "@/server/errors";
import { enqueue } from "@/server/jobs/outbox";
import { grantMany } from "@/server/ledger/grant-many";
import { queueCreditMessages } from "@/server/notifications/queue-credit-messages";
import type { ShopContext, TenantTrx } from "@/server/tenancy/context";
import { type DropRow, failDrop, lockDrop } from "./drop-state";
import { readCampaign } from "./read-campaigns";

export type ChunkResult = { status: "granted"; granted: number; total: string; replay: boolean } | { status: "stopped"; reason: string };

/**
 * Grants one chunk: lots, postings, balances, member states, messages and counters in one transaction, or none of it (domain.md B01). The
 * chunk's own row says whether it is done; the ledger's key and its unique lot per drop and customer stand behind it.
 */
export async function grantChunk(ctx: ShopContext, input: { dropId: string; no: number }): Promise<ChunkResult> {
  try {
    return await withTenant(ctx, (handle) => grant(handle, ctx, input));
  } catch (error) {
    // Business refusals do not heal by retrying (credit already expired, budget, unit); everything else is retried by the caller.
    if (!(error instanceof AppError) || error.code === "NOT_FOUND") throw error;
    await failDrop(ctx, input.dropId, error.code);
    return { status: "stopped", reason: "failed" };
  }
}

async function grant(handle: TenantTrx, ctx: ShopContext, { dropId, no }: { dropId: string; no: number }): Promise<ChunkResult> {
  const { trx, now } = handle;
  const drop = await lockDrop(handle, ctx.shopId, dropId);
  const chunk = await trx
    .selectFrom("drop_chunk")
    .selectAll()
    .where("shop_id", "=", ctx.shopId)
    .where("drop_id", "=", dropId)
    .where("no", "=", no)
    .executeTakeFirst();
  if (!chunk) throw new AppError("NOT_FOUND", { entity: "chunk" });
  if (chunk.done_at) return { status: "granted", granted: chunk.granted ?? 0, total: (chunk.total ?? 0n).toString(), replay: true };
  if (drop.status !== "granting" || !drop.released_at) return { status: "stopped", reason: drop.status };

  const members = await trx
    .selectFrom("drop_member")
    .select(["customer_id as customerId", "amount"])
    .where("shop_id", "=", ctx.shopId)
    .where("drop_id", "=", dropId)
    .where("seq", ">=", chunk.first_seq)
    .where("seq", "<=", chunk.last_seq)
    .where("arm", "=", "treated")
    .orderBy("seq")
    .execute();
  const { granted, total } = await grantMany(
    { ...ctx, trx: handle },
    {
      source: { type: "drop", id: dropId },
      chunkKey: `drop:${dropId}:${no}`,
      unit: drop.unit,
      originClass: "unpaid",
      availableFrom: drop.released_at,
      expiresAt: drop.expires_at,
      grants: members,
    },
  );
  await trx
    .updateTable("drop_member")
    .set({ status: "granted" })
    .where("shop_id", "=", ctx.shopId)
    .where("drop_id", "=", dropId)
    .where("seq", ">=", chunk.first_seq)
    .where("seq", "<=", chunk.last_seq)
    .execute();
  await queueMessages(handle, ctx, drop, chunk);
  await trx
    .updateTable("drop_chunk")
    .set({ granted, total, done_at: now })
    .where("shop_id", "=", ctx.shopId)
    .where("drop_id", "=", dropId)
    .where("no", "=", no)
    .execute();
  await trx
    .updateTable("campaign_drop")
    .set({
      chunks_done: sql`chunks_done + 1`,
      granted_count: sql`granted_count + ${granted}::int`,
      granted_total: sql`granted_total + ${total}::bigint`,
      heartbeat_at: now,
    })
    .where("shop_id", "=", ctx.shopId)
    .where("id", "=", dropId)
    .execute();
  return { status: "granted", granted, total: total.toString(), replay: false };
}

async function queueMessages(
  handle: TenantTrx,
  ctx: ShopContext,
  drop: DropRow,
  chunk: { first_seq: number; last_seq: number },
): Promise<void> {
  const campaign = await readCampaign(handle, ctx.shopId, drop.campaign_id);
  if (!campaign.messageEnabled) return;
  await queueCreditMessages(handle, ctx, {
    dropId: drop.id,
    campaignId: drop.campaign_id,
    firstSeq: chunk.first_seq,
    lastSeq: chunk.last_seq,
    unit: drop.unit,
    expiresAt: drop.expires_at,
  });
  await enqueue(handle.trx, {
    name: "message/send.due",
    data: { orgId: ctx.orgId, shopId: ctx.shopId, campaignId: drop.campaign_id },
  });
}
