/**
 * Local wall time and instants (domain.md 4.6). The only place that converts between them: PostgreSQL resolves the autumn overlap
 * differently, so no local time becomes an instant in SQL. Pure; shared by server and browser.
 */
import { Temporal } from "temporal-polyfill";

const DAY_MS = 86_400_000;
/** A century of days: more is no shop's history but a broken file. */
const MAX_DAYS = 36_525;

/** A sender's clock may run ahead a little, and its day may have begun already. What is dated later has not happened. */
const MAX_AHEAD_MS = DAY_MS;
export const isAhead = (at: Date | number, now: Date): boolean => Number(at) > now.getTime() + MAX_AHEAD_MS;

/** Whether this runtime knows the IANA zone. Fixed offsets ("+02:00") are no zones: they have no summer time. */
export function isTimeZone(zone: string): boolean {
  if (!/^[A-Za-z]/.test(zone)) return false;
  try {
    Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(zone);
    return true;
  } catch {
    return false;
  }
}

/**
 * The instant of a wall time (`YYYY-MM-DDTHH:mm[:ss[.SSS]]`) in an IANA zone. In the spring gap it moves later, in the autumn overlap
 * it means the first occurrence (Temporal `compatible`). Throws RangeError for a text that is no wall time or an unknown zone.
 */
export function localToInstant(local: string, zone: string): Date {
  const zoned = Temporal.PlainDateTime.from(local, { overflow: "reject" }).toZonedDateTime(zone, { disambiguation: "compatible" });
  return new Date(zoned.epochMilliseconds);
}

/** The same, but in the autumn overlap the second occurrence: when the clock shows a wall time for the last time. */
export function lastInstantOf(local: string, zone: string): Date {
  const zoned = Temporal.PlainDateTime.from(local, { overflow: "reject" }).toZonedDateTime(zone, { disambiguation: "later" });
  return new Date(zoned.epochMilliseconds);
}

/** The wall time `YYYY-MM-DDTHH:mm:ss` of an instant in a zone. Its first 16 characters fit an `<input type="datetime-local">`. */
export function instantToLocal(instant: Date, zone: string): string {
  return zonedOf(instant, zone).toPlainDateTime().toString({ smallestUnit: "second" });
}

/**
 * When something that is good for `days` calendar days ends: local midnight after the last day, exclusive. The day of `now` itself
 * is not counted, so 14 days from 20 March are over when 4 April begins.
 */
export function endOfLocalDayAfter(now: Date, days: number, zone: string): Date {
  if (!Number.isInteger(days) || days < 0) throw new RangeError("days must be a whole number, 0 or more");
  const date = zonedOf(now, zone)
    .toPlainDate()
    .add({ days: days + 1 });
  return new Date(date.toZonedDateTime(zone).epochMilliseconds);
}

/** The local calendar day of an instant as days since 1970-01-01; the unit of all `…_day` columns. */
export function localDay(instant: Date, zone: string): number {
  return dateToDay(zonedOf(instant, zone).toPlainDate());
}

/**
 * `localDay` of many instants in one zone: a conversion takes 30 microseconds, so the days that were met are remembered with their
 * borders. Differs from `localDay` only in an hour in which a clock went back over midnight (Newfoundland until 2011).
 */
export class LocalDays {
  private readonly known = new Map<number, { day: number; from: number; until: number }[]>();

  constructor(private readonly zone: string) {}

  /** The day of an instant in milliseconds since 1970. */
  of(ms: number): number {
    const utcDay = Math.floor(ms / DAY_MS);
    const met = this.known.get(utcDay);
    if (met) for (const span of met) if (ms >= span.from && ms < span.until) return span.day;
    const day = localDay(new Date(ms), this.zone);
    const span = { day, from: startOfLocalDay(day, this.zone).getTime(), until: startOfLocalDay(day + 1, this.zone).getTime() };
    if (ms < span.from || ms >= span.until) return day;
    if (this.known.size >= MAX_DAYS) this.known.clear();
    if (met) met.push(span);
    else this.known.set(utcDay, [span]);
    return day;
  }
}

/** `YYYY-MM-DD` to days since 1970-01-01. Throws RangeError for anything that is no date of the calendar. */
export const isoDateToDay = (date: string): number => dateToDay(Temporal.PlainDate.from(date, { overflow: "reject" }));

/** The reverse of `isoDateToDay`. */
export const dayToIsoDate = (day: number): string => new Date(day * DAY_MS).toISOString().slice(0, 10);

/** The instant at which a local day (days since 1970-01-01) begins; not always 00:00, where summer time starts at midnight. */
export function startOfLocalDay(day: number, zone: string): Date {
  return new Date(Temporal.PlainDate.from(dayToIsoDate(day)).toZonedDateTime(zone).epochMilliseconds);
}

/** Adds calendar months to a day, always from the original date: 31 January + 1 = 28 February, + 2 = 31 March. */
export function addMonthsToDay(day: number, months: number): number {
  return dateToDay(Temporal.PlainDate.from(dayToIsoDate(day)).add({ months }));
}

const zonedOf = (instant: Date, zone: string) => Temporal.Instant.fromEpochMilliseconds(instant.getTime()).toZonedDateTimeISO(zone);

const dateToDay = (date: Temporal.PlainDate): number => Math.round(Date.UTC(date.year, date.month - 1, date.day) / DAY_MS);
