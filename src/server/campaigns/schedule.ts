import {
  addMonthsToDay,
  dayToIsoDate,
  endOfLocalDayAfter,
  instantToLocal,
  isoDateToDay,
  localToInstant,
  startOfLocalDay,
} from "@/server/time";

const DAY_MS = 86_400_000;
/** Attribution runs at least this long after the release, also when the credit ends sooner (domain.md 2.1). */
export const MIN_WINDOW_DAYS = 30;
/** After the window, time for returns; only then a result is final. */
export const MATURITY_DAYS = 30;
/** A drop that starts at most this late still counts as released at its planned time. */
const PUNCTUAL_MS = 10 * 60_000;
/** The minute that has begun may still be chosen: the form has no seconds. */
const PAST_TOLERANCE_MS = 60_000;

/** What of a campaign decides its times. */
export type Timing = {
  availableLocal: string;
  timeZone: string;
  zone: "shop" | "customer";
  expiryDays: number | null;
  expiryDate: string | null;
};

export type Schedule = {
  /** When the drop starts: the first moment at which the wall time is reached in one of the zones. */
  runAt: Date;
  /** When the wall time is reached in the shop's zone. */
  atHome: Date;
  expiresAt: Date | null;
  windowEndsAt: Date;
  /** The wall time that will really apply when the chosen one does not exist (spring gap); null otherwise. */
  shiftedTo: string | null;
};

/** From when to when credit is good in one zone. */
export type ZoneTimes = { no: number; timeZone: string; availableFrom: Date; expiresAt: Date | null };

/**
 * Instants of a campaign from its wall time and zone (domain.md 4.6, T1–T3, T8). Throws RangeError for a date that does not exist.
 * `zones` are the customers' own zones beside the shop's, where the wall time is each customer's.
 */
export function scheduleOf(timing: Timing, zones: readonly string[] = []): Schedule {
  const atHome = localToInstant(timing.availableLocal, timing.timeZone);
  const actual = instantToLocal(atHome, timing.timeZone).slice(0, 16);
  const starts = timing.zone === "customer" ? zones.map((zone) => localToInstant(timing.availableLocal, zone)) : [];
  const runAt = new Date(Math.min(atHome.getTime(), ...starts.map((start) => start.getTime())));
  return {
    runAt,
    atHome,
    ...windowOf(zoneTimes(timing, runAt, zones), runAt),
    shiftedTo: actual === timing.availableLocal ? null : actual,
  };
}

/**
 * Availability and expiry per zone, the shop's first. Nobody's credit starts before the release: a zone in which the wall time has passed
 * gets it at once, and its days count from then.
 */
export function zoneTimes(timing: Timing, release: Date, zones: readonly string[] = []): ZoneTimes[] {
  const all = timing.zone === "customer" ? [timing.timeZone, ...zones.filter((zone) => zone !== timing.timeZone)] : [timing.timeZone];
  return all.map((timeZone, no) => {
    const wall = timing.zone === "customer" ? localToInstant(timing.availableLocal, timeZone) : release;
    const availableFrom = new Date(Math.max(wall.getTime(), release.getTime()));
    return { no, timeZone, availableFrom, expiresAt: expiryOf(timing, availableFrom, timeZone) };
  });
}

/** Whole calendar days after the availability, or the end of the given last day; both in the zone. */
function expiryOf(timing: Pick<Timing, "expiryDays" | "expiryDate">, availableFrom: Date, timeZone: string): Date | null {
  if (timing.expiryDate !== null) return startOfLocalDay(isoDateToDay(timing.expiryDate) + 1, timeZone);
  return timing.expiryDays === null ? null : endOfLocalDayAfter(availableFrom, timing.expiryDays, timeZone);
}

/** The last expiry over the zones (null: some credit never lapses) and the attribution window: at least 30 days of observation. */
export function windowOf(times: readonly ZoneTimes[], release: Date): { expiresAt: Date | null; windowEndsAt: Date } {
  const ends = times.map((zone) => zone.expiresAt?.getTime() ?? null);
  const last = ends.reduce<number | null>((most, end) => (most === null || end === null ? null : Math.max(most, end)), 0);
  const expiresAt = last === null || last === 0 ? null : new Date(last);
  const shortest = release.getTime() + MIN_WINDOW_DAYS * DAY_MS;
  return { expiresAt, windowEndsAt: new Date(Math.max(shortest, expiresAt?.getTime() ?? 0)) };
}

/** The wall time of the k-th run of a monthly campaign, counted from the first date: 31 January, 28 February, 31 March. */
export function monthlyLocal(firstLocal: string, every: number, k: number): string {
  const [date = "", time = ""] = firstLocal.split("T");
  return `${dayToIsoDate(addMonthsToDay(isoDateToDay(date), every * k))}T${time}`;
}

/** A hundred years of months: no campaign repeats longer. */
const MAX_MONTHS = 1_200;

/** When a monthly campaign runs next after an instant; null when it never does again. */
export function nextMonthly(timing: Timing, every: number, after: Date, zones: readonly string[] = []): Date | null {
  for (let k = 1; k * every <= MAX_MONTHS; k++) {
    const { runAt } = scheduleOf({ ...timing, availableLocal: monthlyLocal(timing.availableLocal, every, k) }, zones);
    if (runAt > after) return runAt;
  }
  return null;
}

/** The wall time of the monthly run that began at or last before an instant. */
export function monthlyLocalOf(timing: Timing, every: number, runAt: Date, zones: readonly string[] = []): string {
  let local = timing.availableLocal;
  for (let k = 1; k * every <= MAX_MONTHS; k++) {
    const next = monthlyLocal(timing.availableLocal, every, k);
    if (scheduleOf({ ...timing, availableLocal: next }, zones).runAt > runAt) return local;
    local = next;
  }
  return local;
}

/** The calendar month a grant's budget belongs to, `YYYY-MM` in the shop's zone. */
export const monthOf = (instant: Date, timeZone: string): string => instantToLocal(instant, timeZone).slice(0, 7);

/**
 * The instant from which credit, expiry and observation count. A drop that was paused or whose server was off is released when it really
 * starts: nobody loses days of validity because a machine slept.
 */
export const releaseOf = (runAt: Date, now: Date): Date => (now.getTime() - runAt.getTime() <= PUNCTUAL_MS ? runAt : now);

export const isPast = (runAt: Date, now: Date): boolean => runAt.getTime() < now.getTime() - PAST_TOLERANCE_MS;

export const maturesAt = (windowEndsAt: Date): Date => new Date(windowEndsAt.getTime() + MATURITY_DAYS * DAY_MS);
