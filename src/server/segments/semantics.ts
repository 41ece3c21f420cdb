import { addMonthsToDay, isoDateToDay, localDay, localToInstant, startOfLocalDay } from "@/server/time";
import { unitScale } from "../money";
import type { Ast, Comparison, DateValue, Value } from "./schema";

/**
 * What operators and values mean, once for the compiler (SQL) and the evaluator (memory). Every comparison becomes "lies within a
 * range" or its complement, so both sides only test a range. Pure: `now` is an argument.
 */
export type Clock = {
  now: Date;
  /** IANA zone of the shop: a date is a whole day there. */
  timeZone: string;
  /** Unit of amounts in a query: the shop's currency. */
  currency: string;
  /** The saved segments a query names with in_segment, directly or through another one; resolved and free of cycles (`readQuery`). */
  segments?: ReadonlyMap<string, Ast>;
};

/** The shop a query is asked in. `now` comes from the database clock (`withTenant`). */
export type Scope = Clock & { shopId: string };

/** A thrown one of these is a defect of a caller, or an AST that no parser made: never "matches everyone". */
export class UnknownNode extends Error {}

export const unknownNode = (what: string): never => {
  throw new UnknownNode(`the segment language does not know ${what}`);
};

// Numbers.

/** `from ≤ x ≤ to` (null = open), or with `negated` its complement. Integers: minor units or counts. */
export type IntegerRange = { from: bigint | null; to: bigint | null; negated: boolean };

/** A decimal text as the integers below and above it, in units of 10^-scale: 10.999 with scale 2 → 1099, 1100. */
function scaled(text: string, scale: number): { floor: bigint; ceil: bigint } {
  const match = /^(-?)(\d+)(?:\.(\d+))?$/.exec(text);
  if (!match) return unknownNode(`the number ${text}`);
  const fraction = match[3] ?? "";
  const kept = BigInt(`${match[2]}${fraction.slice(0, scale).padEnd(scale, "0")}`);
  const exact = /^0*$/.test(fraction.slice(scale));
  if (match[1] === "-") return { floor: exact ? -kept : -kept - 1n, ceil: -kept };
  return { floor: kept, ceil: exact ? kept : kept + 1n };
}

export const decimalText = (value: Value): string =>
  value.type === "number" ? value.text : unknownNode(`a ${value.type} where a number belongs`);

export function integerRange(op: Comparison, value: Value, scale: number): IntegerRange {
  const { floor, ceil } = scaled(decimalText(value), scale);
  switch (op) {
    case "=":
      return { from: ceil, to: floor, negated: false };
    case "!=":
      return { from: ceil, to: floor, negated: true };
    case ">":
      return { from: floor + 1n, to: null, negated: false };
    case ">=":
      return { from: ceil, to: null, negated: false };
    case "<":
      return { from: null, to: ceil - 1n, negated: false };
    case "<=":
      return { from: null, to: floor, negated: false };
    default:
      return unknownNode(`the comparison ${op}`);
  }
}

export const integerBetween = (from: Value, to: Value, scale: number): IntegerRange => ({
  from: scaled(decimalText(from), scale).ceil,
  to: scaled(decimalText(to), scale).floor,
  negated: false,
});

export function inIntegerRange(x: bigint, range: IntegerRange): boolean {
  const within = (range.from === null || x >= range.from) && (range.to === null || x <= range.to);
  return within !== range.negated;
}

export const moneyScale = (clock: Clock): number => unitScale(clock.currency);

/** A segment that in_segment names. Not being resolved is a defect of a caller, never "nobody" or "everyone". */
export const segmentNamed = (id: string, clock: Clock): Ast => clock.segments?.get(id) ?? unknownNode(`the segment ${id}`);

/** `a < b` as a negative number, for decimal texts of any size, without rounding. */
export function compareDecimals(a: string, b: string): number {
  const places = Math.max(...[a, b].map((text) => text.split(".")[1]?.length ?? 0));
  const [x, y] = [a, b].map((text) => {
    const [whole = "0", fraction = ""] = text.split(".");
    return BigInt(`${whole}${fraction.padEnd(places, "0")}`);
  });
  return x === undefined || y === undefined || x === y ? 0 : x < y ? -1 : 1;
}

/** `x op value` for decimal texts. */
export function decimalHolds(x: string, op: Comparison, value: Value): boolean {
  const order = compareDecimals(x, decimalText(value));
  switch (op) {
    case "=":
      return order === 0;
    case "!=":
      return order !== 0;
    case ">":
      return order > 0;
    case ">=":
      return order >= 0;
    case "<":
      return order < 0;
    case "<=":
      return order <= 0;
    default:
      return unknownNode(`the comparison ${op}`);
  }
}

// Dates.

/** A border in time: the instant, and the local day that begins there when it is the border of a day. */
export type Border = { at: Date; day: number | null };

/** `from ≤ x < to` (null = open), or with `negated` its complement. */
export type DateRange = { from: Border | null; to: Border | null; negated: boolean };

const SECOND_MS = 1000;

/** The local day a relative or absolute date means. `today` is an argument: birthdays use the person's own. */
export function dayOf(value: DateValue, today: number): number {
  switch (value.type) {
    case "day":
      return isoDateToDay(value.day);
    case "named":
      return value.name === "today" ? today : today - 1;
    case "offset": {
      const { amount, unit } = value;
      if (unit === "d" || unit === "w") return today + (unit === "w" ? 7 * amount : amount);
      return addMonthsToDay(today, unit === "y" ? 12 * amount : amount);
    }
    default:
      return unknownNode(`the date ${value.type} as a day`);
  }
}

function spanOf(value: Value, clock: Clock): { start: Border; end: Border } {
  if (value.type === "text" || value.type === "number" || value.type === "boolean")
    return unknownNode(`a ${value.type} where a date belongs`);
  if (value.type === "second") {
    const at = localToInstant(value.at, clock.timeZone);
    return { start: { at, day: null }, end: { at: new Date(at.getTime() + SECOND_MS), day: null } };
  }
  const day = dayOf(value, localDay(clock.now, clock.timeZone));
  return {
    start: { at: startOfLocalDay(day, clock.timeZone), day },
    end: { at: startOfLocalDay(day + 1, clock.timeZone), day: day + 1 },
  };
}

/** A date is a span (a day, or a second): `=` is within it, `>` is after its end, `>=` from its start. */
export function dateRange(op: Comparison, value: Value, clock: Clock): DateRange {
  const { start, end } = spanOf(value, clock);
  switch (op) {
    case "=":
      return { from: start, to: end, negated: false };
    case "!=":
      return { from: start, to: end, negated: true };
    case ">":
      return { from: end, to: null, negated: false };
    case ">=":
      return { from: start, to: null, negated: false };
    case "<":
      return { from: null, to: start, negated: false };
    case "<=":
      return { from: null, to: end, negated: false };
    default:
      return unknownNode(`the comparison ${op}`);
  }
}

export const dateBetween = (from: Value, to: Value, clock: Clock): DateRange => ({
  from: spanOf(from, clock).start,
  to: spanOf(to, clock).end,
  negated: false,
});

export function inDateRange(at: Date, range: DateRange): boolean {
  const x = at.getTime();
  const within = (range.from === null || x >= range.from.at.getTime()) && (range.to === null || x < range.to.at.getTime());
  return within !== range.negated;
}

/** The same for a value that is a day and has no time. */
export function inDayRange(day: number, range: DateRange): boolean {
  const { from, to } = dayBorders(range);
  const within = (from === null || day >= from) && (to === null || day < to);
  return within !== range.negated;
}

export function dayBorders(range: DateRange): { from: number | null; to: number | null } {
  const border = (b: Border | null) => (b === null ? null : (b.day ?? unknownNode("a time of day for a value without one")));
  return { from: border(range.from), to: border(range.to) };
}

/** Whether both borders are borders of days, so that a day column answers exactly. */
export const isWholeDays = (range: DateRange): boolean => range.from?.day !== null && range.to?.day !== null;

// Texts.

// Case pairs of one character each. PostgreSQL's own lower() depends on the database's locale; this does not.
const UPPER = Array.from({ length: 0x17f - 0xc0 + 1 }, (_, i) => String.fromCharCode(0xc0 + i)).filter((c) => {
  const lower = c.toLowerCase();
  return lower.length === 1 && lower !== c && lower > "\x7f";
});
export const FOLD_FROM = UPPER.join("");
export const FOLD_TO = FOLD_FROM.toLowerCase();

/** Tags and places are compared without case: ASCII and Latin letters, the same in SQL and here. */
export function fold(text: string): string {
  let out = "";
  for (const char of text) {
    const at = FOLD_FROM.indexOf(char);
    out += char >= "A" && char <= "Z" ? char.toLowerCase() : at >= 0 ? (FOLD_TO[at] ?? char) : char;
  }
  return out;
}

/** Places as Shopify codes them, beside the plain name: `DE`, `DE-BE`, `DE-BE-Berlin`. */
export function regionsOf(country: string | null, region: string | null): string[] {
  if (region === null) return [];
  return country === null ? [region] : [region, `${country}-${region}`];
}
export function citiesOf(country: string | null, region: string | null, city: string | null): string[] {
  if (city === null) return [];
  const code = [country, region, city.replaceAll(" ", "")].filter((part) => part !== null).join("-");
  return [city, code];
}

/** Lower case of A–Z only, as PostgreSQL's `lower(… collate "C")`. */
export const asciiLower = (text: string): string => text.replace(/[A-Z]/g, (char) => char.toLowerCase());

/** ISO 639-1 of a locale: `de-AT` → `de`. */
export const languageOf = (locale: string | null): string | null =>
  asciiLower((locale ?? "").replaceAll("_", "-").split("-")[0] ?? "") || null;

/** The domain of a normalised address. */
export const domainOf = (emailKey: string | null): string | null => emailKey?.split("@")[1] || null;
