import { ALPHA, type Comparison, type Insufficient, type Moments, momentsFromExact, welch } from "./compare";

/** One arm: outcome Y, covariate X of the time before, and their (unbiased) covariance. */
export type JointMoments = { y: Moments; x: Moments; covariance: number };

/** Integer sums of an arm, as the database gives them. `n` counts everyone, also those without X or Y. */
export type JointSums = { n: number; y: bigint; yy: bigint; x: bigint; xx: bigint; xy: bigint };

/** Moments from whole-number sums: n·Σxy − Σx·Σy is formed in bigint, so nothing cancels away (domain.md B24). */
export function jointFromExact(sums: JointSums): JointMoments {
  const y = momentsFromExact(sums.n, sums.y, sums.yy);
  const x = momentsFromExact(sums.n, sums.x, sums.xx);
  const count = BigInt(sums.n);
  const numerator = count * sums.xy - sums.x * sums.y;
  return { y, x, covariance: sums.n < 2 ? 0 : Number(numerator) / Number(count * (count - 1n)) };
}

/** Moments of plain pairs, centred before multiplying. */
export function jointOf(pairs: readonly { x: number; y: number }[]): JointMoments {
  const n = pairs.length;
  const mean = (pick: (pair: { x: number; y: number }) => number): number => (n === 0 ? 0 : pairs.reduce((s, p) => s + pick(p), 0) / n);
  const mx = mean((p) => p.x);
  const my = mean((p) => p.y);
  let xx = 0;
  let yy = 0;
  let xy = 0;
  for (const { x, y } of pairs) {
    xx += (x - mx) ** 2;
    yy += (y - my) ** 2;
    xy += (x - mx) * (y - my);
  }
  const free = Math.max(1, n - 1);
  return { y: { n, mean: my, variance: yy / free }, x: { n, mean: mx, variance: xx / free }, covariance: xy / free };
}

/** Covariance or variance of both arms as one sample: within the arms plus between their means. */
function pooledSpread(
  a: { n: number; within: number; p: number; q: number },
  b: { n: number; within: number; p: number; q: number },
): number {
  const n = a.n + b.n;
  const between = ((a.n * b.n) / n) * (a.p - b.p) * (a.q - b.q);
  return ((a.n - 1) * a.within + (b.n - 1) * b.within + between) / (n - 1);
}

export type Cuped = Comparison & {
  theta: number;
  /** Correlation of Y and X over both arms; the variance shrinks by 1 − ρ². */
  correlation: number;
};

/**
 * CUPED (Deng, Xu, Kohavi, Walker 2013): Y' = Y − θX with X from before the assignment, θ = cov(Y, X)/var(X) over both arms together, as
 * GrowthBook computes it (domain.md 2.2, 7). The expected difference is unchanged, its variance falls by ρ². Without any history
 * (var X = 0) it is the plain comparison with θ = 0.
 */
export function cuped(treated: JointMoments, control: JointMoments, alpha = ALPHA): Cuped | Insufficient {
  const plain = welch(treated.y, control.y, alpha);
  if (plain.status !== "ok") return plain;
  const spread = (pick: (arm: JointMoments) => { within: number; p: number; q: number }): number =>
    pooledSpread({ n: treated.y.n, ...pick(treated) }, { n: control.y.n, ...pick(control) });
  const varianceX = spread((arm) => ({ within: arm.x.variance, p: arm.x.mean, q: arm.x.mean }));
  if (!(varianceX > 0)) return { ...plain, theta: 0, correlation: 0 };
  const varianceY = spread((arm) => ({ within: arm.y.variance, p: arm.y.mean, q: arm.y.mean }));
  const covariance = spread((arm) => ({ within: arm.covariance, p: arm.y.mean, q: arm.x.mean }));
  const theta = covariance / varianceX;
  const adjusted = (arm: JointMoments): Moments => ({
    n: arm.y.n,
    mean: arm.y.mean - theta * arm.x.mean,
    variance: Math.max(0, arm.y.variance + theta ** 2 * arm.x.variance - 2 * theta * arm.covariance),
  });
  const result = welch(adjusted(treated), adjusted(control), alpha);
  if (result.status !== "ok") return result;
  return { ...result, theta, correlation: covariance / Math.sqrt(varianceX * varianceY) };
}
