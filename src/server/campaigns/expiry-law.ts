import { instantToLocal, localToInstant } from "@/server/time";

/*
 * What the law says about when credit may end (domain.md 4.4). Engineering's reading of it, not legal advice: where this table is
 * silent, the app says so and applies the cautious rule.
 */

/** Least validity, from loose to strict: as the shop likes, or until 31 December of the third year after the year of issue. */
const TERMS = ["free", "threeYears"] as const;
export type Term = (typeof TERMS)[number];

/** What credit is given for (domain.md 1.2). Campaigns grant the first two; the third is what was paid for or refunded. */
export type Origin = "unpaid" | "earned" | "paid";

/**
 * Germany. A gift may end when the shop likes if that is said clearly (§§ 5, 5a UWG). What customers earned by their own purchases was struck
 * down with 24 months (LG Braunschweig 22 O 211/12), and paid credit with one year (OLG München 29 U 3193/07, 29 U 4761/10): three years
 * from the end of the year of issue (§§ 195, 199 BGB).
 */
const GERMANY: Record<Origin, Term> = { unpaid: "free", earned: "threeYears", paid: "threeYears" };

/** Rules by billing country. A line is added when counsel has read that country's law; nothing here is guessed. */
const RULES: Readonly<Record<string, Record<Origin, Term>>> = { DE: GERMANY };

/** For every country without a line: a gift is free everywhere we sell; for the rest the strict rule can do no harm. */
const CAUTIOUS = GERMANY;

export type Rules = typeof RULES;

/** The people of an audience who are billed in a country; null: nobody knows, then the shop's rule holds for them. */
export type CountryCount = { country: string | null; people: number };

/** What holds for a campaign: the stricter of the shop's and each customer's country, and so the strictest of all of them. */
export type ExpiryLaw = {
  term: Term;
  /** People whose country asks for more than the shop's does. */
  stricter: number;
  /** Countries of the audience, most people first, and whether the table has a rule of their own. */
  countries: { country: string; people: number; known: boolean }[];
  /** People, and countries, that the cautious rule stands in for. */
  unknown: { people: number; countries: number };
};

export function expiryLaw(
  { origin, shopCountry, audience }: { origin: Origin; shopCountry: string; audience: readonly CountryCount[] },
  rules: Rules = RULES,
): ExpiryLaw {
  const strictness = (country: string): number => TERMS.indexOf((rules[country] ?? CAUTIOUS)[origin]);
  const atShop = strictness(shopCountry);
  const byCountry = new Map<string, number>();
  for (const { country, people } of audience) {
    const at = country ?? shopCountry;
    byCountry.set(at, (byCountry.get(at) ?? 0) + people);
  }
  const countries = [...byCountry]
    .map(([country, people]) => ({ country, people, known: rules[country] !== undefined }))
    .toSorted((a, b) => b.people - a.people || (a.country < b.country ? -1 : 1));
  const sum = (rows: typeof countries): number => rows.reduce((total, { people }) => total + people, 0);
  const unknown = countries.filter(({ known }) => !known);
  const strictest = Math.max(atShop, ...countries.map(({ country }) => strictness(country)));
  return {
    term: TERMS[strictest] ?? "threeYears",
    stricter: sum(countries.filter(({ country }) => strictness(country) > atShop)),
    countries,
    unknown: { people: sum(unknown), countries: unknown.length },
  };
}

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

/** Judges an end by the term that holds; counsel's word overrules it. A short validity is unusual, a very short one a legal risk. */
export function judgeExpiry(input: {
  term: Term;
  counselChecked: boolean;
  availableFrom: Date;
  expiresAt: Date | null;
  timeZone: string;
}): ExpiryVerdict {
  const { term, availableFrom, expiresAt, timeZone } = input;
  if (expiresAt === null) return { refusal: null, notBefore: null, warning: "never" };
  if (expiresAt <= availableFrom) return { refusal: "beforeStart", notBefore: availableFrom, warning: null };
  if (term === "threeYears" && !input.counselChecked) {
    const notBefore = threeYearsAfter(availableFrom, timeZone);
    if (expiresAt < notBefore) return { refusal: "earnedTooShort", notBefore, warning: null };
  }
  const days = (expiresAt.getTime() - availableFrom.getTime()) / DAY_MS;
  // The day of the start is not counted, so that seven days are seven days for everybody.
  return { refusal: null, notBefore: null, warning: days < 7 ? "below7" : days < 14 ? "below14" : null };
}
