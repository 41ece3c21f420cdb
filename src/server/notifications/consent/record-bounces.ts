import { sql } from "kysely";
import { emailKey } from "@/server/customers/email-key";
import type { ShopContext, TenantTrx } from "@/server/tenancy/context";
import { addressHash } from "../links";
import { proveSent } from "../prove-sent";
import { stopOnTrouble } from "../sending-stop";
import { readSettings } from "../settings";
import { withdrawEmail } from "./change-consent";
import { refuseHash } from "./refused-address";
import { isTheirs, type Sent, sentTo } from "./sent-address";

export type DeliveryNotice = {
  /** The provider's id of the notice: told twice, stored once. */
  id: string;
  kind: "delivered" | "softBounce" | "hardBounce" | "complaint" | "failed";
  channel: "email" | "sms";
  address: string | null;
  messageId: string | null;
  customerId: string | null;
  code: string | null;
  detail: string | null;
};

/** Three soft bounces on different days within two weeks end the address for a month (domain.md 4.3). */
const SOFT = { times: 3, withinDays: 14, pauseDays: 30 } as const;

/**
 * Takes note of what became of messages after they left: marks the message, and puts the address on the suppression list by its hash. Hard
 * bounces and complaints stay for ever; a complaint also withdraws consent. Returns how many notices were new.
 */
export async function recordBounces(handle: TenantTrx, ctx: ShopContext, notices: readonly DeliveryNotice[]): Promise<number> {
  if (notices.length === 0) return 0;
  const { trx, now } = handle;
  const { pepper } = await readSettings(handle, ctx);
  let fresh = 0;
  let countsToStop = false;
  for (const raw of notices) {
    const { notice, sent } = await withMessage(handle, ctx, raw);
    const key = notice.address === null ? null : notice.channel === "email" ? emailKey(notice.address) : notice.address;
    const named = key === null ? null : addressHash(pepper, notice.channel, key);
    const hash = named ?? sent?.hash ?? null;
    const stored = await trx
      .insertInto("delivery_event")
      .values({
        org_id: ctx.orgId,
        shop_id: ctx.shopId,
        id: notice.id.slice(0, 200),
        message_id: notice.messageId,
        customer_id: notice.customerId,
        channel: notice.channel,
        kind: notice.kind,
        address_hash: hash,
        code: notice.code?.slice(0, 40) ?? null,
        detail: (await isErased(handle, ctx, notice)) ? null : (notice.detail?.slice(0, 500) ?? null),
        at: now,
      })
      .onConflict((conflict) => conflict.columns(["shop_id", "id"]).doNothing())
      .returning("id")
      .executeTakeFirst();
    if (!stored) continue;
    fresh++;
    await markMessage(handle, ctx, notice);
    if (hash) await suppress(handle, ctx, notice, hash);
    if (notice.channel !== "email") continue;
    countsToStop ||= notice.kind === "complaint" || notice.kind === "hardBounce";
    if (notice.kind === "complaint") await leave(handle, ctx, notice, { named, sent });
  }
  if (countsToStop) await stopOnTrouble(handle, ctx);
  return fresh;
}

/** Who complains leaves the address the e-mail reached and the one the notice names; as a customer only while they have one of them. */
async function leave(
  handle: TenantTrx,
  ctx: ShopContext,
  { id, customerId }: DeliveryNotice,
  { named, sent }: { named: Buffer | null; sent: Sent | null },
): Promise<void> {
  for (const hash of [named, sent?.hash ?? null]) if (hash) await refuseHash(handle, ctx, "email", hash);
  if (customerId && (!sent || (!sent.erased && isTheirs(sent, named))))
    await withdrawEmail(handle, ctx, customerId, { basis: "complaint", proof: { notice: id } });
}

/** What a mail server says may hold the address of somebody whom nothing here names any more. */
async function isErased({ trx }: TenantTrx, ctx: ShopContext, { customerId }: DeliveryNotice): Promise<boolean> {
  if (customerId === null) return false;
  const person = await trx
    .selectFrom("customer")
    .select("erased_at")
    .where("shop_id", "=", ctx.shopId)
    .where("id", "=", customerId)
    .executeTakeFirst();
  return person?.erased_at != null;
}

/** What only names an address is about the last e-mail that reached it. */
const LAST_MESSAGE_DAYS = 30;

async function withLastMessage({ trx, now }: TenantTrx, ctx: ShopContext, notice: DeliveryNotice, key: string): Promise<DeliveryNotice> {
  const { rows } = await sql<{ customer_id: string; message_id: string | null }>`
    select c.id as customer_id, m.id as message_id
    from customer c left join lateral (
      select m.id, m.sent_at from message m
      where m.shop_id = c.shop_id and m.customer_id = c.id and m.channel = 'email' and m.status = 'sent'
        and m.sent_at > ${now}::timestamptz - make_interval(days => ${LAST_MESSAGE_DAYS})
      order by m.sent_at desc limit 1) m on true
    where c.shop_id = ${ctx.shopId} and c.email_key = ${key} and c.erased_at is null
    order by m.sent_at desc nulls last, c.id limit 1`.execute(trx);
  const [row] = rows;
  if (!row) return notice;
  // That something was delivered says nothing about which.
  const tells = notice.kind === "complaint" || notice.kind === "hardBounce";
  return { ...notice, customerId: row.customer_id, messageId: tells ? row.message_id : null };
}

type Completed = { notice: DeliveryNotice; sent: Sent | null };

/** A notice that only names the message, or only the address, is completed from what we sent. */
async function withMessage(handle: TenantTrx, ctx: ShopContext, notice: DeliveryNotice): Promise<Completed> {
  const key = notice.channel === "email" && notice.address ? emailKey(notice.address) : null;
  const byAddress = async (about: DeliveryNotice): Promise<Completed> => ({
    notice: key === null || about.customerId ? about : await withLastMessage(handle, ctx, about, key),
    sent: null,
  });
  if (!notice.messageId) return byAddress(notice);
  if (notice.address && notice.customerId) return { notice, sent: null };
  const sent = await sentTo(handle, ctx, notice.messageId);
  // An id that is none of ours is the provider's own.
  if (!sent) return byAddress({ ...notice, messageId: null });
  return { notice: { ...notice, customerId: sent.customerId }, sent: sent.channel === notice.channel ? sent : null };
}

async function markMessage(handle: TenantTrx, ctx: ShopContext, notice: DeliveryNotice): Promise<void> {
  if (!notice.messageId) return;
  const { trx, now } = handle;
  await proveSent(handle, ctx, notice.messageId);
  const column = notice.kind === "delivered" ? "delivered_at" : notice.kind === "complaint" ? "complained_at" : ("bounced_at" as const);
  await trx
    .updateTable("message")
    .set({ [column]: now })
    .where("shop_id", "=", ctx.shopId)
    .where("id", "=", notice.messageId)
    .where(column, "is", null)
    .execute();
}

async function suppress({ trx, now }: TenantTrx, ctx: ShopContext, notice: DeliveryNotice, hash: Buffer): Promise<void> {
  if (notice.kind === "delivered" || notice.kind === "failed") return;
  if (notice.kind === "softBounce") {
    const counted = await sql<{ days: number }>`
      select count(distinct (at at time zone 'UTC')::date)::int as days from delivery_event
      where shop_id = ${ctx.shopId} and address_hash = ${hash} and kind = 'softBounce'
        and at > ${now}::timestamptz - make_interval(days => ${SOFT.withinDays})`.execute(trx);
    if ((counted.rows[0]?.days ?? 0) < SOFT.times) return;
  }
  const until = notice.kind === "softBounce" ? new Date(now.getTime() + SOFT.pauseDays * 86_400_000) : null;
  // What is for ever is not shortened by what ends.
  await sql`
    insert into suppression as s (org_id, shop_id, channel, address_hash, reason, until, hint, created_by_label, created_at)
    values (${ctx.orgId}, ${ctx.shopId}, ${notice.channel}, ${hash}, ${notice.kind}, ${until}, ${notice.code?.slice(0, 40) ?? null}, ${ctx.actor.label}, ${now})
    on conflict (shop_id, channel, address_hash) do update set reason = excluded.reason, until = excluded.until, hint = excluded.hint
    where s.until is not null or excluded.reason = 'complaint'`.execute(trx);
}
