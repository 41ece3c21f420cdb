import { z } from "zod";
import { recordAudit } from "@/server/audit/record-audit";
import { withTenant } from "@/server/db";
import { AppError, parseInput } from "@/server/errors";
import type { ShopContext } from "@/server/tenancy/context";
import { addConsentEvent, type Evidence, sameAddress, setEmailConsent, setSmsConsent, withdrawEmail } from "./change-consent";
import { barredBy } from "./refused-address";

const MAX_EVENTS = 500;

/** Everything that is known about a person's consent, newest first: what an authority may ask to see. */
export const consentHistory = (ctx: ShopContext, { customerId }: { customerId: string }) =>
  withTenant(ctx, async (handle) => {
    const { trx } = handle;
    const states = await trx
      .selectFrom("consent_state")
      .select(["channel", "purpose", "state", "basis", "at"])
      .where("shop_id", "=", ctx.shopId)
      .where("customer_id", "=", customerId)
      .orderBy("channel")
      .orderBy("purpose")
      .execute();
    const events = await trx
      .selectFrom("consent_event")
      .select(["id", "channel", "purpose", "state", "basis", "text_version as textVersion", "source_url as sourceUrl"])
      .select(["ip", "user_agent as userAgent", "proof", "at"])
      .where("shop_id", "=", ctx.shopId)
      .where("customer_id", "=", customerId)
      .orderBy("id", "desc")
      .limit(MAX_EVENTS)
      .execute();
    return {
      states,
      events: events.map((event) => ({ ...event, proof: JSON.stringify(event.proof) })),
      barred: await barredBy(handle, ctx, customerId),
    };
  });

export const recordConsentSchema = z
  .object({
    customerId: z.uuid(),
    channel: z.enum(["email", "sms", "push", "all"]),
    purpose: z.enum(["marketing", "tracking", "objection"]),
    state: z.enum(["granted", "withdrawn"]),
    /** How it is known: a signed form, a call, a letter. Consent without it proves nothing. */
    evidence: z.string().trim().min(10).max(1_000),
  })
  .refine(({ channel, purpose }) => (purpose === "objection") === (channel === "all"), {
    path: ["channel"],
    message: "objections are for all channels",
  });

/**
 * Notes a consent, its end, or an objection that reached the shop outside of this product, with what proves it. As with every other way out,
 * an end holds for everybody with the address; a consent is the one person's.
 */
export async function recordConsent(ctx: ShopContext, input: unknown): Promise<void> {
  const { customerId, channel, purpose, state, evidence } = parseInput(recordConsentSchema, input);
  await withTenant(ctx, async (handle) => {
    const person = await handle.trx
      .selectFrom("customer")
      .select(["email_key", "phone"])
      .where("shop_id", "=", ctx.shopId)
      .where("id", "=", customerId)
      .where("erased_at", "is", null)
      .forUpdate()
      .executeTakeFirst();
    if (!person) throw new AppError("NOT_FOUND");
    const unreachable = (channel === "email" && person.email_key === null) || (channel === "sms" && person.phone === null);
    if (state === "granted" && unreachable) throw new AppError("ADDRESS_MISSING");
    const proof: Evidence = { basis: "manual", proof: { evidence, by: ctx.actor.label } };
    if (purpose === "marketing" && channel === "email" && state === "withdrawn") await withdrawEmail(handle, ctx, customerId, proof);
    else if (purpose === "marketing" && channel === "email") await setEmailConsent(handle, ctx, customerId, "SUBSCRIBED", proof);
    else if (purpose === "marketing" && channel === "sms")
      await setSmsConsent(handle, ctx, customerId, state === "granted" ? "SUBSCRIBED" : "UNSUBSCRIBED", proof);
    else {
      const ends = purpose === "objection" ? state === "granted" : purpose === "tracking" && state === "withdrawn";
      for (const id of ends ? await sameAddress(handle, ctx, customerId) : [customerId])
        await addConsentEvent(handle, ctx, id, { channel, purpose, state }, proof);
    }
    await recordAudit(handle.trx, ctx, {
      action: "consent.recorded",
      entity: "customer",
      entityId: customerId,
      after: { channel, purpose, state },
    });
  });
}
