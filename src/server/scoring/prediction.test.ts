import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { aliveProbability, type BgNbd, expectedPurchases, fitBgNbd, type History, logLikelihood } from "./bg-nbd";
import { forecastOf } from "./clv";
import { expectedValue, fitGammaGamma, type Spender } from "./gamma-gamma";
import { nelderMead, standardErrors } from "./nelder-mead";
import { tierBorders, tierOf } from "./spend-tier";

/** A seeded generator for invented customers (mulberry32); the kernels themselves use no chance. */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let z = Math.imul(state ^ (state >>> 15), 1 | state);
    z = (z + Math.imul(z ^ (z >>> 7), 61 | z)) ^ z;
    return ((z ^ (z >>> 14)) >>> 0) / 4_294_967_296;
  };
}
const normal = (random: () => number): number => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
/** Marsaglia & Tsang (2000). */
function gamma(shape: number, random: () => number): number {
  if (shape < 1) return gamma(shape + 1, random) * (1 - random()) ** (1 / shape);
  const d = shape - 1 / 3;
  for (;;) {
    const z = normal(random);
    const v = (1 + z / Math.sqrt(9 * d)) ** 3;
    if (v > 0 && Math.log(1 - random()) < 0.5 * z * z + d - d * v + d * Math.log(v)) return d * v;
  }
}

/** Parameters of the CDNOW sample in the paper (Fader, Hardie & Lee 2005, table 2). */
const CDNOW: BgNbd = { r: 0.243, alpha: 4.414, a: 0.793, b: 2.426 };

describe("BG/NBD", () => {
  it("is 1 for one-time buyers and stays a probability where the power would overflow", () => {
    expect(aliveProbability(CDNOW, 0, 0, 30)).toBe(1);
    expect(aliveProbability(CDNOW, 1_000, 10, 100)).toBeGreaterThanOrEqual(0);
    expect(aliveProbability(CDNOW, 1_000, 10, 100)).toBeLessThan(1e-100);
    expect(aliveProbability(CDNOW, 2, 30.43, 38.86)).toBeCloseTo(1 / (1 + (0.793 / 3.426) * (43.274 / 34.844) ** 2.243), 12);
  });

  it("gives the paper's 1.226 for its customer x = 2, t_x = 30.43, T = 38.86 over 39 weeks", () => {
    expect(expectedPurchases(CDNOW, 39, 2, 30.43, 38.86)).toBeCloseTo(1.226, 3);
  });

  it("agrees with the untransformed formula where that converges, also beside a = 1", () => {
    const plain = ({ r, alpha, a, b }: BgNbd, t: number, x: number, tx: number, T: number): number => {
      const z = t / (alpha + T + t);
      let [term, sum] = [1, 1];
      for (let n = 0; n < 100_000 && Math.abs(term) > 1e-17 * sum; n++) {
        term *= (((r + x + n) * (b + x + n)) / ((a + b + x - 1 + n) * (n + 1))) * z;
        sum += term;
      }
      return (
        ((a + b + x - 1) / (a - 1)) *
        (1 - ((alpha + T) / (alpha + T + t)) ** (r + x) * sum) *
        aliveProbability({ r, alpha, a, b }, x, tx, T)
      );
    };
    for (const a of [0.5, 0.793, 1.5, 2.5])
      for (const [t, x, tx, T] of [
        [39, 2, 30.43, 38.86],
        [52, 0, 0, 10],
        [10, 12, 40, 50],
      ] as const) {
        const parameters = { ...CDNOW, a };
        expect(expectedPurchases(parameters, t, x, tx, T) / plain(parameters, t, x, tx, T)).toBeCloseTo(1, 8);
      }
    const at = expectedPurchases({ ...CDNOW, a: 1 }, 39, 2, 30.43, 38.86);
    expect(at).toBeCloseTo(expectedPurchases({ ...CDNOW, a: 1 + 2e-6 }, 39, 2, 30.43, 38.86), 5);
  });

  it("expects more in more time, and never anything that is no number", () => {
    fc.assert(
      fc.property(
        fc.record({
          r: fc.double({ min: 0.05, max: 5, noNaN: true }),
          alpha: fc.double({ min: 0.5, max: 100, noNaN: true }),
          a: fc.double({ min: 0.05, max: 6, noNaN: true }),
          b: fc.double({ min: 0.1, max: 20, noNaN: true }),
        }),
        fc.integer({ min: 0, max: 300 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.double({ min: 0, max: 520, noNaN: true }),
        (parameters, x, share, T) => {
          const tx = x === 0 ? 0 : share * T;
          const [short, long] = [expectedPurchases(parameters, 4, x, tx, T), expectedPurchases(parameters, 52, x, tx, T)];
          expect(Number.isFinite(short) && Number.isFinite(long)).toBe(true);
          expect(short).toBeGreaterThanOrEqual(-1e-9);
          expect(long).toBeGreaterThanOrEqual(short - 1e-9);
        },
      ),
      { numRuns: 300 },
    );
  });

  /** Customers as the model tells them: gamma rates, beta drop-out after each purchase. */
  function simulate(n: number, truth: BgNbd, weeks: number, seed: number): History[] {
    const random = randomOf(seed);
    return Array.from({ length: n }, () => {
      const rate = gamma(truth.r, random) / truth.alpha;
      const [u, v] = [gamma(truth.a, random), gamma(truth.b, random)];
      const leave = u / (u + v);
      const T = weeks * (0.3 + 0.7 * random());
      let [x, tx, t] = [0, 0, 0];
      while (random() >= (x === 0 ? 0 : leave)) {
        t += -Math.log(1 - random()) / rate;
        if (t > T) break;
        x++;
        tx = t;
      }
      return { x, tx, T, weight: 1 };
    });
  }

  it("finds parameters that explain invented customers at least as well as the true ones, and predicts them", () => {
    const truth = { r: 0.6, alpha: 8, a: 0.8, b: 2.5 };
    const customers = simulate(3_000, truth, 80, 7);
    const fit = fitBgNbd(customers);
    expect(fit?.logLikelihood).toBeGreaterThanOrEqual(logLikelihood(truth, customers));
    expect(fit?.parameters.r).toBeGreaterThan(0.45);
    expect(fit?.parameters.r).toBeLessThan(0.8);
    const [r, error] = [fit?.parameters.r ?? 0, fit?.standardErrors?.r ?? 0];
    expect(error).toBeGreaterThan(0.005);
    expect(Math.abs(r - truth.r)).toBeLessThan(4 * error);
    // Merging equal histories changes nothing.
    const doubled = customers.slice(0, 200).flatMap((c) => [c, c]);
    const merged = customers.slice(0, 200).map((c) => ({ ...c, weight: 2 }));
    expect(logLikelihood(truth, merged)).toBeCloseTo(logLikelihood(truth, doubled), 6);
  });

  it("finds nothing in nothing", () => {
    expect(fitBgNbd([])).toBeNull();
    expect(fitBgNbd([{ x: 0, tx: 0, T: 0, weight: 5 }])).toBeNull();
  });
});

describe("Gamma-Gamma", () => {
  const truth = { p: 6, q: 4, v: 4_000 };
  const random = randomOf(11);
  const spenders: Spender[] = Array.from({ length: 2_000 }, (_, i) => {
    const x = 1 + (i % 6);
    const nu = gamma(truth.q, random) / truth.v;
    return { x, m: gamma(truth.p * x, random) / (nu * x) };
  });

  it("finds the population, not the false ridge (B30)", () => {
    const fit = fitGammaGamma(spenders);
    expect(fit).not.toBeNull();
    const { p, q, v } = fit?.parameters ?? truth;
    expect(p).toBeLessThan(50);
    expect((p * v) / (q - 1) / ((truth.p * truth.v) / (truth.q - 1))).toBeCloseTo(1, 1);
    expect(Math.abs(fit?.correlation ?? 1)).toBeLessThan(0.1);
    // The unit of money does not matter.
    const cents = fitGammaGamma(spenders.map((s) => ({ ...s, m: s.m * 100 })));
    expect((cents?.parameters.v ?? 0) / v).toBeCloseTo(100, 0);
  });

  it("draws a customer's mean towards the population's, less the more he bought", () => {
    const all = expectedValue(truth, 0, 0);
    expect(all).toBe(8_000);
    const [one, many] = [expectedValue(truth, 1, 20_000), expectedValue(truth, 50, 20_000)];
    expect(one).toBeGreaterThan(all);
    expect(many).toBeGreaterThan(one);
    expect(many).toBeLessThan(20_000);
    expect(fitGammaGamma([])).toBeNull();
  });
});

describe("value and tiers", () => {
  it("discounts: two years are worth less than twice one, and a margin is a share", () => {
    const models = { frequency: CDNOW, value: { p: 6, q: 4, v: 4_000 } };
    const customer = { x: 4, tx: 30, T: 35, m: 9_000 };
    const full = forecastOf(models, customer, 1);
    const part = forecastOf(models, customer, 0.4);
    expect(part.clv12).toBeCloseTo(0.4 * full.clv12, 6);
    expect(full.clv3).toBeLessThan(full.clv12);
    expect(full.clv24).toBeLessThan(2 * full.clv12);
    expect(full.clv12).toBeLessThan(full.value);
    expect(full.clv12).toBeGreaterThan(0.85 * full.value);
  });

  it("ranks by value: a tenth is high, the next three tenths medium, nothing is nothing", () => {
    const values = Array.from({ length: 100 }, (_, i) => BigInt(100 - i) * 10n);
    const borders = tierBorders([...values, 0n, 0n]);
    expect(borders).toEqual({ high: 910n, medium: 610n });
    const tiers = values.map((value) => tierOf(value, borders ?? { high: 0n, medium: 0n }));
    expect(tiers.filter((t) => t === "HIGH")).toHaveLength(10);
    expect(tiers.filter((t) => t === "MEDIUM")).toHaveLength(30);
    expect(tiers.filter((t) => t === "LOW")).toHaveLength(60);
    expect(tierOf(0n, { high: 5n, medium: 1n })).toBeNull();
    expect(tierBorders([0n])).toBeNull();
  });
});

describe("the optimiser", () => {
  it("walks Rosenbrock's valley and measures a parabola's curvature", () => {
    const found = nelderMead(([x = 0, y = 0]) => (1 - x) ** 2 + 100 * (y - x * x) ** 2, [-1.2, 1], 0.5);
    expect(found.at[0]).toBeCloseTo(1, 3);
    expect(found.at[1]).toBeCloseTo(1, 3);
    const errors = standardErrors(([x = 0, y = 0]) => x * x * 2 + (y * y) / 2 + 0.5 * x * y, [0, 0]);
    // Hessian [[4, 0.5], [0.5, 1]], inverse diagonal 1/3.75 and 4/3.75.
    expect(errors?.[0]).toBeCloseTo(Math.sqrt(1 / 3.75), 4);
    expect(errors?.[1]).toBeCloseTo(Math.sqrt(4 / 3.75), 4);
    expect(standardErrors(([x = 0]) => -x * x, [0])).toBeNull();
  });
});
