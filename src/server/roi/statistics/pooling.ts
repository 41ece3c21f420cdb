import { ALPHA, compensatedSum, type Insufficient, type Interval } from "./compare";
import { chiSquaredTail, studentQuantile } from "./special-functions";

/** One campaign's estimate and its sampling variance (standard error squared). */
export type Study = { estimate: number; variance: number };

export const MIN_STUDIES = 3;

export type Pooled = {
  status: "ok";
  mean: number;
  standardError: number;
  interval: Interval;
  /** Where the true effect of one further campaign may lie. */
  next: Interval;
  /** Variance of the true effects between campaigns. */
  tau2: number;
  /** Cochran's Q with its p-value, and the share of the spread that is not chance (I², 0 to 1). */
  q: number;
  qPValue: number;
  i2: number;
  studies: number;
  /** Each campaign drawn towards the mean by as much as its own number is noise, in the order given; with its share of weight. */
  shrunken: { estimate: number; interval: Interval; weight: number; pull: number }[];
};

/**
 * Random-effects pooling: DerSimonian & Laird (1986) for τ², Hartung & Knapp (2001) for the interval of the mean with k − 1 degrees of
 * freedom, empirical-Bayes shrinkage B_i·μ + (1 − B_i)·y_i with B_i = v_i/(v_i + τ²) (domain.md 2.2, 13). Fewer than three campaigns are
 * not pooled. One further campaign lies around the mean by τ² and by the mean's own uncertainty together (Higgins, Thompson & Spiegelhalter
 * 2009; k − 1 degrees of freedom as for the mean). The Hartung–Knapp variance is not allowed below the ordinary one (Knapp & Hartung's own modification), so that three
 * campaigns that happen to agree do not look certain.
 */
export function pool(studies: readonly Study[], alpha = ALPHA): Pooled | Insufficient {
  if (studies.length < MIN_STUDIES) return { status: "insufficient_data", reason: "too_few_studies" };
  if (!studies.every((s) => Number.isFinite(s.estimate) && Number.isFinite(s.variance) && s.variance > 0))
    return { status: "insufficient_data", reason: "invalid_numbers" };
  const k = studies.length;
  const fixed = studies.map((s) => 1 / s.variance);
  const total = compensatedSum(fixed);
  const fixedMean = compensatedSum(studies.map((s, i) => (fixed[i] ?? 0) * s.estimate)) / total;
  const q = compensatedSum(studies.map((s, i) => (fixed[i] ?? 0) * (s.estimate - fixedMean) ** 2));
  const scale = total - compensatedSum(fixed.map((w) => w * w)) / total;
  const tau2 = Math.max(0, (q - (k - 1)) / scale);
  const weights = studies.map((s) => 1 / (s.variance + tau2));
  const sum = compensatedSum(weights);
  const mean = compensatedSum(studies.map((s, i) => (weights[i] ?? 0) * s.estimate)) / sum;
  const scatter = compensatedSum(studies.map((s, i) => (weights[i] ?? 0) * (s.estimate - mean) ** 2)) / (k - 1);
  const standardError = Math.sqrt(Math.max(scatter, 1) / sum);
  const quantile = studentQuantile(alpha, k - 1);
  const half = quantile * standardError;
  const reach = quantile * Math.sqrt(tau2 + standardError ** 2);
  return {
    status: "ok",
    mean,
    standardError,
    interval: { low: mean - half, high: mean + half },
    next: { low: mean - reach, high: mean + reach },
    tau2,
    q,
    qPValue: chiSquaredTail(q, k - 1),
    i2: q > 0 ? Math.max(0, (q - (k - 1)) / q) : 0,
    studies: k,
    shrunken: studies.map((s, i) => {
      const pull = s.variance / (s.variance + tau2);
      const estimate = pull * mean + (1 - pull) * s.estimate;
      // Posterior variance with the mean's own uncertainty (Morris 1983).
      const spread = Math.sqrt((1 - pull) * s.variance + pull ** 2 * standardError ** 2) * quantile;
      return { estimate, interval: { low: estimate - spread, high: estimate + spread }, weight: (weights[i] ?? 0) / sum, pull };
    }),
  };
}
