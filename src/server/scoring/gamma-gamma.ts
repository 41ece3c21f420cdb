import { lnGamma } from "./log-gamma";
import { sampledMultiStart, standardErrors } from "./nelder-mead";

/** A repeat buyer: x repeat days of mean value m (any unit), m > 0. */
export type Spender = { x: number; m: number };

/** Fader & Hardie (2013): day values are gamma(p, ν), ν is gamma(q, v). `v` in the unit of m. */
export type GammaGamma = { p: number; q: number; v: number };

/** A false ridge of the likelihood lies at p in the hundred thousands (domain.md 3.4 b). */
const MAX_P = 1_000;
const RANGE = { low: 1e-4, high: 1e4 };

/** ln L of all spenders (domain.md 3.3). */
export function logLikelihood({ p, q, v }: GammaGamma, spenders: readonly Spender[]): number {
  const cache = new Map<number, number>();
  const lnQ = lnGamma(q);
  const start = q * Math.log(v);
  let sum = 0;
  for (const { x, m } of spenders) {
    let front = cache.get(x);
    if (front === undefined) {
      front = lnGamma(p * x + q) - lnGamma(p * x) - lnQ + start + p * x * Math.log(x);
      cache.set(x, front);
    }
    sum += front + (p * x - 1) * Math.log(m) - (p * x + q) * Math.log(x * m + v);
  }
  return sum;
}

/** Expected value of a day: the own mean drawn towards the population's; for x = 0 the population's p·v/(q − 1). */
export const expectedValue = ({ p, q, v }: GammaGamma, x: number, m: number): number =>
  x === 0 ? (p * v) / (q - 1) : (p * (v + m * x)) / (p * x + q - 1);

export type GammaGammaFit = {
  parameters: GammaGamma;
  standardErrors: GammaGamma | null;
  logLikelihood: number;
  iterations: number;
  correlation: number;
};

/** Pearson's correlation of frequency and mean value; the model assumes none (warn above 0.3). */
export function correlationOf(spenders: readonly Spender[]): number {
  const n = spenders.length;
  const mean = (pick: (s: Spender) => number): number => spenders.reduce((sum, s) => sum + pick(s), 0) / n;
  const [mx, mm] = [mean((s) => s.x), mean((s) => s.m)];
  let [xx, mmSum, xm] = [0, 0, 0];
  for (const { x, m } of spenders) {
    xx += (x - mx) ** 2;
    mmSum += (m - mm) ** 2;
    xm += (x - mx) * (m - mm);
  }
  return xx > 0 && mmSum > 0 ? xm / Math.sqrt(xx * mmSum) : 0;
}

/**
 * Maximum likelihood on log-parameters from three starts. Money is scaled by its mean first, so that yen and dinars start alike; the
 * reported likelihood is that of the given unit. Null when nothing believable is found or q ≤ 1 (the mean would not exist).
 */
export function fitGammaGamma(spenders: readonly Spender[]): GammaGammaFit | null {
  const n = spenders.length;
  if (n === 0) return null;
  const unit = spenders.reduce((sum, s) => sum + s.m, 0) / n;
  if (!(unit > 0)) return null;
  const scaled = spenders.map(({ x, m }) => ({ x, m: m / unit }));
  const toParameters = (x: readonly number[]): GammaGamma => {
    const [p, q, v] = x.map(Math.exp);
    return { p: p ?? Number.NaN, q: q ?? Number.NaN, v: v ?? Number.NaN };
  };
  const meanOf =
    (rows: readonly Spender[]) =>
    (x: readonly number[]): number =>
      -logLikelihood(toParameters(x), rows) / rows.length;
  const mean = meanOf(scaled);
  const believable = (x: readonly number[]): boolean => {
    const { p, q, v } = toParameters(x);
    return p < MAX_P && p > RANGE.low && q > 1 && q < RANGE.high && v > RANGE.low && v < RANGE.high;
  };
  const starts = [
    [1, 1, 1],
    [2, 3, 1],
    [5, 3, 0.5],
  ].map((start) => start.map(Math.log));
  const best = sampledMultiStart(scaled, meanOf, starts, believable);
  if (!best) return null;
  const found = toParameters(best.at);
  const parameters = { ...found, v: found.v * unit };
  const relative = standardErrors((x) => mean(x) * n, best.at);
  const [p, q, v] = relative ?? [];
  const errors =
    p === undefined || q === undefined || v === undefined ? null : { p: p * parameters.p, q: q * parameters.q, v: v * parameters.v };
  return {
    parameters,
    standardErrors: errors,
    logLikelihood: logLikelihood(parameters, spenders),
    iterations: best.iterations,
    correlation: correlationOf(spenders),
  };
}
