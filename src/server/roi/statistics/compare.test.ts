import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { lnGamma } from "@/server/scoring/log-gamma";
import {
  guardedWelch,
  momentsFromExact,
  momentsFromSums,
  momentsOf,
  profitOf,
  relativeLift,
  sampleRatio,
  sequential,
  welch,
} from "./compare";
import { chiSquaredTail, normalQuantile, studentQuantile, studentTwoSided } from "./special-functions";

function ok<T extends { status: string }>(result: T): Extract<T, { status: "ok" }> {
  if (result.status !== "ok") throw new Error(`expected a result, got ${JSON.stringify(result)}`);
  return result as Extract<T, { status: "ok" }>;
}

describe("special functions against tables", () => {
  it("t quantiles", () => {
    // NIST table of upper critical values of Student's t, two-sided 5 %.
    expect(studentQuantile(0.05, 1)).toBeCloseTo(12.7062047, 6);
    expect(studentQuantile(0.05, 10)).toBeCloseTo(2.2281389, 6);
    expect(studentQuantile(0.05, 1e6)).toBeCloseTo(1.9599664, 5);
    expect(studentQuantile(0.01, 5)).toBeCloseTo(4.032143, 6);
  });
  it("normal quantiles", () => {
    expect(normalQuantile(0.975)).toBeCloseTo(1.959963985, 8);
    expect(normalQuantile(0.8)).toBeCloseTo(0.841621234, 8);
    expect(normalQuantile(0.025)).toBeCloseTo(-1.959963985, 8);
  });
  it("lnGamma and chi-squared", () => {
    expect(lnGamma(10)).toBeCloseTo(Math.log(362880), 10);
    expect(lnGamma(0.5)).toBeCloseTo(0.5 * Math.log(Math.PI), 12);
    expect(chiSquaredTail(3.841458821, 1)).toBeCloseTo(0.05, 9);
    expect(chiSquaredTail(0.1, 1)).toBeCloseTo(0.751829634, 8);
  });
  it("quantile and tail are inverse for any degrees of freedom", () => {
    fc.assert(
      fc.property(fc.double({ min: 0.001, max: 0.5, noNaN: true }), fc.double({ min: 1, max: 1e5, noNaN: true }), (alpha, df) => {
        expect(studentTwoSided(studentQuantile(alpha, df), df)).toBeCloseTo(alpha, 9);
      }),
      { numRuns: 200 },
    );
  });
});

describe("Welch (R1)", () => {
  const a = momentsFromSums(3407, 1396.87, 52377.9767);
  const b = momentsFromSums(3461, 2422.7, 134698.29);
  it("gives the published difference, error, interval, df, t and p", () => {
    expect(a.variance).toBeCloseTo(15.21, 6);
    expect(b.variance).toBeCloseTo(38.44, 6);
    const result = ok(welch(b, a));
    expect(result.difference).toBeCloseTo(0.29, 10);
    expect(result.standardError).toBeCloseTo(0.1247836, 7);
    expect(result.interval.low).toBeCloseTo(0.0453779, 7);
    expect(result.interval.high).toBeCloseTo(0.5346221, 7);
    expect(result.degreesOfFreedom).toBeCloseTo(5841.742, 3);
    expect(result.t).toBeCloseTo(2.324023, 6);
    expect(result.pValue).toBeCloseTo(0.0201584, 7);
  });
  it("and the published relative lift", () => {
    const lift = ok(relativeLift(b, a));
    expect(lift.difference).toBeCloseTo(0.7073171, 7);
    expect(lift.standardError).toBeCloseTo(0.3787944, 7);
    expect(lift.interval.low).toBeCloseTo(-0.0352601, 6);
    expect(lift.interval.high).toBeCloseTo(1.4498942, 6);
    expect(lift.pValue).toBeCloseTo(0.0619118, 6);
    expect(relativeLift(b, { n: 100, mean: 0, variance: 1 })).toEqual({ status: "insufficient_data", reason: "denominator_not_positive" });
  });
});

describe("sample ratio (R5)", () => {
  it.each([
    [[1000, 1200], [1, 1], 0.000020079],
    [[135, 115], [1, 1], 0.205903211],
    [[310, 98], [75, 25], 0.647434186],
    [[8900, 1100], [90, 10], 0.000858121],
    [[1000], [1, 1], 1],
  ])("%j against %j", (counts, weights, p) => {
    expect(sampleRatio(counts, weights)).toBeCloseTo(p, 9);
  });
});

describe("worked campaign (R9)", () => {
  const treated = { ...momentsFromExact(9000, 162_000n, 19_440_000n), buyers: 900 };
  const control = { ...momentsFromExact(1000, 15_000n, 1_700_000n), buyers: 90 };
  const result = ok(guardedWelch(treated, control));

  it("has a significant lift", () => {
    expect(result.difference).toBeCloseTo(3, 10);
    expect(result.standardError).toBeCloseTo(1.2963407, 7);
    expect(result.degreesOfFreedom).toBeCloseTo(1291.4257, 4);
    expect(result.interval.low).toBeCloseTo(0.4568355, 7);
    expect(result.interval.high).toBeCloseTo(5.5431645, 7);
    expect(result.pValue).toBeCloseTo(0.0208127, 7);
  });

  it("and a negative profit at once", () => {
    const profit = profitOf({ ...result, treated: 9000, marginBps: 4000, cost: 13_590 });
    expect(profit.incrementalRevenue).toBeCloseTo(27_000, 6);
    expect(profit.revenueInterval.low).toBeCloseTo(4111.52, 2);
    expect(profit.revenueInterval.high).toBeCloseTo(49_888.48, 2);
    expect(profit.profit).toBeCloseTo(-2790, 6);
    expect(profit.interval.low).toBeCloseTo(-11_945.39, 2);
    expect(profit.interval.high).toBeCloseTo(6365.39, 2);
    expect(profit.roi).toBeCloseTo(-0.2053, 4);
    expect(profit.roiInterval?.low).toBeCloseTo(-0.879, 4);
    expect(profit.roiInterval?.high).toBeCloseTo(0.4684, 4);
    expect(profit.iroas).toBeCloseTo(1.98675, 5);
    expect(profit.iroasInterval?.low).toBeCloseTo(0.30254, 5);
    expect(profit.iroasInterval?.high).toBeCloseTo(3.67097, 5);
    expect(profit.breakEvenRevenue).toBeCloseTo(33_975, 6);
  });

  it("is not yet proven while one may still look again", () => {
    const peek = sequential(result, 10_000, 10_000);
    expect(peek.interval.low).toBeCloseTo(-0.934665, 6);
    expect(peek.interval.high).toBeCloseTo(6.934665, 6);
    expect(peek.pValue).toBeCloseTo(0.277186, 6);
  });
});

describe("traps (B24)", () => {
  const arm = (values: number[]) => ({ ...momentsOf(values), buyers: values.filter((v) => v > 0).length });
  const spread = (n: number) => Array.from({ length: n }, (_, i) => (i % 3) * 10);

  it("keeps the variance of huge values with small differences", () => {
    const values = [4, 7, 13, 16].map((v) => 1e9 + v);
    expect(momentsOf(values).variance).toBe(30);
    const whole = values.map((v) => BigInt(v));
    const exact = momentsFromExact(
      4,
      whole.reduce((s, v) => s + v, 0n),
      whole.reduce((s, v) => s + v * v, 0n),
    );
    expect(exact).toEqual({ n: 4, mean: 1e9 + 10, variance: 30 });
    // The text-book formula in doubles gives nonsense here; that is why the sums stay whole numbers.
    const naive = (values.reduce((s, v) => s + v * v, 0) - values.reduce((s, v) => s + v, 0) ** 2 / 4) / 3;
    expect(naive).not.toBeCloseTo(30, 0);
  });

  it("says why it cannot tell, instead of a number", () => {
    expect(guardedWelch(arm(spread(500)), arm([]))).toEqual({ status: "insufficient_data", reason: "no_holdout" });
    expect(guardedWelch(arm([]), arm(spread(500)))).toEqual({ status: "insufficient_data", reason: "no_treated" });
    expect(guardedWelch(arm(spread(500)), arm([5]))).toEqual({ status: "insufficient_data", reason: "arm_too_small" });
    expect(guardedWelch(arm(spread(99)), arm(spread(500)))).toEqual({ status: "insufficient_data", reason: "arm_too_small" });
    expect(guardedWelch(arm(spread(500)), arm(Array(500).fill(0)))).toEqual({ status: "insufficient_data", reason: "too_few_buyers" });
    expect(guardedWelch(arm(spread(500)), arm(Array(500).fill(7)))).toEqual({ status: "insufficient_data", reason: "zero_variance" });
    expect(welch(momentsOf([1]), momentsOf([2]))).toEqual({ status: "insufficient_data", reason: "arm_too_small" });
  });

  it("survives one huge outlier with a wide, finite interval", () => {
    const result = ok(guardedWelch(arm([...spread(500), 1e12]), arm(spread(500))));
    expect(Number.isFinite(result.interval.low) && Number.isFinite(result.interval.high)).toBe(true);
    expect(result.interval.low).toBeLessThan(0);
  });

  it("never gives NaN or infinity", () => {
    const amounts = fc.array(fc.bigInt({ min: -1_000_000_000_000n, max: 1_000_000_000_000n }), { maxLength: 30 });
    fc.assert(
      fc.property(amounts, amounts, (x, y) => {
        const moments = (v: bigint[]) =>
          momentsFromExact(
            v.length,
            v.reduce((s, a) => s + a, 0n),
            v.reduce((s, a) => s + a * a, 0n),
          );
        const result = welch(moments(x), moments(y));
        if (result.status !== "ok") return;
        for (const value of [result.difference, result.pValue, result.interval.low, result.interval.high])
          expect(Number.isFinite(value)).toBe(true);
        expect(result.pValue).toBeGreaterThanOrEqual(0);
        expect(result.pValue).toBeLessThanOrEqual(1);
      }),
    );
  });

  it("agrees between exact sums and plain values", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -1_000_000, max: 1_000_000 }), { minLength: 2, maxLength: 50 }), (values) => {
        const exact = momentsFromExact(
          values.length,
          values.reduce((s, v) => s + BigInt(v), 0n),
          values.reduce((s, v) => s + BigInt(v) ** 2n, 0n),
        );
        const plain = momentsOf(values);
        expect(exact.mean).toBeCloseTo(plain.mean, 6);
        expect(exact.variance / Math.max(1, plain.variance)).toBeCloseTo(plain.variance / Math.max(1, plain.variance), 9);
      }),
    );
  });
});
