import type { Consent, ConsentBasis } from "@db/schema/customers";
import { sql } from "kysely";
import type { ShopContext, TenantTrx } from "@/server/tenancy/context";

/**
 * What a shop states about consent, held against what is known (domain.md B19). A shop repeats its own state every night and does not know
 * who left here: a withdrawal gives way only to consent that is dated later, and consent to a withdrawal unless that is dated earlier.
 */
export type Stated = { state: Consent; at: Date | null };
export type Known = Stated;

/** Whether a statement replaces what is known. Repeating a state counts only with a later date: it proves nothing and moves nothing back. */
export function replaces(stated: Stated, known: Known): boolean {
  if (known.state === "REDACTED") return false;
  const later = stated.at !== null && (known.at === null || stated.at > known.at);
  if (stated.state === known.state) return later;
  if (known.state === "UNSUBSCRIBED") return stated.state === "REDACTED" || (stated.state === "SUBSCRIBED" && later && known.at !== null);
  return known.state !== "SUBSCRIBED" || stated.at === null || known.at === null || stated.at >= known.at;
}

export type EmailConsent = { email_consent: Consent; email_consent_at: Date | null; email_consent_basis: ConsentBasis };

/** The columns that a statement is stored as; a withdrawal without a date counts from when it was told. */
export const consentColumns = ({ state, at }: Stated, now: Date): EmailConsent => ({
  email_consent: state,
  email_consent_at: at ?? (state === "UNSUBSCRIBED" ? now : null),
  email_consent_basis: "shop",
});

/**
 * When whoever reads an address ended e-mail to it under another customer, if that was after a consent; null otherwise. Consent without a
 * date is older than anything.
 */
export async function addressLeftAt(
  { trx }: TenantTrx,
  ctx: ShopContext,
  { externalId, key, consentAt }: { externalId: string; key: string; consentAt: Date | null },
): Promise<Date | null> {
  const row = await trx
    .selectFrom("customer as c")
    .select(({ fn }) => fn.max<Date | null>(knownAt).as("at"))
    .where("c.shop_id", "=", ctx.shopId)
    .where("c.email_key", "=", key)
    .where("c.external_id", "<>", externalId)
    .where("c.email_consent", "=", "UNSUBSCRIBED")
    .executeTakeFirst();
  const at = row?.at ?? null;
  return at && consentAt && consentAt > at ? null : at;
}

/** Since when a customer's state is so: the date that came with it, else when it was heard of. Needs `customer as c`. */
export const knownAt = sql<Date | null>`coalesce(c.email_consent_at, (select s.at from consent_state s
  where s.shop_id = c.shop_id and s.customer_id = c.id and s.channel = 'email' and s.purpose = 'marketing'))`;

/** Whether the shop itself, by interface or file, last changed consent to SMS. Needs `customer as c`. */
export const smsByShop = sql<boolean>`coalesce((select s.basis = 'shop' from consent_state s
  where s.shop_id = c.shop_id and s.customer_id = c.id and s.channel = 'sms' and s.purpose = 'marketing'), true)`;
