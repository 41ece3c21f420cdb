import { exactKMeans } from "./kmeans";
import type { Borders, Dimension, RfmGroup } from "./schema";

/** Fewer customers than this are not worth grouping (domain.md 3.5, 5). */
export const MIN_CUSTOMERS = 50;
const CLUSTERS = 5;

/** Different values with how many customers have each, in any order. */
export type Counted = { value: number; customers: number }[];
export type RfmInput = { recency: Counted; frequency: Counted; monetary: Counted };
export type Scores = { recency: number; frequency: number; monetary: number };

/** What is clustered. Only a transformation that is not linear changes a partition; the logarithm stops one customer from being his own. */
type Scale = { to: (raw: number) => number; back: (value: number) => number; reversed: boolean };

/** @param decimals of the currency, so that "1 + M" means one euro, yen or dinar alike */
const scales = (decimals: number): Record<keyof RfmInput, Scale> => ({
  recency: { to: (days) => days, back: (value) => value, reversed: true },
  frequency: { to: Math.log, back: Math.exp, reversed: false },
  monetary: { to: (minor) => Math.log1p(minor / 10 ** decimals), back: (value) => Math.expm1(value) * 10 ** decimals, reversed: false },
});

/** Score of cluster j (from 0) of u: five are 1 to 5, fewer spread out: two are 1 and 5, one is 3 (domain.md 3.5, 4). */
export function spreadScore(cluster: number, clusters: number): number {
  return clusters === 1 ? 3 : 1 + Math.floor((cluster * 4) / (clusters - 1) + 0.5);
}

function dimensionOf(counted: Counted, scale: Scale): Dimension {
  const sorted = [...counted].sort((a, b) => a.value - b.value);
  const values = Float64Array.from(sorted, (entry) => scale.to(entry.value));
  const weights = Float64Array.from(sorted, (entry) => entry.customers);
  const k = Math.min(CLUSTERS, values.length);
  const { starts, sse } = exactKMeans(values, weights, k);
  const clusters = starts.map((start, j) => {
    const end = (starts[j + 1] ?? sorted.length) - 1;
    let customers = 0;
    for (let i = start; i <= end; i++) customers += weights[i] ?? 0;
    return { from: sorted[start]?.value ?? 0, to: sorted[end]?.value ?? 0, customers };
  });
  const borders = starts.slice(1).map((start) => {
    const [below, above] = [sorted[start - 1]?.value ?? 0, sorted[start]?.value ?? 0];
    // Halfway on the clustered scale; rounding there and back must not carry the border onto or past a value it divides.
    const middle = scale.back((scale.to(below) + scale.to(above)) / 2);
    return middle > below && middle <= above ? middle : above;
  });
  const scores = clusters.map((_, j) => (scale.reversed ? 6 - spreadScore(j, k) : spreadScore(j, k)));
  return { borders, scores, clusters, distinct: values.length, sse };
}

/** Borders of the three dimensions by exact one-dimensional k-means, k = 5 each (domain.md 3.5). */
export function bordersOf(input: RfmInput, decimals: number): Borders {
  const scale = scales(decimals);
  return {
    recency: dimensionOf(input.recency, scale.recency),
    frequency: dimensionOf(input.frequency, scale.frequency),
    monetary: dimensionOf(input.monetary, scale.monetary),
  };
}

/** Score of one value: how many borders lie at or below it (as PostgreSQL's width_bucket counts). */
export function scoreOf(value: number, dimension: Dimension): number {
  let cluster = 0;
  for (const border of dimension.borders) if (value >= border) cluster++;
  return dimension.scores[cluster] ?? 3;
}

export const scoresOf = (values: Scores, borders: Borders): Scores => ({
  recency: scoreOf(values.recency, borders.recency),
  frequency: scoreOf(values.frequency, borders.frequency),
  monetary: scoreOf(values.monetary, borders.monetary),
});

/** The group that three scores of 1 to 5 mean; total, from the scores alone (domain.md 3.5, 6). */
export function groupOf({ recency: r, frequency: f, monetary: m }: Scores): RfmGroup {
  if (f <= 2) {
    if (r >= 4) return f === 1 ? "NEW" : "POTENTIAL_LOYAL";
    return r === 3 ? "ABOUT_TO_SLEEP" : "SLEEPERS";
  }
  if (f === 3) {
    if (r >= 4 && m >= 4) return "LOYAL";
    if (r >= 3) return "POTENTIAL_LOYAL";
    return m >= 4 ? "LOYAL_AT_RISK" : "SLEEPERS";
  }
  if (r >= 3) return m >= 3 ? "LOYAL" : "POTENTIAL_LOYAL";
  return m >= 3 ? "LOYAL_AT_RISK" : "SLEEPERS";
}

/**
 * The same customer under the names of Shopify's language. Shopify describes its groups in words and publishes no borders; this table is
 * ours: rows are recency 1 to 5, columns the rounded-up mean of frequency and monetary.
 */
const SHOPIFY_TABLE = [
  ["DORMANT", "DORMANT", "ALMOST_LOST", "PREVIOUSLY_LOYAL", "PREVIOUSLY_LOYAL"],
  ["ALMOST_LOST", "ALMOST_LOST", "AT_RISK", "AT_RISK", "AT_RISK"],
  ["PROMISING", "NEEDS_ATTENTION", "NEEDS_ATTENTION", "LOYAL", "LOYAL"],
  ["NEW", "PROMISING", "ACTIVE", "LOYAL", "CHAMPIONS"],
  ["NEW", "PROMISING", "ACTIVE", "LOYAL", "CHAMPIONS"],
] as const;

export const shopifyGroupOf = ({ recency, frequency, monetary }: Scores): string =>
  SHOPIFY_TABLE[recency - 1]?.[Math.ceil((frequency + monetary) / 2) - 1] ?? "DORMANT";

/** Every score from 111 to 555 in order, for tables that the database joins. */
export const ALL_SCORES: readonly Scores[] = [1, 2, 3, 4, 5].flatMap((recency) =>
  [1, 2, 3, 4, 5].flatMap((frequency) => [1, 2, 3, 4, 5].map((monetary) => ({ recency, frequency, monetary }))),
);

/** 543 for recency 5, frequency 4, monetary 3. */
export const scoreNumber = ({ recency, frequency, monetary }: Scores): number => recency * 100 + frequency * 10 + monetary;
