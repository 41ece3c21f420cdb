import { instantToLocal, localToInstant } from "@/server/time";
import type { Policy } from "./schema";

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
  return end === null ? null : end + (stableHash(id) % JITTER_MS);
}

function quietEnd(now: number, zone: string, quiet: { from: string; to: string }): number | null {
  const local = instantToLocal(new Date(now), zone);
  const time = local.slice(11, 16);
  const overnight = quiet.from > quiet.to;
  const inside = overnight ? time >= quiet.from || time < quiet.to : time >= quiet.from && time < quiet.to;
  if (!inside) return null;
  const day = overnight && time >= quiet.from ? nextDay(local.slice(0, 10)) : local.slice(0, 10);
  return localToInstant(`${day}T${quiet.to}`, zone).getTime();
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
  const jitter = stableHash(id) % Math.min(JITTER_MS, open / 2);
  return Math.min(due, start - Math.min(lead, open / 2) - jitter);
}

/** How long quiet hours are by the clock, in milliseconds. */
function quietLength({ from, to }: NonNullable<Policy["quiet"]>): number {
  const minutes = (time: string): number => Number(time.slice(0, 2)) * 60 + Number(time.slice(3));
  return ((minutes(to) - minutes(from) + 1_440) % 1_440) * MINUTE;
}

const previousDay = (date: string): string => new Date(Date.parse(`${date}T00:00:00Z`) - 86_400_000).toISOString().slice(0, 10);

/** Countries that keep one time; the others need more than a country to say what the clock shows. */
const COUNTRY_ZONE: Record<string, string> = {
  AT: "Europe/Vienna",
  BE: "Europe/Brussels",
  BG: "Europe/Sofia",
  CH: "Europe/Zurich",
  CY: "Asia/Nicosia",
  CZ: "Europe/Prague",
  DE: "Europe/Berlin",
  DK: "Europe/Copenhagen",
  EE: "Europe/Tallinn",
  FI: "Europe/Helsinki",
  FR: "Europe/Paris",
  GB: "Europe/London",
  GR: "Europe/Athens",
  HR: "Europe/Zagreb",
  HU: "Europe/Budapest",
  IE: "Europe/Dublin",
  IN: "Asia/Kolkata",
  IS: "Atlantic/Reykjavik",
  IT: "Europe/Rome",
  JP: "Asia/Tokyo",
  KR: "Asia/Seoul",
  LI: "Europe/Vaduz",
  LT: "Europe/Vilnius",
  LU: "Europe/Luxembourg",
  LV: "Europe/Riga",
  MT: "Europe/Malta",
  NL: "Europe/Amsterdam",
  NO: "Europe/Oslo",
  PL: "Europe/Warsaw",
  RO: "Europe/Bucharest",
  RS: "Europe/Belgrade",
  SE: "Europe/Stockholm",
  SG: "Asia/Singapore",
  SI: "Europe/Ljubljana",
  SK: "Europe/Bratislava",
  TR: "Europe/Istanbul",
  UA: "Europe/Kyiv",
  ZA: "Africa/Johannesburg",
};
const US_ZONES: Record<string, string> = {
  "America/Los_Angeles": "CA OR WA NV",
  "America/Denver": "AZ CO ID MT NM UT WY",
  "America/Chicago": "AL AR IA IL KS LA MN MO MS ND NE OK SD TN TX WI",
  "America/New_York": "CT DC DE FL GA IN KY MA MD ME MI NC NH NJ NY OH PA RI SC VA VT WV",
  "America/Anchorage": "AK",
  "Pacific/Honolulu": "HI",
};

/** The zone in which a person's day is: their own, else their country's (or state's), else the shop's (domain.md 4.1, 6). */
export function zoneOf(person: { timeZone: string | null; country: string | null; region: string | null }, shopZone: string): string {
  if (person.timeZone) return person.timeZone;
  if (person.country === "US" && person.region) {
    const region = person.region.toUpperCase();
    return Object.entries(US_ZONES).find(([, states]) => states.split(" ").includes(region))?.[0] ?? shopZone;
  }
  return (person.country && COUNTRY_ZONE[person.country]) || shopZone;
}
