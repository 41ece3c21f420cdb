import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { seededRandom, stratifiedBootstrap, widthsDisagree } from "./bootstrap";
import { momentsOf } from "./compare";
import { cuped, jointFromExact, jointOf } from "./cuped";
import { pool } from "./pooling";
import { adjustedSigma, holdoutShare, isUnderpowered, minimumDetectableEffect, powerOf } from "./power";
import { deltaVariance, fieller, ratioInterval } from "./ratio";
import { capOf, meanOf, quantile, winsorise } from "./robust";

function ok<T extends { status: string }>(result: T): Extract<T, { status: "ok" }> {
  if (result.status !== "ok") throw new Error(`expected a result, got ${JSON.stringify(result)}`);
  return result as Extract<T, { status: "ok" }>;
}

describe("CUPED (R6)", () => {
  const pairs = (x: number[], y: number[]) => x.map((value, i) => ({ x: value, y: y[i] ?? 0 }));
  const control = pairs([10, 0, 20, 5, 15, 0, 30, 10], [12, 1, 18, 6, 14, 2, 33, 10]);
  const treated = pairs([12, 0, 18, 6, 14, 1, 28, 9], [18, 4, 22, 11, 17, 5, 36, 13]);

  it("gives the worked example", () => {
    const result = ok(cuped(jointOf(treated), jointOf(control)));
    expect(result.theta).toBeCloseTo(1.0378065, 7);
    expect(result.difference).toBeCloseTo(4.0094516, 7);
    expect(result.standardError).toBeCloseTo(0.7881711, 7);
    expect(result.degreesOfFreedom).toBeCloseTo(13.385375, 5);
    expect(result.interval.low).toBeCloseTo(2.3116815, 6);
    expect(result.interval.high).toBeCloseTo(5.7072217, 6);
    expect(result.pValue).toBeCloseTo(0.00019034, 8);
  });

  it("gives the same from whole-number sums", () => {
    const sums = (arm: { x: number; y: number }[]) => {
      const sum = (f: (p: { x: number; y: number }) => number): bigint => arm.reduce((s, p) => s + BigInt(f(p)), 0n);
      return {
        n: arm.length,
        y: sum((p) => p.y),
        yy: sum((p) => p.y ** 2),
        x: sum((p) => p.x),
        xx: sum((p) => p.x ** 2),
        xy: sum((p) => p.x * p.y),
      };
    };
    const exact = ok(cuped(jointFromExact(sums(treated)), jointFromExact(sums(control))));
    const plain = ok(cuped(jointOf(treated), jointOf(control)));
    expect(exact.difference).toBeCloseTo(plain.difference, 12);
    expect(exact.standardError).toBeCloseTo(plain.standardError, 12);
  });

  it("is the plain comparison when nobody has a history", () => {
    const none = (arm: { y: number }[]) => jointOf(arm.map(({ y }) => ({ x: 0, y })));
    const result = ok(cuped(none(treated), none(control)));
    expect(result.theta).toBe(0);
    expect(result.difference).toBeCloseTo(3.75, 10);
    expect(result.interval.low).toBeCloseTo(-7.281664, 6);
    expect(result.interval.high).toBeCloseTo(14.781664, 6);
    expect(result.pValue).toBeCloseTo(0.477974, 6);
  });
});

describe("winsorising (R12)", () => {
  const values = [0, 0, 0, 0, 10, 20, 20, 30, 40, 1000];
  it("interpolates as type 7 and caps both arms at one value", () => {
    expect(quantile(values, 0.9)).toBeCloseTo(136, 10);
    expect(quantile(values, 0.99)).toBeCloseTo(913.6, 10);
    expect(meanOf(values)).toBe(112);
    expect(meanOf(winsorise(values, 136))).toBeCloseTo(25.6, 10);
    expect(capOf(values, 0.9)).toBeCloseTo(520, 10);
  });
  it("caps nothing where nothing was bought", () => {
    expect(capOf([0, 0])).toBeNull();
    expect(winsorise([1, 1e9], null)).toEqual([1, 1e9]);
    expect(quantile([], 0.5)).toBeNull();
  });
});

describe("ratios", () => {
  const input = { numerator: 20, denominator: 10, varianceN: 4, varianceD: 1, covariance: 0.5 };
  it("delta method where the denominator is clear of zero", () => {
    // 4/100 + 400/10000 − 2·0.5·20/1000
    expect(deltaVariance(input)).toBeCloseTo(0.06, 12);
    const result = ok(ratioInterval(input));
    expect(result).toMatchObject({ ratio: 2, method: "delta" });
    expect(result.interval?.high).toBeCloseTo(2 + 1.959964 * Math.sqrt(0.06), 5);
  });
  it("Fieller where it is not, and unbounded where zero cannot be excluded", () => {
    const weak = { ...input, varianceD: 16 };
    const result = ok(ratioInterval(weak));
    expect(result.method).toBe("fieller");
    // The ends solve (D − rC)² = z²·Var(D − rC).
    for (const r of [result.interval?.low ?? 0, result.interval?.high ?? 0])
      expect((20 - r * 10) ** 2).toBeCloseTo(3.841458821 * (4 - 2 * r * 0.5 + r * r * 16), 4);
    expect(ratioInterval({ ...input, varianceD: 100 })).toEqual({ status: "ok", ratio: 2, method: "fieller", interval: null });
    expect(ratioInterval({ ...input, denominator: 0 })).toEqual({ status: "insufficient_data", reason: "denominator_not_positive" });
    expect(ratioInterval({ ...input, varianceN: Number.NaN })).toEqual({ status: "insufficient_data", reason: "invalid_numbers" });
  });
  it("both agree far from zero", () => {
    const far = { numerator: 20, denominator: 1e4, varianceN: 4, varianceD: 1, covariance: 0 };
    const delta = ok(ratioInterval(far)).interval;
    const exact = fieller(far);
    expect(delta?.low).toBeCloseTo(exact?.low ?? 0, 8);
  });
});

describe("power", () => {
  it("follows (z + z)·σ·√(1/n + 1/n) and is unknown without a holdout", () => {
    expect(minimumDetectableEffect(40, 9000, 1000)).toBeCloseTo(2.8015852 * 40 * Math.sqrt(1 / 9000 + 1 / 1000), 5);
    expect(minimumDetectableEffect(40, 9000, 0)).toBeNull();
    expect(minimumDetectableEffect(0, 9000, 1000)).toBeNull();
  });
  it("has 80 % at the detectable effect and 5 % at none", () => {
    const effect = minimumDetectableEffect(40, 9000, 1000) ?? 0;
    expect(powerOf(effect, 40, 9000, 1000)).toBeCloseTo(0.8, 4);
    expect(powerOf(0, 40, 9000, 1000)).toBeCloseTo(0.05, 9);
  });
  it("recommends the holdout that detects the target, or says that none does", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1_000, max: 1_000_000 }),
        fc.double({ min: 1, max: 100, noNaN: true }),
        fc.double({ min: 0.5, max: 50, noNaN: true }),
        (people, sigma, target) => {
          const result = holdoutShare({ people, sigma, target });
          if (result.status !== "ok") {
            expect(minimumDetectableEffect(sigma, people / 2, people / 2) ?? 0).toBeGreaterThan(target * (1 - 1e-9));
            return;
          }
          const { share } = result;
          expect(share).toBeLessThanOrEqual(0.5);
          expect((minimumDetectableEffect(sigma, people * (1 - share), people * share) ?? 0) / target).toBeCloseTo(1, 8);
        },
      ),
    );
    expect(holdoutShare({ people: 100, sigma: 40, target: 0.01 })).toEqual({ status: "insufficient_data", reason: "out_of_reach" });
    expect(holdoutShare({ people: 100, sigma: 0, target: 1 })).toEqual({ status: "insufficient_data", reason: "invalid_numbers" });
  });
  it("adjusts for a covariate and names a design that cannot show what it must earn", () => {
    expect(adjustedSigma(10, 0.6)).toBeCloseTo(8, 12);
    expect(isUnderpowered(21, 10)).toBe(true);
    expect(isUnderpowered(20, 10)).toBe(false);
  });
});

describe("pooling", () => {
  // BCG vaccine trials (Colditz et al. 1994; metafor's dat.bcg): tuberculosis with and without vaccine, log risk ratios.
  const trials = [
    [4, 119, 11, 128],
    [6, 300, 29, 274],
    [3, 228, 11, 209],
    [62, 13536, 248, 12619],
    [33, 5036, 47, 5761],
    [180, 1361, 372, 1079],
    [8, 2537, 10, 619],
    [505, 87886, 499, 87892],
    [29, 7470, 45, 7232],
    [17, 1699, 65, 1600],
    [186, 50448, 141, 27197],
    [5, 2493, 3, 2338],
    [27, 16886, 29, 17825],
  ] as const;
  const studies = trials.map(([a, b, c, d]) => ({
    estimate: Math.log(a / (a + b) / (c / (c + d))),
    variance: 1 / a - 1 / (a + b) + 1 / c - 1 / (c + d),
  }));
  it("reproduces the published random-effects estimate", () => {
    const result = ok(pool(studies));
    expect(result.mean).toBeCloseTo(-0.7141, 4);
    expect(result.tau2).toBeCloseTo(0.3088, 4);
    expect(result.q).toBeCloseTo(152.233, 3);
    expect(result.i2).toBeCloseTo(0.9212, 4);
    expect(result.standardError).toBeCloseTo(0.18069, 4);
    // t with 12 degrees of freedom: 2.17881
    expect(result.interval.low).toBeCloseTo(-0.7141 - 2.17881 * result.standardError, 3);
    expect(result.shrunken.reduce((s, x) => s + x.weight, 0)).toBeCloseTo(1, 12);
    for (const [i, { estimate }] of result.shrunken.entries()) {
      const raw = studies[i]?.estimate ?? 0;
      expect(Math.abs(estimate - result.mean)).toBeLessThanOrEqual(Math.abs(raw - result.mean));
    }
  });
  it("draws everything to the mean when the campaigns do not differ, and refuses fewer than three", () => {
    const same = ok(pool([1, 1, 1].map((estimate) => ({ estimate, variance: 4 }))));
    expect(same.tau2).toBe(0);
    expect(same.shrunken.every((s) => s.estimate === 1)).toBe(true);
    expect(same.interval.low).toBeLessThan(0);
    expect(pool(studies.slice(0, 2))).toEqual({ status: "insufficient_data", reason: "too_few_studies" });
    expect(pool([...studies.slice(0, 2), { estimate: 1, variance: 0 }])).toEqual({
      status: "insufficient_data",
      reason: "invalid_numbers",
    });
  });
});

describe("bootstrap", () => {
  const random = seededRandom("values");
  const arm = (n: number, buyers: number, lift: number) => ({
    n,
    nonZero: Array.from({ length: buyers }, () => [20 + 30 * random() + lift]),
  });
  const [treated, control] = [arm(2_000, 400, 5), arm(500, 100, 0)];
  const difference = (means: readonly Float64Array[]): number => (means[0]?.[0] ?? 0) - (means[1]?.[0] ?? 0);

  it("gives the same interval for the same campaign, and about Welch's where that holds", () => {
    const options = { seed: "campaign", width: 1, rounds: 2_000 };
    const one = stratifiedBootstrap([treated, control], difference, options);
    expect(stratifiedBootstrap([treated, control], difference, options)).toEqual(one);
    expect(stratifiedBootstrap([treated, control], difference, { ...options, seed: "other" })).not.toEqual(one);
    const values = ({ n, nonZero }: typeof treated) =>
      momentsOf([...nonZero.map((v) => v[0] ?? 0), ...new Array(n - nonZero.length).fill(0)]);
    const [t, c] = [values(treated), values(control)];
    const se = Math.sqrt(t.variance / t.n + c.variance / c.n);
    const width = (one.interval?.high ?? 0) - (one.interval?.low ?? 0);
    expect(width / (2 * 1.96 * se)).toBeGreaterThan(0.93);
    expect(width / (2 * 1.96 * se)).toBeLessThan(1.07);
    expect(widthsDisagree({ low: 0, high: 1 }, { low: 0, high: 1.19 })).toBe(false);
    expect(widthsDisagree({ low: 0, high: 1 }, { low: 0, high: 1.21 })).toBe(true);
  });
  it("gives no interval for a ratio whose denominator is often nothing", () => {
    const ratio = (means: readonly Float64Array[]): number => (means[0]?.[0] ?? 0) / (means[1]?.[0] ?? 0);
    const result = stratifiedBootstrap([treated, { n: 500, nonZero: [[1]] }], ratio, { seed: "x", width: 1, rounds: 500 });
    expect(result.interval).toBeNull();
    expect(result.undefinedRounds).toBeGreaterThan(100);
  });
});
