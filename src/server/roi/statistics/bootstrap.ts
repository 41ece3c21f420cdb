import { ALPHA } from "./compare";
import { quantile } from "./robust";

/** 32-bit hash of a text (FNV-1a with a final mix): the seed of a campaign is its id. */
function seedOf(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) hash = Math.imul(hash ^ byte, 0x01000193);
  hash ^= hash >>> 16;
  hash = Math.imul(hash, 0x85ebca6b);
  return (hash ^ (hash >>> 13)) >>> 0;
}

/** Uniform numbers in [0, 1) from a seed text: sfc32 (Doty-Humphrey, PractRand), state filled by splitmix. The same seed, the same row. */
export function seededRandom(seed: string): () => number {
  let state = seedOf(seed);
  const next = (): number => {
    state = (state + 0x9e3779b9) | 0;
    let z = state;
    z = Math.imul(z ^ (z >>> 16), 0x85ebca6b);
    z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35);
    return z ^ (z >>> 16);
  };
  let [a, b, c, counter] = [next(), next(), next(), 1];
  const draw = (): number => {
    const t = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + t) | 0;
    return (t >>> 0) / 4_294_967_296;
  };
  for (let i = 0; i < 12; i++) draw();
  return draw;
}

/** One person of an arm with several outcomes, such as [contribution, cost]. */
export type Outcomes = readonly number[];

/** An arm: everyone counts, but only those who did anything are listed; the rest are zeros. */
export type BootstrapArm = { n: number; nonZero: readonly Outcomes[] };

export const BOOTSTRAP_ROUNDS = 10_000;

/** A draw from Binomial(n, p): exact for few, normal with continuity for many (n·p·q > 1,000), where the difference is below 0.1 %. */
function binomial(n: number, p: number, random: () => number): number {
  if (p >= 1) return n;
  const variance = n * p * (1 - p);
  if (variance > 1_000) {
    const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
    return Math.min(n, Math.max(0, Math.round(n * p + Math.sqrt(variance) * normal)));
  }
  // Jumps from success to success (geometric gaps): as many steps as successes.
  const log = Math.log1p(-p);
  let hits = 0;
  for (let at = Math.floor(Math.log(1 - random()) / log); at < n; at += 1 + Math.floor(Math.log(1 - random()) / log)) hits++;
  return hits;
}

/** Means of all outcomes in one resample of an arm: how many non-zero people are drawn, then who. */
function resample(arm: BootstrapArm, width: number, random: () => number, into: Float64Array): void {
  into.fill(0);
  const size = arm.nonZero.length;
  if (arm.n === 0 || size === 0) return;
  const draws = binomial(arm.n, size / arm.n, random);
  for (let i = 0; i < draws; i++) {
    const person = arm.nonZero[Math.floor(random() * size)];
    if (person) for (let k = 0; k < width; k++) into[k] = (into[k] ?? 0) + (person[k] ?? 0);
  }
  for (let k = 0; k < width; k++) into[k] = (into[k] ?? 0) / arm.n;
}

/**
 * Percentile interval of a statistic of the arms' means, each arm resampled within itself (Efron & Tibshirani 1993, stratified;
 * domain.md 2.2, 9). Resamples in which the statistic is not a finite number are left out and counted.
 * @param seed the campaign's id: looking twice shows the same interval
 * @param statistic of the mean outcomes of each arm, in the order of `arms`
 */
export function stratifiedBootstrap(
  arms: readonly BootstrapArm[],
  statistic: (means: readonly Float64Array[]) => number,
  options: { seed: string; width: number; rounds?: number; alpha?: number },
): { interval: { low: number; high: number } | null; rounds: number; undefinedRounds: number } {
  const { seed, width, rounds = BOOTSTRAP_ROUNDS, alpha = ALPHA } = options;
  const random = seededRandom(seed);
  const means = arms.map(() => new Float64Array(width));
  const values: number[] = [];
  for (let round = 0; round < rounds; round++) {
    for (const [index, arm] of arms.entries()) resample(arm, width, random, means[index] ?? new Float64Array(width));
    const value = statistic(means);
    if (Number.isFinite(value)) values.push(value);
  }
  const low = quantile(values, alpha / 2);
  const high = quantile(values, 1 - alpha / 2);
  const undefinedRounds = rounds - values.length;
  // More than the tails hold undefined: the interval would hide the cases that matter.
  const interval = low === null || high === null || undefinedRounds > rounds * alpha ? null : { low, high };
  return { interval, rounds, undefinedRounds };
}

/** Whether two intervals differ in width by more than a fifth: then the normal approximation is in doubt (domain.md 2.2, 9). */
export function widthsDisagree(a: { low: number; high: number }, b: { low: number; high: number }): boolean {
  const [x, y] = [a.high - a.low, b.high - b.low];
  return Math.abs(x - y) > 0.2 * Math.min(x, y);
}
