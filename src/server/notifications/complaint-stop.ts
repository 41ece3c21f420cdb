import { sql } from "kysely";
import { recordAudit } from "@/server/audit/record-audit";
import { tellManagers } from "@/server/campaigns/notices";
import type { ShopContext, TenantTrx } from "@/server/tenancy/context";
import { lockSending } from "./due-messages";
import { ALARM_LINES, COMPLAINT_GUARD } from "./schema";

/** Complaints about marketing e-mail that was sent since then, and how much of it was. */
export type ComplaintCount = { days: number; since: Date; sent: number; complained: number };
export type OpenStop = { id: string; stoppedAt: Date; since: Date; sent: number; complained: number };

/** What reaches the line: few complaints, or few messages, prove nothing about a sender. */
export const overTheLine = ({ sent, complained }: Pick<ComplaintCount, "sent" | "complained">): boolean =>
  sent >= COMPLAINT_GUARD.messages && complained >= COMPLAINT_GUARD.complaints && complained / sent >= ALARM_LINES.complaintStop;

/** The stop that holds marketing e-mail back at this moment, if any. */
export async function openStop({ trx }: TenantTrx, ctx: ShopContext): Promise<OpenStop | null> {
  const row = await trx
    .selectFrom("sending_stop")
    .select(["id", "stopped_at as stoppedAt", "since", "sent", "complained"])
    .where("shop_id", "=", ctx.shopId)
    .where("resumed_at", "is", null)
    .executeTakeFirst();
  return row ?? null;
}

/** When a person last let marketing e-mail go on. */
export async function lastResumed({ trx }: TenantTrx, ctx: ShopContext): Promise<Date | null> {
  const row = await trx
    .selectFrom("sending_stop")
    .select((eb) => eb.fn.max("resumed_at").as("at"))
    .where("shop_id", "=", ctx.shopId)
    .executeTakeFirst();
  return row?.at ?? null;
}

/** Counting starts after the last resumption: what stopped the shop once does not stop it again. */
async function windows(handle: TenantTrx, ctx: ShopContext): Promise<{ days: number; since: Date }[]> {
  const resumed = (await lastResumed(handle, ctx))?.getTime() ?? 0;
  return COMPLAINT_GUARD.days.map((days) => ({ days, since: new Date(Math.max(handle.now.getTime() - days * 86_400_000, resumed)) }));
}

/** Marketing e-mail that left this machine; a rate counts each message in the days in which it was sent, with the complaint about it. */
const marketing = (ctx: ShopContext, since: Date) =>
  sql`m.shop_id = ${ctx.shopId} and m.sent_at > ${since} and m.channel = 'email' and m.category = 'marketing' and m.status = 'sent' and m.provider <> 'outbox'`;

/** Counts complaints, and messages only as far as it matters: more than these and the line is not reached. */
async function count({ trx }: TenantTrx, ctx: ShopContext, { days, since }: { days: number; since: Date }): Promise<ComplaintCount> {
  const complaints = await sql<{ n: number }>`
    select count(*)::int as n from message m where m.complained_at is not null and ${marketing(ctx, since)}`.execute(trx);
  const complained = complaints.rows[0]?.n ?? 0;
  if (complained < COMPLAINT_GUARD.complaints) return { days, since, sent: 0, complained };
  const enough = Math.floor(complained / ALARM_LINES.complaintStop) + 1;
  const messages = await sql<{ n: number }>`
    select count(*)::int as n from (select from message m where ${marketing(ctx, since)} limit ${enough}) m`.execute(trx);
  return { days, since, sent: messages.rows[0]?.n ?? 0, complained };
}

/**
 * Stops the shop's marketing e-mail when 0.3 % or more of it was complained about (domain.md 4.3) in the last seven or in the last thirty
 * days: the short window sees a bad campaign behind a month of good ones, the long one a shop that writes rarely. At least 200 messages and
 * three complaints, because one person is no rate. Asked when a complaint is recorded and before messages are decided about, under the lock
 * of deciding: of two complaints recorded at once the second sees the first, and after the stop no batch is decided without it. Marketing
 * messages wait; what a person has to know of their contract goes on. Returns whether marketing e-mail stands still.
 */
export async function stopOnComplaints(handle: TenantTrx, ctx: ShopContext): Promise<boolean> {
  await lockSending(handle, ctx);
  if (await openStop(handle, ctx)) return true;
  for (const window of await windows(handle, ctx)) {
    const counted = await count(handle, ctx, window);
    if (!overTheLine(counted)) continue;
    const { since, sent, complained } = counted;
    const stop = await handle.trx
      .insertInto("sending_stop")
      .values({ org_id: ctx.orgId, shop_id: ctx.shopId, stopped_at: handle.now, since, sent, complained })
      .returning("id")
      .executeTakeFirstOrThrow();
    await recordAudit(handle.trx, ctx, {
      action: "sending.stopped",
      entity: "sendingStop",
      entityId: stop.id,
      after: { days: counted.days, since: since.toISOString(), sent, complained },
    });
    await tellManagers(handle, ctx, stop.id);
    return true;
  }
  return false;
}
