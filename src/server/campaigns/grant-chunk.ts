import { sql } from "kysely";
import { withTenant } from "@/server/db";
import { AppError } from "@/server/errors";
import { enqueue } from "@/server/jobs/outbox";
import { type BudgetUse, type GrantAnswer, grantMany } from "@/server/ledger/grant-many";
import { queueCreditMessages } from "@/server/notifications/queue-credit-messages";
import type { ShopContext, TenantTrx } from "@/server/tenancy/context";
import type { Campaign, DropRow } from "./campaign";
import { failDrop, lockDrop } from "./drop-state";
import { type ActivePolicy, campaignBudgetKey, isHalted, monthBudgetKey, readPolicy, UNLIMITED } from "./policy";
import { daysBefore } from "./prepare-launch";
import { readCampaign } from "./read-campaigns";

export type ChunkResult = { status: "granted"; granted: number; total: string; replay: boolean } | { status: "stopped"; reason: string };

type Chunk = { no: number; first_seq: number; last_seq: number };
type Due = { customerId: string; amount: bigint; availableFrom: Date; expiresAt: Date | null; gone: boolean };

/**
 * Grants one chunk: lots, postings, balances, budgets, member states, messages and counters in one transaction, or none of it (domain.md
 * B01). The chunk's own row says whether it is done; the ledger's key and its unique lot per drop and customer stand behind it.
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

async function grant(handle: TenantTrx, ctx: ShopContext, { dropId, no }: { dropId: string; no: number }): Promise<ChunkResult> {
  const { trx } = handle;
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
  if (await isHalted(handle, ctx.shopId)) return { status: "stopped", reason: "SHOP_HALTED" };

  const campaign = await readCampaign(handle, ctx.shopId, drop.campaign_id);
  const members = await dueMembers(handle, ctx, dropId, chunk);
  const answer = await grantMany({ ...ctx, trx: handle }, await grantOf(handle, ctx, { drop, campaign, chunk, members }));
  const left = [
    ...answer.skipped.map(({ customerId, reason }) => ({ customerId, status: "skipped", reason: reason === "merged" ? "gone" : reason })),
    ...members.filter((member) => member.gone).map(({ customerId }) => ({ customerId, status: "failed", reason: "gone" })),
  ];
  await markMembers(handle, ctx, dropId, chunk, left);
  await queueMessages(handle, ctx, { drop, campaign, chunk });
  await count(handle, ctx, { dropId, chunk, answer, left });
  return { status: "granted", granted: answer.granted, total: answer.total.toString(), replay: false };
}

/** Members of the chunk that have got nothing yet, with the times of their zone. Who was erased since the freeze gets nothing. */
async function dueMembers({ trx }: TenantTrx, ctx: ShopContext, dropId: string, chunk: Chunk): Promise<Due[]> {
  const { rows } = await sql<Due>`
    select m.customer_id as "customerId", m.amount, z.available_from as "availableFrom", z.expires_at as "expiresAt",
           c.erased_at is not null as gone
    from drop_member m
    join drop_zone z on z.shop_id = m.shop_id and z.drop_id = m.drop_id and z.no = m.zone_no
    join customer c on c.shop_id = m.shop_id and c.id = m.customer_id
    where m.shop_id = ${ctx.shopId} and m.drop_id = ${dropId} and m.seq between ${chunk.first_seq} and ${chunk.last_seq}
      and m.arm = 'treated' and m.status = 'planned'
    order by m.seq`.execute(trx);
  return rows;
}

async function grantOf(
  handle: TenantTrx,
  ctx: ShopContext,
  { drop, campaign, chunk, members }: { drop: DropRow; campaign: Campaign; chunk: Chunk; members: Due[] },
): Promise<Parameters<typeof grantMany>[1]> {
  const policy = await readPolicy(handle, ctx, drop.unit);
  const oneZone = campaign.zone === "shop";
  return {
    source: { type: "drop", id: drop.id },
    chunkKey: `drop:${drop.id}:${chunk.no}`,
    unit: drop.unit,
    originClass: campaign.origin,
    availableFrom: drop.released_at,
    expiresAt: drop.expires_at,
    grants: members
      .filter((member) => !member.gone)
      .map(({ customerId, amount, availableFrom, expiresAt }) =>
        oneZone ? { customerId, amount } : { customerId, amount, availableFrom, expiresAt },
      ),
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

type Left = { customerId: string; status: string; reason: string };

async function markMembers({ trx }: TenantTrx, ctx: ShopContext, dropId: string, chunk: Chunk, left: Left[]): Promise<void> {
  if (left.length > 0) {
    await sql`
      update drop_member m set status = l.status, reason = l.reason
      from unnest(${left.map((l) => l.customerId)}::uuid[], ${left.map((l) => l.status)}::text[], ${left.map((l) => l.reason)}::text[])
        l (customer_id, status, reason)
      where m.shop_id = ${ctx.shopId} and m.drop_id = ${dropId} and m.customer_id = l.customer_id`.execute(trx);
  }
  await trx
    .updateTable("drop_member")
    .set({ status: "granted", reason: null })
    .where("shop_id", "=", ctx.shopId)
    .where("drop_id", "=", dropId)
    .where("seq", ">=", chunk.first_seq)
    .where("seq", "<=", chunk.last_seq)
    .where("status", "=", "planned")
    .execute();
}

async function count(
  { trx, now }: TenantTrx,
  ctx: ShopContext,
  { dropId, chunk, answer, left }: { dropId: string; chunk: Chunk; answer: GrantAnswer; left: Left[] },
): Promise<void> {
  await trx
    .updateTable("drop_chunk")
    .set({ granted: answer.granted, total: answer.total, done_at: now })
    .where("shop_id", "=", ctx.shopId)
    .where("drop_id", "=", dropId)
    .where("no", "=", chunk.no)
    .execute();
  const failed = left.filter((member) => member.status === "failed").length;
  await trx
    .updateTable("campaign_drop")
    .set({
      chunks_done: sql`chunks_done + 1`,
      granted_count: sql`granted_count + ${answer.granted}::int`,
      granted_total: sql`granted_total + ${answer.total}::bigint`,
      failed_count: sql`failed_count + ${failed}::int`,
      skipped_count: sql`skipped_count + ${left.length - failed}::int`,
      heartbeat_at: now,
    })
    .where("shop_id", "=", ctx.shopId)
    .where("id", "=", dropId)
    .execute();
}

async function queueMessages(
  handle: TenantTrx,
  ctx: ShopContext,
  { drop, campaign, chunk }: { drop: DropRow; campaign: Campaign; chunk: Chunk },
): Promise<void> {
  if (!campaign.messageEnabled) return;
  await queueCreditMessages(handle, ctx, {
    dropId: drop.id,
    campaignId: drop.campaign_id,
    firstSeq: chunk.first_seq,
    lastSeq: chunk.last_seq,
    unit: drop.unit,
  });
  await enqueue(handle.trx, {
    name: "message/send.due",
    data: { orgId: ctx.orgId, shopId: ctx.shopId, campaignId: drop.campaign_id },
  });
}
