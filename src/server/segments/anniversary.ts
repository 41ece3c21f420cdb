import { dayToIsoDate, localDay } from "@/server/time";
import type { DateValue } from "./schema";
import { type Clock, dayOf } from "./semantics";

/** Yearly days (domain.md 4.6): a date without its year, 29 February is kept on the 28th in common years, spans wrap the year. Pure. */

/** Month × 100 + day. */
export type MonthDay = number;
export type MonthDaySpan = { from: MonthDay; to: MonthDay };

const monthDay = (isoDate: string): MonthDay => Number(isoDate.slice(5, 7)) * 100 + Number(isoDate.slice(8, 10));
const isLeap = (year: number): boolean => (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;

const LEAP_DAY = 229;
const WHOLE_YEAR: MonthDaySpan[] = [{ from: 101, to: 1231 }];

/** The month-days whose yearly return lies between two days (inclusive), as at most a few spans. */
export function monthDaysBetween(from: number, to: number): MonthDaySpan[] {
  if (to < from) return [];
  if (to - from >= 366) return WHOLE_YEAR;
  const [first, last] = [dayToIsoDate(from), dayToIsoDate(to)];
  const [firstYear, lastYear] = [Number(first.slice(0, 4)), Number(last.slice(0, 4))];
  const spans: MonthDaySpan[] = [];
  for (let year = firstYear; year <= lastYear; year++) {
    const span = { from: year === firstYear ? monthDay(first) : 101, to: year === lastYear ? monthDay(last) : 1231 };
    spans.push(span);
    // In a common year the leap-day birthday is kept on the 28th: it must come with the 28th even when the span ends there.
    if (!isLeap(year) && span.from <= 228 && span.to === 228) spans.push({ from: LEAP_DAY, to: LEAP_DAY });
  }
  // … and must not come with 1 March when the span begins there; 301 > 229, so it does not.
  return spans;
}

/** Every month-day there is, in order. */
const MONTH_DAYS: readonly MonthDay[] = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31].flatMap((length, month) =>
  Array.from({ length }, (_, day) => (month + 1) * 100 + day + 1),
);

/** Of several sets of days: those that all have, and those that at least one has, as spans. */
export function everywhereAndSomewhere(sets: readonly (readonly MonthDaySpan[])[]): {
  everywhere: MonthDaySpan[];
  somewhere: MonthDaySpan[];
} {
  const has = (spans: readonly MonthDaySpan[], md: MonthDay) => spans.some((span) => md >= span.from && md <= span.to);
  return {
    everywhere: asSpans((md) => sets.every((spans) => has(spans, md))),
    somewhere: asSpans((md) => sets.some((spans) => has(spans, md))),
  };
}

function asSpans(inside: (md: MonthDay) => boolean): MonthDaySpan[] {
  const spans: MonthDaySpan[] = [];
  let open: MonthDaySpan | null = null;
  for (const md of MONTH_DAYS) {
    if (!inside(md)) open = null;
    else if (open) open.to = md;
    else {
      open = { from: md, to: md };
      spans.push(open);
    }
  }
  return spans;
}

export type PersonalDays = { zones: string[] | null; spans: MonthDaySpan[] };

const isRelative = (value: DateValue): boolean => value.type === "offset" || value.type === "named";

// Where today's date differs from the shop's changes at most every quarter of an hour; 400 zones are asked once for each.
let cache: { key: string; ahead: string[]; behind: string[] } | undefined;

function otherZones(clock: Clock): { ahead: string[]; behind: string[] } {
  const key = `${Math.floor(clock.now.getTime() / 900_000)} ${clock.timeZone}`;
  if (cache?.key === key) return cache;
  const today = localDay(clock.now, clock.timeZone);
  const ahead: string[] = [];
  const behind: string[] = [];
  for (const zone of Intl.supportedValuesOf("timeZone")) {
    const day = localDay(clock.now, zone);
    if (day > today) ahead.push(zone);
    else if (day < today) behind.push(zone);
  }
  cache = { key, ahead, behind };
  return cache;
}

/**
 * The month-days for people whose "today" is the shop's (`zones` null: everyone not listed), is already tomorrow, or still yesterday.
 * Relative dates mean the person's own local date.
 */
export function personalDays(from: DateValue, to: DateValue, clock: Clock): [PersonalDays, ...PersonalDays[]] {
  const today = localDay(clock.now, clock.timeZone);
  const spans = (shift: number) => monthDaysBetween(dayOf(from, today + shift), dayOf(to, today + shift));
  const own: PersonalDays = { zones: null, spans: spans(0) };
  if (!isRelative(from) && !isRelative(to)) return [own];
  const { ahead, behind } = otherZones(clock);
  return [
    own,
    ...(ahead.length > 0 ? [{ zones: ahead, spans: spans(1) }] : []),
    ...(behind.length > 0 ? [{ zones: behind, spans: spans(-1) }] : []),
  ];
}

/** Whether a birth date returns in the clause's days, for a person living in `zone` (null: as the shop). */
export function isAnniversary(birthDate: string, zone: string | null, from: DateValue, to: DateValue, clock: Clock): boolean {
  const [own, ...others] = personalDays(from, to, clock);
  const { spans } = others.find((days) => zone !== null && days.zones?.includes(zone)) ?? own;
  const md = monthDay(birthDate);
  return spans.some((span) => md >= span.from && md <= span.to);
}
