import { sql } from "kysely";
import { recordAudit } from "@/server/audit/record-audit";
import { tellManagers } from "@/server/campaigns/notices";
import type { ShopContext, TenantTrx } from "@/server/tenancy/context";
import { lockSending } from "./due-messages";
import { ALARM_LINES, STOP_CAUSES, STOP_GUARD, type StopCause } from "./schema";

type Window = { days: number; since: Date };
/** What was counted among the marketing e-mail that was sent since then. */
type Count = Window & { cause: StopCause; sent: number; counted: number };
export type OpenStop = { id: string; cause: StopCause; stoppedAt: Date; since: Date; sent: number; counted: number };

const LINE: Record<StopCause, number> = { complaints: ALARM_LINES.complaintStop, bounces: ALARM_LINES.bounceStop };

/** What reaches the line: a few complaints or dead addresses, or few messages, prove nothing about a sender. */
export const overTheLine = ({ cause, sent, counted }: Pick<Count, "cause" | "sent" | "counted">): boolean =>
  sent >= STOP_GUARD.messages && counted >= STOP_GUARD[cause] && counted / sent >= LINE[cause];

/** The stop that holds marketing e-mail back at this moment, if any. */
export async function openStop({ trx }: TenantTrx, ctx: ShopContext): Promise<OpenStop | null> {
  const row = await trx
    .selectFrom("sending_stop")
    .select(["id", "cause", "stopped_at as stoppedAt", "since", "sent", "counted"])
    .where("shop_id", "=", ctx.shopId)
    .where("resumed_at", "is", null)
    .executeTakeFirst();
  return row ?? null;
}

/** When a person last let marketing e-mail go on after a stop of this cause. */
export async function lastResumed({ trx }: TenantTrx, ctx: ShopContext, cause: StopCause): Promise<Date | null> {
  const row = await trx
    .selectFrom("sending_stop")
    .select((eb) => eb.fn.max("resumed_at").as("at"))
    .where("shop_id", "=", ctx.shopId)
    .where("cause", "=", cause)
    .executeTakeFirst();
  return row?.at ?? null;
}

/** Counting starts after the last resumption: what stopped the shop once does not stop it again. */
async function windows(handle: TenantTrx, ctx: ShopContext, cause: StopCause): Promise<Window[]> {
  const resumed = (await lastResumed(handle, ctx, cause))?.getTime() ?? 0;
  return STOP_GUARD.days.map((days) => ({ days, since: new Date(Math.max(handle.now.getTime() - days * 86_400_000, resumed)) }));
}

/** Marketing e-mail that left this machine; a rate counts each message in the days in which it was sent, with what came back of it. */
const marketing = (ctx: ShopContext, since: Date) =>
  sql`m.shop_id = ${ctx.shopId} and m.sent_at > ${since} and m.channel = 'email' and m.category = 'marketing' and m.status = 'sent' and m.provider <> 'outbox'`;

/** What came back, and how much of it was never accepted in the first place and so counts beside what was sent. */
type Back = { counted: number; refused: number };

const BACK: Record<StopCause, (handle: TenantTrx, ctx: ShopContext, since: Date) => Promise<Back>> = {
  complaints: async ({ trx }, ctx, since) => {
    const { rows } = await sql<Back>`
      select count(*)::int as counted, 0 as refused from message m where m.complained_at is not null and ${marketing(ctx, since)}`.execute(
      trx,
    );
    return rows[0] ?? { counted: 0, refused: 0 };
  },
  bounces: async ({ trx }, ctx, since) => {
    const { rows } = await sql<Back>`
      select count(*)::int as counted, count(*) filter (where m.status = 'failed')::int as refused
      from message m
      where m.shop_id = ${ctx.shopId} and m.id in (
          select e.message_id from delivery_event e
          where e.shop_id = ${ctx.shopId} and e.kind = 'hardBounce' and e.channel = 'email' and e.at > ${since})
        and m.channel = 'email' and m.category = 'marketing' and m.status in ('sent', 'failed') and m.provider <> 'outbox'
        and coalesce(m.sent_at, m.decided_at) > ${since}`.execute(trx);
    return rows[0] ?? { counted: 0, refused: 0 };
  },
};

/** Counts what came back, and messages only as far as it matters: more than these and the line is not reached. */
async function count(handle: TenantTrx, ctx: ShopContext, cause: StopCause, { days, since }: Window): Promise<Count> {
  const { counted, refused } = await BACK[cause](handle, ctx, since);
  if (counted < STOP_GUARD[cause]) return { cause, days, since, sent: 0, counted };
  const enough = Math.floor(counted / LINE[cause]) + 1;
  const messages = await sql<{ n: number }>`
    select count(*)::int as n from (select from message m where ${marketing(ctx, since)} limit ${enough}) m`.execute(handle.trx);
  return { cause, days, since, sent: (messages.rows[0]?.n ?? 0) + refused, counted };
}

/**
 * Stops the shop's marketing e-mail when 0.3 % or more of it was complained about, or 5 % or more went to addresses that do not exist
 * (domain.md 4.3), in the last seven or in the last thirty days: the short window sees a bad campaign behind a month of good ones, the long
 * one a shop that writes rarely. At least 200 messages and three complaints or ten dead addresses, because one person is no rate. Asked when
 * either is recorded and before messages are decided about, under the lock of deciding: of two complaints recorded at once the second sees
 * the first, and after the stop no batch is decided without it. Marketing messages wait; what a person has to know of their contract goes
 * on. Returns whether marketing e-mail stands still.
 */
export async function stopOnTrouble(handle: TenantTrx, ctx: ShopContext): Promise<boolean> {
  await lockSending(handle, ctx);
  if (await openStop(handle, ctx)) return true;
  for (const cause of STOP_CAUSES)
    for (const window of await windows(handle, ctx, cause)) {
      const found = await count(handle, ctx, cause, window);
      if (!overTheLine(found)) continue;
      await stop(handle, ctx, found);
      return true;
    }
  return false;
}

async function stop(handle: TenantTrx, ctx: ShopContext, { cause, days, since, sent, counted }: Count): Promise<void> {
  const { id } = await handle.trx
    .insertInto("sending_stop")
    .values({ org_id: ctx.orgId, shop_id: ctx.shopId, stopped_at: handle.now, cause, since, sent, counted })
    .returning("id")
    .executeTakeFirstOrThrow();
  await recordAudit(handle.trx, ctx, {
    action: "sending.stopped",
    entity: "sendingStop",
    entityId: id,
    after: { cause, days, since: since.toISOString(), sent, counted },
  });
  await tellManagers(handle, ctx, id);
}
