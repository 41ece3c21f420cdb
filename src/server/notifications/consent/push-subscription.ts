import { z } from "zod";
import { withTenant } from "@/server/db";
import { AppError, parseInput } from "@/server/errors";
import { openLink } from "../settings";
import { addConsentEvent } from "./change-consent";
import type { OptInOrigin } from "./opt-in";
import { PREFERENCES_TEXT_VERSION } from "./preferences";

/** What a browser hands out when its user allows notifications (Push API, `toJSON`). */
export const subscriptionSchema = z.object({
  endpoint: z.url({ protocol: /^https$/ }).max(2_000),
  keys: z.object({ p256dh: z.string().regex(/^[\w-]{80,100}=*$/), auth: z.string().regex(/^[\w-]{16,40}=*$/) }),
});

const MAX_BROWSERS = 10;

/** The shop's VAPID key a browser subscribes under; null while push is not set up. */
export async function pushKey(token: string): Promise<string | null> {
  const link = await openLink(token, "preferences");
  if (!link) return null;
  const row = await withTenant(link.ctx, ({ trx }) =>
    trx
      .selectFrom("notification_channel")
      .select("settings")
      .where("shop_id", "=", link.shopId)
      .where("kind", "=", "push")
      .where("enabled", "=", true)
      .executeTakeFirst(),
  );
  const key: unknown = row?.settings.publicKey;
  return typeof key === "string" ? key : null;
}

/** Stores a browser for the person a signed link belongs to. Allowing notifications in the browser is the consent that is recorded. */
export async function subscribePush(token: string, input: unknown, origin: OptInOrigin): Promise<void> {
  const wanted = parseInput(subscriptionSchema, input);
  const link = await openLink(token, "preferences");
  if (!link) throw new AppError("LINK_INVALID");
  const { ctx, subject } = link;
  await withTenant(ctx, async (handle) => {
    const person = await handle.trx
      .selectFrom("customer")
      .select("id")
      .where("shop_id", "=", ctx.shopId)
      .where("id", "=", subject)
      .where("erased_at", "is", null)
      .forUpdate()
      .executeTakeFirst();
    if (!person) throw new AppError("LINK_INVALID");
    const row = { customer_id: subject, p256dh: wanted.keys.p256dh, auth: wanted.keys.auth, gone_at: null };
    await handle.trx
      .insertInto("push_subscription")
      .values({
        org_id: ctx.orgId,
        shop_id: ctx.shopId,
        endpoint: wanted.endpoint,
        user_agent: origin.userAgent?.slice(0, 500) ?? null,
        created_at: handle.now,
        ...row,
      })
      .onConflict((conflict) => conflict.columns(["shop_id", "endpoint"]).doUpdateSet(row))
      .execute();
    const old = await handle.trx
      .selectFrom("push_subscription")
      .select("id")
      .where("shop_id", "=", ctx.shopId)
      .where("customer_id", "=", subject)
      .where("gone_at", "is", null)
      .orderBy("id", "desc")
      .offset(MAX_BROWSERS)
      .execute();
    if (old.length > 0)
      await handle.trx
        .updateTable("push_subscription")
        .set({ gone_at: handle.now })
        .where("shop_id", "=", ctx.shopId)
        .where(
          "id",
          "in",
          old.map(({ id }) => id),
        )
        .execute();
    await addConsentEvent(
      handle,
      ctx,
      subject,
      { channel: "push", purpose: "marketing", state: "granted" },
      {
        basis: "browserPermission",
        textVersion: PREFERENCES_TEXT_VERSION,
        ...(origin.ip ? { ip: origin.ip } : {}),
        ...(origin.userAgent ? { userAgent: origin.userAgent } : {}),
        proof: { endpointHost: new URL(wanted.endpoint).host },
      },
    );
  });
}
