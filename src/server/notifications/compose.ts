import { isIP } from "node:net";
import { domainToASCII } from "node:url";
import { env } from "@/server/env";
import type { ShopContext, TenantTrx } from "@/server/tenancy/context";
import type { Delivery } from "./channels/adapter";
import type { Claimed, ClaimResult } from "./claim-messages";
import { type LinkTags, linkTagsFor, tagUrl, withLinks } from "./link-tags";
import { clickUrl, confirmUrl, optInToken, pixelUrl, preferencesUrl, signLink, unsubscribeUrl } from "./links";
import type { Settings } from "./settings";
import { shortCodes } from "./short-links";
import { renderTemplate } from "./templates/compile";
import { type RecommendedProduct, recommendationsFor } from "./templates/recommendations";
import { compiledSource, type Source, showsRecommendations } from "./templates/template-source";
import { greeted, valuesOf } from "./templates/values";

/** Everything about the shop and the texts that a batch of messages shares. */
export type Composer = {
  ctx: ShopContext;
  settings: Settings;
  shop: { name: string; timeZone: string };
  inbox: string | null;
  sourceOf: (message: Claimed) => Source;
  recommended: Map<string, RecommendedProduct[]>;
  tagsOf: (message: Claimed) => LinkTags | null;
  /** What leads people to their settings in an SMS. */
  shortCodes: ReadonlyMap<string, string>;
};

/** Looks up the recommendations of a batch and what else its texts need, in the caller's transaction. */
export async function prepareComposer(
  handle: TenantTrx,
  ctx: ShopContext,
  settings: Settings,
  { ready: messages, texts: { shop, sourceOf } }: Pick<ClaimResult, "ready" | "texts">,
): Promise<Composer> {
  const inbound = await handle.trx
    .selectFrom("notification_channel")
    .select("settings")
    .where("shop_id", "=", ctx.shopId)
    .where("kind", "=", "inbound")
    .where("enabled", "=", true)
    .executeTakeFirst();
  const showing = messages.filter((message) => showsRecommendations(sourceOf(message)));
  const recommended = showing.length
    ? await recommendationsFor(
        handle,
        ctx,
        showing.map((message) => message.customerId),
      )
    : new Map<string, RecommendedProduct[]>();
  const texted = messages.filter(({ channel }) => channel === "sms").map(({ customerId }) => customerId);
  const address: unknown = inbound?.settings.address;
  return {
    ctx,
    settings,
    shop,
    inbox: typeof address === "string" ? address : null,
    sourceOf,
    recommended,
    shortCodes: await shortCodes(handle, ctx, texted),
    tagsOf: settings.policy.linkTags ? await prepareTags(handle, ctx, settings, messages) : () => null,
  };
}

/** The tags on links of each message; the same object for those of one campaign, channel and event. */
async function prepareTags(
  { trx }: TenantTrx,
  ctx: ShopContext,
  settings: Settings,
  messages: readonly Claimed[],
): Promise<Composer["tagsOf"]> {
  const ids = [...new Set(messages.flatMap(({ campaignId }) => campaignId ?? []))];
  const campaigns = ids.length
    ? await trx.selectFrom("campaign").select(["id", "name"]).where("shop_id", "=", ctx.shopId).where("id", "in", ids).execute()
    : [];
  const byId = new Map(campaigns.map((campaign) => [campaign.id, campaign]));
  const made = new Map<string, LinkTags | null>();
  return ({ channel, kind, campaignId }) => {
    const key = `${channel}:${kind}:${campaignId}`;
    let tags = made.get(key);
    if (tags === undefined) {
      const campaign = (campaignId && byId.get(campaignId)) || null;
      tags = linkTagsFor(settings.brand.shopUrl, env().APP_URL, { channel, kind, campaign });
      made.set(key, tags);
    }
    return tags;
  };
}

/** One message as its channel takes it. Throws when its template does not render. */
export async function compose(composer: Composer, message: Claimed): Promise<Delivery> {
  const { settings, shop, ctx } = composer;
  const token = signLink(settings.pepper, { purpose: "preferences", orgId: ctx.orgId, shopId: ctx.shopId, subject: message.customerId });
  const template = await compiledSource(ctx, composer.sourceOf(message), message.locale, { name: shop.name, settings });
  const leading = (message.channel === "sms" && composer.shortCodes.get(message.customerId)) || token;
  const links = {
    unsubscribe: unsubscribeUrl(leading),
    preferences: preferencesUrl(leading),
    ...(message.params.optIn ? { confirm: confirmUrl(optInToken(ctx, message.params.optIn)) } : {}),
  };
  const rendered = renderTemplate(
    template,
    valuesOf({
      locale: message.locale,
      params: message.params,
      person: greeted(message.kind, message),
      shop: { ...shop, url: settings.brand.shopUrl },
      recommendations: composer.recommended.get(message.customerId) ?? [],
      links,
    }),
  );
  if (rendered.channel === "sms") return { channel: "sms", id: message.id, to: message.address, text: rendered.text };
  const tags = composer.tagsOf(message);
  const tagged = (url: string): string => (tags ? tagUrl(url, tags) : url);
  if (rendered.channel === "push")
    return {
      ...{ channel: "push", id: message.id, targets: message.pushTargets },
      ...{ title: rendered.title, body: rendered.body, url: tagged(rendered.url) },
    };
  const html = tags ? withLinks(rendered.html, tagged) : rendered.html;
  return {
    channel: "email",
    id: message.id,
    to: message.address,
    from: senderOf(composer),
    replyTo: settings.brand.replyTo,
    returnTo: composer.inbox,
    subject: rendered.subject,
    html: message.tracked ? withTracking(composer, message.id, html) : html,
    text: rendered.text,
    unsubscribe: message.category === "marketing" ? unsubscribeAddresses(composer.inbox, links.unsubscribe, token) : [],
    messageId: `<${message.id}.${ctx.shopId}@${senderDomain(settings)}>`,
  };
}

const unsubscribeAddresses = (inbox: string | null, url: string, token: string): string[] =>
  inbox ? [url, `mailto:${inbox}?subject=unsubscribe%20${token}`] : [url];

/** The domain of this installation where it has one on the internet: mail from anywhere else is thrown away. */
const ownDomain = (): string | null => {
  const host = new URL(env().APP_URL).hostname;
  return host.includes(".") && isIP(host) === 0 && !host.endsWith(".localhost") ? host : null;
};
const fallbackDomain = (): string => ownDomain() ?? "localhost.localdomain";
/**
 * Whether e-mails by this mail server would come from an address that does not exist. A server on this very machine is one to try things out
 * with, which takes them as they are.
 */
export const lacksSender = ({ brand }: Pick<Settings, "brand">, mailServer: unknown): boolean =>
  brand.senderEmail === "" && ownDomain() === null && !/^(localhost|127\.\d+\.\d+\.\d+|\[?::1\]?)$/.test(String(mailServer));
export const senderDomain = (settings: Settings): string => settings.brand.senderEmail.split("@").at(1) ?? fallbackDomain();

/** The domain people see in the sender, as the DNS spells it, and who chose it; null while e-mails would come from none. */
export function visibleDomain({ brand }: Pick<Settings, "brand">): { domain: string; source: "brand" | "installation" } | null {
  const chosen = domainToASCII(brand.senderEmail.split("@").at(1) ?? "").toLowerCase();
  if (chosen !== "") return { domain: chosen, source: "brand" };
  const own = ownDomain();
  return own === null ? null : { domain: own, source: "installation" };
}

export const senderOf = ({ settings, shop }: { settings: Settings; shop: { name: string } }): { name: string; address: string } => ({
  name: (settings.brand.senderName || shop.name).replace(/[\p{Cc}]/gu, " "),
  address: settings.brand.senderEmail || `no-reply@${fallbackDomain()}`,
});

/**
 * Links that tell of a click and a pixel that tells of an opening: only for people who agreed to exactly that. Links to settings and out of
 * the list stay as they are.
 */
function withTracking({ settings, ctx }: Composer, messageId: string, html: string): string {
  const token = signLink(settings.pepper, { purpose: "message", orgId: ctx.orgId, shopId: ctx.shopId, subject: messageId });
  const own = env().APP_URL.replace(/\/$/, "");
  const linked = withLinks(html, (url) => (url.startsWith(`${own}/`) ? url : clickUrl(settings.pepper, token, url)));
  return linked.replace("</body>", `<img src="${pixelUrl(token)}" alt="" width="1" height="1" style="display:none"></body>`);
}
