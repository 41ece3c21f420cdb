import { z } from "zod";
import { recordAudit } from "@/server/audit/record-audit";
import { withTenant } from "@/server/db";
import { AppError, parseInput } from "@/server/errors";
import type { ShopContext, TenantTrx } from "@/server/tenancy/context";
import { openLink, readSettings } from "../settings";
import { addConsentEvent, type Evidence, sameAddress, setEmailConsent, setSmsConsent, withdrawEmail } from "./change-consent";
import type { OptInOrigin } from "./opt-in";
import { barredBy } from "./refused-address";

/** What the preference centre is about, as its page words it. */
export const PREFERENCES_TEXT_VERSION = "preferences-2026-11";

export type PreferencesView = {
  shop: string;
  locale: "de" | "en";
  /** Enough to recognise oneself, too little to learn anything from a forwarded mail. */
  address: string | null;
  email: boolean;
  sms: boolean;
  push: boolean;
  hasPhone: boolean;
  tracking: boolean;
  objected: boolean;
};

/** The ways out: one click in the mail program, a mail, the page. */
type Way = "oneClick" | "mail" | "preferences";

const evidenceOf = (basis: Way, origin: OptInOrigin): Evidence => ({
  basis,
  textVersion: PREFERENCES_TEXT_VERSION,
  ...(origin.sourceUrl ? { sourceUrl: origin.sourceUrl } : {}),
  ...(origin.ip ? { ip: origin.ip } : {}),
  ...(origin.userAgent ? { userAgent: origin.userAgent } : {}),
  ...(origin.language ? { proof: { language: origin.language } } : {}),
});

const maskLocal = (email: string): string => {
  const at = email.lastIndexOf("@");
  return `${email.slice(0, 1)}…${email.slice(at)}`;
};

/** Opens the page a signed link leads to. Looking changes nothing, whoever or whatever looks (B18). */
export async function viewPreferences(token: string): Promise<PreferencesView | null> {
  const link = await openLink(token, "preferences");
  if (!link) return null;
  return withTenant(link.ctx, async (handle) => {
    const row = await person(handle, link.ctx, link.subject);
    if (!row) return null;
    const states = await statesOf(handle, link.ctx, link.subject);
    return {
      shop: row.shop,
      locale: (row.locale ?? row.shop_locale).toLowerCase().startsWith("de") ? "de" : "en",
      address: row.email === null ? null : maskLocal(row.email),
      email: await receivesEmail(handle, link.ctx, row),
      sms: row.sms_consent === "SUBSCRIBED",
      push: states.get("push:marketing") === "granted",
      hasPhone: row.phone !== null,
      tracking: states.get("email:tracking") === "granted",
      objected: states.get("all:objection") === "granted",
    };
  });
}

const person = ({ trx }: TenantTrx, ctx: ShopContext, customerId: string) =>
  trx
    .selectFrom("customer as c")
    .innerJoin("shop as s", (join) => join.onRef("s.org_id", "=", "c.org_id").onRef("s.id", "=", "c.shop_id"))
    .leftJoin("customer_metrics as x", (join) => join.onRef("x.shop_id", "=", "c.shop_id").onRef("x.customer_id", "=", "c.id"))
    .select((eb) => eb("x.orders_count", ">", 0).as("bought"))
    .select(["c.id", "c.email", "c.phone", "c.locale", "c.email_consent", "c.sms_consent", "s.name as shop", "s.locale as shop_locale"])
    .where("c.shop_id", "=", ctx.shopId)
    .where("c.id", "=", customerId)
    .where("c.erased_at", "is", null)
    .executeTakeFirst();

/**
 * Advertising by e-mail reaches those who agreed, and buyers where the shop writes to them without (§ 7(3) UWG): unless the reader of the
 * address left or objected as another customer.
 */
async function receivesEmail(
  handle: TenantTrx,
  ctx: ShopContext,
  { id, email_consent, bought }: { id: string; email_consent: string; bought: unknown },
): Promise<boolean> {
  const asBuyer = async () => email_consent === "NOT_SUBSCRIBED" && bought === true && (await readSettings(handle, ctx)).policy.softOptIn;
  return (email_consent === "SUBSCRIBED" || (await asBuyer())) && !(await barredBy(handle, ctx, id));
}

async function statesOf({ trx }: TenantTrx, ctx: ShopContext, customerId: string): Promise<Map<string, string>> {
  const rows = await trx
    .selectFrom("consent_state")
    .select(["channel", "purpose", "state"])
    .where("shop_id", "=", ctx.shopId)
    .where("customer_id", "=", customerId)
    .execute();
  return new Map(rows.map((row) => [`${row.channel}:${row.purpose}`, row.state]));
}

/**
 * One click out of the list (RFC 8058): e-mail, and with it tracking. On the page it is "no more advertising", which messages on every
 * channel lead to: it ends SMS and push, too. Takes effect at once; twice is once. Erased people are out already. Throws LINK_INVALID for
 * anything that is not our link.
 */
export async function unsubscribe(token: string, origin: OptInOrigin, via: Way = "oneClick"): Promise<void> {
  const link = await openLink(token, "preferences");
  if (!link) throw new AppError("LINK_INVALID");
  const { ctx, subject } = link;
  await withTenant(ctx, async (handle) => {
    const row = await person(handle, ctx, subject);
    if (!row) return;
    const evidence = evidenceOf(via, origin);
    const end = (id: string, change: { channel: "email" | "push"; purpose: "marketing" | "tracking" }) =>
      addConsentEvent(handle, ctx, id, { ...change, state: "withdrawn" }, evidence);
    let changed = await withdrawEmail(handle, ctx, subject, evidence);
    if (changed) for (const id of await sameAddress(handle, ctx, subject)) await end(id, { channel: "email", purpose: "tracking" });
    if (via === "preferences") {
      if (row.sms_consent === "SUBSCRIBED") {
        await setSmsConsent(handle, ctx, subject, "UNSUBSCRIBED", evidence);
        changed = true;
      }
      if ((await statesOf(handle, ctx, subject)).get("push:marketing") === "granted")
        changed = (await end(subject, { channel: "push", purpose: "marketing" })) || changed;
    }
    if (changed) await recordAudit(handle.trx, ctx, { action: "consent.withdrawn", entity: "customer", entityId: subject, after: { via } });
  });
}

export const preferencesSchema = z.object({
  email: z.boolean(),
  sms: z.boolean(),
  push: z.boolean(),
  tracking: z.boolean(),
  objected: z.boolean(),
});

/**
 * Saves what a person wants, as easily as it was given. Agreeing here is consent by someone who holds a link that was sent to the address;
 * an objection ends all advertising, whatever else is ticked.
 */
export async function savePreferences(token: string, input: unknown, origin: OptInOrigin): Promise<void> {
  const wanted = parseInput(preferencesSchema, input);
  const link = await openLink(token, "preferences");
  if (!link) throw new AppError("LINK_INVALID");
  const { ctx, subject } = link;
  await withTenant(ctx, async (handle) => {
    const row = await person(handle, ctx, subject);
    if (!row) throw new AppError("LINK_INVALID");
    const evidence = evidenceOf("preferences", origin);
    const email = wanted.email && !wanted.objected;
    const receives = await receivesEmail(handle, ctx, row);
    // A tick that was there before is no consent (CJEU C-673/17), but taking it away ends what it stood for.
    if (email && !receives) await setEmailConsent(handle, ctx, subject, "SUBSCRIBED", evidence);
    else if (!email && (receives || wanted.objected)) await withdrawEmail(handle, ctx, subject, evidence);
    const sms = wanted.sms && !wanted.objected;
    // A link in an e-mail proves nothing about a telephone: here consent to SMS can only end (domain.md 4.2).
    if (!sms && row.sms_consent === "SUBSCRIBED") await setSmsConsent(handle, ctx, subject, "UNSUBSCRIBED", evidence);
    const state = (value: boolean) => (value ? ("granted" as const) : ("withdrawn" as const));
    const change = async (
      channel: "email" | "push" | "all",
      purpose: "marketing" | "tracking" | "objection",
      value: boolean,
      now: boolean,
    ) => {
      if (value !== now) await addConsentEvent(handle, ctx, subject, { channel, purpose, state: state(value) }, evidence);
    };
    const states = await statesOf(handle, ctx, subject);
    // Browsers subscribe themselves; here a person can only end it.
    if (states.get("push:marketing") === "granted" && (!wanted.push || wanted.objected)) await change("push", "marketing", false, true);
    await change("email", "tracking", wanted.tracking && !wanted.objected, states.get("email:tracking") === "granted");
    await change("all", "objection", wanted.objected, states.get("all:objection") === "granted");
    // Whoever objects does so for every customer that an import made of them.
    if (wanted.objected)
      for (const id of (await sameAddress(handle, ctx, subject)).filter((other) => other !== subject))
        await addConsentEvent(handle, ctx, id, { channel: "all", purpose: "objection", state: "granted" }, evidence);
    await recordAudit(handle.trx, ctx, { action: "consent.changed", entity: "customer", entityId: subject, after: wanted });
  });
}
