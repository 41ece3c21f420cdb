/** The arithmetic of charts. Pure: positions are pixels, values are plain numbers; texts are made from the exact values elsewhere. */
import { scaleLinear } from "@visx/scale";

export type ChartNumber = number | bigint;

/** Positions need no more than a double; texts keep the bigint. */
export const toNumber = (value: ChartNumber): number => Number(value);

/** From the smallest to the largest value, widened to round numbers. Zero is included unless the caller says that it means nothing. */
export function valueDomain(values: readonly number[], includeZero = true, ticks = 5): [number, number] {
  const finite = values.filter(Number.isFinite);
  const all = includeZero || finite.length === 0 ? [0, ...finite] : finite;
  const [low, high] = [Math.min(...all), Math.max(...all)];
  // A flat line needs room around it, or every point sits on the axis.
  if (low === high) return low === 0 ? [0, 1] : ([Math.min(0, low), Math.max(0, high)].map((end) => end * 1.2) as [number, number]);
  const [from = low, to = high] = scaleLinear<number>({ domain: [low, high], nice: ticks }).domain();
  return [from, to];
}

/** Round values for grid lines; whole numbers only where halves mean nothing (customers, minor units). */
export function valueTicks(domain: readonly [number, number], count: number, wholeOnly: boolean): number[] {
  const ticks = scaleLinear<number>({ domain: [...domain] }).ticks(Math.max(2, count));
  return wholeOnly ? ticks.filter(Number.isInteger) : ticks;
}

/** Decimals that tell neighbouring grid lines apart: none for steps of one and more. */
export function decimalsOf(ticks: readonly number[]): number {
  const steps = ticks.flatMap((tick, index) => (index === 0 ? [] : [Math.abs(tick - (ticks[index - 1] ?? 0))]));
  const step = Math.min(...steps.filter((size) => size > 0));
  return Number.isFinite(step) ? Math.max(0, -Math.floor(Math.log10(step) + 1e-9)) : 0;
}

/** Every n-th index so that labels of `labelWidth` do not touch; the first is always one of them. */
export function thinnedIndexes(count: number, width: number, labelWidth: number): number[] {
  if (count <= 0) return [];
  const fitting = Math.max(1, Math.floor(width / labelWidth));
  const step = Math.max(1, Math.ceil(count / fitting));
  return Array.from({ length: Math.ceil(count / step) }, (_, index) => index * step);
}

/** Index of the position next to `at`; positions ascend. -1 when there are none. */
export function nearestIndex(positions: readonly number[], at: number): number {
  if (positions.length === 0) return -1;
  let [low, high] = [0, positions.length - 1];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if ((positions[middle] ?? 0) <= at) low = middle;
    else high = middle;
  }
  return Math.abs((positions[low] ?? 0) - at) <= Math.abs((positions[high] ?? 0) - at) ? low : high;
}

/** Where the arrow keys lead, or null for other keys. */
export function indexAfterKey(key: string, current: number | null, count: number): number | null {
  if (count === 0) return null;
  const last = count - 1;
  switch (key) {
    case "ArrowRight":
    case "ArrowDown":
      return current === null ? 0 : Math.min(last, current + 1);
    case "ArrowLeft":
    case "ArrowUp":
      return current === null ? last : Math.max(0, current - 1);
    case "Home":
      return 0;
    case "End":
      return last;
    default:
      return null;
  }
}

/** What a spreadsheet takes for a formula (as in server/csv.ts), and what is only an amount below zero: digits, a unit, nothing to reckon with. */
const FORMULA_START = /^\s*[=+\-@\t\r\n\0＝＋－＠]/u;
const AMOUNT = /^[-+]\p{Sc}?\s?\d[\d.,'’\s]*(?:%|\p{Sc}|[A-Z]{3})?$/u;

/** RFC 4180, with a byte order mark so that spreadsheets read UTF-8. A text that a spreadsheet would run as a formula is quoted with an apostrophe. */
export function toCsv(rows: readonly (readonly string[])[]): string {
  const cell = (text: string) => {
    const safe = FORMULA_START.test(text) && !AMOUNT.test(text) ? `'${text}` : text;
    return /[",;\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
  };
  return `\ufeff${rows.map((row) => row.map(cell).join(",")).join("\r\n")}\r\n`;
}
