import { endOfLocalDayAfter, instantToLocal, localToInstant } from "@/server/time";

const DAY_MS = 86_400_000;
/** Attribution runs at least this long after the release, also when the credit ends sooner (domain.md 2.1). */
export const MIN_WINDOW_DAYS = 30;
/** After the window, time for returns; only then a result is final. */
export const MATURITY_DAYS = 30;
/** A drop that starts at most this late still counts as released at its planned time. */
const PUNCTUAL_MS = 10 * 60_000;
/** The minute that has begun may still be chosen: the form has no seconds. */
const PAST_TOLERANCE_MS = 60_000;

export type Schedule = {
  runAt: Date;
  expiresAt: Date | null;
  windowEndsAt: Date;
  /** The wall time that will really apply when the chosen one does not exist (spring gap); null otherwise. */
  shiftedTo: string | null;
};

/** Instants of a campaign from its wall time and zone (domain.md 4.6, T1–T3, T8). Throws RangeError for a date that does not exist. */
export function scheduleOf(input: { availableLocal: string; timeZone: string; expiryDays: number | null }): Schedule {
  const runAt = localToInstant(input.availableLocal, input.timeZone);
  const actual = instantToLocal(runAt, input.timeZone).slice(0, 16);
  return {
    runAt,
    ...windowOf({ release: runAt, expiryDays: input.expiryDays, timeZone: input.timeZone }),
    shiftedTo: actual === input.availableLocal ? null : actual,
  };
}

/** Expiry and attribution window of a release: whole calendar days in the shop's zone, then at least 30 days of observation. */
export function windowOf(input: { release: Date; expiryDays: number | null; timeZone: string }): {
  expiresAt: Date | null;
  windowEndsAt: Date;
} {
  const expiresAt = input.expiryDays === null ? null : endOfLocalDayAfter(input.release, input.expiryDays, input.timeZone);
  const shortest = input.release.getTime() + MIN_WINDOW_DAYS * DAY_MS;
  return { expiresAt, windowEndsAt: new Date(Math.max(shortest, expiresAt?.getTime() ?? 0)) };
}

/**
 * The instant from which credit, expiry and observation count. A drop that was paused or whose server was off is released when it really
 * starts: nobody loses days of validity because a machine slept.
 */
export const releaseOf = (runAt: Date, now: Date): Date => (now.getTime() - runAt.getTime() <= PUNCTUAL_MS ? runAt : now);

export const isPast = (runAt: Date, now: Date): boolean => runAt.getTime() < now.getTime() - PAST_TOLERANCE_MS;

export const maturesAt = (windowEndsAt: Date): Date => new Date(windowEndsAt.getTime() + MATURITY_DAYS * DAY_MS);
