/**
 * What people type into amount, percent and time fields. Pure. Decimal strings and bigint only: no float ever holds an amount.
 */
import { fromDecimal, toDecimal, unitScale } from "@/server/money";

const DECIMAL_SEPARATOR: Record<string, string> = { de: ",", en: "." };
export const decimalSeparator = (locale: string) => DECIMAL_SEPARATOR[locale] ?? ".";

/**
 * A typed number as a plain decimal ("1.234,5" → "1234.5"), or null. The locale's separators decide; a foreign decimal sign is
 * understood where it cannot be a thousands separator, so that "4.20" means 4,20 in a German form too.
 */
export function normaliseDecimal(text: string, locale: string): string | null {
  const compact = text.replace(/[\s\u00a0\u202f'’]/g, "").replace("−", "-");
  const decimal = decimalSeparator(locale);
  const group = decimal === "," ? "." : ",";
  const plain = new RegExp(`^-?\\d+(\\${decimal}\\d*)?$`);
  const grouped = new RegExp(`^-?\\d{1,3}(\\${group}\\d{3})+(\\${decimal}\\d*)?$`);
  const foreign = new RegExp(`^-?\\d+\\${group}\\d*$`);
  if (plain.test(compact)) return compact.replace(decimal, ".").replace(/\.$/, "");
  if (grouped.test(compact)) return compact.replaceAll(group, "").replace(decimal, ".").replace(/\.$/, "");
  if (foreign.test(compact)) return compact.replace(group, ".").replace(/\.$/, "");
  return null;
}

export type AmountProblem = "invalid" | "tooPrecise" | "tooLarge";
export type ParsedAmount = { ok: true; minor: bigint } | { ok: false; problem: AmountProblem };

/** Largest amount the ledger's numbers hold in one posting: 15 digits of minor units leave room to sum a million of them in int8. */
const DIGITS_MAX = 15;

/** Typed text → minor units of the unit. Never rounds: too many decimals are a problem that is told. */
export function parseAmount(text: string, unit: string, locale: string): ParsedAmount {
  const withoutUnit = text.replace(/[€$£¥]/g, "").replace(new RegExp(`\\b${unit.replace(/[^A-Za-z0-9]/g, "")}\\b`, "i"), "");
  const decimal = normaliseDecimal(withoutUnit, locale);
  if (decimal === null) return { ok: false, problem: "invalid" };
  const [whole = "", fraction = ""] = decimal.replace("-", "").split(".");
  if (fraction.replace(/0+$/, "").length > unitScale(unit)) return { ok: false, problem: "tooPrecise" };
  if (whole.replace(/^0+/, "").length + unitScale(unit) > DIGITS_MAX) return { ok: false, problem: "tooLarge" };
  const minor = fromDecimal(decimal, unit);
  return minor === null ? { ok: false, problem: "invalid" } : { ok: true, minor };
}

/** Minor units as they stand in an input: no thousands separators, the locale's decimal sign. */
export const amountAsTyped = (minor: bigint, unit: string, locale: string) => toDecimal(minor, unit).replace(".", decimalSeparator(locale));

/** A typed percentage → whole basis points (hundredths of a percent), or null. */
export function parsePercent(text: string, locale: string): number | null {
  const decimal = normaliseDecimal(text.replace("%", ""), locale);
  const match = decimal === null ? null : /^(-?)(\d{1,6})(?:\.(\d{1,2})0*)?$/.exec(decimal);
  if (!match) return null;
  const bps = Number(`${match[2]}${(match[3] ?? "").padEnd(2, "0")}`);
  return match[1] === "-" ? -bps || 0 : bps;
}

/** Basis points as they stand in an input: 1250 → "12,5". */
export function percentAsTyped(bps: number, locale: string): string {
  const digits = Math.abs(bps).toString().padStart(3, "0");
  const fraction = digits.slice(-2).replace(/0+$/, "");
  return `${bps < 0 ? "-" : ""}${digits.slice(0, -2)}${fraction === "" ? "" : `${decimalSeparator(locale)}${fraction}`}`;
}

/** The clock time of a stored one without its seconds. A text that is no time stays whole: cut short it might become another, valid one. */
export const withoutSeconds = (time: string): string => (/^\d\d:\d\d:\d\d(\.\d+)?$/.test(time) ? time.slice(0, 5) : time);

/** A typed clock time → "HH:MM" on the 24-hour clock, or null. "9", "9:5", "0905", "14.30" and "14 Uhr" are understood. */
export function parseTime(text: string): string | null {
  const compact = text.trim().replace(/\s*(uhr|h)$/i, "");
  const match = /^(\d{1,2})(?:[:.](\d{1,2}))?$/.exec(compact) ?? /^(\d{1,2})(\d{2})$/.exec(compact);
  if (!match) return null;
  const [hour, minute] = [Number(match[1]), Number(match[2] ?? "0")];
  if (hour > 23 || minute > 59) return null;
  return `${String(hour).padStart(2, "0")}:${String(minute).padStart(2, "0")}`;
}
