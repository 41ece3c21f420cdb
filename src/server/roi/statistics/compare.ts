import { chiSquaredTail, studentQuantile, studentTwoSided } from "./special-functions";

/** What an arm's outcome comes down to: number of people, mean, and unbiased sample variance. */
export type Moments = { n: number; mean: number; variance: number };

export type Interval = { low: number; high: number };

export type InsufficientReason =
  | "no_holdout"
  | "no_treated"
  | "arm_too_small"
  | "too_few_buyers"
  | "zero_variance"
  | "invalid_numbers"
  | "sample_ratio_mismatch"
  | "denominator_not_positive"
  | "too_few_studies"
  | "out_of_reach";

/** Never a number that pretends: what cannot be computed says why. */
export type Insufficient = { status: "insufficient_data"; reason: InsufficientReason };

export type Comparison = {
  status: "ok";
  /** Difference of means, treated minus control. */
  difference: number;
  standardError: number;
  degreesOfFreedom: number;
  t: number;
  pValue: number;
  interval: Interval;
};

/** Guards of domain.md 2.2 (15): below these no interval is shown. */
export const MIN_ARM = 100;
export const MIN_BUYERS = 20;
/** GrowthBook's default threshold for the sample-ratio check. */
export const SRM_ALARM = 0.001;
export const ALPHA = 0.05;
export const POWER = 0.8;

/** Neumaier's compensated sum: the error of every addition is kept apart and added at the end. */
export function compensatedSum(values: readonly number[]): number {
  let sum = 0;
  let lost = 0;
  for (const value of values) {
    const next = sum + value;
    lost += Math.abs(sum) >= Math.abs(value) ? sum - next + value : value - next + sum;
    sum = next;
  }
  return sum + lost;
}

/** Moments of plain values, centred before squaring, so that 1e9 + {4, 7, 13, 16} has variance 30 (domain.md B24). */
export function momentsOf(values: readonly number[]): Moments {
  const n = values.length;
  if (n === 0) return { n: 0, mean: 0, variance: 0 };
  const mean = compensatedSum(values) / n;
  const deviations = values.map((value) => value - mean);
  const residual = compensatedSum(deviations);
  const squares = compensatedSum(deviations.map((d) => d * d));
  return { n, mean, variance: n < 2 ? 0 : Math.max(0, (squares - (residual * residual) / n) / (n - 1)) };
}

/**
 * Moments from integer sums, as the database gives them. The subtraction that cancels, n·Σx² − (Σx)², happens in whole numbers: nothing is
 * lost, whatever the size of the amounts. Unit: that of x (minor units).
 */
export function momentsFromExact(n: number, sum: bigint, sumOfSquares: bigint): Moments {
  if (n === 0) return { n: 0, mean: 0, variance: 0 };
  const count = BigInt(n);
  const numerator = count * sumOfSquares - sum * sum;
  return { n, mean: ratio(sum, count), variance: n < 2 ? 0 : ratio(numerator, count * (count - 1n)) };
}

/** Quotient of two bigints as a double, exact to its last digits also when both exceed 2^53. */
function ratio(numerator: bigint, denominator: bigint): number {
  const whole = numerator / denominator;
  return Number(whole) + Number(numerator - whole * denominator) / Number(denominator);
}

/** a·b as an unevaluated sum of two doubles (Dekker, Veltkamp split): the part a double product loses. */
function twoProduct(a: number, b: number): [number, number] {
  const product = a * b;
  const split = (x: number): [number, number] => {
    const t = 134217729 * x;
    const high = t - (t - x);
    return [high, x - high];
  };
  const [ah, al] = split(a);
  const [bh, bl] = split(b);
  return [product, ah * bh - product + ah * bl + al * bh + al * bl];
}

/** Moments from floating sums (published vectors, other tools): the cancelling subtraction is compensated. */
export function momentsFromSums(n: number, sum: number, sumOfSquares: number): Moments {
  if (n === 0) return { n: 0, mean: 0, variance: 0 };
  const [p, pLost] = twoProduct(n, sumOfSquares);
  const [q, qLost] = twoProduct(sum, sum);
  const numerator = p - q + (pLost - qLost);
  return { n, mean: sum / n, variance: n < 2 ? 0 : numerator / n / (n - 1) };
}

/** Welch's unequal-variance comparison with Welch–Satterthwaite degrees of freedom (domain.md 2.2, 1). */
export function welch(treated: Moments, control: Moments, alpha = ALPHA): Comparison | Insufficient {
  if (control.n === 0) return { status: "insufficient_data", reason: "no_holdout" };
  if (treated.n === 0) return { status: "insufficient_data", reason: "no_treated" };
  if (treated.n < 2 || control.n < 2) return { status: "insufficient_data", reason: "arm_too_small" };
  const vt = treated.variance / treated.n;
  const vc = control.variance / control.n;
  if (![vt, vc, treated.mean, control.mean].every(Number.isFinite) || vt < 0 || vc < 0)
    return { status: "insufficient_data", reason: "invalid_numbers" };
  if (vt === 0 || vc === 0) return { status: "insufficient_data", reason: "zero_variance" };
  const standardError = Math.sqrt(vt + vc);
  const degreesOfFreedom = (vt + vc) ** 2 / (vt ** 2 / (treated.n - 1) + vc ** 2 / (control.n - 1));
  const difference = treated.mean - control.mean;
  const t = difference / standardError;
  const half = studentQuantile(alpha, degreesOfFreedom) * standardError;
  return {
    status: "ok",
    difference,
    standardError,
    degreesOfFreedom,
    t,
    pValue: studentTwoSided(t, degreesOfFreedom),
    interval: { low: difference - half, high: difference + half },
  };
}

/**
 * Lift relative to the control's mean, by the delta method with independent arms: V(t/c) = V_t/c² + t²·V_c/c⁴ (domain.md 2.2, 3). Degrees
 * of freedom as for the difference. `difference` is a ratio: 0.1 = 10 % more.
 */
export function relativeLift(treated: Moments, control: Moments, alpha = ALPHA): Comparison | Insufficient {
  const absolute = welch(treated, control, alpha);
  if (absolute.status !== "ok") return absolute;
  if (control.mean <= 0) return { status: "insufficient_data", reason: "denominator_not_positive" };
  const { degreesOfFreedom } = absolute;
  const difference = absolute.difference / control.mean;
  const variance =
    treated.variance / treated.n / control.mean ** 2 + (treated.mean ** 2 * (control.variance / control.n)) / control.mean ** 4;
  const standardError = Math.sqrt(variance);
  const half = studentQuantile(alpha, degreesOfFreedom) * standardError;
  const t = difference / standardError;
  return {
    status: "ok",
    difference,
    standardError,
    degreesOfFreedom,
    t,
    pValue: studentTwoSided(t, degreesOfFreedom),
    interval: { low: difference - half, high: difference + half },
  };
}

/** Welch behind the product's guards: arms of at least 100 people and 20 buyers each. */
export function guardedWelch(
  treated: Moments & { buyers: number },
  control: Moments & { buyers: number },
  alpha = ALPHA,
): Comparison | Insufficient {
  if (control.n === 0) return { status: "insufficient_data", reason: "no_holdout" };
  if (treated.n === 0) return { status: "insufficient_data", reason: "no_treated" };
  if (treated.n < MIN_ARM || control.n < MIN_ARM) return { status: "insufficient_data", reason: "arm_too_small" };
  if (treated.buyers < MIN_BUYERS || control.buyers < MIN_BUYERS) return { status: "insufficient_data", reason: "too_few_buyers" };
  return welch(treated, control, alpha);
}

/**
 * Sample-ratio mismatch: chi-squared of the assigned counts against the design, df = arms − 1. 1 when there is nothing to compare.
 * @returns the p-value; below `SRM_ALARM` the result must not be shown as such.
 */
export function sampleRatio(counts: readonly number[], weights: readonly number[]): number {
  const total = compensatedSum(counts);
  const totalWeight = compensatedSum(weights);
  if (counts.length < 2 || counts.length !== weights.length || total <= 0 || totalWeight <= 0) return 1;
  let chi = 0;
  let arms = 0;
  for (const [index, weight] of weights.entries()) {
    if (weight <= 0) continue;
    const expected = (total * weight) / totalWeight;
    chi += ((counts[index] ?? 0) - expected) ** 2 / expected;
    arms++;
  }
  return arms < 2 ? 1 : chiSquaredTail(chi, arms - 1);
}

/**
 * Interval that stays valid however often one looks before the end (Waudby-Smith et al. 2023, eq. 9; domain.md 2.2, 11).
 * For a campaign with one drop the peeks are over time and not over people, so it is approximate and on the safe side.
 */
export function sequential(comparison: Comparison, n: number, planned: number, alpha = ALPHA): { interval: Interval; pValue: number } {
  const log = -2 * Math.log(alpha);
  const rho2 = (log + Math.log(log + 1)) / planned;
  const grown = n * rho2 + 1;
  const half = comparison.standardError * Math.sqrt(n) * Math.sqrt(((2 * grown) / (n * n * rho2)) * Math.log(Math.sqrt(grown) / alpha));
  const effect = comparison.difference / comparison.standardError;
  const pValue = Math.min(1, Math.sqrt(grown) / Math.exp((rho2 * n * effect ** 2) / (2 * grown)));
  return { interval: { low: comparison.difference - half, high: comparison.difference + half }, pValue };
}

/** Profit of a campaign with one margin for all goods: m·n·Δ − cost, its interval, ROI and iROAS (domain.md 2.2, 2–4). */
export function profitOf(input: { difference: number; interval: Interval; treated: number; marginBps: number; cost: number }): {
  incrementalRevenue: number;
  revenueInterval: Interval;
  profit: number;
  interval: Interval;
  roi: number | null;
  roiInterval: Interval | null;
  iroas: number | null;
  iroasInterval: Interval | null;
  breakEvenRevenue: number | null;
} {
  const { treated, cost } = input;
  const margin = input.marginBps / 10_000;
  const scale = (f: (x: number) => number): Interval => ({ low: f(input.interval.low), high: f(input.interval.high) });
  const revenue = (d: number): number => d * treated;
  const profit = (d: number): number => margin * d * treated - cost;
  const costly = cost > 0;
  return {
    incrementalRevenue: revenue(input.difference),
    revenueInterval: scale(revenue),
    profit: profit(input.difference),
    interval: scale(profit),
    roi: costly ? profit(input.difference) / cost : null,
    roiInterval: costly ? scale((d) => profit(d) / cost) : null,
    iroas: costly ? revenue(input.difference) / cost : null,
    iroasInterval: costly ? scale((d) => revenue(d) / cost) : null,
    breakEvenRevenue: margin > 0 ? cost / margin : null,
  };
}
