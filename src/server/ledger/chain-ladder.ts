/**
 * Expected breakage by chain ladder (domain.md 1.11): how far the redemptions of older cohorts went on from each age says how far those of
 * younger ones will. Ratios of whole numbers throughout, rounded once at the end, so that no amount is too large. Pure.
 */

/** Fewer cohorts say nothing about the next one. */
export const MIN_COHORTS = 6;

export type Cohort = {
  /** `YYYY-MM` of granting, shop time. */
  month: string;
  /** Granted and not taken back. */
  granted: bigint;
  /** Of that, lapsed already: it cannot be redeemed any more, whatever older cohorts did. */
  lapsed: bigint;
  /** Redeemed up to the end of each month of age, cumulative, from age 0 to the last complete month. */
  redeemed: readonly bigint[];
};

export type CohortForecast = {
  month: string;
  granted: bigint;
  redeemed: bigint;
  /** Expected to be redeemed in the end; null when no older cohort shows how this one goes on. */
  ultimate: bigint | null;
  breakage: bigint | null;
};

export type ChainLadder =
  | { status: "notEnoughHistory"; cohorts: number; needed: number }
  | {
      status: "estimated";
      forecasts: CohortForecast[];
      granted: bigint;
      redeemed: bigint;
      ultimate: bigint | null;
      breakage: bigint | null;
    };

type Factor = { numerator: bigint; denominator: bigint } | null;

const sum = (values: readonly bigint[]): bigint => values.reduce((total, value) => total + value, 0n);

/** `f_j = ΣC(i,j+1) / ΣC(i,j)` over the cohorts that have both; null when there is nothing to divide by. */
function factorAt(cohorts: readonly Cohort[], age: number): Factor {
  const both = cohorts.filter((cohort) => cohort.redeemed.length > age + 1);
  if (both.length === 0) return null;
  const denominator = sum(both.map((cohort) => cohort.redeemed[age] ?? 0n));
  const numerator = sum(both.map((cohort) => cohort.redeemed[age + 1] ?? 0n));
  // Nobody had redeemed and nobody did in the next month: nothing happened, which is a factor of one.
  if (denominator === 0n) return numerator === 0n ? { numerator: 1n, denominator: 1n } : null;
  return { numerator, denominator };
}

function forecast(cohort: Cohort, factors: readonly Factor[]): CohortForecast {
  const { month, granted, lapsed } = cohort;
  const redeemed = cohort.redeemed.at(-1) ?? 0n;
  let numerator = redeemed;
  let denominator = 1n;
  for (const factor of factors.slice(Math.max(cohort.redeemed.length - 1, 0))) {
    if (!factor) return { month, granted, redeemed, ultimate: null, breakage: null };
    numerator *= factor.numerator;
    denominator *= factor.denominator;
  }
  const rounded = (2n * numerator + denominator) / (2n * denominator);
  // Nobody can redeem more than was granted and has not lapsed.
  const most = granted - lapsed;
  const ultimate = rounded > most ? most : rounded;
  return { month, granted, redeemed, ultimate, breakage: granted - ultimate };
}

/** Forecasts every cohort, oldest first; says so when the history is too short for any forecast. */
export function chainLadder(cohorts: readonly Cohort[]): ChainLadder {
  if (cohorts.length < MIN_COHORTS) return { status: "notEnoughHistory", cohorts: cohorts.length, needed: MIN_COHORTS };
  const longest = Math.max(...cohorts.map((cohort) => cohort.redeemed.length));
  const factors = Array.from({ length: Math.max(longest - 1, 0) }, (_, age) => factorAt(cohorts, age));
  const forecasts = cohorts.map((cohort) => forecast(cohort, factors));
  const known = forecasts.flatMap(({ ultimate }) => (ultimate === null ? [] : [ultimate]));
  const granted = sum(forecasts.map((cohort) => cohort.granted));
  const ultimate = known.length === forecasts.length ? sum(known) : null;
  return {
    status: "estimated",
    forecasts,
    granted,
    redeemed: sum(forecasts.map((cohort) => cohort.redeemed)),
    ultimate,
    breakage: ultimate === null ? null : granted - ultimate,
  };
}
