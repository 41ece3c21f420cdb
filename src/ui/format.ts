/**
 * Numbers, money and times as text. Pure: locale, zone and `now` are arguments. Money goes to Intl as a decimal string, which it
 * formats exactly (ECMA-402, Intl.NumberFormat v3), so amounts above 2^53 keep every digit.
 */
import { toDecimal, unitScale } from "@/server/money";

/** English is written the European way: 22 Nov 2026, 14:00. */
const INTL_LOCALE: Record<string, string> = { de: "de-DE", en: "en-GB" };
const intlLocale = (locale: string) => INTL_LOCALE[locale] ?? locale;

export type Instant = Date | string;
const toDate = (instant: Instant): Date => (typeof instant === "string" ? new Date(instant) : instant);

/** Intl objects cost about 50 µs each; a table asks for the same few a thousand times. Options come from our code, so the set is small. */
function cached<Options, Format>(make: (locale: string, options: Options) => Format) {
  const formats = new Map<string, Format>();
  return (locale: string, options: Options): Format => {
    const key = `${locale} ${JSON.stringify(options)}`;
    const known = formats.get(key);
    if (known) return known;
    const format = make(intlLocale(locale), options);
    formats.set(key, format);
    return format;
  };
}

const numberFormat = cached((locale, options: Intl.NumberFormatOptions) => new Intl.NumberFormat(locale, options));
const dateFormat = cached((locale, options: Intl.DateTimeFormatOptions) => new Intl.DateTimeFormat(locale, options));
const relativeFormat = cached((locale, options: Intl.RelativeTimeFormatOptions) => new Intl.RelativeTimeFormat(locale, options));
const listFormat = cached((locale, options: Intl.ListFormatOptions) => new Intl.ListFormat(locale, options));

export type MoneyStyle = { sign?: "auto" | "always"; compact?: boolean; withoutUnit?: boolean };

const isCurrency = (unit: string): boolean => /^[A-Z]{3}$/.test(unit);

function moneyFormat(unit: string, locale: string, style: MoneyStyle): Intl.NumberFormat {
  const scale = unitScale(unit);
  return numberFormat(locale, {
    signDisplay: style.sign === "always" ? "exceptZero" : "negative",
    ...(style.compact
      ? { notation: "compact", maximumSignificantDigits: 3 }
      : { minimumFractionDigits: scale, maximumFractionDigits: scale }),
    ...(isCurrency(unit) && !style.withoutUnit ? { style: "currency", currency: unit, currencyDisplay: "narrowSymbol" } : {}),
  });
}

const decimal = (minor: bigint, unit: string) => toDecimal(minor, unit) as Intl.StringNumericLiteral;
const named = (text: string, unit: string, style: MoneyStyle): string =>
  isCurrency(unit) || style.withoutUnit ? text : `${text}\u00a0${unit.replace(/^PTS:/, "")}`;

/** 123456n EUR → „1.234,56 €“. Points (`PTS:STAR`) are written with their name: „1.200 STAR“. */
export const formatMoney = (minor: bigint, unit: string, locale: string, style: MoneyStyle = {}): string =>
  named(moneyFormat(unit, locale, style).format(decimal(minor, unit)), unit, style);

/** 2500n to 5000n EUR → „25–50 €“, in English "€25 – €50". */
export const formatMoneyRange = (from: bigint, to: bigint, unit: string, locale: string, style: MoneyStyle = {}): string =>
  named(moneyFormat(unit, locale, style).formatRange(decimal(from, unit), decimal(to, unit)), unit, style);

/** The sign and place of a unit beside an input: „€“ after the number in German, before it in English. */
export function unitSymbol(unit: string, locale: string): { symbol: string; leading: boolean } {
  if (!isCurrency(unit)) return { symbol: unit.replace(/^PTS:/, ""), leading: false };
  const parts = numberFormat(locale, { style: "currency", currency: unit, currencyDisplay: "narrowSymbol" }).formatToParts(1);
  const at = parts.findIndex((part) => part.type === "currency");
  return { symbol: parts[at]?.value ?? unit, leading: at === 0 };
}

export function formatNumber(value: number | bigint, locale: string, options: { digits?: number; compact?: boolean; sign?: boolean } = {}) {
  return numberFormat(locale, {
    maximumFractionDigits: options.digits ?? 0,
    minimumFractionDigits: options.digits ?? 0,
    ...(options.compact ? { notation: "compact", minimumFractionDigits: 0, maximumFractionDigits: options.digits ?? 1 } : {}),
    ...(options.sign ? { signDisplay: "exceptZero" } : {}),
  }).format(value);
}

/** A share between 0 and 1: 0.125 → „12,5 %“. */
export function formatPercent(ratio: number, locale: string, options: { digits?: number; sign?: boolean } = {}): string {
  return numberFormat(locale, {
    style: "percent",
    minimumFractionDigits: 0,
    maximumFractionDigits: options.digits ?? 1,
    ...(options.sign ? { signDisplay: "exceptZero" } : {}),
  }).format(ratio);
}

/** Basis points: 1250 → „12,5 %“. */
export const formatBasisPoints = (bps: number, locale: string) => formatPercent(bps / 10_000, locale, { digits: 2 });

const DATE = { day: "numeric", month: "short", year: "numeric" } as const;
const TIME = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" } as const;

export const formatDate = (instant: Instant, zone: string, locale: string) =>
  dateFormat(locale, { ...DATE, timeZone: zone }).format(toDate(instant));

export const formatTime = (instant: Instant, zone: string, locale: string) =>
  dateFormat(locale, { ...TIME, timeZone: zone }).format(toDate(instant));

export const formatDateTime = (instant: Instant, zone: string, locale: string) =>
  dateFormat(locale, { ...DATE, ...TIME, timeZone: zone }).format(toDate(instant));

/** With weekday, seconds and zone, for tooltips and the audit trail. */
export const formatDateTimeLong = (instant: Instant, zone: string, locale: string) =>
  dateFormat(locale, { ...DATE, ...TIME, weekday: "short", second: "2-digit", timeZone: zone, timeZoneName: "short" }).format(
    toDate(instant),
  );

/** Day and month, for axes. */
export const formatDay = (instant: Instant, zone: string, locale: string) =>
  dateFormat(locale, { day: "numeric", month: "short", timeZone: zone }).format(toDate(instant));

export const formatMonth = (instant: Instant, zone: string, locale: string) =>
  dateFormat(locale, { month: "short", year: "numeric", timeZone: zone }).format(toDate(instant));

/** A calendar day without a zone (`2026-11-22`: birthdays, report days) is not an instant: it never moves. */
export const formatCalendarDay = (day: string, locale: string) => formatDate(`${day.slice(0, 10)}T00:00:00Z`, "UTC", locale);

const RELATIVE_STEPS: [Intl.RelativeTimeFormatUnit, number][] = [
  ["year", 365.25 * 86_400],
  ["month", 30.4375 * 86_400],
  ["week", 7 * 86_400],
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
];

/** „vor 3 Stunden“, „in 2 Tagen“; below a minute „jetzt“. */
export function formatRelative(instant: Instant, now: Instant, locale: string): string {
  const seconds = (toDate(instant).getTime() - toDate(now).getTime()) / 1_000;
  const format = relativeFormat(locale, { numeric: "auto" });
  for (const [unit, length] of RELATIVE_STEPS) {
    if (Math.abs(seconds) >= length) return format.format(Math.trunc(seconds / length), unit);
  }
  return format.format(0, "second");
}

export const formatList = (items: string[], locale: string, type: "conjunction" | "disjunction" = "conjunction") =>
  listFormat(locale, { type }).format(items);

/** File sizes in powers of 1,000, as file managers show them. */
export function formatBytes(bytes: number, locale: string): string {
  const steps = [
    ["gigabyte", 1e9],
    ["megabyte", 1e6],
    ["kilobyte", 1e3],
  ] as const;
  const [unit, size] = steps.find(([, limit]) => bytes >= limit) ?? (["byte", 1] as const);
  return numberFormat(locale, { style: "unit", unit, unitDisplay: "short", maximumFractionDigits: bytes / size < 10 ? 1 : 0 }).format(
    bytes / size,
  );
}
