import type { Consent, ConsentBasis } from "@db/schema/customers";
import type { ConsentChannel, ConsentPurpose, ConsentValue } from "@db/schema/notifications";
import { sql } from "kysely";
import type { ShopContext, TenantTrx } from "@/server/tenancy/context";
import { endObjections, refuseAddresses } from "./refused-address";

/** What proves a consent or its end (BGH I ZR 164/09: the concrete consent of each person, documented and printable). */
export type Evidence = {
  basis: ConsentBasis;
  textVersion?: string;
  sourceUrl?: string;
  ip?: string;
  userAgent?: string;
  proof?: Record<string, unknown>;
};

const told = (evidence: Evidence): string => JSON.stringify({ ...evidence, proof: evidence.proof ?? {} });

/** Runs a change of the customer's consent columns; the trigger that follows every such change writes the event with this evidence. */
export async function withEvidence<T>({ trx }: TenantTrx, evidence: Evidence, change: () => Promise<T>): Promise<T> {
  await sql`select set_config('app.consent', ${told(evidence)}, true)`.execute(trx);
  const result = await change();
  await sql`select set_config('app.consent', '', true)`.execute(trx);
  return result;
}

/**
 * Changes whether somebody receives e-mail. The same state twice is one event, except that whoever agrees again has agreed anew: what a shop
 * stated before counts for nothing at an address whose reader left.
 */
export async function setEmailConsent(
  handle: TenantTrx,
  ctx: ShopContext,
  customerId: string,
  state: Consent,
  evidence: Evidence,
): Promise<void> {
  const stored = { email_consent_at: handle.now, email_consent_basis: evidence.basis };
  const person = handle.trx.updateTable("customer").where("shop_id", "=", ctx.shopId).where("id", "=", customerId);
  const { numUpdatedRows: changed } = await withEvidence(handle, evidence, () =>
    person
      .set({ ...stored, email_consent: state })
      .where("email_consent", "<>", state)
      .executeTakeFirstOrThrow(),
  );
  if (changed > 0n || state !== "SUBSCRIBED") return;
  await person.set(stored).execute();
  await agreeAgain(handle, ctx, customerId, "email", evidence);
}

const agreeAgain = (handle: TenantTrx, ctx: ShopContext, customerId: string, channel: "email" | "sms", evidence: Evidence): Promise<void> =>
  writeEvent(
    handle,
    ctx,
    customerId,
    { channel, purpose: "marketing", state: "granted" },
    {
      ...evidence,
      // As the trigger writes it.
      proof: { ...evidence.proof, as: "SUBSCRIBED" },
    },
  );

/**
 * Ends e-mail to an address: whoever reads it wrote for it, however many times an import made a customer of it. Returns whether anything
 * changed.
 */
export async function withdrawEmail(handle: TenantTrx, ctx: ShopContext, customerId: string, evidence: Evidence): Promise<boolean> {
  const ids = await sameAddress(handle, ctx, customerId);
  const { numUpdatedRows: changed } = await withEvidence(handle, evidence, () =>
    handle.trx
      .updateTable("customer")
      .set({ email_consent: "UNSUBSCRIBED", email_consent_at: handle.now, email_consent_basis: evidence.basis })
      .where("shop_id", "=", ctx.shopId)
      .where("id", "in", ids)
      .where("email_consent", "<>", "UNSUBSCRIBED")
      .executeTakeFirstOrThrow(),
  );
  await endOptIns(handle, ctx, ids);
  await refuseAddresses(handle, ctx, ids, "email");
  return changed > 0n;
}

/**
 * Ends the links that could still confirm: a newer request takes their place, or whoever got them has left. A change of consent ends them by
 * itself (trigger opt_in_request_end); this is for who had left before.
 */
export const endOptIns = ({ trx, now }: TenantTrx, ctx: ShopContext, customerIds: readonly string[]): Promise<unknown> =>
  trx
    .updateTable("opt_in_request")
    .set({ expires_at: now })
    .where("shop_id", "=", ctx.shopId)
    .where("customer_id", "in", customerIds)
    .where("confirmed_at", "is", null)
    .where("expires_at", ">", now)
    .execute();

/** This customer and everyone else of the shop with the same e-mail address. */
export async function sameAddress({ trx }: TenantTrx, ctx: ShopContext, customerId: string): Promise<string[]> {
  const rows = await trx
    .selectFrom("customer as c")
    .innerJoin("customer as o", (join) => join.onRef("o.shop_id", "=", "c.shop_id").onRef("o.email_key", "=", "c.email_key"))
    .select("o.id")
    .where("c.shop_id", "=", ctx.shopId)
    .where("c.id", "=", customerId)
    .where("o.erased_at", "is", null)
    .execute();
  return [...new Set([customerId, ...rows.map(({ id }) => id)])];
}

export async function setSmsConsent(
  handle: TenantTrx,
  ctx: ShopContext,
  customerId: string,
  state: Consent,
  evidence: Evidence,
): Promise<void> {
  const { numUpdatedRows: changed } = await withEvidence(handle, evidence, () =>
    handle.trx
      .updateTable("customer")
      .set({ sms_consent: state })
      .where("shop_id", "=", ctx.shopId)
      .where("id", "=", customerId)
      .where("sms_consent", "<>", state)
      .executeTakeFirstOrThrow(),
  );
  if (changed === 0n && state === "SUBSCRIBED") await agreeAgain(handle, ctx, customerId, "sms", evidence);
  if (state === "UNSUBSCRIBED") await refuseAddresses(handle, ctx, [customerId], "sms");
}

type Change = { channel: ConsentChannel; purpose: ConsentPurpose; state: ConsentValue };
type EventEvidence = Omit<Evidence, "basis"> & { basis: ConsentBasis | "browserPermission" };

async function writeEvent({ trx, now }: TenantTrx, ctx: ShopContext, customerId: string, change: Change, evidence: EventEvidence) {
  await trx
    .insertInto("consent_event")
    .values({
      org_id: ctx.orgId,
      shop_id: ctx.shopId,
      customer_id: customerId,
      ...change,
      basis: evidence.basis,
      text_version: evidence.textVersion ?? null,
      source_url: evidence.sourceUrl ?? null,
      ip: evidence.ip ?? null,
      user_agent: evidence.userAgent?.slice(0, 500) ?? null,
      proof: JSON.stringify(evidence.proof ?? {}),
      at: now,
    })
    .execute();
}

/** Push, tracking and objection live in events alone. Nothing is written when the state is the same already. */
export async function addConsentEvent(
  handle: TenantTrx,
  ctx: ShopContext,
  customerId: string,
  change: Change,
  evidence: EventEvidence,
): Promise<boolean> {
  const current = await handle.trx
    .selectFrom("consent_state")
    .select("state")
    .where("shop_id", "=", ctx.shopId)
    .where("customer_id", "=", customerId)
    .where("channel", "=", change.channel)
    .where("purpose", "=", change.purpose)
    .executeTakeFirst();
  if ((current?.state ?? "none") === change.state) return false;
  await writeEvent(handle, ctx, customerId, change, evidence);
  if (change.purpose === "objection")
    await (change.state === "granted" ? refuseAddresses(handle, ctx, [customerId], "objection") : endObjections(handle, ctx, [customerId]));
  return true;
}
