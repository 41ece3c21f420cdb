import { compensatedSum } from "./compare";

/** The share of the non-zero revenue before a campaign below which nothing is capped (domain.md 2.2, 8). */
export const CAP_QUANTILE = 0.995;

/**
 * Quantile by linear interpolation between order statistics: type 7 of Hyndman & Fan (1996), the default of R and NumPy and what
 * PostgreSQL's percentile_cont computes. Null for no values.
 * @param p 0 to 1
 */
export function quantile(values: readonly number[], p: number): number | null {
  if (values.length === 0) return null;
  if (!(p >= 0 && p <= 1)) throw new RangeError(`quantile needs 0 <= p <= 1, got ${p}`);
  const sorted = Float64Array.from(values).sort();
  const at = (sorted.length - 1) * p;
  const low = Math.floor(at);
  const below = sorted[low] ?? 0;
  const above = sorted[Math.min(low + 1, sorted.length - 1)] ?? below;
  return below + (at - low) * (above - below);
}

/**
 * The common cap of both arms: a high quantile of the non-zero values of the period before (domain.md 2.2, 8), so that it depends on
 * neither arm's outcome. Null when nobody bought before: then nothing is capped.
 */
export const capOf = (before: readonly number[], p = CAP_QUANTILE): number | null =>
  quantile(
    before.filter((value) => value !== 0),
    p,
  );

/** Values with everything above the cap set to it. Negative values (returns) stay. */
export const winsorise = (values: readonly number[], cap: number | null): number[] =>
  cap === null ? [...values] : values.map((value) => Math.min(value, cap));

export const meanOf = (values: readonly number[]): number => (values.length === 0 ? 0 : compensatedSum(values) / values.length);
