/** One cluster of sorted unique values: index of its first value (its last is before the next cluster's first). */
export type Partition = {
  /** Start index of each cluster within the sorted unique values; the first is 0. */
  starts: number[];
  /** Sum of squared distances to the cluster means, over all people. */
  sse: number;
};

/** A later cut replaces an earlier one only if it is better by more than this: the leftmost of equal cuts wins (domain.md 3.5). */
const BETTER = 1e-12;

type Sums = { weight: Float64Array; sum: Float64Array; squares: Float64Array };

/** Prefix sums centred on the median unique value, so that squares stay small and little cancels. */
function prefixSums(values: Float64Array, weights: Float64Array): Sums {
  const n = values.length;
  const centre = values[n >> 1] ?? 0;
  const sums: Sums = { weight: new Float64Array(n + 1), sum: new Float64Array(n + 1), squares: new Float64Array(n + 1) };
  for (let i = 0; i < n; i++) {
    const w = weights[i] ?? 0;
    const x = (values[i] ?? 0) - centre;
    sums.weight[i + 1] = (sums.weight[i] ?? 0) + w;
    sums.sum[i + 1] = (sums.sum[i] ?? 0) + w * x;
    sums.squares[i + 1] = (sums.squares[i] ?? 0) + w * x * x;
  }
  return sums;
}

/** Σ w·(x − mean)² of the values from..to (inclusive). */
function costOf({ weight, sum, squares }: Sums, from: number, to: number): number {
  const w = (weight[to + 1] ?? 0) - (weight[from] ?? 0);
  const s = (sum[to + 1] ?? 0) - (sum[from] ?? 0);
  const cost = (squares[to + 1] ?? 0) - (squares[from] ?? 0) - (s * s) / w;
  return Math.max(0, cost);
}

/**
 * The globally best partition of numbers into k clusters: dynamic programming over sorted unique values with weights (Wang & Song 2011,
 * Ckmeans.1d.dp), each layer filled by divide and conquer, because the best last cut never moves left as values are added: O(k·u·log u).
 * No start values, no chance; equal values always share a cluster.
 * @param values ascending, all different
 * @param weights people per value
 * @param k number of clusters, at most the number of values
 */
export function exactKMeans(values: Float64Array, weights: Float64Array, k: number): Partition {
  const n = values.length;
  if (k < 1 || k > n) throw new RangeError(`cannot make ${k} clusters of ${n} values`);
  const sums = prefixSums(values, weights);
  let before = new Float64Array(n);
  for (let i = 0; i < n; i++) before[i] = costOf(sums, 0, i);
  const cuts: Int32Array[] = [new Int32Array(n)];
  for (let layer = 1; layer < k; layer++) {
    const now = new Float64Array(n);
    const cut = new Int32Array(n);
    // The last layer is only asked for all values together.
    fillLayer(sums, { before, now, cut, earlier: cuts[layer - 1] ?? cut }, layer, layer === k - 1 ? n - 1 : layer, n - 1);
    cuts.push(cut);
    before = now;
  }
  const starts: number[] = [];
  for (let layer = k - 1, end = n - 1; layer >= 0; layer--) {
    const start = cuts[layer]?.[end] ?? 0;
    starts.unshift(start);
    end = start - 1;
  }
  return { starts, sse: before[n - 1] ?? 0 };
}

/** `earlier`: the cuts of the layer before, which no cut of this layer lies left of. */
type Layer = { before: Float64Array; now: Float64Array; cut: Int32Array; earlier: Int32Array };

function fillLayer(sums: Sums, layer: Layer, clusters: number, from: number, to: number): void {
  const { before, now, cut, earlier } = layer;
  const { weight, sum, squares } = sums;
  // Ranges still to fill: first and last index, and between which cuts their best cuts lie. Depth is logarithmic.
  const stack: [number, number, number, number][] = [[from, to, clusters, to]];
  for (let range = stack.pop(); range; range = stack.pop()) {
    const [first, last, low, high] = range;
    if (first > last) continue;
    const at = (first + last) >> 1;
    const [w1, s1, q1] = [weight[at + 1] as number, sum[at + 1] as number, squares[at + 1] as number];
    let best = Number.POSITIVE_INFINITY;
    let bestCut = Math.max(low, earlier[at] as number, clusters);
    const end = Math.min(high, at);
    for (let start = bestCut; start <= end; start++) {
      // costOf(start, at), written out: this line runs a hundred million times on a million values.
      const s = s1 - (sum[start] as number);
      const cost = q1 - (squares[start] as number) - (s * s) / (w1 - (weight[start] as number));
      const total = (before[start - 1] as number) + cost;
      if (total < best - BETTER) {
        best = total;
        bestCut = start;
      }
    }
    now[at] = best;
    cut[at] = bestCut;
    stack.push([at + 1, last, bestCut, high], [first, at - 1, low, bestCut]);
  }
}
