import { sql } from "kysely";
import { z } from "zod";
import { recordAudit } from "@/server/audit/record-audit";
import { withTenant } from "@/server/db";
import { AppError, parseInput } from "@/server/errors";
import { enqueue } from "@/server/jobs/outbox";
import type { ShopContext, TenantTrx } from "@/server/tenancy/context";
import { writingByKeys } from "./due-messages";
import { freePlaces } from "./free-places";
import { type Channel, channelSchema } from "./schema";

const answerSchema = z.enum(["sent", "failed", "again"]);
type Answer = z.infer<typeof answerSchema>;

export const resolveSchema = z.object({ id: z.uuid(), as: answerSchema });
export const listUnknownSchema = z.object({ campaignId: z.uuid().nullish() });
export const resolveBatchSchema = z.object({
  /** Who handed them over, and for what: they were on the wire together. */
  claim: z.uuid(),
  campaignId: z.uuid().nullable(),
  channel: channelSchema,
  /** How many were looked at: when it is another number by now, somebody else has begun. */
  count: z.int().min(1),
  as: answerSchema,
});

/** Messages of one batch, campaign and way that nobody knows about, and when they were on the wire. */
export type UnknownBatch = {
  claim: string;
  campaign: { id: string; name: string } | null;
  channel: Channel;
  count: number;
  from: Date;
  /** What the connection to the provider ended with; null after a crash of our own. */
  error: string | null;
};

const MAX_BATCHES = 50;

/** What a crash or a broken connection left in the dark, batch by batch, oldest first. */
export const listUnknown = (ctx: ShopContext, input: unknown): Promise<UnknownBatch[]> =>
  withTenant(ctx, async ({ trx }) => {
    const { campaignId } = parseInput(listUnknownSchema, input);
    const only = campaignId ? sql`and m.campaign_id = ${campaignId}` : sql``;
    const { rows } = await sql<Omit<UnknownBatch, "campaign"> & { campaign_id: string | null; name: string | null }>`
      select m.claim, m.channel, m.campaign_id, k.name, count(*)::int as count, min(m.claimed_at) as "from", max(m.error) filter (where m.provider is not null) as error
      from message m left join campaign k on k.shop_id = m.shop_id and k.id = m.campaign_id
      where m.shop_id = ${ctx.shopId} and m.status = 'unknown' and m.claim is not null ${only}
      group by 1, 2, 3, 4 order by min(m.claimed_at), m.claim, m.campaign_id limit ${MAX_BATCHES}`.execute(trx);
    return rows.map(({ campaign_id, name, ...batch }) => ({
      ...batch,
      campaign: campaign_id ? { id: campaign_id, name: name ?? "" } : null,
    }));
  });

/**
 * Says what became of messages nobody knows about: after a crash between the provider's acceptance and our record. `again` sends them once
 * more, knowing that it may be the second time.
 */
async function settle(handle: TenantTrx, ctx: ShopContext, ids: readonly string[], as: Answer): Promise<void> {
  const { trx, now } = handle;
  const all = [...ids];
  if (as !== "sent") await freePlaces(handle, ctx, all);
  const changed = {
    // When it was handed over, not when somebody found out.
    sent: sql`status = 'sent', sent_at = coalesce(claimed_at, ${now}), error = null, claimed_at = null`,
    failed: sql`status = 'failed', reason = 'saidFailed', claimed_at = null, slot_at = null`,
    again: sql`status = 'queued', reason = null, error = null, claim = null, claimed_at = null, slot_at = null, send_after = ${now}`,
  }[as];
  await writingByKeys(handle, () =>
    sql`update message set ${changed} where shop_id = ${ctx.shopId} and id = any(${all}::uuid[])`.execute(trx),
  );
  if (as === "again") await enqueue(trx, { name: "message/send.due", data: { orgId: ctx.orgId, shopId: ctx.shopId } });
}

/** One message: for what a look into the provider's log can only say of each. */
export async function resolveMessage(ctx: ShopContext, input: unknown): Promise<void> {
  const { id, as } = parseInput(resolveSchema, input);
  await withTenant(ctx, async (handle) => {
    const found = await handle.trx
      .selectFrom("message")
      .select("id")
      .where("shop_id", "=", ctx.shopId)
      .where("id", "=", id)
      .where("status", "=", "unknown")
      .forUpdate()
      .executeTakeFirst();
    if (!found) throw new AppError("MESSAGE_STATE");
    await settle(handle, ctx, [id], as);
    await recordAudit(handle.trx, ctx, { action: "message.resolved", entity: "message", entityId: id, after: { as } });
  });
}

/** A whole batch with one answer: after a crash all of it is in the dark, and the provider's log mostly says the same of all. */
export async function resolveBatch(ctx: ShopContext, input: unknown): Promise<{ resolved: number }> {
  const { claim, campaignId, channel, count, as } = parseInput(resolveBatchSchema, input);
  return withTenant(ctx, async (handle) => {
    const found = await handle.trx
      .selectFrom("message")
      .select("id")
      .where("shop_id", "=", ctx.shopId)
      .where("status", "=", "unknown")
      .where("claim", "=", claim)
      .where("channel", "=", channel)
      .where("campaign_id", campaignId ? "=" : "is", campaignId)
      .orderBy("id")
      .forUpdate()
      .execute();
    if (found.length !== count) throw new AppError("CONFLICT");
    await settle(
      handle,
      ctx,
      found.map(({ id }) => id),
      as,
    );
    const after = { as, count, claim, channel, campaign: campaignId };
    await recordAudit(handle.trx, ctx, { action: "message.batchResolved", entity: "message", entityId: null, after });
    return { resolved: count };
  });
}
