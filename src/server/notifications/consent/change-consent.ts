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
export async function withEvidence({ trx }: TenantTrx, evidence: Evidence, change: () => Promise<unknown>): Promise<void> {
  await sql`select set_config('app.consent', ${told(evidence)}, true)`.execute(trx);
  await change();
  await sql`select set_config('app.consent', '', true)`.execute(trx);
}

/** Changes whether somebody receives e-mail. The same state twice is one event. */
export const setEmailConsent = (
  handle: TenantTrx,
  ctx: ShopContext,
  customerId: string,
  state: Consent,
  evidence: Evidence,
): Promise<void> =>
  withEvidence(handle, evidence, () =>
    handle.trx
      .updateTable("customer")
      .set({ email_consent: state, email_consent_at: handle.now, email_consent_basis: evidence.basis })
      .where("shop_id", "=", ctx.shopId)
      .where("id", "=", customerId)
      .where("email_consent", "<>", state)
      .execute(),
  );

/**
 * Ends e-mail to an address: whoever reads it wrote for it, however many times an import made a customer of it. Returns whether anything
 * changed.
 */
export async function withdrawEmail(handle: TenantTrx, ctx: ShopContext, customerId: string, evidence: Evidence): Promise<boolean> {
  const ids = await sameAddress(handle, ctx, customerId);
  let changed = 0n;
  await withEvidence(handle, evidence, async () => {
    const result = await handle.trx
      .updateTable("customer")
      .set({ email_consent: "UNSUBSCRIBED", email_consent_at: handle.now, email_consent_basis: evidence.basis })
      .where("shop_id", "=", ctx.shopId)
      .where("id", "in", ids)
      .where("email_consent", "<>", "UNSUBSCRIBED")
      .executeTakeFirst();
    changed = result.numUpdatedRows;
  });
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
  await withEvidence(handle, evidence, () =>
    handle.trx
      .updateTable("customer")
      .set({ sms_consent: state })
      .where("shop_id", "=", ctx.shopId)
      .where("id", "=", customerId)
      .where("sms_consent", "<>", state)
      .execute(),
  );
  if (state === "UNSUBSCRIBED") await refuseAddresses(handle, ctx, [customerId], "sms");
}

/** Push, tracking and objection live in events alone. Nothing is written when the state is the same already. */
export async function addConsentEvent(
  handle: TenantTrx,
  ctx: ShopContext,
  customerId: string,
  change: { channel: ConsentChannel; purpose: ConsentPurpose; state: ConsentValue },
  evidence: Omit<Evidence, "basis"> & { basis: ConsentBasis | "browserPermission" },
): Promise<boolean> {
  const { trx, now } = handle;
  const current = await trx
    .selectFrom("consent_state")
    .select("state")
    .where("shop_id", "=", ctx.shopId)
    .where("customer_id", "=", customerId)
    .where("channel", "=", change.channel)
    .where("purpose", "=", change.purpose)
    .executeTakeFirst();
  if ((current?.state ?? "none") === change.state) return false;
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
  if (change.purpose === "objection")
    await (change.state === "granted" ? refuseAddresses(handle, ctx, [customerId], "objection") : endObjections(handle, ctx, [customerId]));
  return true;
}
