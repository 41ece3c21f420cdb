import { toDecimal, unitScale } from "@/server/money";
import type { CreditParams, CreditTerms, MessageKind } from "../schema";
import { webAddress } from "./addresses";
import { salutation, shortName } from "./names";
import type { RecommendedProduct } from "./recommendations";
import type { PRODUCT_FIELDS } from "./schema";

export type MessageLocale = "de" | "en";

const INTL: Record<MessageLocale, string> = { de: "de-DE", en: "en-GB" };
const MEMO_SIZE = 5_000;

/** Formatting is asked for the same few amounts and instants a hundred thousand times, and costs more than all the rest. */
function remembered<A extends readonly string[]>(make: (...key: A) => string): (...key: A) => string {
  const memo = new Map<string, string>();
  return (...key) => {
    const name = key.join("\u0000");
    let made = memo.get(name);
    if (made === undefined) {
      made = make(...key);
      if (memo.size >= MEMO_SIZE) memo.clear();
      memo.set(name, made);
    }
    return made;
  };
}

/** Minor units as people write them. Exact for any size: Intl formats the decimal string itself (ECMA-402), no float in between. */
export const formatMoney = remembered((minor: string, unit: string, locale: MessageLocale) => {
  const scale = unitScale(unit);
  const decimal = toDecimal(BigInt(minor), unit) as Intl.StringNumericLiteral;
  if (unit.startsWith("PTS:")) return new Intl.NumberFormat(INTL[locale]).format(decimal);
  return new Intl.NumberFormat(INTL[locale], {
    style: "currency",
    currency: unit,
    minimumFractionDigits: scale,
    maximumFractionDigits: scale,
  }).format(decimal);
});

/**
 * The last minute of an exclusive end in local time: "until 4 April, 00:00" would be read as all of 4 April.
 */
const datePart = remembered((iso: string, zone: string, locale: MessageLocale, part: "date" | "time" | "zone") => {
  const last = new Date(Date.parse(iso) - 60_000);
  const format = (options: Intl.DateTimeFormatOptions): string =>
    new Intl.DateTimeFormat(INTL[locale], { ...options, timeZone: zone }).format(last);
  if (part === "date") return format({ weekday: "long", day: "numeric", month: "long", year: "numeric" });
  if (part === "time") return format({ hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
  return format({ timeZoneName: "short" }).split(/,?\s/).at(-1) ?? zone;
});

export type Recommendation = Record<(typeof PRODUCT_FIELDS)[number], string>;

/** What a template may use, by name. Absent values are empty, so that a condition can ask for them. */
export type Values = {
  first_name: string;
  last_name: string;
  shop: string;
  shop_url: string;
  amount: string;
  currency: string;
  expires: string;
  expires_date: string;
  expires_time: string;
  min_order: string;
  conditions: string;
  recommendations: Recommendation[];
  confirm_url: string;
  unsubscribe_url: string;
  preferences_url: string;
};

type Person = { firstName: string | null; lastName: string | null };
/** Whom a message may greet by name. A request for confirmation nobody: its name comes from whoever typed the address in. */
export const greeted = (kind: MessageKind, { firstName, lastName }: Person): Person =>
  kind === "opt_in" ? { firstName: null, lastName: null } : { firstName, lastName };

export type ValueInput = {
  locale: MessageLocale;
  params: CreditParams;
  person: Person;
  shop: { name: string; timeZone: string; url: string | null };
  recommendations?: readonly RecommendedProduct[];
  links: { unsubscribe: string; preferences: string; confirm?: string };
};

/** Values of one message in one language. Pure; nothing is escaped here, the engine does that by where a value stands. */
export function valuesOf({ locale, params, person, shop, recommendations = [], links }: ValueInput): Values {
  const { expiresAt, unit } = params;
  const date = expiresAt ? datePart(expiresAt, shop.timeZone, locale, "date") : "";
  const time = expiresAt ? datePart(expiresAt, shop.timeZone, locale, "time") : "";
  const zone = expiresAt ? datePart(expiresAt, shop.timeZone, locale, "zone") : "";
  const minOrder = params.terms?.minOrder ? formatMoney(params.terms.minOrder, unit, locale) : "";
  return {
    first_name: salutation(person.firstName),
    last_name: salutation(person.lastName),
    shop: shortName(shop.name),
    shop_url: shop.url ?? "",
    amount: formatMoney(params.amount, unit, locale),
    currency: unit,
    expires: expirySentence(locale, date, time, zone),
    expires_date: date,
    expires_time: time && `${time} ${locale === "de" ? "Uhr " : ""}(${zone})`,
    min_order: minOrder,
    conditions: params.terms ? conditionSentences(locale, params.terms, minOrder) : "",
    recommendations: recommendations.map(({ title, price, unit: code, image, url }) => ({
      title: shortName(title),
      price: price === null ? "" : formatMoney(price.toString(), code, locale),
      image: webAddress(image),
      url: webAddress(url) || (shop.url ?? ""),
    })),
    confirm_url: links.confirm ?? "",
    unsubscribe_url: links.unsubscribe,
    preferences_url: links.preferences,
  };
}

const CONDITIONS: Record<MessageLocale, Record<"limited" | "firstOrderOnly" | "noDiscounts" | "partly", string>> = {
  de: {
    limited: "Gilt nur für bestimmte Artikel.",
    firstOrderOnly: "Gilt nur für die erste Bestellung.",
    noDiscounts: "Nicht mit anderen Rabatten kombinierbar.",
    partly: "Für einen Teil des Guthabens gelten Bedingungen.",
  },
  en: {
    limited: "Valid for certain items only.",
    firstOrderOnly: "Valid for a first order only.",
    noDiscounts: "Cannot be combined with other discounts.",
    partly: "Conditions apply to part of the credit.",
  },
};

/** Whoever promises credit says under which conditions it can be spent (domain.md 4.4). */
function conditionSentences(locale: MessageLocale, terms: CreditTerms, minOrder: string): string {
  const least = locale === "de" ? `Einlösbar ab ${minOrder} Bestellwert.` : `Valid for orders of ${minOrder} or more.`;
  const rest = (["limited", "firstOrderOnly", "noDiscounts", "partly"] as const).filter((name) => terms[name]);
  return [...(minOrder ? [least] : []), ...rest.map((name) => CONDITIONS[locale][name])].join(" ");
}

function expirySentence(locale: MessageLocale, date: string, time: string, zone: string): string {
  if (date === "") return locale === "de" ? "Es läuft nicht ab." : "It does not expire.";
  return locale === "de" ? `Es gilt bis ${date}, ${time} Uhr (${zone}).` : `It is valid until ${date}, ${time} (${zone}).`;
}
