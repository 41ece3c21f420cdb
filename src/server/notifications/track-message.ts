import { recordParsedEvents } from "@/server/activity/record-events";
import { withTenant } from "@/server/db";
import type { ShopContext, TenantTrx } from "@/server/tenancy/context";
import { verifyTarget } from "./links";
import { proveSent } from "./prove-sent";
import { openLink } from "./settings";

/**
 * Notes an opening or a click: on the message, and as activity for segments. Only while the person agrees to tracking: a consent that ended
 * since the message was sent also ends what its links tell (domain.md 4.2).
 */
async function note(handle: TenantTrx, ctx: ShopContext, messageId: string, kind: "opened" | "clicked", url: string | null): Promise<void> {
  const { trx, now } = handle;
  const message = await trx
    .selectFrom("message as m")
    .innerJoin("customer as c", (join) => join.onRef("c.shop_id", "=", "m.shop_id").onRef("c.id", "=", "m.customer_id"))
    .innerJoin("consent_state as t", (join) =>
      join
        .onRef("t.shop_id", "=", "m.shop_id")
        .onRef("t.customer_id", "=", "m.customer_id")
        .on("t.channel", "=", "email")
        .on("t.purpose", "=", "tracking")
        .on("t.state", "=", "granted"),
    )
    .select(["m.opened_at", "m.clicked_at", "m.campaign_id", "c.external_id"])
    .where("m.shop_id", "=", ctx.shopId)
    .where("m.id", "=", messageId)
    .where("c.erased_at", "is", null)
    .executeTakeFirst();
  if (!message) return;
  // A click proves an opening that a blocked picture did not tell about.
  const first = kind === "clicked" ? message.clicked_at === null : message.opened_at === null;
  if (!first) return;
  await proveSent(handle, ctx, messageId);
  await trx
    .updateTable("message")
    .set({ ...(message.opened_at === null ? { opened_at: now } : {}), ...(kind === "clicked" ? { clicked_at: now } : {}) })
    .where("shop_id", "=", ctx.shopId)
    .where("id", "=", messageId)
    .execute();
  await recordParsedEvents({ ...ctx, trx: handle }, [
    {
      id: `message:${messageId}:${kind}`,
      customerId: message.external_id,
      kind: `email.${kind}`,
      occurredAt: now,
      refId: message.campaign_id ?? messageId,
      data: { messageId, ...(url ? { url: url.slice(0, 2_000) } : {}) },
    },
  ]);
}

/** The pixel was fetched. Anything that is not our link is ignored: a picture has nobody to complain to. */
export async function recordOpening(token: string): Promise<void> {
  const link = await openLink(token, "message");
  if (link) await withTenant(link.ctx, (handle) => note(handle, link.ctx, link.subject, "opened", null));
}

/** A link was followed. Returns where to, or null when the address was not signed for this message: no open redirect. */
export async function recordClick(token: string, url: string, signature: string): Promise<string | null> {
  const link = await openLink(token, "message");
  if (!link || !verifyTarget(link.pepper, token, url, signature)) return null;
  await withTenant(link.ctx, (handle) => note(handle, link.ctx, link.subject, "clicked", url));
  return url;
}
