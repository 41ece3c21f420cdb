import { sql } from "kysely";
import { withTenant } from "@/server/db";
import { AppError } from "@/server/errors";
import { enqueue } from "@/server/jobs/outbox";
import { type BudgetUse, grantSelected, type SelectedGrants } from "@/server/ledger/grant-many";
import { UNLIMITED } from "@/server/ledger/schema";
import { queueMemberMessages, unqueueMemberMessages } from "@/server/notifications/queue-member-messages";
import type { ShopContext, TenantTrx } from "@/server/tenancy/context";
import type { Campaign, DropRow } from "./campaign";
import { failDrop, shareDrop } from "./drop-state";
import { type ActivePolicy, campaignBudgetKey, isHalted, monthBudgetKey, readPolicy } from "./policy";
import { daysBefore } from "./prepare-launch";
import { readCampaign } from "./read-campaigns";

export type ChunkResult = { status: "granted"; granted: number; total: string; replay: boolean } | { status: "stopped"; reason: string };

type Chunk = { no: number; first_seq: number; last_seq: number };

/** What a chunk came to; `total` in minor units. */
type Given = { granted: number; total: bigint; skipped: { customerId: string; reason: string }[] };

/**
 * Grants one chunk: messages, lots, postings, balances, budgets, and counters in one transaction, or none of it (domain.md B01). The
 * chunk's own row says whether it is done; the ledger's key and its unique lot per drop and customer stand behind it. Several chunks of a
 * drop may run at once: what all of them write (budgets, counters) comes last, so that they wait for each other's commit only.
 */
export async function grantChunk(ctx: ShopContext, input: { dropId: string; no: number }): Promise<ChunkResult> {
  try {
    return await withTenant(ctx, (handle) => grant(handle, ctx, input));
  } catch (error) {
    // Business refusals do not heal by retrying (credit already expired, budget, unit); everything else is retried by the caller.
    if (!(error instanceof AppError) || error.code === "NOT_FOUND") throw error;
    await failDrop(ctx, input.dropId, error.code, error.params);
    return { status: "stopped", reason: "failed" };
  }
}

/** Chunks of a drop that are granted at once: 1.8 times as fast as one after the other on two cores (measured). */
const LANES = 2;

/** Chunks `from` to before `to`. When one breaks, those at work still end before it is said; a replay finds them done. */
export async function grantChunks(
  ctx: ShopContext,
  { dropId, from, to }: { dropId: string; from: number; to: number },
): Promise<{ status: "granted" } | { status: "stopped"; reason: string }> {
  let next = from;
  let stopped: Extract<ChunkResult, { status: "stopped" }> | null = null;
  const lane = async () => {
    while (next < to && !stopped) {
      const chunk = await grantChunk(ctx, { dropId, no: next++ });
      if (chunk.status === "stopped") stopped = chunk;
    }
  };
  for (const ended of await Promise.allSettled(Array.from({ length: LANES }, lane))) if (ended.status === "rejected") throw ended.reason;
  return stopped ?? { status: "granted" };
}

async function grant(handle: TenantTrx, ctx: ShopContext, { dropId, no }: { dropId: string; no: number }): Promise<ChunkResult> {
  const { trx } = handle;
  const drop = await shareDrop(handle, ctx.shopId, dropId);
  const chunk = await trx
    .selectFrom("drop_chunk")
    .selectAll()
    .where("shop_id", "=", ctx.shopId)
    .where("drop_id", "=", dropId)
    .where("no", "=", no)
    .forUpdate()
    .executeTakeFirst();
  if (!chunk) throw new AppError("NOT_FOUND", { entity: "chunk" });
  if (chunk.done_at) return { status: "granted", granted: chunk.granted ?? 0, total: (chunk.total ?? 0n).toString(), replay: true };
  if (drop.status !== "granting" || !drop.released_at) return { status: "stopped", reason: drop.status };
  if (await isHalted(handle, ctx.shopId)) return { status: "stopped", reason: "SHOP_HALTED" };

  const campaign = await readCampaign(handle, ctx.shopId, drop.campaign_id);
  const gone = await markGone(handle, ctx, dropId, chunk);
  const facts = { drop, campaign, chunk, due: dueMembers(ctx, dropId, chunk) };
  const given = campaign.offer.type === "none" ? await tell(handle, ctx, facts) : await give(handle, ctx, facts);
  await markSkipped(handle, ctx, { dropId, chunk, skipped: given.skipped });
  await count(handle, ctx, { dropId, chunk, given, failed: gone });
  return { status: "granted", granted: given.granted, total: given.total.toString(), replay: false };
}

async function give(handle: TenantTrx, ctx: ShopContext, facts: Facts): Promise<Given> {
  const { campaign, due } = facts;
  if (campaign.messageEnabled) await queueMessages(handle, ctx, "credit_granted", facts);
  const answer = await grantSelected({ ...ctx, trx: handle }, await grantOf(handle, ctx, facts), due, {
    ownTimes: campaign.zone !== "shop",
  });
  const skipped = answer.skipped.map(({ customerId, reason }) => ({ customerId, reason: reason === "merged" ? "gone" : reason }));
  return { granted: answer.granted, total: answer.total, skipped };
}

/** A message-only campaign: who is told counts as granted, of nothing. An account that was merged into another one since the freeze is nobody any more. */
async function tell(handle: TenantTrx, ctx: ShopContext, facts: Facts): Promise<Given> {
  const merged = await sql<{ id: string }>`
    select m.customer_id as id from (${facts.due}) m join ledger.merged g on g.shop_id = ${ctx.shopId} and g.customer_id = m.customer_id`.execute(
    handle.trx,
  );
  const skipped = merged.rows.map(({ id }) => ({ customerId: id, reason: "gone" }));
  const { queued } = await queueMessages(handle, ctx, "campaign_message", facts);
  return { granted: queued - skipped.length, total: 0n, skipped };
}

/**
 * Members of the chunk that have got nothing yet, with the times of their zone. `planned` in a chunk that is done means granted: a word per
 * row would write every row of a drop twice. Where a chunk is opened again, it is written (retry-failed.ts).
 */
function dueMembers(ctx: ShopContext, dropId: string, { first_seq, last_seq }: Chunk): SelectedGrants {
  return sql`
    select m.customer_id, m.amount, z.available_from, z.expires_at
    from drop_member m join drop_zone z on z.shop_id = m.shop_id and z.drop_id = m.drop_id and z.no = m.zone_no
    where m.shop_id = ${ctx.shopId} and m.drop_id = ${dropId} and m.seq between ${first_seq} and ${last_seq}
      and m.arm = 'treated' and m.status = 'planned'`;
}

/** Who was erased since the freeze gets nothing. Returns how many. */
async function markGone({ trx }: TenantTrx, ctx: ShopContext, dropId: string, chunk: Chunk): Promise<number> {
  const result = await sql`
    update drop_member m set status = 'failed', reason = 'gone' from customer c
    where m.shop_id = ${ctx.shopId} and m.drop_id = ${dropId} and m.seq between ${chunk.first_seq} and ${chunk.last_seq}
      and m.arm = 'treated' and m.status = 'planned' and c.shop_id = m.shop_id and c.id = m.customer_id and c.erased_at is not null`.execute(
    trx,
  );
  return Number(result.numAffectedRows ?? 0n);
}

type Facts = { drop: DropRow; campaign: Campaign; chunk: Chunk; due: SelectedGrants };

async function grantOf(
  handle: TenantTrx,
  ctx: ShopContext,
  { drop, campaign, chunk }: Facts,
): Promise<Parameters<typeof grantSelected>[1]> {
  const policy = await readPolicy(handle, ctx, drop.unit);
  return {
    source: { type: "drop", id: drop.id },
    chunkKey: `drop:${drop.id}:${chunk.no}`,
    unit: drop.unit,
    originClass: campaign.origin,
    availableFrom: drop.released_at,
    expiresAt: drop.expires_at,
    termsId: drop.terms_id,
    budgets: budgetsOf(drop, campaign, policy),
    customerCap:
      policy.customerCap === null
        ? null
        : { amount: policy.customerCap, since: daysBefore(handle.now, policy.customerDays, campaign.timeZone) },
  };
}

/** What a grant counts against; the caps travel with it, so that a change of one is in force from the next chunk on. */
function budgetsOf(drop: DropRow, campaign: Campaign, policy: ActivePolicy): BudgetUse[] {
  const { unit, month } = drop;
  const budgets: BudgetUse[] = [];
  if (campaign.budget !== null) budgets.push({ scope: "shop", key: campaignBudgetKey(campaign.id), unit, cap: campaign.budget });
  if (month === null) return budgets;
  const key = monthBudgetKey(month);
  budgets.push({ scope: "shop", key, unit, cap: policy.monthCap ?? UNLIMITED });
  budgets.push({ scope: "organisation", key, unit, cap: policy.organisation?.monthCap ?? UNLIMITED });
  return budgets;
}

/** Whom the ledger left out, and the messages about what they did not get. */
async function markSkipped(
  handle: TenantTrx,
  ctx: ShopContext,
  { dropId, chunk, skipped }: { dropId: string; chunk: Chunk; skipped: { customerId: string; reason: string }[] },
): Promise<void> {
  if (skipped.length === 0) return;
  const customers = skipped.map(({ customerId }) => customerId);
  await sql`
    update drop_member m set status = 'skipped', reason = l.reason
    from unnest(${customers}::uuid[], ${skipped.map(({ reason }) => reason)}::text[]) l (customer_id, reason)
    where m.shop_id = ${ctx.shopId} and m.drop_id = ${dropId} and m.seq between ${chunk.first_seq} and ${chunk.last_seq}
      and m.customer_id = l.customer_id`.execute(handle.trx);
  await unqueueMemberMessages(handle, ctx, { dropId, customers });
}

async function count(
  { trx, now }: TenantTrx,
  ctx: ShopContext,
  { dropId, chunk, given, failed }: { dropId: string; chunk: Chunk; given: Given; failed: number },
): Promise<void> {
  await trx
    .updateTable("drop_chunk")
    .set({ granted: given.granted, total: given.total, done_at: now })
    .where("shop_id", "=", ctx.shopId)
    .where("drop_id", "=", dropId)
    .where("no", "=", chunk.no)
    .execute();
  await trx
    .updateTable("campaign_drop")
    .set({
      chunks_done: sql`chunks_done + 1`,
      granted_count: sql`granted_count + ${given.granted}::int`,
      granted_total: sql`granted_total + ${given.total}::bigint`,
      failed_count: sql`failed_count + ${failed}::int`,
      skipped_count: sql`skipped_count + ${given.skipped.length}::int`,
      heartbeat_at: now,
    })
    .where("shop_id", "=", ctx.shopId)
    .where("id", "=", dropId)
    .execute();
}

async function queueMessages(
  handle: TenantTrx,
  ctx: ShopContext,
  kind: "credit_granted" | "campaign_message",
  { drop, due }: Facts,
): Promise<{ queued: number }> {
  const { campaign_id: campaignId } = drop;
  const queued = await queueMemberMessages(handle, ctx, {
    kind,
    dropId: drop.id,
    campaignId,
    unit: drop.unit,
    termsId: drop.terms_id,
    members: due,
  });
  await enqueue(handle.trx, { name: "message/send.due", data: { orgId: ctx.orgId, shopId: ctx.shopId, campaignId } });
  return queued;
}
