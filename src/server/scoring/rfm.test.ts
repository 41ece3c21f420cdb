import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { exactKMeans } from "./kmeans";
import { ALL_SCORES, bordersOf, type Counted, groupOf, scoreNumber, scoresOf, shopifyGroupOf, spreadScore } from "./rfm";
import { RFM_GROUPS, SHOPIFY_GROUPS } from "./schema";

const counted = (values: readonly number[]): Counted => {
  const counts = new Map<number, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].map(([value, customers]) => ({ value, customers }));
};
const cluster = (values: readonly number[], k: number) => {
  const sorted = counted(values).sort((a, b) => a.value - b.value);
  return exactKMeans(
    Float64Array.from(sorted, (v) => v.value),
    Float64Array.from(sorted, (v) => v.customers),
    k,
  );
};

/** Every partition of sorted unique values into k runs, by brute force. */
function bestSse(values: readonly number[], k: number): number {
  const sorted = counted(values).sort((a, b) => a.value - b.value);
  const sse = (from: number, to: number): number => {
    const part = sorted.slice(from, to);
    const n = part.reduce((s, v) => s + v.customers, 0);
    const mean = part.reduce((s, v) => s + v.value * v.customers, 0) / n;
    return part.reduce((s, v) => s + v.customers * (v.value - mean) ** 2, 0);
  };
  const best = (from: number, clusters: number): number => {
    if (clusters === 1) return sse(from, sorted.length);
    let least = Number.POSITIVE_INFINITY;
    for (let to = from + 1; to <= sorted.length - clusters + 1; to++) least = Math.min(least, sse(from, to) + best(to, clusters - 1));
    return least;
  };
  return best(0, k);
}

describe("exact one-dimensional k-means", () => {
  it("solves P9", () => {
    const { starts, sse } = cluster([1, 1, 2, 3, 10, 11, 12, 50, 51, 200], 5);
    // Unique 1 2 3 10 11 12 50 51 200 → 1 | 2 3 | 10 11 12 | 50 51 | 200
    expect(starts).toEqual([0, 1, 3, 6, 8]);
    expect(sse).toBeCloseTo(3, 12);
  });

  it("is never worse than any other partition", () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 60 }), { minLength: 5, maxLength: 24 }),
        fc.integer({ min: 1, max: 5 }),
        (values, k) => {
          fc.pre(new Set(values).size >= k);
          const { starts, sse } = cluster(values, k);
          expect(sse).toBeCloseTo(bestSse(values, k), 8);
          expect(starts).toHaveLength(k);
          expect([...starts].sort((a, b) => a - b)).toEqual(starts);
        },
      ),
      { numRuns: 150 },
    );
  });

  it("keeps its digits on large values", () => {
    const shifted = [1, 1, 2, 3, 10, 11, 12, 50, 51, 200].map((v) => v + 1e9);
    expect(cluster(shifted, 5)).toMatchObject({ starts: [0, 1, 3, 6, 8] });
    expect(cluster(shifted, 5).sse).toBeCloseTo(3, 6);
  });
});

describe("scores", () => {
  it("spread out where there are fewer than five different values", () => {
    expect([[0]].flatMap(([j]) => spreadScore(j ?? 0, 1))).toEqual([3]);
    expect([0, 1].map((j) => spreadScore(j, 2))).toEqual([1, 5]);
    expect([0, 1, 2].map((j) => spreadScore(j, 3))).toEqual([1, 3, 5]);
    expect([0, 1, 2, 3].map((j) => spreadScore(j, 4))).toEqual([1, 2, 4, 5]);
    expect([0, 1, 2, 3, 4].map((j) => spreadScore(j, 5))).toEqual([1, 2, 3, 4, 5]);
  });

  it("put everyone into the cluster that the partition put him into, and recency upside down", () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: 0, max: 3650 }), fc.integer({ min: 1, max: 80 }), fc.integer({ min: 0, max: 5_000_000 })), {
          minLength: 1,
          maxLength: 60,
        }),
        fc.constantFrom(0, 2, 3),
        (people, decimals) => {
          const input = {
            recency: counted(people.map((p) => p[0])),
            frequency: counted(people.map((p) => p[1])),
            monetary: counted(people.map((p) => p[2])),
          };
          const borders = bordersOf(input, decimals);
          for (const [recency, frequency, monetary] of people) {
            const scores = scoresOf({ recency, frequency, monetary }, borders);
            for (const [key, value] of Object.entries({ recency, frequency, monetary }) as [
              "recency" | "frequency" | "monetary",
              number,
            ][]) {
              const { clusters, scores: of } = borders[key];
              expect(scores[key]).toBe(of[clusters.findIndex((c) => value >= c.from && value <= c.to)]);
            }
          }
          expect([...borders.recency.scores].sort((a, b) => b - a)).toEqual(borders.recency.scores);
          expect(borders.monetary.clusters.reduce((s, c) => s + c.customers, 0)).toBe(people.length);
        },
      ),
      { numRuns: 100 },
    );
  });
});

describe("groups", () => {
  it("are what the table of domain.md 3.5 says", () => {
    const of = (score: string) => groupOf({ recency: Number(score[0]), frequency: Number(score[1]), monetary: Number(score[2]) });
    const table: Record<string, string> = {
      "515": "NEW",
      "411": "NEW",
      "311": "ABOUT_TO_SLEEP",
      "211": "SLEEPERS",
      "115": "SLEEPERS",
      "521": "POTENTIAL_LOYAL",
      "425": "POTENTIAL_LOYAL",
      "325": "ABOUT_TO_SLEEP",
      "225": "SLEEPERS",
      "534": "LOYAL",
      "444": "LOYAL",
      "433": "POTENTIAL_LOYAL",
      "335": "POTENTIAL_LOYAL",
      "234": "LOYAL_AT_RISK",
      "233": "SLEEPERS",
      "343": "LOYAL",
      "342": "POTENTIAL_LOYAL",
      "552": "POTENTIAL_LOYAL",
      "555": "LOYAL",
      "253": "LOYAL_AT_RISK",
      "142": "SLEEPERS",
    };
    for (const [score, group] of Object.entries(table)) expect(`${score} ${of(score)}`).toBe(`${score} ${group}`);
  });
  it("exist for every score, all of them, in both languages", () => {
    expect(ALL_SCORES).toHaveLength(125);
    expect(new Set(ALL_SCORES.map(groupOf))).toEqual(new Set(RFM_GROUPS));
    expect(new Set(ALL_SCORES.map(shopifyGroupOf))).toEqual(new Set(SHOPIFY_GROUPS));
    expect(ALL_SCORES.map(scoreNumber)[0]).toBe(111);
  });
});
