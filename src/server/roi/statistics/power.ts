import { ALPHA, type Insufficient, POWER } from "./compare";
import { normalQuantile, normalTail } from "./special-functions";

/** z of a two-sided test at `alpha` plus z of the wanted power. */
const reach = (alpha: number, power: number): number => normalQuantile(1 - alpha / 2) + normalQuantile(power);

/**
 * Smallest difference of means that these arm sizes would find with 80 % probability (domain.md 2.2, 12): (z + z)·σ·√(1/n_t + 1/n_c).
 * @param sigma standard deviation of the outcome per person, in the unit of the answer
 * @returns null when an arm is empty or there is no spread
 */
export function minimumDetectableEffect(sigma: number, treated: number, control: number, alpha = ALPHA, power = POWER): number | null {
  if (treated <= 0 || control <= 0 || !(sigma > 0)) return null;
  return reach(alpha, power) * sigma * Math.sqrt(1 / treated + 1 / control);
}

/** Standard deviation left after adjusting for a covariate with this correlation to the outcome (domain.md 2.2, 7 and 12). */
export const adjustedSigma = (sigma: number, correlation: number): number => sigma * Math.sqrt(Math.max(0, 1 - correlation ** 2));

/** Probability that these arms show a true difference `effect` at level `alpha` (normal approximation). 0 to 1; null as above. */
export function powerOf(effect: number, sigma: number, treated: number, control: number, alpha = ALPHA): number | null {
  if (treated <= 0 || control <= 0 || !(sigma > 0)) return null;
  const shift = Math.abs(effect) / (sigma * Math.sqrt(1 / treated + 1 / control));
  const z = normalQuantile(1 - alpha / 2);
  return normalTail(z - shift) + normalTail(z + shift);
}

/**
 * Share of people to hold out so that a difference `target` shows with 80 % probability among `people` (domain.md 2.2, 12):
 * q = ((z + z)·σ/δ)²/N; impossible above a quarter, else h = (1 − √(1 − 4q))/2.
 */
export function holdoutShare(
  input: { people: number; sigma: number; target: number },
  alpha = ALPHA,
  power = POWER,
): { status: "ok"; share: number } | Insufficient {
  const { people, sigma, target } = input;
  if (!(people > 1) || !(sigma > 0) || !(target > 0)) return { status: "insufficient_data", reason: "invalid_numbers" };
  const q = ((reach(alpha, power) * sigma) / target) ** 2 / people;
  if (q > 0.25) return { status: "insufficient_data", reason: "out_of_reach" };
  // The same as (1 − √(1 − 4q))/2, without losing the digits of a small q.
  return { status: "ok", share: (2 * q) / (1 + Math.sqrt(1 - 4 * q)) };
}

/** What the design can show beside what it must earn: pooling or a longer window is advised above twice the break-even effect. */
export const isUnderpowered = (detectable: number, breakEven: number): boolean => breakEven > 0 && detectable > 2 * breakEven;
