import { expectedPurchases, fitBgNbd, type History } from "./bg-nbd";
import { expectedValue, fitGammaGamma, type Spender } from "./gamma-gamma";
import type { PredictionResult } from "./schema";

/** The purchase days of a customer, ascending, with the net value of each day (minor units). Days since 1970-01-01. */
export type Purchases = { days: readonly number[]; values: readonly number[] };

/** x, t_x and T in weeks as exact fractions, and the mean value of the repeat days (domain.md 3.1), as known at the end of day `cut`. */
export function historyAt({ days, values }: Purchases, cut: number): { x: number; tx: number; T: number; m: number } | null {
  const first = days[0];
  if (first === undefined || first > cut) return null;
  let [last, repeat, sum] = [first, 0, 0];
  for (let i = 1; i < days.length; i++) {
    const day = days[i] ?? 0;
    if (day > cut) break;
    last = day;
    repeat++;
    sum += values[i] ?? 0;
  }
  return { x: repeat, tx: (last - first) / 7, T: (cut - first) / 7, m: repeat > 0 ? sum / repeat : 0 };
}

/** Equal histories once, with their number: half of all customers bought on one day only. */
export function mergeHistories(customers: readonly { x: number; tx: number; T: number }[]): History[] {
  const merged = new Map<string, History>();
  for (const { x, tx, T } of customers) {
    const key = `${x} ${tx} ${T}`;
    const known = merged.get(key);
    if (known) known.weight++;
    else merged.set(key, { x, tx, T, weight: 1 });
  }
  return [...merged.values()];
}

/** Repeat buyers with a positive mean: what Gamma-Gamma is fitted on. */
export const spendersOf = (customers: readonly { x: number; m: number }[]): Spender[] => customers.filter((c) => c.x >= 1 && c.m > 0);

/** Fewer repeat customers carry no model (domain.md 3.4). */
export const MIN_REPEAT = 100;
const HELD_BACK = 0.2;
const DECILES = 10;

type Backtest = NonNullable<PredictionResult["backtest"]>;

const relative = (predicted: number, actual: number): number | null => (actual === 0 ? null : (predicted - actual) / actual);
const whole = (value: number): string => Math.round(value).toString();

/**
 * Fits on the first four fifths of a shop's time and predicts the last fifth (domain.md 3.4). Only customers who were known at the split
 * are judged. Null when the first part is too thin for a model.
 * @param end last day that is over
 */
export function backtest(customers: readonly Purchases[], end: number): Backtest | null {
  const begin = customers.reduce((least, { days }) => Math.min(least, days[0] ?? least), end);
  const split = Math.floor(begin + (1 - HELD_BACK) * (end - begin));
  const known = customers.flatMap((purchases) => {
    const history = historyAt(purchases, split);
    return history ? [{ history, purchases }] : [];
  });
  const histories = known.map((k) => k.history);
  if (histories.filter((h) => h.x > 0).length < MIN_REPEAT || end <= split) return null;
  const frequency = fitBgNbd(mergeHistories(histories), { border: true });
  if (!frequency) return null;
  const value = fitGammaGamma(spendersOf(histories));
  const weeks = (end - split) / 7;
  const judged = known.map(({ history, purchases }) => {
    const predicted = expectedPurchases(frequency.parameters, weeks, history.x, history.tx, history.T);
    let [actual, revenue] = [0, 0];
    for (const [i, day] of purchases.days.entries()) {
      if (day <= split || day > end) continue;
      actual++;
      revenue += purchases.values[i] ?? 0;
    }
    const worth = value ? predicted * expectedValue(value.parameters, history.x, history.m) : 0;
    return { predicted, actual, revenue, worth };
  });
  return summary(judged, end - split, value !== null);
}

function summary(
  judged: readonly { predicted: number; actual: number; revenue: number; worth: number }[],
  days: number,
  valued: boolean,
): Backtest {
  const sum = (pick: (row: (typeof judged)[number]) => number): number => judged.reduce((total, row) => total + pick(row), 0);
  const [ordersPredicted, ordersActual] = [sum((row) => row.predicted), sum((row) => row.actual)];
  const [revenuePredicted, revenueActual] = [sum((row) => row.worth), sum((row) => row.revenue)];
  const average = ordersActual / judged.length;
  const ranked = [...judged].sort((a, b) => b.predicted - a.predicted);
  const size = Math.ceil(ranked.length / DECILES);
  const deciles = Array.from({ length: DECILES }, (_, i) => ranked.slice(i * size, (i + 1) * size)).filter((part) => part.length > 0);
  return {
    days,
    customers: judged.length,
    ordersPredicted,
    ordersActual,
    ordersError: relative(ordersPredicted, ordersActual),
    meanAbsoluteError: sum((row) => Math.abs(row.predicted - row.actual)) / judged.length,
    naiveError: sum((row) => Math.abs(average - row.actual)) / judged.length,
    revenuePredicted: valued ? whole(revenuePredicted) : null,
    revenueActual: valued ? whole(revenueActual) : null,
    revenueError: valued ? relative(revenuePredicted, revenueActual) : null,
    deciles: deciles.map((part) => ({
      predicted: part.reduce((total, row) => total + row.predicted, 0) / part.length,
      actual: part.reduce((total, row) => total + row.actual, 0) / part.length,
      customers: part.length,
    })),
  };
}
