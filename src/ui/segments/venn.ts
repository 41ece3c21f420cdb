/** Two circles whose areas and overlap stand for three counts. Pure. */
export type Venn = { a: Circle; b: Circle };
export type Circle = { x: number; r: number };

/** Area shared by two circles of radius `r` and `s` whose centres are `d` apart. */
export function sharedArea(r: number, s: number, d: number): number {
  if (d >= r + s) return 0;
  const smaller = Math.min(r, s);
  if (d <= Math.abs(r - s)) return Math.PI * smaller * smaller;
  const alpha = Math.acos(clamp((d * d + r * r - s * s) / (2 * d * r)));
  const beta = Math.acos(clamp((d * d + s * s - r * r) / (2 * d * s)));
  return r * r * (alpha - Math.sin(2 * alpha) / 2) + s * s * (beta - Math.sin(2 * beta) / 2);
}

const clamp = (value: number) => Math.min(1, Math.max(-1, value));

/** More steps than a screen has pixels to show. */
const STEPS = 50;

/** Circles on one line within `width`, their areas in proportion to the counts; the largest radius is at most `maxRadius`. */
export function vennOf(counts: { onlyA: number; both: number; onlyB: number }, width: number, maxRadius: number): Venn {
  const [nA, nB] = [counts.onlyA + counts.both, counts.onlyB + counts.both];
  const unit = Math.max(nA, nB, 1);
  const [r, s] = [Math.sqrt(nA / unit), Math.sqrt(nB / unit)];
  const distance = distanceFor(r, s, (Math.PI * counts.both) / unit);
  const left = Math.min(-r, distance - s);
  const right = Math.max(r, distance + s);
  const scale = Math.min(maxRadius, width / Math.max(right - left, 0.001));
  const shift = (width - (right - left) * scale) / 2 - left * scale;
  return { a: { x: shift, r: r * scale }, b: { x: shift + distance * scale, r: s * scale } };
}

/** The distance of the centres at which the circles share `area`. */
function distanceFor(r: number, s: number, area: number): number {
  // Apart, a gap shows that nothing is shared.
  if (area <= 0) return r + s + 0.1;
  let [low, high] = [Math.abs(r - s), r + s];
  if (area >= Math.PI * Math.min(r, s) ** 2 - 1e-9) return low;
  for (let step = 0; step < STEPS; step++) {
    const middle = (low + high) / 2;
    if (sharedArea(r, s, middle) > area) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}
