export type Minimum = { at: number[]; value: number; iterations: number };

const MAX_ITERATIONS = 2_000;
const TOLERANCE = 1e-9;

/**
 * Nelder & Mead (1965): the minimum of a function of a few variables without derivatives. Reflection 1, expansion 2, contraction ½,
 * shrinking ½; ends when the simplex is flat. Points where the function is not finite are walls.
 * @param step edge of the first simplex
 */
export function nelderMead(f: (x: readonly number[]) => number, start: readonly number[], step: number): Minimum {
  const value = (x: readonly number[]): number => {
    const y = f(x);
    return Number.isFinite(y) ? y : Number.POSITIVE_INFINITY;
  };
  let points = [[...start], ...start.map((_, i) => start.map((x, j) => (i === j ? x + step : x)))].map((at) => ({ at, value: value(at) }));
  let iterations = 0;
  for (; iterations < MAX_ITERATIONS; iterations++) {
    points.sort((a, b) => a.value - b.value);
    const [best, worst, second] = [points[0], points[points.length - 1], points[points.length - 2]];
    if (!best || !worst || !second) break;
    const wide = Math.max(...points.map(({ at }) => Math.max(...at.map((x, j) => Math.abs(x - (best.at[j] ?? 0))))));
    if (worst.value - best.value < TOLERANCE && wide < 1e-5) break;
    const centre = best.at.map((_, j) => points.slice(0, -1).reduce((sum, { at }) => sum + (at[j] ?? 0), 0) / (points.length - 1));
    const move = (factor: number) => {
      const at = centre.map((c, j) => c + factor * (c - (worst.at[j] ?? 0)));
      return { at, value: value(at) };
    };
    let next = move(1);
    if (next.value < best.value) {
      const far = move(2);
      if (far.value < next.value) next = far;
    } else if (next.value >= second.value) {
      next = move(next.value < worst.value ? 0.5 : -0.5);
    }
    if (next.value < worst.value) {
      points[points.length - 1] = next;
      continue;
    }
    points = points.map((point, i) => {
      if (i === 0) return point;
      const at = point.at.map((x, j) => ((best.at[j] ?? 0) + x) / 2);
      return { at, value: value(at) };
    });
  }
  points.sort((a, b) => a.value - b.value);
  return { at: points[0]?.at ?? [...start], value: points[0]?.value ?? Number.POSITIVE_INFINITY, iterations };
}

/** From several starts, each restarted once from its end with a small simplex; the best of all (domain.md 3.4). */
export function multiStart(
  f: (x: readonly number[]) => number,
  starts: readonly (readonly number[])[],
  accept: (x: readonly number[]) => boolean,
): Minimum | null {
  let best: Minimum | null = null;
  let iterations = 0;
  for (const start of starts) {
    const first = nelderMead(f, start, 0.5);
    const found = nelderMead(f, first.at, 0.05);
    iterations += first.iterations + found.iterations;
    if (Number.isFinite(found.value) && accept(found.at) && (best === null || found.value < best.value)) best = found;
  }
  return best && { ...best, iterations };
}

/** Above so many rows the starts are compared on every n-th row only; the search then ends on all of them. */
const COARSE_ROWS = 6_000;

/**
 * `multiStart` for a function of many rows: which start leads where is seen on a sample as well, and the minimum itself is searched from
 * there on all rows.
 */
export function sampledMultiStart<R>(
  rows: readonly R[],
  over: (rows: readonly R[]) => (x: readonly number[]) => number,
  starts: readonly (readonly number[])[],
  accept: (x: readonly number[]) => boolean,
): Minimum | null {
  if (rows.length <= 2 * COARSE_ROWS) return multiStart(over(rows), starts, accept);
  const stride = Math.ceil(rows.length / COARSE_ROWS);
  const coarse = multiStart(over(rows.filter((_, i) => i % stride === 0)), starts, () => true);
  return coarse && multiStart(over(rows), [coarse.at], accept);
}

/** Standard errors from the inverse of the central-difference Hessian of a negative log-likelihood; null where it is not positive definite. */
export function standardErrors(f: (x: readonly number[]) => number, at: readonly number[]): number[] | null {
  const n = at.length;
  const step = at.map((x) => 1e-4 * Math.max(1, Math.abs(x)));
  const shifted = (moves: readonly [number, number][]): number => {
    const x = [...at];
    for (const [i, sign] of moves) x[i] = (x[i] ?? 0) + sign * (step[i] ?? 0);
    return f(x);
  };
  const centre = f(at);
  const hessian = at.map((_, i) =>
    at.map((__, j) => {
      const area = (step[i] ?? 1) * (step[j] ?? 1);
      if (i === j) return (shifted([[i, 1]]) - 2 * centre + shifted([[i, -1]])) / area;
      const cross = (a: number, b: number): number =>
        shifted([
          [i, a],
          [j, b],
        ]);
      return (cross(1, 1) - cross(1, -1) - cross(-1, 1) + cross(-1, -1)) / (4 * area);
    }),
  );
  const inverse = invert(hessian, n);
  const variances = inverse?.map((row, i) => row[i] ?? Number.NaN);
  return variances?.every((v) => v > 0) ? variances.map(Math.sqrt) : null;
}

/** Gauss–Jordan with pivoting; null for a singular matrix. */
function invert(matrix: readonly number[][], n: number): number[][] | null {
  const rows = matrix.map((row, i) => [...row, ...Array.from({ length: n }, (_, j) => (i === j ? 1 : 0))]);
  for (let column = 0; column < n; column++) {
    const pivotAt = rows.reduce(
      (best, row, i) => (i >= column && Math.abs(row[column] ?? 0) > Math.abs(rows[best]?.[column] ?? 0) ? i : best),
      column,
    );
    const [pivot, swapped] = [rows[pivotAt], rows[column]];
    if (!pivot || !swapped || !(Math.abs(pivot[column] ?? 0) > 1e-300)) return null;
    rows[pivotAt] = swapped;
    const scale = pivot[column] ?? 1;
    const normal = pivot.map((x) => x / scale);
    rows[column] = normal;
    for (const [i, row] of rows.entries()) {
      if (i === column) continue;
      const factor = row[column] ?? 0;
      rows[i] = row.map((x, j) => x - factor * (normal[j] ?? 0));
    }
  }
  return rows.map((row) => row.slice(n));
}
