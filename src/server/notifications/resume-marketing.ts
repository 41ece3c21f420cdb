import { sql } from "kysely";
import { z } from "zod";
import { recordAudit } from "@/server/audit/record-audit";
import { withTenant } from "@/server/db";
import { AppError, parseInput } from "@/server/errors";
import { enqueue } from "@/server/jobs/outbox";
import type { ShopContext } from "@/server/tenancy/context";
import { lockSending } from "./due-messages";
import { resumeReasonSchema } from "./schema";
import { type OpenStop, openStop } from "./sending-stop";

export type SendingStop = OpenStop & {
  /** Marketing e-mails that wait. */
  waiting: number;
};

/** The stop of marketing e-mail that is in force, with how much it holds back; null when nothing is stopped. */
export const getSendingStop = (ctx: ShopContext): Promise<SendingStop | null> =>
  withTenant(ctx, async (handle) => {
    const stop = await openStop(handle, ctx);
    if (!stop) return null;
    const { rows } = await sql<{ n: number }>`
      select count(*)::int as n from message
      where shop_id = ${ctx.shopId} and status = 'queued' and channel = 'email' and category = 'marketing' and send_after <= ${handle.now}`.execute(
      handle.trx,
    );
    return { ...stop, waiting: rows[0]?.n ?? 0 };
  });

export const resumeSchema = z.object({
  /** The stop that was looked at: a page from before must not lift a later one. */
  id: z.uuid(),
  reason: resumeReasonSchema,
});

/**
 * Lets marketing e-mail go on after complaints or dead addresses stopped it: a person's decision, with a reason that is kept. What waited is decided about
 * anew, and only what is sent from now on counts towards the next stop.
 */
export async function resumeMarketing(ctx: ShopContext, input: unknown): Promise<void> {
  const { id, reason } = parseInput(resumeSchema, input);
  await withTenant(ctx, async (handle) => {
    await lockSending(handle, ctx);
    const resumed = await handle.trx
      .updateTable("sending_stop")
      // The clock as it is now that the lock is held: what was sent while this waited for it still belongs to before.
      .set({ resumed_at: sql<Date>`app_now()`, resumed_by_label: ctx.actor.label, resume_reason: reason })
      .where("shop_id", "=", ctx.shopId)
      .where("id", "=", id)
      .where("resumed_at", "is", null)
      .returning("id")
      .executeTakeFirst();
    if (!resumed) throw new AppError("CONFLICT");
    await recordAudit(handle.trx, ctx, { action: "sending.resumed", entity: "sendingStop", entityId: id, after: { reason } });
    await enqueue(handle.trx, { name: "message/send.due", data: { orgId: ctx.orgId, shopId: ctx.shopId } });
  });
}
