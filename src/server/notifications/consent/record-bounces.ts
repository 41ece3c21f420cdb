import { sql } from "kysely";
import { emailKey } from "@/server/customers/email-key";
import type { ShopContext, TenantTrx } from "@/server/tenancy/context";
import { addressHash } from "../links";
import { readSettings } from "../settings";
import { setEmailConsent } from "./change-consent";

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
  for (const raw of notices) {
    const notice = await withMessage(handle, ctx, raw);
    const key = notice.address === null ? null : notice.channel === "email" ? emailKey(notice.address) : notice.address;
    const hash = key === null ? null : addressHash(pepper, notice.channel, key);
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
        detail: notice.detail?.slice(0, 500) ?? null,
        at: now,
      })
      .onConflict((conflict) => conflict.columns(["shop_id", "id"]).doNothing())
      .returning("id")
      .executeTakeFirst();
    if (!stored) continue;
    fresh++;
    await markMessage(handle, ctx, notice);
    if (hash) await suppress(handle, ctx, notice, hash);
    if (notice.kind === "complaint" && notice.channel === "email" && notice.customerId)
      await setEmailConsent(handle, ctx, notice.customerId, "UNSUBSCRIBED", { basis: "complaint", proof: { notice: notice.id } });
  }
  return fresh;
}

/** A notice that only names the message, or only the address, is completed from what we sent. */
async function withMessage({ trx }: TenantTrx, ctx: ShopContext, notice: DeliveryNotice): Promise<DeliveryNotice> {
  if (!notice.messageId || (notice.address && notice.customerId)) return notice;
  const row = await trx
    .selectFrom("message as m")
    .innerJoin("customer as c", (join) => join.onRef("c.shop_id", "=", "m.shop_id").onRef("c.id", "=", "m.customer_id"))
    .select(["m.customer_id", "c.email"])
    .where("m.shop_id", "=", ctx.shopId)
    .where("m.id", "=", notice.messageId)
    .executeTakeFirst();
  if (!row) return { ...notice, messageId: null };
  return { ...notice, customerId: row.customer_id, address: notice.address ?? (notice.channel === "email" ? row.email : null) };
}

async function markMessage({ trx, now }: TenantTrx, ctx: ShopContext, notice: DeliveryNotice): Promise<void> {
  if (!notice.messageId) return;
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
