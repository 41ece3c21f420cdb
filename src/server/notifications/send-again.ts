import { type RawBuilder, sql } from "kysely";
import { z } from "zod";
import { recordAudit } from "@/server/audit/record-audit";
import { withTenant } from "@/server/db";
import { AppError, parseInput } from "@/server/errors";
import { enqueue } from "@/server/jobs/outbox";
import type { ShopContext, TenantTrx } from "@/server/tenancy/context";
import { writingByKeys } from "./due-messages";
import { MENDABLE_REASONS } from "./schema";

/**
 * Refused by the provider, or never composed. What somebody said about a message in the dark is no proof, and an address that does not exist
 * stays so.
 */
const MENDABLE = sql`m.status = 'failed' and m.reason = any(${[...MENDABLE_REASONS]}::text[])
  and coalesce(m.delivered_at, m.opened_at, m.clicked_at, m.complained_at) is null`;
const MAX_MESSAGES = 100_000;

export const refusedSchema = z.object({ campaignId: z.uuid() });
/** All of a campaign, or a single message. */
export const sendAgainSchema = z
  .object({ campaignId: z.uuid().optional(), id: z.uuid().optional() })
  .refine(({ campaignId, id }) => (campaignId === undefined) !== (id === undefined));

export type Refused = { count: number /** What most of them ended with. */; error: string | null };

/** The messages of a campaign that failed and can be sent again. */
export const countRefused = (ctx: ShopContext, input: unknown): Promise<Refused> =>
  withTenant(ctx, async ({ trx }) => {
    const { campaignId } = parseInput(refusedSchema, input);
    const { rows } = await sql<Refused>`
      select count(*)::int as count, mode() within group (order by m.error) as error
      from message m where m.shop_id = ${ctx.shopId} and m.campaign_id = ${campaignId} and ${MENDABLE}`.execute(trx);
    return rows[0] ?? { count: 0, error: null };
  });

/**
 * Lets refused messages wait again, all of a campaign or a single one. Each is decided about anew when it is sent. Of two who ask at once
 * the second finds nothing left to send.
 */
export async function sendAgain(ctx: ShopContext, input: unknown): Promise<{ queued: number }> {
  const { campaignId, id } = parseInput(sendAgainSchema, input);
  return withTenant(ctx, async (handle) => {
    const queued = await requeue(handle, ctx, id ? sql`m.id = ${id}` : sql`m.campaign_id = ${campaignId}`);
    if (queued === 0) throw new AppError("MESSAGE_STATE");
    await recordAudit(handle.trx, ctx, {
      action: "message.sentAgain",
      entity: id ? "message" : "campaign",
      entityId: id ?? campaignId ?? null,
      after: { count: queued },
    });
    await enqueue(handle.trx, { name: "message/send.due", data: { orgId: ctx.orgId, shopId: ctx.shopId } });
    return { queued };
  });
}

async function requeue(handle: TenantTrx, ctx: ShopContext, which: RawBuilder<unknown>): Promise<number> {
  const { trx, now } = handle;
  const found = await sql<{ id: string }>`
    select m.id from message m where m.shop_id = ${ctx.shopId} and ${which} and ${MENDABLE} order by m.id limit ${MAX_MESSAGES} for update`.execute(
    trx,
  );
  const ids = found.rows.map(({ id }) => id);
  if (ids.length === 0) return 0;
  await writingByKeys(handle, () =>
    sql`update message set status = 'queued', reason = null, error = null, claim = null, claimed_at = null, slot_at = null, attempts = 0,
        bounced_at = null, send_after = ${now}
      where shop_id = ${ctx.shopId} and id = any(${ids}::uuid[])`.execute(trx),
  );
  return ids.length;
}
