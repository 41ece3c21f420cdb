/** Numbers, dates and codes as people write them in files. Pure; every function returns null for what it cannot read. */
import { localToInstant } from "@/server/time";

export type DecimalMark = "." | ",";
export type DateOrder = "ymd" | "dmy" | "mdy" | "epoch";

const ZERO = 48;
const NINE = 57;
const MINUS = 45;
const POINT = 46;

/** A whole number straight from bytes; null when it is anything but an optional minus and up to nine digits. */
export function parseIntBytes(buf: Buffer, start: number, end: number): number | null {
  let position = start;
  const negative = buf[position] === MINUS;
  if (negative) position++;
  if (position >= end || end - position > 9) return null;
  let value = 0;
  for (; position < end; position++) {
    const byte = buf[position] as number;
    if (byte < ZERO || byte > NINE) return null;
    value = value * 10 + byte - ZERO;
  }
  return negative ? -value : value;
}

/** A decimal with its exact value as mantissa · 10^-scale. */
export type Decimal = { mantissa: number; scale: number };

/** The plain form `-123.45` straight from bytes into `into`; false when the slow way must look at it. */
export function parseDecimalBytes(buf: Buffer, start: number, end: number, mark: number, into: Decimal): boolean {
  let position = start;
  const negative = buf[position] === MINUS;
  if (negative) position++;
  if (position >= end || end - position > 15) return false;
  let value = 0;
  let scale = -1;
  for (; position < end; position++) {
    const byte = buf[position] as number;
    if (byte >= ZERO && byte <= NINE) {
      value = value * 10 + byte - ZERO;
      if (scale >= 0) scale++;
    } else if (byte === mark && scale < 0 && position > start) scale = 0;
    else return false;
  }
  if (scale === 0) return false;
  into.mantissa = negative ? -value : value;
  into.scale = Math.max(scale, 0);
  return true;
}

export const markByte = (mark: DecimalMark): number => (mark === "." ? POINT : 44);

/**
 * A number as people write it: `1.234,50 €`, `GBP 12.5`, `(3.00)`, `5-`, `1'000`. `mark` is the decimal mark; the other one may only group
 * thousands. More than six decimals are cut by rounding half away from zero.
 */
export function parseDecimal(text: string, mark: DecimalMark): Decimal | null {
  let rest = text.replace(/[\s\u00a0\u202f]|^[A-Za-z]{1,3}|[A-Za-z]{1,3}$|\p{Sc}/gu, "").replace("\u2212", "-");
  let negative = false;
  const brackets = /^\((.*)\)$/.exec(rest);
  if (brackets?.[1] !== undefined) {
    negative = true;
    rest = brackets[1];
  }
  const sign = /^([+-]?)(.*?)(-?)$/.exec(rest);
  if (!sign) return null;
  if (sign[1] === "-" || sign[3] === "-") negative = !negative;
  const body = sign[2] ?? "";
  const pattern = mark === "." ? /^(\d{1,3}(?:[,'’]\d{3})+|\d+)?(?:\.(\d+))?$/ : /^(\d{1,3}(?:[.'’]\d{3})+|\d+)?(?:,(\d+))?$/;
  const match = pattern.exec(body);
  if (!match || (match[1] === undefined && match[2] === undefined)) return null;
  const whole = (match[1] ?? "").replace(/\D/g, "");
  const fraction = (match[2] ?? "").replace(/0+$/, "");
  const kept = fraction.slice(0, 6);
  const up = fraction.length > 6 && (fraction[6] ?? "0") >= "5" ? 1 : 0;
  const mantissa = Number(`${whole}${kept}`) + up;
  if (!Number.isSafeInteger(mantissa)) return null;
  return { mantissa: negative && mantissa !== 0 ? -mantissa : mantissa, scale: kept.length };
}

const POW10 = [1, 10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000, 1_000_000_000];

/** `quantity` times a decimal in minor units of a currency with `scale` decimals, half away from zero; null when JavaScript cannot hold it. */
export function toMinor(value: Decimal, scale: number, quantity = 1): number | null {
  const product = value.mantissa * quantity;
  if (!Number.isSafeInteger(product)) return null;
  if (value.scale <= scale) {
    const exact = product * (POW10[scale - value.scale] ?? 1);
    return Number.isSafeInteger(exact) ? exact : null;
  }
  const divisor = POW10[value.scale - scale] ?? 1;
  const size = Math.abs(product);
  const rest = size % divisor;
  const rounded = (size - rest) / divisor + (rest * 2 >= divisor ? 1 : 0);
  return product < 0 && rounded !== 0 ? -rounded : rounded;
}

type Parts = { year: number; month: number; day: number; hour: number; minute: number; second: number; ms: number; offset: number | null };

const DATE =
  /^(\d{1,4})[-./](\d{1,2})[-./](\d{1,4})(?:[T\s,]+(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?\s*([AaPp]\.?[Mm]\.?)?\s*(Z|UTC|GMT|[+-]\d{2}:?\d{2}|[+-]\d{2})?)?$/;

function splitDate(text: string, order: DateOrder): Parts | null {
  const match = DATE.exec(text);
  if (!match) return null;
  const numbers = [Number(match[1]), Number(match[2]), Number(match[3])];
  const [a = 0, b = 0, c = 0] = numbers;
  const [year, month, day] = order === "mdy" ? [c, a, b] : order === "dmy" ? [c, b, a] : [a, b, c];
  // Four-digit years only, except that "24" in a day-first or month-first date is 2024.
  const digits = (order === "ymd" ? match[1] : match[3])?.length ?? 0;
  if (digits !== 4 && !(digits === 2 && order !== "ymd")) return null;
  const hour = Number(match[4] ?? 0);
  const half = match[8]?.[0]?.toLowerCase();
  if (half && (hour < 1 || hour > 12)) return null;
  const zone = match[9];
  return {
    year: digits === 2 ? 2000 + year : year,
    month,
    day,
    hour: half === "p" ? (hour % 12) + 12 : half === "a" ? hour % 12 : hour,
    minute: Number(match[5] ?? 0),
    second: Number(match[6] ?? 0),
    ms: Number((match[7] ?? "").padEnd(3, "0").slice(0, 3)),
    offset: zone === undefined ? null : /^[A-Z]/.test(zone) ? 0 : minutesOf(zone),
  };
}

function minutesOf(zone: string): number {
  const size = Number(zone.slice(1, 3)) * 60 + Number(zone.slice(3).replace(":", "") || 0);
  return zone[0] === "-" ? -size : size;
}

const HALF_HOUR = 1_800_000;
const DAY = 48 * HALF_HOUR;
const MAX_KEPT = 50_000;
const two = (value: number) => (value < 10 ? `0${value}` : `${value}`);

/**
 * Reads dates of one file: wall times become instants in the import's zone. Conversions are remembered, because the calendar is slow: per
 * day where the clock runs through, per half hour on days when it is changed. The years 1900 to 2200 are taken for real.
 */
export class DateReader {
  private readonly starts = new Map<number, number>();
  /** How far the instants of a day are from its wall times; null where that changes within the day. */
  private readonly shifts = new Map<number, number | null>();
  private readonly order: DateOrder;
  private readonly zone: string;

  constructor(order: DateOrder, zone: string) {
    this.order = order;
    this.zone = zone;
  }

  /** Milliseconds since 1970. */
  instant(text: string): number | null {
    if (this.order === "epoch") return readEpoch(text);
    const parts = splitDate(text, this.order);
    if (!parts) return null;
    const wall = wallClock(parts);
    if (wall === null) return null;
    if (parts.offset !== null) return wall - parts.offset * 60_000;
    const day = Math.floor(wall / DAY);
    let shift = this.shifts.get(day);
    if (shift === undefined) {
      shift = this.shiftOf(day * DAY);
      if (this.shifts.size > MAX_KEPT) this.shifts.clear();
      this.shifts.set(day, shift);
    }
    if (shift !== null) return wall + shift;
    const half = Math.floor(wall / HALF_HOUR) * HALF_HOUR;
    return this.at(half) + wall - half;
  }

  private shiftOf(midnight: number): number | null {
    const start = this.at(midnight);
    const runsThrough = this.at(midnight + DAY / 2) - start === DAY / 2 && this.at(midnight + DAY) - start === DAY;
    return runsThrough ? start - midnight : null;
  }

  /** The instant of a wall time at the beginning of a half hour, given as if it were in UTC. */
  private at(wall: number): number {
    let instant = this.starts.get(wall);
    if (instant === undefined) {
      instant = localToInstant(new Date(wall).toISOString().slice(0, 19), this.zone).getTime();
      if (this.starts.size > MAX_KEPT) this.starts.clear();
      this.starts.set(wall, instant);
    }
    return instant;
  }

  /** A calendar date without time, as `YYYY-MM-DD`. */
  date(text: string): string | null {
    const parts = splitDate(text, this.order === "epoch" ? "ymd" : this.order);
    if (!parts || wallClock(parts) === null) return null;
    return `${parts.year}-${two(parts.month)}-${two(parts.day)}`;
  }
}

function wallClock(p: Parts): number | null {
  if (p.year < 1900 || p.year > 2200 || p.hour > 23 || p.minute > 59 || p.second > 59) return null;
  const ms = Date.UTC(p.year, p.month - 1, p.day, p.hour, p.minute, p.second, p.ms);
  const check = new Date(ms);
  // Date.UTC rolls 31 February over; such a date is a mistake in the file.
  return check.getUTCMonth() === p.month - 1 && check.getUTCDate() === p.day ? ms : null;
}

function readEpoch(text: string): number | null {
  if (!/^\d{9,13}$/.test(text)) return null;
  const value = Number(text);
  return text.length >= 12 ? value : value * 1000;
}
