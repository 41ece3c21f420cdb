import { type BgNbd, expectedPurchases } from "./bg-nbd";
import { expectedValue, type GammaGamma } from "./gamma-gamma";

export const WEEKS_PER_MONTH = 4.348214;
export const YEAR_WEEKS = 365 / 7;
/** Yearly rate at which future contribution is discounted; the monthly rate is its twelfth root. */
export const DISCOUNT_YEAR = 0.1;
const MONTHLY = (1 + DISCOUNT_YEAR) ** (1 / 12) - 1;

export type Forecast = {
  /** Expected purchase days and net revenue of the next 365 days. */
  orders: number;
  value: number;
  /** Discounted contribution of the next 3, 12 and 24 months. */
  clv3: number;
  clv12: number;
  clv24: number;
};

/**
 * CLV_H = margin · E[M] · Σ_{k=1..H} (E[Y(kw)] − E[Y((k−1)w)])/(1+d)^k with w weeks a month (domain.md 3.3), for 3, 12 and 24 months.
 * @param m mean net value of the repeat days, unit of the answer
 * @param margin share of revenue that stays, 0 to 1
 */
export function forecastOf(
  models: { frequency: BgNbd; value: GammaGamma },
  customer: { x: number; tx: number; T: number; m: number },
  margin: number,
): Forecast {
  const { x, tx, T, m } = customer;
  // A mean of nothing (goods given away, other currencies) says nothing about the next purchase: the population's value then.
  const each = m > 0 ? expectedValue(models.value, x, m) : expectedValue(models.value, 0, 0);
  const orders = expectedPurchases(models.frequency, YEAR_WEEKS, x, tx, T);
  const clv: number[] = [];
  let sum = 0;
  let before = 0;
  let rate = 1;
  for (let month = 1; month <= 24; month++) {
    const until = expectedPurchases(models.frequency, month * WEEKS_PER_MONTH, x, tx, T);
    rate *= 1 + MONTHLY;
    sum += (until - before) / rate;
    before = until;
    clv.push(sum * each * margin);
  }
  return { orders, value: orders * each, clv3: clv[2] ?? 0, clv12: clv[11] ?? 0, clv24: clv[23] ?? 0 };
}
