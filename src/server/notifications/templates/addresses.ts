import { LIQUID_PARTS } from "./liquid";
import type { Block } from "./schema";

/** Addresses begin with a scheme we know and a host, or with a variable of ours that is one; a name further on is encoded. */
const SAFE_URL =
  /^(?:https?:\/\/[^\s/?#{}]+(?=[/?#]|$)|mailto:|\{\{-?\s*(?:shop_url|confirm_url|unsubscribe_url|preferences_url)\s*(?:\||-?\}\}))/;
const OWN_URL = /\b(?:shop_url|confirm_url|unsubscribe_url|preferences_url)\b/;
export const isSafeUrl = (url: string): boolean => SAFE_URL.test(url.trim()) && !/[\s<>"`\\]/.test(url.replace(LIQUID_PARTS, ""));

export function safeUrl(url: string): string {
  if (!isSafeUrl(url)) throw unsafe(url);
  return url
    .trim()
    .replace(/\{\{-?([\s\S]*?)-?\}\}/g, (whole, inner: string) => (OWN_URL.test(inner) ? whole : `{{ ${inner.trim()} | url_encode }}`));
}

const unsafe = (url: string): Error => new Error(`unsafe address: ${url.slice(0, 100)}`);

export function withSafeUrls(block: Block): Block {
  if (block.type === "columns")
    return {
      ...block,
      left: block.left.map((inner) => withSafeUrls(inner)),
      right: block.right.map((inner) => withSafeUrls(inner)),
    } as Block;
  if (block.type === "button") return { ...block, url: safeUrl(block.url) };
  if (block.type === "image") return { ...block, url: safeUrl(block.url), ...(block.href ? { href: safeUrl(block.href) } : {}) };
  return block;
}

const NAMED: Record<string, string> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };

/** An attribute as a mail program reads it. React and the template language name a quote differently, and both are in one document. */
export const decoded = (attribute: string): string =>
  attribute.includes("&")
    ? attribute.replace(/&(?:#(\d{1,7})|#x([\da-f]{1,6})|([a-z]+));/gi, (whole, decimal?: string, hex?: string, name?: string) => {
        if (name !== undefined) return NAMED[name] ?? whole;
        const code = decimal === undefined ? Number.parseInt(hex ?? "", 16) : Number(decimal);
        return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
      })
    : attribute;

/** A text as it stands between the quotes of an attribute. */
export const encoded = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll('"', "&quot;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

const FOLLOWED = /^(?:https?:\/\/[^\s/?#]|mailto:)/i;
const ATTRIBUTE = { all: /\s(?:href|src)="([^"]*)"/g, links: /\shref="([^"]*)"/g };

/** The addresses of a finished e-mail, those of its pictures among them or not. */
export const addressesIn = (html: string, which: keyof typeof ATTRIBUTE): string[] =>
  Array.from(html.matchAll(ATTRIBUTE[which]), ([, value = ""]) => decoded(value));

/**
 * Throws for an address that is not one of the web or a mailbox: a filter can make anything of a safe one. An empty one leads nowhere and
 * is what a shop without an address has.
 */
export function followed(url: string): void {
  if (url !== "" && !FOLLOWED.test(url)) throw unsafe(url);
}

/** An address from outside (a product's page or picture) as one that may stand in a message; empty for anything else. */
export function webAddress(url: string | null): string {
  const whole = url?.trim().replace(/^\/\//, "https://") ?? "";
  return /^https?:\/\/[^\s/?#]/i.test(whole) && !/[\s\p{Cc}<>"]/u.test(whole) ? whole : "";
}
