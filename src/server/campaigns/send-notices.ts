import { sql } from "kysely";
import { withTenant } from "@/server/db";
import { env } from "@/server/env";
import type { EmailDelivery, Outcome } from "@/server/notifications/channels/adapter";
import { openSenders, type Senders } from "@/server/notifications/senders";
import { composeStaffEmails } from "@/server/notifications/staff-email";
import type { ShopContext, TenantTrx } from "@/server/tenancy/context";
import { type DueNotice, type Judged, judgeNotices } from "./judge-notices";
import { noticeText } from "./notice-text";
import { askForNotices } from "./notices";

/** At most one e-mail per person and shop in this time; what comes in between goes into the next one together. */
const PAUSE_MINUTES = 15;
const RETRY_MINUTES = [1, 5, 15, 60, 180] as const;
/** A sender has this long to say what became of an e-mail. */
const STALE_MINUTES = 10;
const MAX_NOTICES = 200;

const minutesAfter = (at: Date, minutes: number): Date => new Date(at.getTime() + minutes * 60_000);

type Email = { claim: string; attempts: number; delivery: EmailDelivery };
export type NoticeResult = { sent: number; failed: number; unknown: number; obsolete: number; waiting: number };

/**
 * Sends what people of the shop are to be told. Whether it is still true is looked at now: an approval that was given, withdrawn or voided
 * meanwhile is told to nobody. As with messages to customers, an e-mail whose fate is not known is not sent again.
 */
export async function sendNotices(
  ctx: ShopContext,
  open: (ctx: ShopContext) => Promise<Pick<Senders, "email" | "paused">> = openSenders,
): Promise<NoticeResult> {
  const { email, paused } = await open(ctx);
  const claimed = await withTenant(ctx, (handle) => claimNotices(handle, ctx, paused.includes("email")));
  const results: { email: Email; outcome: Outcome | null }[] = [];
  for (const one of claimed.emails) results.push({ email: one, outcome: email ? await email.send(one.delivery) : null });
  return withTenant(ctx, async (handle) => {
    const total: NoticeResult = { sent: 0, failed: 0, unknown: 0, obsolete: claimed.obsolete, waiting: claimed.waiting };
    for (const result of results) total[await record(handle, ctx, result)]++;
    return total;
  });
}

/** Due notices, each person's as one e-mail, marked as being sent before the provider is called. */
async function claimNotices(
  handle: TenantTrx,
  ctx: ShopContext,
  paused: boolean,
): Promise<{ emails: Email[]; obsolete: number; waiting: number }> {
  const { trx, now } = handle;
  await trx
    .updateTable("staff_notice")
    .set({ status: "unknown", error: "the sender ended before the provider's answer was recorded" })
    .where("shop_id", "=", ctx.shopId)
    .where("status", "=", "sending")
    .where("claimed_at", "<", minutesAfter(now, -STALE_MINUTES))
    .execute();
  const due = await dueNotices(handle, ctx);
  if (due.length === MAX_NOTICES) await askForNotices(handle, ctx);
  if (paused) return { emails: [], obsolete: 0, waiting: await postpone(handle, ctx, due, minutesAfter(now, PAUSE_MINUTES)) };
  const judged = await judgeNotices(handle, ctx, due);
  await markObsolete(handle, ctx, judged.obsolete);
  let waiting = 0;
  const ready: Judged[][] = [];
  for (const userId of new Set(judged.wanted.map((notice) => notice.userId))) {
    const own = judged.wanted.filter((notice) => notice.userId === userId);
    const last = await lastTold(handle, ctx, userId);
    const free = last && last <= now ? minutesAfter(last, PAUSE_MINUTES) : now;
    if (free > now) waiting += await postpone(handle, ctx, own, free);
    else ready.push(own);
  }
  return { emails: await claimEmails(handle, ctx, ready), obsolete: judged.obsolete.length, waiting };
}

async function dueNotices({ trx, now }: TenantTrx, ctx: ShopContext): Promise<DueNotice[]> {
  const result = await sql<DueNotice>`
    select n.id, n.user_id as "userId", n.kind, n.campaign_id as "campaignId", n.subject_id as "subjectId", n.attempts,
      coalesce(c.name, '') as campaign, coalesce(c.unit, s.currency) as unit
    from staff_notice n join shop s on s.org_id = n.org_id and s.id = n.shop_id
    left join campaign c on c.shop_id = n.shop_id and c.id = n.campaign_id
    where n.shop_id = ${ctx.shopId} and n.status = 'waiting' and n.send_after <= ${now}
    order by n.id limit ${MAX_NOTICES} for update of n skip locked`.execute(trx);
  return result.rows;
}

async function postpone({ trx, now }: TenantTrx, ctx: ShopContext, notices: readonly { id: string }[], until: Date): Promise<number> {
  if (notices.length === 0) return 0;
  await trx
    .updateTable("staff_notice")
    .set({ send_after: until })
    .where("shop_id", "=", ctx.shopId)
    .where(
      "id",
      "in",
      notices.map(({ id }) => id),
    )
    .execute();
  await askForNotices({ trx, now }, ctx, until);
  return notices.length;
}

async function markObsolete({ trx }: TenantTrx, ctx: ShopContext, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  await trx
    .updateTable("staff_notice")
    .set({ status: "obsolete" })
    .where("shop_id", "=", ctx.shopId)
    .where("id", "in", [...ids])
    .execute();
}

/** When this person last got such an e-mail of this shop. */
async function lastTold({ trx }: TenantTrx, ctx: ShopContext, userId: string): Promise<Date | null> {
  const row = await trx
    .selectFrom("staff_notice")
    .select((eb) => eb.fn.max("claimed_at").as("at"))
    .where("shop_id", "=", ctx.shopId)
    .where("user_id", "=", userId)
    .where("status", "in", ["sending", "sent", "unknown"])
    .executeTakeFirst();
  return row?.at ?? null;
}

/** Writes each person's e-mail in their language. */
async function claimEmails(handle: TenantTrx, ctx: ShopContext, ready: readonly Judged[][]): Promise<Email[]> {
  if (ready.length === 0) return [];
  const { trx, now } = handle;
  const shop = await trx.selectFrom("shop").select("name").where("id", "=", ctx.shopId).executeTakeFirstOrThrow();
  const base = `${env().APP_URL.replace(/\/$/, "")}/s/${ctx.shopId}`;
  const claims = ready.map((own) => ({ claim: crypto.randomUUID(), own, to: own[0]?.email ?? "", locale: own[0]?.locale ?? "de" }));
  const deliveries = await composeStaffEmails(
    handle,
    ctx,
    claims.map(({ claim, own, to, locale }) => ({ id: claim, to, locale, ...noticeText(own, { locale, shop: shop.name, base }) })),
  );
  for (const [index, { claim, own }] of claims.entries()) {
    const delivery = deliveries[index];
    await trx
      .updateTable("staff_notice")
      .set({ status: "sending", claim, claimed_at: now, subject: delivery?.subject ?? null, body: delivery?.text.slice(0, 20_000) ?? null })
      .where("shop_id", "=", ctx.shopId)
      .where(
        "id",
        "in",
        own.map(({ id }) => id),
      )
      .execute();
  }
  return deliveries.map((delivery, index) => ({
    ...{ claim: delivery.id, delivery },
    attempts: Math.max(0, ...(claims[index]?.own.map(({ attempts }) => attempts) ?? [])),
  }));
}

/** Writes what became of an e-mail; one that was certainly not taken is tried again for some hours. */
async function record(
  handle: TenantTrx,
  ctx: ShopContext,
  { email, outcome }: { email: Email; outcome: Outcome | null },
): Promise<"sent" | "failed" | "unknown" | "waiting"> {
  const { trx, now } = handle;
  const pause = RETRY_MINUTES[email.attempts];
  const status =
    outcome === null || outcome.result === "sent"
      ? "sent"
      : outcome.result === "unknown"
        ? "unknown"
        : outcome.result === "retry" && pause !== undefined
          ? "waiting"
          : "failed";
  const again = status === "waiting" && pause !== undefined ? minutesAfter(now, pause) : null;
  await trx
    .updateTable("staff_notice")
    .set({
      ...{ status, attempts: email.attempts + 1, error: outcome && "error" in outcome ? outcome.error.slice(0, 500) : null },
      ...(status === "sent" ? { sent_at: now, delivered: outcome !== null } : {}),
      ...(again ? { send_after: again, claim: null, claimed_at: null } : {}),
    })
    .where("shop_id", "=", ctx.shopId)
    .where("claim", "=", email.claim)
    .where("status", "=", "sending")
    .execute();
  if (again) await askForNotices(handle, ctx, again);
  return status;
}
