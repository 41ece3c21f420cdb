import type { HoldoutYear } from "./global-holdout";
import type { KeptResult } from "./results";
import type { Estimate, VerdictKind } from "./schema";

/** Treated people of the campaigns in a sum, and how many of them were treated by more than one. */
export type Overlap = { people: number; several: number };

type Judged = Extract<VerdictKind, "too_early" | "proven_profit" | "proven_loss" | "not_proven">;
type Unjudged = Extract<VerdictKind, "not_started" | "too_early" | "insufficient_data">;

/** What single campaigns earned, added up. */
export type AddedUp = {
  /** In the sum: finished ones; while there is none, those under way. */
  campaigns: number;
  /** Under way and not in the sum, because their returns have not matured. */
  open: number;
} & ({ profit: Estimate; verdict: Judged } | { profit: null; verdict: Unjudged });

/**
 * What the programme as a whole earned. The yearly holdout answers that alone; without one the campaigns' own results are added up, which
 * cannot know how campaigns influence each other.
 */
export type Headline = {
  unit: string;
  holdout: { year: number; profit: Estimate; perPerson: Estimate; people: number; verdict: Judged } | null;
  added: AddedUp;
  /** Null until it was counted. */
  overlap: Overlap | null;
};

const byInterval = ({ low, high }: Estimate): Judged => (low > 0n ? "proven_profit" : high < 0n ? "proven_loss" : "not_proven");

/** The sum of independent estimates: its interval is as wide as the root of the squares of its parts. Null of none. */
export function sumOfEstimates(estimates: readonly Estimate[]): Estimate | null {
  const [first] = estimates;
  if (!first) return null;
  if (estimates.length === 1) return first;
  const value = estimates.reduce((total, e) => total + e.value, 0n);
  const half = BigInt(Math.round(Math.sqrt(estimates.reduce((total, e) => total + (Number(e.high - e.low) / 2) ** 2, 0))));
  return { value, low: value - half, high: value + half };
}

/**
 * Adds up campaigns of one unit. Every campaign draws its holdout with its own salt, so that their errors are independent even where their
 * people are the same: variances add. Effects do not have to: each is "given everything else that ran" (domain.md 2.1). Campaigns whose
 * returns have not matured stay outside, unless there are no others.
 */
export function addUp(results: readonly KeptResult[]): AddedUp {
  const measured = results.flatMap(({ result }) => (result.profit ? [{ profit: result.profit, preliminary: result.preliminary }] : []));
  const finished = measured.filter((entry) => !entry.preliminary);
  const own = finished.length > 0 ? finished : measured;
  const profit = sumOfEstimates(own.map((entry) => entry.profit));
  const open = results.filter(({ result }) => result.preliminary).length - (finished.length > 0 ? 0 : own.length);
  if (profit) return { profit, verdict: finished.length > 0 ? byInterval(profit) : "too_early", campaigns: own.length, open };
  const verdict = results.length === 0 ? "not_started" : open > 0 ? "too_early" : "insufficient_data";
  return { profit: null, verdict, campaigns: 0, open };
}

/** The newest year of the holdout that has a number, beside the sum of the campaigns. */
export function headlineOf(unit: string, results: readonly KeptResult[], years: readonly HoldoutYear[], overlap: Overlap | null): Headline {
  const found = [...years].sort((a, b) => b.year - a.year).find((year) => year.profit && year.profitPerPerson);
  const holdout = found?.profit &&
    found.profitPerPerson && {
      ...{ year: found.year, profit: found.profit, perPerson: found.profitPerPerson, people: found.people.others },
      verdict: found.preliminary ? ("too_early" as const) : byInterval(found.profit),
    };
  return { unit, holdout: holdout || null, added: addUp(results), overlap };
}
