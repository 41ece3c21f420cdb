import { withTenant } from "@/server/db";
import { AppError, parseInput } from "@/server/errors";
import type { ShopContext } from "@/server/tenancy/context";
import { exampleLinks } from "./links";
import { brandSchema, type Channel, creditParamsSchema, type MessageKind, messageKindSchema, previewMessageSchema } from "./schema";
import { sentText } from "./sent-text";
import { readSettings, type Settings } from "./settings";
import { compileTemplate, type Rendered, renderTemplate, smsSegments } from "./templates/compile";
import { ownContent } from "./templates/own-text";
import { recommendationsFor } from "./templates/recommendations";
import { sampleValues } from "./templates/sample";
import { builtIn, compiledSource, findSources, type Source, showsRecommendations } from "./templates/template-source";
import { greeted, type MessageLocale, valuesOf } from "./templates/values";
import { type Viewer, visibleEmail } from "./visible-email";

export type MessageBody = {
  subject: string;
  html: string;
  text: string;
  sms: { count: number; encoding: string; characters: number; perSegment: number } | null;
  push: { title: string; body: string; url: string } | null;
  /** Set when the template does not render: what the sender would have said. */
  broken: string | null;
};

export type MessageView = MessageBody & {
  id: string;
  kind: MessageKind;
  channel: Channel;
  status: string;
  reason: string | null;
  error: string | null;
  basis: string | null;
  locale: MessageLocale;
  to: { customerId: string; name: string; email: string | null };
  from: string;
  createdAt: Date;
  sendAfter: Date;
  sentAt: Date | null;
  deliveredAt: Date | null;
  openedAt: Date | null;
  clickedAt: Date | null;
  bouncedAt: Date | null;
  complainedAt: Date | null;
  template: { id: string; name: string; version: number } | null;
  /** Sent before texts were kept: shown as it would be written now. */
  textOfToday: boolean;
  /** What it recommends is looked up anew. */
  productsOfToday: boolean;
};

/** A rendered message in the shape the pages show, whatever its channel. */
export function bodyOf(rendered: Rendered): MessageBody {
  const none = { sms: null, push: null, broken: null };
  if (rendered.channel === "email") return { ...none, subject: rendered.subject, html: rendered.html, text: rendered.text };
  if (rendered.channel === "sms") return { ...none, subject: "", html: "", text: rendered.text, sms: smsSegments(rendered.text) };
  const { title, body, url } = rendered;
  return { ...none, subject: title, html: "", text: body, push: { title, body, url } };
}

const maskPhone = (phone: string): string => `${phone.slice(0, 3)}…${phone.slice(-2)}`;

/**
 * A message as its recipient gets it: the words and the brand it was sent with, the person's name as it is now. Links in it lead nowhere
 * personal: who looks at a message must not be able to unsubscribe its recipient.
 */
export async function getMessage(ctx: ShopContext, input: { id: string }, viewer: Viewer): Promise<MessageView> {
  return withTenant(ctx, async (handle) => {
    const row = await handle.trx
      .selectFrom("message as m")
      .innerJoin("customer as c", (join) => join.onRef("c.shop_id", "=", "m.shop_id").onRef("c.id", "=", "m.customer_id"))
      .innerJoin("shop as s", (join) => join.onRef("s.org_id", "=", "m.org_id").onRef("s.id", "=", "m.shop_id"))
      .selectAll("m")
      .select(["c.email", "c.phone", "c.first_name", "c.last_name", "c.external_id", "s.name as shop_name", "s.time_zone"])
      .where("m.shop_id", "=", ctx.shopId)
      .where("m.id", "=", input.id)
      .executeTakeFirst();
    if (!row) throw new AppError("NOT_FOUND");
    const settings = await readSettings(handle, ctx);
    const wanted = {
      kind: messageKindSchema.parse(row.kind),
      channel: row.channel,
      campaignId: row.campaign_id,
      templateId: row.template_id,
      templateVersion: row.template_version,
    };
    // What waits or was not sent is shown as it would be sent now.
    const handed = row.status !== "queued" && row.status !== "skipped";
    const kept = handed ? await sentText(handle, ctx, { ...wanted, text_id: row.text_id }) : null;
    const source = kept?.source ?? (await findSources(handle, ctx, [wanted]))(wanted);
    const brand = kept?.brand ?? settings.brand;
    const shop = kept?.shop ?? { name: row.shop_name, timeZone: row.time_zone };
    const recommended = showsRecommendations(source) ? await recommendationsFor(handle, ctx, [row.customer_id]) : null;
    const values = valuesOf({
      locale: row.locale,
      params: creditParamsSchema.parse(row.params),
      person: greeted(wanted.kind, { firstName: row.first_name, lastName: row.last_name }),
      shop: { ...shop, url: brand.shopUrl },
      recommendations: recommended?.get(row.customer_id) ?? [],
      links: exampleLinks(row.channel),
    });
    const body = await attempt(ctx, source, row.locale, { name: shop.name, settings: { ...settings, brand } }, values);
    const address =
      row.channel === "email" ? visibleEmail(row.email, viewer) : row.phone && (viewer.pii ? row.phone : maskPhone(row.phone));
    return {
      ...body,
      id: row.id,
      kind: wanted.kind,
      channel: row.channel,
      status: row.status,
      reason: row.reason,
      error: row.error,
      basis: row.basis,
      locale: row.locale,
      to: {
        customerId: row.customer_id,
        name: [row.first_name, row.last_name].filter(Boolean).join(" ") || row.external_id,
        email: address,
      },
      from: brand.senderName || shop.name,
      createdAt: row.created_at,
      sendAfter: row.send_after,
      sentAt: row.sent_at,
      deliveredAt: row.delivered_at,
      openedAt: row.opened_at,
      clickedAt: row.clicked_at,
      bouncedAt: row.bounced_at,
      complainedAt: row.complained_at,
      textOfToday: handed && kept === null,
      productsOfToday: handed && recommended !== null,
      template: source.id && source.version !== null ? { id: source.id, name: source.name ?? "", version: source.version } : null,
    };
  });
}

/** A message with these values; one that does not render says why instead. */
export async function attempt(
  ctx: ShopContext,
  source: Source,
  locale: MessageLocale,
  shop: { name: string; settings: Settings },
  values: Parameters<typeof renderTemplate>[1],
): Promise<MessageBody> {
  try {
    return bodyOf(renderTemplate(await compiledSource(ctx, source, locale, shop), values));
  } catch (error) {
    return { subject: "", html: "", text: "", sms: null, push: null, broken: error instanceof Error ? error.message : String(error) };
  }
}

/** What a campaign's own text would look like, for an invented recipient. An empty text shows the built-in one. */
export async function previewMessage(ctx: ShopContext, input: unknown): Promise<Pick<MessageBody, "subject" | "html" | "text">> {
  const wanted = parseInput(previewMessageSchema, input);
  return withTenant(ctx, async (handle) => {
    const shop = await handle.trx.selectFrom("shop").select(["name", "time_zone"]).where("id", "=", ctx.shopId).executeTakeFirst();
    if (!shop) throw new AppError("NOT_FOUND");
    const { brand } = await readSettings(handle, ctx);
    const own = wanted.subject.trim() !== "" || wanted.body.trim() !== "";
    const content = own ? ownContent(wanted) : builtIn(wanted.kind, "email").content[wanted.locale];
    const template = await compileTemplate({
      kind: wanted.kind,
      channel: "email",
      locale: wanted.locale,
      content,
      brand: brandSchema.parse(brand),
      shopName: shop.name,
    });
    const sample = sampleValues(wanted.locale, { name: shop.name, timeZone: shop.time_zone, url: brand.shopUrl });
    const values = valuesOf({
      locale: wanted.locale,
      params: { amount: wanted.amount, unit: wanted.unit, expiresAt: wanted.expiresAt, terms: wanted.terms },
      person: { firstName: sample.first_name, lastName: sample.last_name },
      shop: { name: shop.name, timeZone: shop.time_zone, url: brand.shopUrl },
      links: exampleLinks("email"),
    });
    const { subject, html, text } = bodyOf(renderTemplate(template, values));
    return { subject, html, text };
  });
}
