import { withTenant } from "@/server/db";
import { AppError, parseInput } from "@/server/errors";
import type { ShopContext } from "@/server/tenancy/context";
import { type Rendered, renderMessage } from "./render-message";
import { creditParamsSchema, previewMessageSchema } from "./schema";
import { DEFAULT_TEXTS, textFor } from "./texts";
import { type Viewer, visibleEmail } from "./visible-email";

export type MessageView = Rendered & {
  id: string;
  status: string;
  reason: string | null;
  locale: "de" | "en";
  to: { customerId: string; name: string; email: string | null };
  from: string;
  createdAt: Date;
  sentAt: Date | null;
};

/** A message as its recipient gets it, rendered from the campaign's frozen text and the person's name as it is now. */
export async function getMessage(ctx: ShopContext, input: { id: string }, viewer: Viewer): Promise<MessageView> {
  return withTenant(ctx, async ({ trx }) => {
    const row = await trx
      .selectFrom("message as m")
      .innerJoin("customer as c", (join) => join.onRef("c.shop_id", "=", "m.shop_id").onRef("c.id", "=", "m.customer_id"))
      .innerJoin("shop as s", (join) => join.onRef("s.org_id", "=", "m.org_id").onRef("s.id", "=", "m.shop_id"))
      .leftJoin("campaign as k", (join) => join.onRef("k.shop_id", "=", "m.shop_id").onRef("k.id", "=", "m.campaign_id"))
      .select(["m.id", "m.status", "m.reason", "m.locale", "m.params", "m.created_at", "m.sent_at", "m.customer_id"])
      .select(["c.email", "c.first_name", "c.last_name", "c.external_id", "s.name as shop_name", "s.time_zone", "k.message_texts"])
      .where("m.shop_id", "=", ctx.shopId)
      .where("m.id", "=", input.id)
      .executeTakeFirst();
    if (!row) throw new AppError("NOT_FOUND");
    const rendered = renderMessage({
      text: textFor(row.message_texts ?? {}, row.locale),
      locale: row.locale,
      params: creditParamsSchema.parse(row.params),
      shop: { name: row.shop_name, timeZone: row.time_zone },
      firstName: row.first_name,
    });
    return {
      ...rendered,
      id: row.id,
      status: row.status,
      reason: row.reason,
      locale: row.locale,
      to: {
        customerId: row.customer_id,
        name: [row.first_name, row.last_name].filter(Boolean).join(" ") || row.external_id,
        email: visibleEmail(row.email, viewer),
      },
      from: row.shop_name,
      createdAt: row.created_at,
      sentAt: row.sent_at,
    };
  });
}

const SAMPLE_NAME = { de: "Anna", en: "Anna" };

/** What a text being written would look like, for an invented recipient. An empty text shows the built-in one. */
export async function previewMessage(ctx: ShopContext, input: unknown): Promise<Rendered> {
  const wanted = parseInput(previewMessageSchema, input);
  return withTenant(ctx, async ({ trx }) => {
    const shop = await trx.selectFrom("shop").select(["name", "time_zone"]).where("id", "=", ctx.shopId).executeTakeFirst();
    if (!shop) throw new AppError("NOT_FOUND");
    const own = wanted.subject.trim() !== "" || wanted.body.trim() !== "";
    return renderMessage({
      text: own ? { subject: wanted.subject, body: wanted.body } : DEFAULT_TEXTS[wanted.locale],
      locale: wanted.locale,
      params: { amount: wanted.amount, unit: wanted.unit, expiresAt: wanted.expiresAt },
      shop: { name: shop.name, timeZone: shop.time_zone },
      firstName: SAMPLE_NAME[wanted.locale],
    });
  });
}
