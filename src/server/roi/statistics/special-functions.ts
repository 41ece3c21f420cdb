import { lnGamma } from "@/server/scoring/log-gamma";

/** The few special functions the statistics need. Pure; double precision; sources at each function. */

const TINY = 1e-300;
const EPSILON = 1e-15;
const MAX_TERMS = 10_000;

/** Continued fraction of the incomplete beta function, modified Lentz (DLMF 8.17.22). */
function betaFraction(x: number, a: number, b: number): number {
  const keep = (value: number): number => (Math.abs(value) < TINY ? TINY : value);
  let c = 1;
  let d = 1 / keep(1 - ((a + b) * x) / (a + 1));
  let result = d;
  for (let m = 1; m <= MAX_TERMS; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / keep(1 + even * d);
    c = keep(1 + even / c);
    result *= d * c;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / keep(1 + odd * d);
    c = keep(1 + odd / c);
    const step = d * c;
    result *= step;
    if (Math.abs(step - 1) < EPSILON) return result;
  }
  throw new RangeError(`incomplete beta did not converge for x=${x}, a=${a}, b=${b}`);
}

/** Regularised incomplete beta I_x(a, b), 0 ≤ x ≤ 1. `y` = 1 − x, given apart so that x near 1 keeps its digits. */
function incompleteBeta(x: number, y: number, a: number, b: number): number {
  if (x <= 0) return 0;
  if (y <= 0) return 1;
  const front = Math.exp(lnGamma(a + b) - lnGamma(a) - lnGamma(b) + a * Math.log(x) + b * Math.log(y));
  return x < (a + 1) / (a + b + 2) ? (front * betaFraction(x, a, b)) / a : 1 - (front * betaFraction(y, b, a)) / b;
}

/** Two-sided p-value of a t statistic: P(|T| ≥ |t|) with df degrees of freedom (DLMF 8.17 with x = df/(df+t²)). */
export function studentTwoSided(t: number, df: number): number {
  const square = t * t;
  if (square === 0) return 1;
  return incompleteBeta(df / (df + square), square / (df + square), df / 2, 0.5);
}

/** The t for which P(|T| ≥ t) = alpha: bisection on the tail, 1e−12 relative. */
export function studentQuantile(alpha: number, df: number): number {
  let high = 1;
  while (studentTwoSided(high, df) > alpha) {
    high *= 2;
    if (high > 1e12) throw new RangeError(`no t quantile for alpha=${alpha}, df=${df}`);
  }
  let low = 0;
  while (high - low > 1e-12 * high) {
    const middle = (low + high) / 2;
    if (studentTwoSided(middle, df) > alpha) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** Regularised upper incomplete gamma Q(a, x): series below a + 1, continued fraction above (DLMF 8.11.4, 8.9.2). */
function upperGamma(a: number, x: number): number {
  if (x <= 0) return 1;
  const front = Math.exp(a * Math.log(x) - x - lnGamma(a));
  if (x < a + 1) {
    let term = 1 / a;
    let sum = term;
    for (let n = 1; n <= MAX_TERMS && Math.abs(term) > EPSILON * Math.abs(sum); n++) {
      term *= x / (a + n);
      sum += term;
    }
    return 1 - front * sum;
  }
  let b = x + 1 - a;
  let c = 1 / TINY;
  let d = 1 / b;
  let result = d;
  for (let n = 1; n <= MAX_TERMS; n++) {
    const an = -n * (n - a);
    b += 2;
    d = an * d + b;
    d = 1 / (Math.abs(d) < TINY ? TINY : d);
    c = b + an / c;
    c = Math.abs(c) < TINY ? TINY : c;
    result *= d * c;
    if (Math.abs(d * c - 1) < EPSILON) break;
  }
  return front * result;
}

/** P(X ≥ x) of a chi-squared variable with df degrees of freedom. */
export const chiSquaredTail = (x: number, df: number): number => upperGamma(df / 2, x / 2);

/** P(Z > z) of the standard normal for any z. */
export const normalTail = (z: number): number => (z >= 0 ? upperGamma(0.5, (z * z) / 2) / 2 : 1 - upperGamma(0.5, (z * z) / 2) / 2);

/** Standard normal quantile: bisection on the tail, 1e−12. */
export function normalQuantile(p: number): number {
  if (!(p > 0 && p < 1)) throw new RangeError(`normal quantile needs 0 < p < 1, got ${p}`);
  let low = -40;
  let high = 40;
  while (high - low > 1e-12) {
    const middle = (low + high) / 2;
    if (1 - normalTail(middle) < p) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}
