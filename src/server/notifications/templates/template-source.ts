import type { MessageTexts } from "@db/schema/campaigns";
import type { ShopContext, TenantTrx } from "@/server/tenancy/context";
import type { Channel, MessageKind } from "../schema";
import type { Settings } from "../settings";
import { type CompiledTemplate, compileTemplate, contentFor } from "./compile";
import { defaultContent } from "./defaults";
import { ownContent } from "./own-text";
import type { LocaleContent, TemplateContent } from "./schema";
import type { MessageLocale } from "./values";

/** Which text a message gets. `id` null stands for the built-in one or a campaign's own words. */
export type Source = {
  id: string | null;
  version: number | null;
  name: string | null;
  kind: MessageKind;
  channel: Channel;
  content: TemplateContent;
  /** The same text always has the same key. */
  key: string;
};

export type Wanted = {
  kind: MessageKind;
  channel: Channel;
  campaignId: string | null;
  templateId: string | null;
  templateVersion: number | null;
};

const nameOf = (wanted: Wanted): string =>
  [wanted.kind, wanted.channel, wanted.campaignId, wanted.templateId, wanted.templateVersion].join(":");

/**
 * Finds the texts of a batch of messages, most specific first: the version a message was sent with, the template its campaign chose, the
 * campaign's own words, the shop's default for the event, the built-in one.
 */
export async function findSources(handle: TenantTrx, ctx: ShopContext, wanted: readonly Wanted[]): Promise<(wanted: Wanted) => Source> {
  const found = new Map<string, Source>();
  for (const one of wanted) {
    const name = nameOf(one);
    if (!found.has(name)) found.set(name, await findSource(handle, ctx, one));
  }
  return (one) => {
    const source = found.get(nameOf(one));
    if (!source) throw new Error("a message without a text");
    return source;
  };
}

async function findSource(handle: TenantTrx, ctx: ShopContext, wanted: Wanted): Promise<Source> {
  const { kind, channel } = wanted;
  if (wanted.templateId) return stored(handle, ctx, wanted, wanted.templateId, wanted.templateVersion);
  // A campaign's template and words are about its own news; reminders and notices of its credit have texts of their own.
  if (wanted.campaignId && (kind === "credit_granted" || kind === "campaign_message")) {
    const campaign = await handle.trx
      .selectFrom("campaign as k")
      .leftJoin("campaign_message as p", (join) => join.onRef("p.shop_id", "=", "k.shop_id").onRef("p.campaign_id", "=", "k.id"))
      .select(["p.template_id", "p.template_version", "k.message_texts", "k.id"])
      .where("k.shop_id", "=", ctx.shopId)
      .where("k.id", "=", wanted.campaignId)
      .executeTakeFirst();
    if (campaign?.template_id) {
      const source = await stored(handle, ctx, wanted, campaign.template_id, campaign.template_version);
      if (source.channel === channel) return source;
    }
    const own = campaign && channel === "email" ? ownTexts(campaign.message_texts, kind) : null;
    if (campaign && own)
      return { id: null, version: null, name: null, kind, channel, content: own, key: `${campaign.id}:${JSON.stringify(own)}` };
  }
  const standing = await handle.trx
    .selectFrom("message_template")
    .select("id")
    .where("shop_id", "=", ctx.shopId)
    .where("kind", "=", kind)
    .where("channel", "=", channel)
    .where("is_default", "=", true)
    .where("archived_at", "is", null)
    .executeTakeFirst();
  if (standing) return stored(handle, ctx, wanted, standing.id, null);
  return builtIn(kind, channel);
}

export const builtIn = (kind: MessageKind, channel: Channel): Source => ({
  id: null,
  version: null,
  name: null,
  kind,
  channel,
  content: defaultContent(kind, channel),
  key: `built-in:${kind}:${channel}`,
});

export const isBuiltIn = (source: Source): boolean => source.key.startsWith("built-in:");

/**
 * A campaign that wrote one language still speaks the other, with the built-in words. A message without credit has none that fit: then the
 * language it was written in is better than nothing said.
 */
function ownTexts(texts: MessageTexts, kind: MessageKind): TemplateContent | null {
  const either = texts.de ?? texts.en;
  if (!either) return null;
  if (kind === "campaign_message") return { de: ownContent(texts.de ?? either), en: ownContent(texts.en ?? either) };
  const standard = defaultContent(kind, "email");
  return { de: texts.de ? ownContent(texts.de) : standard.de, en: texts.en ? ownContent(texts.en) : standard.en };
}

async function stored({ trx }: TenantTrx, ctx: ShopContext, wanted: Wanted, id: string, version: number | null): Promise<Source> {
  let query = trx
    .selectFrom("message_template as t")
    .innerJoin("message_template_version as v", (join) => join.onRef("v.shop_id", "=", "t.shop_id").onRef("v.template_id", "=", "t.id"))
    .select(["t.id", "t.name", "t.channel", "v.version", "v.content"])
    .where("t.shop_id", "=", ctx.shopId)
    .where("t.id", "=", id);
  query = version === null ? query.whereRef("v.version", "=", "t.version") : query.where("v.version", "=", version);
  const row = await query.executeTakeFirst();
  if (!row || row.channel !== wanted.channel) return builtIn(wanted.kind, wanted.channel);
  return {
    id: row.id,
    version: row.version,
    name: row.name,
    kind: wanted.kind,
    channel: row.channel,
    content: contentFor(row.channel, row.content),
    key: `${row.id}:${row.version.toString()}`,
  };
}

const KEPT = 500;
const compiled = new Map<string, Promise<CompiledTemplate>>();

/** The compiled text of a source in one language, with the shop's brand. Compiled once and kept: sending renders thousands of it. */
export function compiledSource(
  ctx: ShopContext,
  source: Source,
  locale: MessageLocale,
  shop: { name: string; settings: Pick<Settings, "brand" | "version"> },
): Promise<CompiledTemplate> {
  const key = [ctx.shopId, shop.settings.version, shop.name, locale, source.kind, source.key].join("|");
  let found = compiled.get(key);
  if (!found) {
    const content: LocaleContent = source.content[locale];
    found = compileTemplate({
      kind: source.kind,
      channel: source.channel,
      locale,
      content,
      brand: shop.settings.brand,
      shopName: shop.name,
    });
    if (compiled.size >= KEPT) compiled.clear();
    compiled.set(key, found);
    // A template that does not compile is told to whoever asked, and asked again next time.
    found.catch(() => compiled.delete(key));
  }
  return found;
}

/** Whether a text shows recommendations at all; most do not, and then nothing is looked up. */
export const showsRecommendations = (source: Source): boolean => JSON.stringify(source.content).includes("recommendations");
