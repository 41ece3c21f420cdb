import { toDecimal, unitScale } from "@/server/money";
import { type CreditParams, PLACEHOLDERS, type Placeholder } from "./schema";
import type { MessageLocale, MessageText } from "./texts";

export type Rendered = { subject: string; text: string; html: string };

export type RenderInput = {
  text: MessageText;
  locale: MessageLocale;
  params: CreditParams;
  shop: { name: string; timeZone: string };
  firstName: string | null;
};

const INTL: Record<MessageLocale, string> = { de: "de-DE", en: "en-GB" };

/** Exact for any size: Intl formats the decimal string itself (ECMA-402), no float in between. */
function money(minor: bigint, unit: string, locale: MessageLocale): string {
  const scale = unitScale(unit);
  return new Intl.NumberFormat(INTL[locale], {
    style: "currency",
    currency: unit,
    minimumFractionDigits: scale,
    maximumFractionDigits: scale,
  }).format(toDecimal(minor, unit) as Intl.StringNumericLiteral);
}

/**
 * Until when credit can be spent, in the shop's time. The end is exclusive, and a local midnight is told as the last minute of the day
 * before: "until 4 April, 00:00" would be read as all of 4 April.
 */
function expirySentence(expiresAt: Date | null, zone: string, locale: MessageLocale): string {
  if (!expiresAt) return locale === "de" ? "Es läuft nicht ab." : "It does not expire.";
  const last = new Date(expiresAt.getTime() - 60_000);
  const part = (options: Intl.DateTimeFormatOptions): string =>
    new Intl.DateTimeFormat(INTL[locale], { ...options, timeZone: zone }).format(last);
  const date = part({ weekday: "long", day: "numeric", month: "long", year: "numeric" });
  const time = part({ hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
  const zoneName = part({ timeZoneName: "short" }).split(/,?\s/).at(-1) ?? zone;
  return locale === "de" ? `Es gilt bis ${date}, ${time} Uhr (${zoneName}).` : `It is valid until ${date}, ${time} (${zoneName}).`;
}

/** A name as one line, cut between graphemes: half a family emoji is a broken character (domain.md B23). */
function shortName(name: string): string {
  const graphemes = Array.from(
    new Intl.Segmenter("und", { granularity: "grapheme" }).segment(name.replace(/\s+/g, " ").trim()),
    (s) => s.segment,
  );
  return graphemes.slice(0, 60).join("");
}

function fill(template: string, values: Record<Placeholder, string>): string {
  return template.replace(/\{([a-z_]+)\}/g, (whole, name: string) => {
    const known = PLACEHOLDERS.find((placeholder) => placeholder === name);
    return known ? values[known] : whole;
  });
}

/** A missing name or expiry must not leave "Hello ," behind. */
const tidy = (text: string): string => text.replace(/ +([,.!])/g, "$1").replace(/[ \t]+$/gm, "");

const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);

/**
 * The message as its recipient gets it. Pure. Values are put in before anything is escaped, so a name with markup stays a name; a subject
 * is always one line (domain.md B22).
 */
export function renderMessage(input: RenderInput): Rendered {
  const expiresAt = input.params.expiresAt === null ? null : new Date(input.params.expiresAt);
  const values: Record<Placeholder, string> = {
    first_name: shortName(input.firstName ?? ""),
    amount: money(BigInt(input.params.amount), input.params.unit, input.locale),
    expires: expirySentence(expiresAt, input.shop.timeZone, input.locale),
    shop: shortName(input.shop.name),
  };
  const subject = tidy(fill(input.text.subject, values))
    .replace(/\p{Cc}+/gu, " ")
    .trim();
  const text = tidy(fill(input.text.body.replace(/\r\n?/g, "\n"), values));
  return { subject, text, html: toHtml(text, subject, input.locale) };
}

/** A plain document: paragraphs, no images, no tracking pixel (domain.md 4.2). */
function toHtml(text: string, subject: string, locale: MessageLocale): string {
  const paragraphs = text
    .split(/\n{2,}/)
    .map((paragraph) => `<p style="margin:0 0 16px">${escapeHtml(paragraph.trim()).replace(/\n/g, "<br>")}</p>`)
    .join("\n");
  return `<!doctype html>
<html lang="${locale}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${escapeHtml(subject)}</title></head>
<body style="margin:0;background:#ffffff;color:#1a1a1a;font:16px/1.5 system-ui,-apple-system,'Segoe UI',sans-serif">
<div style="max-width:560px;margin:0 auto;padding:32px 24px">
${paragraphs}
</div></body></html>`;
}
