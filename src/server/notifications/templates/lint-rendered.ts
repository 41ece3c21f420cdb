import { env } from "@/server/env";
import { brandSchema, CATEGORY, type Channel, type MessageKind } from "../schema";
import { addressesIn } from "./addresses";
import { compileTemplate, type Rendered, renderTemplate, smsSegments } from "./compile";
import { sampleValues } from "./sample";
import type { LintIssue, TemplateContent } from "./schema";
import { saysStop } from "./stop-instruction";
import type { Values } from "./values";

/** What of a shop decides about its templates. */
export type LintShop = {
  shopUrl: string | null;
  /** Whether an answer to an SMS reaches anybody: a name as its sender cannot be answered. */
  stopReaches: boolean;
};

type Found = Omit<LintIssue, "locale">;
const issue = (code: LintIssue["code"], path: string, level: LintIssue["level"] = "error", params: LintIssue["params"] = {}): Found => ({
  ...{ level, code, path, params },
});

const MAX_SEGMENTS = 3;
/** Gmail shows 102 KB and hides the rest, with the sender and the way out in it; tags and tracking add to each link. */
const MAX_HTML_BYTES = 100_000;

type Message = { kind: MessageKind; channel: Channel; content: TemplateContent; locale: "de" | "en"; shop: LintShop };

/**
 * What only the finished message shows: that it renders, how long it is, where it leads, and that the way out is in it. Tags and filters can
 * take away what the source seems to say. Throws what rendering throws.
 */
export async function lintRendered({ kind, channel, content, locale, shop }: Message): Promise<Found[]> {
  const brand = brandSchema.parse({});
  const template = await compileTemplate({ kind, channel, locale, content: content[locale], brand, shopName: "Shop" });
  const values = sampleValues(locale, { url: shop.shopUrl }, channel);
  const rendered = renderTemplate(template, values);
  return [
    ...wayOut(kind, rendered, values, shop),
    ...(CATEGORY[kind] === "transactional" ? foreignLinks(rendered, values) : []),
    ...(kind === "opt_in" && !hasLink(rendered, values.confirm_url) ? [issue("noConfirmLink", "blocks")] : []),
    ...(kind.startsWith("credit_") && rendered.channel === "email" && !rendered.html.includes(values.amount)
      ? [issue("noAmount", "blocks", "warning")]
      : []),
    ...size(rendered),
  ];
}

/** In both parts of an e-mail: one of them is all that its reader sees. */
const hasLink = (rendered: Rendered, link: string): boolean =>
  rendered.channel === "email" && addressesIn(rendered.html, "links").includes(link) && rendered.text.includes(link);

function wayOut(kind: MessageKind, rendered: Rendered, values: Values, { stopReaches }: LintShop): Found[] {
  if (CATEGORY[kind] !== "marketing" || rendered.channel === "push") return [];
  if (rendered.channel === "email") return hasLink(rendered, values.unsubscribe_url) ? [] : [issue("noUnsubscribe", "blocks")];
  const links = [values.unsubscribe_url, values.preferences_url];
  if (links.some((link) => rendered.text.includes(link))) return [];
  if (!saysStop(rendered.text)) return [issue("noUnsubscribe", "text")];
  return stopReaches ? [] : [issue("stopUnheard", "text")];
}

const TYPED_ADDRESS = /(?:https?:\/\/|\bwww\.)[^\s<>"]+/gi;

/** Whoever only reports leads to nowhere but the shop itself and the reader's settings. */
function foreignLinks(rendered: Rendered, values: Values): Found[] {
  const own = new Set([values.shop_url, env().APP_URL].map((url) => new URL(url).hostname.replace(/^www\./, "")));
  const isOwn = (url: string): boolean => {
    const whole = url.replace(/^www\./i, "https://www.");
    if (whole === "" || /^mailto:/i.test(whole)) return true;
    if (!URL.canParse(whole)) return false;
    const { hostname } = new URL(whole);
    return [...own].some((host) => hostname === host || hostname.endsWith(`.${host}`));
  };
  const typed = (text: string): string[] => Array.from(text.matchAll(TYPED_ADDRESS), ([url]) => url.replace(/[.,;:!?)\]]+$/, ""));
  const all =
    rendered.channel === "email"
      ? [...addressesIn(rendered.html, "links"), ...typed(rendered.subject), ...typed(rendered.text)]
      : rendered.channel === "sms"
        ? typed(rendered.text)
        : [rendered.url, ...typed(`${rendered.title} ${rendered.body}`)];
  const path = rendered.channel === "email" ? "blocks" : rendered.channel === "sms" ? "text" : "url";
  return [...new Set(all.filter((url) => !isOwn(url)))].map((url) => issue("foreignLink", path, "error", { url: url.slice(0, 200) }));
}

function size(rendered: Rendered): Found[] {
  if (rendered.channel === "email") {
    const bytes = Buffer.byteLength(rendered.html);
    return bytes > MAX_HTML_BYTES ? [issue("largeHtml", "blocks", "warning", { kb: Math.round(bytes / 1_000) })] : [];
  }
  const parts = rendered.channel === "sms" ? smsSegments(rendered.text).count : 0;
  return parts > MAX_SEGMENTS ? [issue("manySegments", "text", "warning", { count: parts })] : [];
}
