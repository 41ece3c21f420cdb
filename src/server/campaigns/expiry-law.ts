import { instantToLocal, localToInstant } from "@/server/time";

/** What the law says about when credit may end (domain.md 4.4). Engineering's reading of it, not legal advice. */
export type ExpiryVerdict = {
  /** Why it is refused; null when it may be. */
  refusal: "earnedTooShort" | "beforeStart" | null;
  /** The earliest end that would be allowed. */
  notBefore: Date | null;
  warning: "below7" | "below14" | "never" | null;
};

const DAY_MS = 86_400_000;

/** The end of 31 December three years on, exclusive: §§ 195, 199 BGB count from the end of the year of issue. */
export function threeYearsAfter(issued: Date, timeZone: string): Date {
  const year = Number(instantToLocal(issued, timeZone).slice(0, 4));
  return localToInstant(`${year + 4}-01-01T00:00`, timeZone);
}

/**
 * Promotional credit may end when the shop likes, if it says so; credit that customers earned by their own purchases must last for three
 * years unless counsel has looked at it (LG Braunschweig 22 O 211/12). The stricter of the shop's and the customers' country holds; no
 * milder country is known to this table, so every country gets the German rule.
 */
export function judgeExpiry(input: {
  origin: "unpaid" | "earned";
  counselChecked: boolean;
  availableFrom: Date;
  expiresAt: Date | null;
  timeZone: string;
}): ExpiryVerdict {
  const { origin, availableFrom, expiresAt, timeZone } = input;
  if (expiresAt === null) return { refusal: null, notBefore: null, warning: "never" };
  if (expiresAt <= availableFrom) return { refusal: "beforeStart", notBefore: availableFrom, warning: null };
  if (origin === "earned" && !input.counselChecked) {
    const notBefore = threeYearsAfter(availableFrom, timeZone);
    if (expiresAt < notBefore) return { refusal: "earnedTooShort", notBefore, warning: null };
  }
  const days = (expiresAt.getTime() - availableFrom.getTime()) / DAY_MS;
  // The day of the start is not counted, so that seven days are seven days for everybody.
  return { refusal: null, notBefore: null, warning: days < 7 ? "below7" : days < 14 ? "below14" : null };
}
