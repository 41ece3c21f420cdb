import { sql } from "kysely";
import { withoutTenant, withTenant } from "@/server/db";
import { env } from "@/server/env";
import { enqueue } from "@/server/jobs/outbox";
import { type ShopContext, systemContext } from "@/server/tenancy/context";
import { decide } from "./decide";

const BATCH = 1_000;

/** Where messages go: the local outbox, or nowhere yet. With SMTP_URL set nothing is sent, because sending by SMTP is not built. */
export type Delivery = "local" | "blocked";
export const deliveryMode = (): Delivery => (env().SMTP_URL ? "blocked" : "local");

export type DeliveryResult = { sent: number; skipped: number; more: boolean; blocked: boolean };

/**
 * Decides about waiting messages, a batch per transaction. What may go out is marked as sent into the local outbox; what may not is skipped
 * with its reason. The decision is made now, not when the message was written: consent may be gone since (domain.md B18). Rows another
 * worker holds are left to it, so a message is decided once.
 */
export async function deliverMessages(ctx: ShopContext): Promise<DeliveryResult> {
  if (deliveryMode() === "blocked") return { sent: 0, skipped: 0, more: false, blocked: true };
  return withTenant(ctx, async ({ trx, now }) => {
    const waiting = await trx
      .selectFrom("message as m")
      .innerJoin("customer as c", (join) => join.onRef("c.shop_id", "=", "m.shop_id").onRef("c.id", "=", "m.customer_id"))
      .select(["m.id", "c.email", "c.email_consent", "c.erased_at", sql<string | null>`m.params ->> 'expiresAt'`.as("expires_at")])
      .where("m.shop_id", "=", ctx.shopId)
      .where("m.status", "=", "queued")
      .where("m.send_after", "<=", now)
      .orderBy("m.send_after")
      .limit(BATCH)
      .forUpdate("m")
      .skipLocked()
      .execute();
    const decided = waiting.map((row) => ({
      id: row.id,
      decision: decide(
        { erased: row.erased_at !== null, email: row.email, emailConsent: row.email_consent },
        { expiresAt: row.expires_at === null ? null : new Date(row.expires_at) },
        now,
      ),
    }));
    await sql`
      update message m set status = d.status, reason = d.reason, sent_at = case when d.status = 'sent' then ${now}::timestamptz end
      from unnest(${decided.map((d) => d.id)}::uuid[], ${decided.map((d) => (d.decision.send ? "sent" : "skipped"))}::text[],
                  ${decided.map((d) => (d.decision.send ? null : d.decision.reason))}::text[]) d (id, status, reason)
      where m.shop_id = ${ctx.shopId} and m.id = d.id`.execute(trx);
    const sent = decided.filter((d) => d.decision.send).length;
    return { sent, skipped: decided.length - sent, more: waiting.length === BATCH, blocked: false };
  });
}

/** Asks for delivery in every shop where messages wait: what a lost run or a later send time left behind. */
export async function enqueueWaitingMessages(label = "sweep-messages"): Promise<{ shops: number }> {
  if (deliveryMode() === "blocked") return { shops: 0 };
  const shops = await withoutTenant(async ({ trx }) => {
    const result = await sql<{ org_id: string; shop_id: string }>`select org_id, shop_id from system_waiting_messages(500)`.execute(trx);
    return result.rows;
  });
  for (const { org_id, shop_id } of shops) {
    await withTenant(systemContext(org_id, shop_id, label), ({ trx }) =>
      enqueue(trx, { name: "message/send.due", data: { orgId: org_id, shopId: shop_id } }),
    );
  }
  return { shops: shops.length };
}
