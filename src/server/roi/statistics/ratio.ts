import { ALPHA, type Insufficient } from "./compare";
import { normalQuantile } from "./special-functions";

/** Two estimates with their sampling variances and covariance: numerator D and denominator C of a ratio. */
export type RatioInput = { numerator: number; denominator: number; varianceN: number; varianceD: number; covariance: number };

export type RatioInterval = {
  status: "ok";
  ratio: number;
  method: "delta" | "fieller";
  /** Null: the data do not exclude a denominator of zero, so the interval has no end (say "unbounded"). */
  interval: { low: number; high: number } | null;
};

/** Below this many standard errors from zero the delta method is not trusted (domain.md 2.2, 3). */
const SAFE_DENOMINATOR = 3;

/** Delta-method variance of D/C: V_D/C² + D²·V_C/C⁴ − 2·Cov·D/C³. */
export const deltaVariance = ({ numerator: d, denominator: c, varianceN, varianceD, covariance }: RatioInput): number =>
  varianceN / c ** 2 + (d ** 2 * varianceD) / c ** 4 - (2 * covariance * d) / c ** 3;

/**
 * Fieller's interval (1954) of D/C: all r for which D − r·C lies within z standard errors of zero; the roots of
 * (C² − z²V_C)·r² − 2(DC − z²Cov)·r + (D² − z²V_D). Null (unbounded) when C² ≤ z²V_C.
 */
export function fieller(input: RatioInput, alpha = ALPHA): { low: number; high: number } | null {
  const z2 = normalQuantile(1 - alpha / 2) ** 2;
  const { numerator: d, denominator: c } = input;
  const a = c ** 2 - z2 * input.varianceD;
  if (!(a > 0)) return null;
  const b = d * c - z2 * input.covariance;
  const e = d ** 2 - z2 * input.varianceN;
  const root = Math.sqrt(Math.max(0, b ** 2 - a * e));
  return { low: (b - root) / a, high: (b + root) / a };
}

/** Interval of a ratio of two estimates: delta method where the denominator is clear of zero, Fieller otherwise (domain.md 2.2, 3). */
export function ratioInterval(input: RatioInput, alpha = ALPHA): RatioInterval | Insufficient {
  const { numerator, denominator, varianceN, varianceD, covariance } = input;
  if (![numerator, denominator, varianceN, varianceD, covariance].every(Number.isFinite) || varianceN < 0 || varianceD < 0)
    return { status: "insufficient_data", reason: "invalid_numbers" };
  if (denominator <= 0) return { status: "insufficient_data", reason: "denominator_not_positive" };
  const ratio = numerator / denominator;
  if (varianceD > 0 && denominator / Math.sqrt(varianceD) < SAFE_DENOMINATOR)
    return { status: "ok", ratio, method: "fieller", interval: fieller(input, alpha) };
  const half = normalQuantile(1 - alpha / 2) * Math.sqrt(Math.max(0, deltaVariance(input)));
  return { status: "ok", ratio, method: "delta", interval: { low: ratio - half, high: ratio + half } };
}
