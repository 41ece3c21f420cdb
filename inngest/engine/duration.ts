const UNITS: Record<string, number> = { w: 604_800_000, d: 86_400_000, h: 3_600_000, m: 60_000, s: 1_000 };
const DURATION = /^(?:\d+[wdhms])+$/;

/** Milliseconds of a time string as the SDK writes it (`1d2h30m10s`); null when it is none. */
export function parseDuration(text: string): number | null {
  if (!DURATION.test(text)) return null;
  let total = 0;
  for (const [, amount, unit] of text.matchAll(/(\d+)([wdhms])/g)) total += Number(amount) * (UNITS[unit ?? ""] ?? Number.NaN);
  return Number.isFinite(total) ? total : null;
}

/** When something is due: a duration from now, or a date. The empty string is what the SDK makes of a duration of zero. */
export type Due = { inMs: number } | { at: Date };

/** Throws when the text is neither a duration nor a date. */
export function parseDue(text: string): Due {
  if (text === "") return { inMs: 0 };
  const inMs = parseDuration(text);
  if (inMs !== null) return { inMs };
  const at = new Date(text);
  if (Number.isNaN(at.getTime())) throw new Error(`"${text}" is neither a duration nor a date`);
  return { at };
}

/** SQL that turns the two parameters made by `dueParams` into an instant on the database's clock. */
export const dueSql = (first: number): string =>
  `coalesce($${first}::timestamptz, app_now() + make_interval(secs => $${first + 1}::double precision / 1000))`;

export const dueParams = (due: Due): [Date | null, number | null] => ("at" in due ? [due.at, null] : [null, due.inMs]);

/** Pauses before the second, third … attempt, as the hosted service makes them. */
const PAUSES_MS = [15_000, 30_000, 60_000, 120_000, 300_000, 600_000, 1_200_000, 2_400_000, 3_600_000, 7_200_000];

/** Pause after the failed attempt (0-based), with up to 20 % jitter so that runs which failed together do not return together. */
export function backoffMs(attempt: number, factor: number, random: () => number = Math.random): number {
  const base = PAUSES_MS[Math.min(attempt, PAUSES_MS.length - 1)] ?? 7_200_000;
  return Math.round(base * factor * (1 + 0.2 * random()));
}

/** What `retry-after` asks for: whole seconds or a date. Null when it cannot be read, so that the ordinary pause applies. */
export function parseRetryAfter(header: string): Due | null {
  if (/^\d+$/.test(header)) return { inMs: Number(header) * 1000 };
  const at = new Date(header);
  return Number.isNaN(at.getTime()) ? null : { at };
}
