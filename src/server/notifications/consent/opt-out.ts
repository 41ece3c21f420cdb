import { sql } from "kysely";
import type { ShopContext, TenantTrx } from "@/server/tenancy/context";
import { e164 } from "../channels/sms";
import { placeOf, shopCountry } from "./address-place";
import { addConsentEvent, type Evidence, setSmsConsent, withdrawEmail } from "./change-consent";
import { refuseHash } from "./refused-address";
import { isTheirs, type Sent } from "./sent-address";

/** Replies that end SMS: Twilio's default words and the German ones. */
const STOP_WORDS = new Set([
  ...["stop", "stopall", "stop all", "unsubscribe", "cancel", "end", "quit", "revoke", "optout", "opt out"],
  ...["stopp", "ende", "abmelden", "abbestellen", "austragen"],
]);
const START_WORDS = new Set(["start", "unstop"]);

/** What a reply asks for: only a text that is nothing but the word, in whatever case and with whatever marks around it. */
export function readReply(text: string): "stop" | "start" | null {
  const words = text
    .toLowerCase()
    .replace(/[^\p{L}\s]/gu, "")
    .replace(/\s+/g, " ")
    .trim();
  return STOP_WORDS.has(words) ? "stop" : START_WORDS.has(words) ? "start" : null;
}

/**
 * Ends SMS to a number, whoever wrote from it is known here or not: the number goes on the suppression list, has left for whoever gets it
 * later, and every customer with it leaves. Returns whether it can be one: a name as sender changes nothing.
 */
export async function optOutPhone(
  handle: TenantTrx,
  ctx: ShopContext,
  { phone, country }: { phone: string; country?: string | null },
  evidence: Evidence,
): Promise<boolean> {
  const place = await placeOf(handle, ctx, { channel: "sms", address: phone, country });
  if (!place) return false;
  await refuseNumber(handle, ctx, place.hash);
  const home = await shopCountry(handle, ctx);
  for (const customer of await subscribersEndingLike(handle, ctx, [place.key]).execute())
    if (e164(customer.phone ?? "", customer.country ?? home) === place.key)
      await setSmsConsent(handle, ctx, customer.id, "UNSUBSCRIBED", evidence);
  return true;
}

async function refuseNumber(handle: TenantTrx, ctx: ShopContext, hash: Buffer): Promise<void> {
  await refuseHash(handle, ctx, "sms", hash);
  await handle.trx
    .insertInto("suppression")
    .values({
      ...{ org_id: ctx.orgId, shop_id: ctx.shopId, channel: "sms", address_hash: hash, reason: "optedOut" },
      ...{ until: null, hint: null, created_by_label: ctx.actor.label, created_at: handle.now },
    })
    // What ends by itself must not end this.
    .onConflict((conflict) =>
      conflict
        .columns(["shop_id", "channel", "address_hash"])
        .doUpdateSet({ reason: "optedOut", until: null, hint: null })
        .where("suppression.until", "is not", null),
    )
    .execute();
}

/** As many as `customer.phone_end` keeps; the shortest numbers there are have four without the country's. */
const ENDS = [6, 5, 4] as const;

/** Who may get SMS by a number that ends like one of these, found by the index on these ends, which asks for these very conditions. */
export const subscribersEndingLike = ({ trx }: TenantTrx, ctx: ShopContext, numbers: readonly string[]) =>
  trx
    .selectFrom("customer")
    .select(["id", "phone", "country"])
    .where("shop_id", "=", ctx.shopId)
    .where("phone_end", "in", [...new Set(numbers.flatMap((number) => ENDS.map((digits) => number.slice(-digits))))])
    .where(sql<boolean>`sms_consent in ('SUBSCRIBED', 'PENDING')`)
    .where("erased_at", "is", null);

/** START after STOP: messages may arrive again, but advertising needs a new consent. Returns whether anything changed. */
export async function allowPhoneAgain(handle: TenantTrx, ctx: ShopContext, phone: string): Promise<boolean> {
  const place = await placeOf(handle, ctx, { channel: "sms", address: phone });
  if (!place) return false;
  const result = await handle.trx
    .deleteFrom("suppression")
    .where("shop_id", "=", ctx.shopId)
    .where("channel", "=", "sms")
    .where("address_hash", "=", place.hash)
    .where("reason", "=", "optedOut")
    .executeTakeFirst();
  return result.numDeletedRows > 0n;
}

/** Ends e-mail to an address that left at the provider, known here or not. Returns whether it can be one. */
export async function optOutEmail(handle: TenantTrx, ctx: ShopContext, address: string, evidence: Evidence): Promise<boolean> {
  const place = await placeOf(handle, ctx, { channel: "email", address });
  if (!place) return false;
  await refuseHash(handle, ctx, "email", place.hash);
  const customer = await handle.trx
    .selectFrom("customer")
    .select("id")
    .where("shop_id", "=", ctx.shopId)
    .where("email_key", "=", place.key)
    .where("erased_at", "is", null)
    .executeTakeFirst();
  if (customer) await withdrawEmail(handle, ctx, customer.id, evidence);
  return true;
}

/**
 * Ends the way a message took for the address it went to. Whom it was for leaves only while they have that address: of a newer one nothing
 * was said.
 */
export async function optOutSent(handle: TenantTrx, ctx: ShopContext, sent: Sent, evidence: Evidence): Promise<void> {
  const { channel, customerId, hash } = sent;
  if (channel === "push") {
    await addConsentEvent(handle, ctx, customerId, { channel, purpose: "marketing", state: "withdrawn" }, evidence);
    return;
  }
  if (hash !== null) await (channel === "sms" ? refuseNumber(handle, ctx, hash) : refuseHash(handle, ctx, channel, hash));
  if (!isTheirs(sent)) return;
  if (channel === "email") await withdrawEmail(handle, ctx, customerId, evidence);
  else {
    if (sent.phone) await optOutPhone(handle, ctx, { phone: sent.phone, country: sent.country }, evidence);
    await setSmsConsent(handle, ctx, customerId, "UNSUBSCRIBED", evidence);
  }
}

/** Notes the provider's id of a notice that somebody left; false when it was told before: repeated, it must not end a newer consent. */
export async function isNewOptOut(
  { trx, now }: TenantTrx,
  ctx: ShopContext,
  notice: { id: string; channel: "email" | "sms" | "push"; messageId: string | null; customerId: string | null },
): Promise<boolean> {
  const stored = await trx
    .insertInto("delivery_event")
    .values({
      ...{ org_id: ctx.orgId, shop_id: ctx.shopId, id: `optOut:${notice.id}`.slice(0, 200), kind: "optOut", channel: notice.channel },
      ...{ message_id: notice.messageId, customer_id: notice.customerId, address_hash: null, code: null, detail: null, at: now },
    })
    .onConflict((conflict) => conflict.columns(["shop_id", "id"]).doNothing())
    .returning("id")
    .executeTakeFirst();
  return stored !== undefined;
}
