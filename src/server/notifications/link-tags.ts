import type { Channel, MessageKind } from "./schema";
import { decoded, encoded } from "./templates/addresses";

/** Where a visit came from, in the words every web analytics reads: `utm_*` on links to the shop's own pages, nobody's name in them. */
export type LinkTags = { shopHost: string; own: string; params: readonly (readonly [string, string])[] };

const LONGEST = 80;
/** A name as it stands in an address and in reports: „Winter-Aktion 20 €“ is `winter-aktion-20`. */
export const slugOf = (name: string): string =>
  name
    .toLowerCase()
    .replaceAll("ß", "ss")
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .replace(/[^\p{L}\p{N}]+/gu, "-")
    .slice(0, LONGEST)
    .replace(/^-+|-+$/g, "");

type Origin = { channel: Channel; kind: MessageKind; campaign: { id: string; name: string } | null };

/** @param own the address of this installation, whose links (settings, unsubscribing) stay as they are. Null without an address of the shop. */
export function linkTagsFor(shopUrl: string | null, own: string, { channel, kind, campaign }: Origin): LinkTags | null {
  if (shopUrl === null) return null;
  return {
    shopHost: new URL(shopUrl).hostname.replace(/^www\./, ""),
    own: `${own.replace(/\/$/, "")}/`,
    params: [
      ["utm_source", "guthaben"],
      ["utm_medium", channel],
      ["utm_campaign", (campaign && slugOf(campaign.name)) || kind.replaceAll("_", "-")],
      ...(campaign ? [["utm_id", campaign.id] as const] : []),
    ],
  };
}

/** An address with the tags, if it leads to the shop and says nothing of its own about where a visit came from. */
export function tagUrl(href: string, { shopHost, own, params }: LinkTags): string {
  if (!/^https?:/i.test(href) || href.startsWith(own) || !URL.canParse(href)) return href;
  const url = new URL(href);
  if (url.hostname !== shopHost && !url.hostname.endsWith(`.${shopHost}`)) return href;
  if ([...url.searchParams.keys()].some((name) => name.startsWith("utm_"))) return href;
  // Written behind what is there: setting them through URLSearchParams would spell the shop's own parameters anew.
  url.search += (url.search ? "&" : "?") + params.map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join("&");
  return url.href;
}

const LINK = /(<a\b[^>]*?\shref=")(https?:[^"]+)(")/gi;

/** Every link of a rendered e-mail through `change`. */
export const withLinks = (html: string, change: (href: string) => string): string =>
  html.replace(LINK, (whole, before: string, href: string, after: string) => {
    const url = decoded(href);
    const next = change(url);
    return next === url ? whole : `${before}${encoded(next)}${after}`;
  });
