import { instantToLocal, lastInstantOf, localToInstant } from "@/server/time";
import type { Policy } from "./schema";

type Quiet = NonNullable<Policy["quiet"]>;

const MINUTE = 60_000;
const DAY = 1_440 * MINUTE;
const JITTER_MS = 30 * MINUTE;
/** People share zones and a batch shares its minute: without this the calendar would be most of the decision's time. */
const MEMO_SIZE = 2_000;
const memo = new Map<string, number | null>();

/** FNV-1a over the text: the same person always gets the same number. */
export function stableHash(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  return hash >>> 0;
}

/**
 * When sending may start again, or null when it may now. `from` later than `to` goes over midnight. The person's place within the half hour
 * after the end is fixed by their id, so that a whole audience does not go out in one second. Pure but for a memo of the calendar.
 */
export function quietUntil(now: number, zone: string, quiet: Policy["quiet"], id: string): number | null {
  if (!quiet || quiet.from === quiet.to) return null;
  const minute = Math.floor(now / MINUTE);
  const key = `${zone}|${quiet.from}|${quiet.to}|${minute}`;
  let end = memo.get(key);
  if (end === undefined) {
    end = quietEnd(minute * MINUTE, zone, quiet);
    if (memo.size >= MEMO_SIZE) memo.clear();
    memo.set(key, end);
  }
  return end === null ? null : end + (stableHash(id) % jitterOf(quiet));
}

/** Not so long that it would reach into the next quiet hours. */
const jitterOf = (quiet: Quiet): number => Math.min(JITTER_MS, (DAY - quietLength(quiet)) / 2);

function quietEnd(now: number, zone: string, quiet: Quiet): number | null {
  const local = instantToLocal(new Date(now), zone);
  const time = local.slice(11, 16);
  const overnight = quiet.from > quiet.to;
  const inside = overnight ? time >= quiet.from || time < quiet.to : time >= quiet.from && time < quiet.to;
  if (!inside) return null;
  const day = overnight && time >= quiet.from ? nextDay(local.slice(0, 10)) : local.slice(0, 10);
  // In the hour that a clock shows twice there are two such ends; before the later one it is quiet again.
  return lastInstantOf(`${day}T${quiet.to}`, zone).getTime();
}

const nextDay = (date: string): string => new Date(Date.parse(`${date}T00:00:00Z`) + 86_400_000).toISOString().slice(0, 10);

/**
 * When a reminder due at an instant should go out: at that instant, or, where quiet hours are on or nearer than `lead`, that long before they
 * begin. Later would be too late for credit that ends at midnight, and so would the last minutes before them when anything goes wrong.
 */
export function beforeQuietHours(due: number, zone: string, quiet: Policy["quiet"], { id, lead }: { id: string; lead: number }): number {
  if (!quiet || quiet.from === quiet.to) return due;
  const day = instantToLocal(new Date(due), zone).slice(0, 10);
  const startOf = (date: string): number => localToInstant(`${date}T${quiet.from}`, zone).getTime();
  const starts = [previousDay(day), day, nextDay(day)].map(startOf);
  const inside = quietUntil(due, zone, quiet, id) !== null;
  const start = inside ? starts.findLast((at) => at <= due) : starts.find((at) => at > due);
  if (start === undefined || (!inside && start - due >= lead)) return due;
  // Not so early that it would lie in the quiet hours before.
  const open = DAY - quietLength(quiet);
  return Math.min(due, start - Math.min(lead, open / 2) - (stableHash(id) % jitterOf(quiet)));
}

/** How long quiet hours are by the clock, in milliseconds. */
function quietLength({ from, to }: Quiet): number {
  const minutes = (time: string): number => Number(time.slice(0, 2)) * 60 + Number(time.slice(3));
  return ((minutes(to) - minutes(from) + 1_440) % 1_440) * MINUTE;
}

const previousDay = (date: string): string => new Date(Date.parse(`${date}T00:00:00Z`) - 86_400_000).toISOString().slice(0, 10);
