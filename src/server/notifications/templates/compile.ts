import { render } from "@react-email/render";
import { createElement } from "react";
import { SegmentedMessage } from "sms-segments-calculator";
import { type Brand, CATEGORY, type Channel, type MessageKind } from "../schema";
import { addressesIn, followed, safeUrl, withSafeUrls } from "./addresses";
import { EmailDocument } from "./email-document";
import { type Compiled, LIQUID_PARTS, literal, parseLiquid, renderLiquid } from "./liquid";
import { plainText, wrapLines } from "./plain-text";
import {
  contentSchemas,
  type EmailContent,
  emailContentSchema,
  type LocaleContent,
  type PushContent,
  pushContentSchema,
  smsContentSchema,
} from "./schema";
import type { MessageLocale, Values } from "./values";

export type CompiledTemplate =
  | { channel: "email"; subject: Compiled; html: Compiled; text: Compiled }
  | { channel: "sms"; text: Compiled }
  | { channel: "push"; title: Compiled; body: Compiled; url: Compiled };

export type Rendered =
  | { channel: "email"; subject: string; html: string; text: string }
  | { channel: "sms"; text: string }
  | { channel: "push"; title: string; body: string; url: string };

export type CompileInput = {
  kind: MessageKind;
  channel: Channel;
  locale: MessageLocale;
  content: LocaleContent;
  brand: Brand;
  shopName: string;
};

/** Once per template version and language: React draws the document, the engine parses it. Throws on a mistake in the template. */
export async function compileTemplate(input: CompileInput): Promise<CompiledTemplate> {
  if (input.channel === "email") return compileEmail(input, emailContentSchema.parse(input.content));
  if (input.channel === "sms") return { channel: "sms", text: parseLiquid("line", smsContentSchema.parse(input.content).text) };
  const { title, body, url }: PushContent = pushContentSchema.parse(input.content);
  return {
    channel: "push",
    title: parseLiquid("line", title),
    body: parseLiquid("line", body),
    url: parseLiquid("line", safeUrl(url || "{{ shop_url }}")),
  };
}

async function compileEmail({ kind, locale, ...given }: CompileInput, raw: EmailContent): Promise<CompiledTemplate> {
  const marketing = CATEGORY[kind] === "marketing";
  const content = { ...raw, blocks: raw.blocks.map(withSafeUrls) };
  // What a shop calls itself is a text; a brace in it begins nothing.
  const shopName = literal(given.shopName);
  const { footer } = given.brand;
  const plain = (text: string | null) => (text === null ? null : literal(text));
  const brand: Brand = {
    ...given.brand,
    footer: {
      ...footer,
      ...{ company: literal(footer.company), address: literal(footer.address) },
      ...{ register: plain(footer.register), vatId: plain(footer.vatId) },
    },
  };
  const document = await render(createElement(EmailDocument, { locale, content, brand, shopName, marketing }));
  return {
    channel: "email",
    subject: parseLiquid("line", raw.subject),
    html: parseLiquid("html", forOutlook(unescapeLiquid(document))),
    text: parseLiquid("text", plainText({ locale, content, brand, shopName, marketing })),
  };
}

/** React escapes the quotes and signs of values and tags like any text; the engine needs them as they were typed. */
const ENTITIES: Record<string, string> = { "&gt;": ">", "&lt;": "<", "&quot;": '"', "&#x27;": "'", "&amp;": "&" };
/** Marks React leaves for a browser that will never come; conditional comments of mail programs stay. */
const MARKS = /<!--(?:\s*|\/?\$|html|head|body)-->/g;
const unescapeLiquid = (html: string): string =>
  html
    .replace(MARKS, "")
    .replace(LIQUID_PARTS, (part) => part.replace(/&(?:gt|lt|quot|#x27|amp);/g, (entity) => ENTITIES[entity] ?? entity));

/**
 * Outlook's Word engine knows no greatest width: without a table of its own the message would be as wide as the window. The comments are
 * for it alone.
 */
const forOutlook = (html: string): string =>
  html
    .replace(
      /<table(?=[^>]*\bclass="card")/,
      '<!--[if mso]><table role="presentation" width="600" align="center" cellpadding="0" cellspacing="0" border="0"><tr><td><![endif]-->$&',
    )
    .replace(/(?=<\/td><\/tr><\/tbody><\/table>(?:<!--\/?\$-->)?<\/body>)/, "<!--[if mso]></td></tr></table><![endif]-->");

/** Characters of a rendered message: far above what anybody reads, and what a provider takes at most. */
const MAX_RENDERED = { email: 500_000, sms: 1_600, push: 4_000 } as const satisfies Record<Channel, number>;

/** Intl parts amounts by spaces that GSM-7 does not have; one of them makes an SMS twice as dear. */
const gsmSpaces = (text: string): string => text.replace(/[\u00a0\u202f]/g, " ");

/** One line without control characters: what stands in a header must not be able to end it (domain.md B22). */
const oneLine = (text: string): string => text.replace(/[\p{Cc}\u2028\u2029]+/gu, " ").trim();

/** A compiled template with the values of one person. Throws OutputTooLong for what its channel does not carry, and at an unsafe address. */
export function renderTemplate(template: CompiledTemplate, values: Values): Rendered {
  const fill = (part: Compiled): string => renderLiquid(part, values, MAX_RENDERED[template.channel]);
  if (template.channel === "email") {
    const html = fill(template.html);
    for (const url of addressesIn(html, "all")) followed(url);
    return { channel: "email", subject: oneLine(fill(template.subject)).slice(0, 400), html, text: wrapLines(fill(template.text)) };
  }
  if (template.channel === "sms") return { channel: "sms", text: gsmSpaces(fill(template.text)).trim() };
  const url = oneLine(fill(template.url));
  followed(url);
  return { channel: "push", title: oneLine(fill(template.title)), body: fill(template.body).trim(), url };
}

/** How an SMS is billed: GSM-7 or UCS-2, how many parts, and its length in what a part holds: “€” is two of GSM-7, an emoji two of UCS-2. */
export function smsSegments(text: string): { count: number; encoding: string; characters: number; perSegment: number } {
  const message = new SegmentedMessage(text);
  const unicode = message.encodingName !== "GSM-7";
  const one = unicode ? 70 : 160;
  const many = unicode ? 67 : 153;
  return {
    count: message.segmentsCount,
    encoding: message.encodingName,
    characters: message.messageSize / (unicode ? 16 : 7),
    perSegment: message.segmentsCount > 1 ? many : one,
  };
}

export const contentFor = (channel: Channel, content: unknown) => contentSchemas[channel].parse(content);
