import { lnGamma } from "./log-gamma";
import { sampledMultiStart, standardErrors } from "./nelder-mead";

/** A customer's sufficient statistic: x repeat days, the last of them t_x weeks after the first day, seen for T weeks (domain.md 3.1). */
export type History = { x: number; tx: number; T: number /** Customers with this very history. */; weight: number };

/** Fader, Hardie & Lee (2005): purchase rates are gamma(r, α), drop-out after a purchase is beta(a, b). α in weeks. */
export type BgNbd = { r: number; alpha: number; a: number; b: number };

/** ln(e^x + e^y) without overflow. */
const logAdd = (x: number, y: number): number => {
  const [high, low] = x > y ? [x, y] : [y, x];
  return high === Number.NEGATIVE_INFINITY ? high : high + Math.log1p(Math.exp(low - high));
};

/** Terms that depend on x alone; there are some thirty different x among a hundred thousand customers. */
function termsOf({ r, a, b }: BgNbd): (x: number) => { front: number; dropped: number } {
  const cache = new Map<number, { front: number; dropped: number }>();
  const [lnR, lnAB, lnB] = [lnGamma(r), lnGamma(a + b), lnGamma(b)];
  return (x) => {
    const known = cache.get(x);
    if (known) return known;
    const front = lnGamma(r + x) - lnR + lnAB + lnGamma(b + x) - lnB - lnGamma(a + b + x);
    const made = { front, dropped: x > 0 ? Math.log(a) - Math.log(b + x - 1) : Number.NEGATIVE_INFINITY };
    cache.set(x, made);
    return made;
  };
}

/** ln L of all customers together (domain.md 3.2). Times in weeks, as the parameters are. */
export function logLikelihood(parameters: BgNbd, customers: readonly History[]): number {
  const { r, alpha } = parameters;
  const terms = termsOf(parameters);
  const start = r * Math.log(alpha);
  let sum = 0;
  for (const { x, tx, T, weight } of customers) {
    const { front, dropped } = terms(x);
    const alive = -(r + x) * Math.log(alpha + T);
    const gone = x > 0 ? dropped - (r + x) * Math.log(alpha + tx) : Number.NEGATIVE_INFINITY;
    sum += weight * (front + start + logAdd(alive, gone));
  }
  return sum;
}

/** P(alive): 1 for one-time buyers, logistic in log space otherwise (the direct power overflows). */
export function aliveProbability({ r, alpha, a, b }: BgNbd, x: number, tx: number, T: number): number {
  if (x === 0) return 1;
  const odds = (r + x) * Math.log((alpha + T) / (alpha + tx)) + Math.log(a / (b + x - 1));
  return 1 / (1 + Math.exp(odds));
}

const MAX_TERMS = 20_000;

/** ₂F₁(p, q; s; z) by its series for |z| < 1; after Euler's transformation five to fifty terms do. */
function hypergeometric(p: number, q: number, s: number, z: number): number {
  let term = 1;
  let sum = 1;
  for (let n = 0; n < MAX_TERMS; n++) {
    term *= (((p + n) * (q + n)) / ((s + n) * (n + 1))) * z;
    sum += term;
    if (Math.abs(term) < 1e-16 * Math.abs(sum)) return sum;
  }
  throw new RangeError(`2F1(${p}, ${q}; ${s}; ${z}) did not converge`);
}

/** The expected number of purchases divided by P(alive); eq. 10 of the paper after Euler's transformation (domain.md 3.2). */
function unconditional({ r, alpha, a, b }: BgNbd, t: number, x: number, T: number): number {
  const z = t / (alpha + T + t);
  const factor = (a + b + x - 1) / (a - 1);
  return factor * (1 - (1 - z) ** (a - 1) * hypergeometric(a + b - 1 - r, a - 1, a + b + x - 1, z));
}

/** Expected purchase days in the next t weeks of a customer with this history; a new customer has x = 0, T = 0. */
export function expectedPurchases(parameters: BgNbd, t: number, x: number, tx: number, T: number): number {
  if (t <= 0) return 0;
  const { a } = parameters;
  const alive = aliveProbability(parameters, x, tx, T);
  // At a = 1 the formula is 0/0; its neighbours' mean is right to 1e-9.
  if (Math.abs(a - 1) < 1e-6) {
    const near = (shift: number): number => unconditional({ ...parameters, a: 1 + shift }, t, x, T);
    return ((near(1e-4) + near(-1e-4)) / 2) * alive;
  }
  return unconditional(parameters, t, x, T) * alive;
}

/** Limits outside which a fit is not believed (domain.md 3.4). */
export const PARAMETER_RANGE = { low: 1e-4, high: 1e4 };
const STARTS = [1, 0.1, 3].map((value) => Array(4).fill(Math.log(value)) as number[]);

export type BgNbdFit = { parameters: BgNbd; standardErrors: BgNbd | null; logLikelihood: number; iterations: number };

const toParameters = (x: readonly number[], scale: number): BgNbd => {
  const [r, alpha, a, b] = x.map(Math.exp);
  // The fit sees time as a share of the longest observation.
  return { r: r ?? Number.NaN, alpha: (alpha ?? Number.NaN) / scale, a: a ?? Number.NaN, b: b ?? Number.NaN };
};

/**
 * Maximum likelihood on the logarithms of the parameters of the mean negative log-likelihood, time scaled by 1/max T, from three starts.
 * The reported likelihood is that of weeks: scaling time would shift it by Σx·ln(scale). The search stays within the believable range. Null
 * when it ends at its border, unless `border` is allowed: there a → 0 means that nobody was seen to leave.
 */
export function fitBgNbd(customers: readonly History[], { border = false } = {}): BgNbdFit | null {
  const longest = customers.reduce((most, { T }) => Math.max(most, T), 0);
  const people = customers.reduce((sum, { weight }) => sum + weight, 0);
  if (!(longest > 0) || !(people > 0)) return null;
  const scale = 1 / longest;
  const scaled = customers.map((c) => ({ ...c, tx: c.tx * scale, T: c.T * scale }));
  const within = (x: readonly number[], slack: number): boolean =>
    Object.values(toParameters(x, scale)).every((value) => value >= PARAMETER_RANGE.low * slack && value <= PARAMETER_RANGE.high / slack);
  const meanOf = (rows: readonly History[]) => {
    const size = rows.reduce((sum, { weight }) => sum + weight, 0);
    return (x: readonly number[]): number => (within(x, 1) ? -logLikelihood(toParameters(x, 1), rows) / size : Number.POSITIVE_INFINITY);
  };
  const mean = meanOf(scaled);
  const believable = (x: readonly number[]): boolean => border || within(x, 1.1);
  const best = sampledMultiStart(scaled, meanOf, STARTS, believable);
  if (!best) return null;
  const parameters = toParameters(best.at, scale);
  // On the log scale a standard error is relative; multiplied by the value it is the delta method's.
  const relative = standardErrors((x) => mean(x) * people, best.at);
  const [r, alpha, a, b] = relative ?? [];
  const errors =
    r === undefined || alpha === undefined || a === undefined || b === undefined
      ? null
      : { r: r * parameters.r, alpha: alpha * parameters.alpha, a: a * parameters.a, b: b * parameters.b };
  return { parameters, standardErrors: errors, logLikelihood: logLikelihood(parameters, customers), iterations: best.iterations };
}
