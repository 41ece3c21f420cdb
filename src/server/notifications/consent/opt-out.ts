import { emailKey } from "@/server/customers/email-key";
import type { ShopContext, TenantTrx } from "@/server/tenancy/context";
import { e164 } from "../channels/sms";
import { addressHash } from "../links";
import { readSettings } from "../settings";
import { type Evidence, setSmsConsent, withdrawEmail } from "./change-consent";

/** Replies that end SMS: Twilio's default words and the German ones. */
const STOP_WORDS = new Set(
  ["stop", "stopall", "stop all", "unsubscribe", "cancel", "end", "quit", "revoke", "optout", "opt out"].concat(
    ["stopp", "ende", "abmelden", "abbestellen", "austragen"], // German
  ),
);
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
 * Ends SMS to a number, whoever wrote from it is known here or not: the number goes on the suppression list, and every customer with it
 * leaves. Returns whether anything changed; a number that cannot be one (a name as sender) changes nothing.
 */
export async function optOutPhone(handle: TenantTrx, ctx: ShopContext, phone: string, evidence: Evidence): Promise<boolean> {
  const place = await placeOf(handle, ctx, phone);
  if (!place) return false;
  const { trx, now } = handle;
  const added = await trx
    .insertInto("suppression")
    .values({
      ...{ org_id: ctx.orgId, shop_id: ctx.shopId, channel: "sms", address_hash: place.hash, reason: "optedOut" },
      ...{ until: null, hint: null, created_by_label: ctx.actor.label, created_at: now },
    })
    // What ends by itself must not end this.
    .onConflict((conflict) =>
      conflict
        .columns(["shop_id", "channel", "address_hash"])
        .doUpdateSet({ reason: "optedOut", until: null, hint: null })
        .where("suppression.until", "is not", null),
    )
    .returning("channel")
    .executeTakeFirst();
  const known = await trx
    .selectFrom("customer")
    .select(["id", "phone", "country"])
    .where("shop_id", "=", ctx.shopId)
    .where("phone", "is not", null)
    .where("sms_consent", "in", ["SUBSCRIBED", "PENDING"])
    .where("erased_at", "is", null)
    // Written as people write numbers: the last digits find the candidates, the country decides.
    .where((eb) =>
      eb(eb.fn("right", [eb.fn("regexp_replace", ["phone", eb.val("\\D"), eb.val(""), eb.val("g")]), eb.lit(6)]), "=", place.key.slice(-6)),
    )
    .execute();
  let changed = added !== undefined;
  for (const customer of known) {
    if (e164(customer.phone ?? "", customer.country ?? place.country) !== place.key) continue;
    await setSmsConsent(handle, ctx, customer.id, "UNSUBSCRIBED", evidence);
    changed = true;
  }
  return changed;
}

/** START after STOP: messages may arrive again, but advertising needs a new consent. Returns whether anything changed. */
export async function allowPhoneAgain(handle: TenantTrx, ctx: ShopContext, phone: string): Promise<boolean> {
  const place = await placeOf(handle, ctx, phone);
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

async function placeOf(handle: TenantTrx, ctx: ShopContext, phone: string) {
  const { country } = await handle.trx.selectFrom("shop").select("country").where("id", "=", ctx.shopId).executeTakeFirstOrThrow();
  const key = e164(phone, country);
  return key === null ? null : { key, country, hash: addressHash((await readSettings(handle, ctx)).pepper, "sms", key) };
}

/** Ends e-mail to an address that left at the provider. Returns whether anything changed. */
export async function optOutEmail(handle: TenantTrx, ctx: ShopContext, address: string, evidence: Evidence): Promise<boolean> {
  const key = emailKey(address);
  if (key === null) return false;
  const customer = await handle.trx
    .selectFrom("customer")
    .select("id")
    .where("shop_id", "=", ctx.shopId)
    .where("email_key", "=", key)
    .where("erased_at", "is", null)
    .executeTakeFirst();
  return customer ? withdrawEmail(handle, ctx, customer.id, evidence) : false;
}
