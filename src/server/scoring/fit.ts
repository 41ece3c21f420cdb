import { backtest, historyAt, MIN_REPEAT, mergeHistories, type Purchases, spendersOf } from "./backtest";
import { type BgNbd, fitBgNbd } from "./bg-nbd";
import { DISCOUNT_YEAR } from "./clv";
import { fitGammaGamma, type GammaGamma } from "./gamma-gamma";
import type { PredictionResult } from "./schema";

export type Models = { frequency: BgNbd; value: GammaGamma };

const named = (values: Record<string, number>, errors: Record<string, number> | null) =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [name, { value, standardError: errors?.[name] ?? null }]));

const CORRELATION_LIMIT = 0.3;

type Base = Omit<PredictionResult, "method" | "reason" | "frequency" | "value" | "backtest">;

/**
 * Fits both models and tests them on the past, or says why they cannot be fitted (gates of domain.md 3.4).
 * @param sample customers with their purchase days; all of a shop, or a seeded sample of a large one
 * @param today the cut-off; the day under way is not over and so not counted
 */
export function fitModels(
  sample: readonly Purchases[],
  shop: { today: number; currency: string; marginBps: number; customers: number },
): { models: Models | null; result: PredictionResult } {
  const end = shop.today - 1;
  const histories = sample.flatMap((purchases) => historyAt(purchases, end) ?? []);
  const repeatCustomers = histories.filter((h) => h.x > 0).length;
  const base: Base = {
    ...{ day: shop.today, currency: shop.currency, customers: shop.customers, fittedOn: histories.length, repeatCustomers },
    ...{ marginBps: shop.marginBps, discountRateYear: DISCOUNT_YEAR, tiers: null, totals: null },
  };
  const refused = (reason: NonNullable<PredictionResult["reason"]>) => ({
    models: null,
    result: { ...base, method: "medians" as const, reason, frequency: null, value: null, backtest: null },
  });
  if (repeatCustomers < MIN_REPEAT) return refused("too_few_repeat_customers");
  const frequency = fitBgNbd(mergeHistories(histories));
  if (!frequency) return refused("parameter_out_of_range");
  if (!Number.isFinite(frequency.logLikelihood)) return refused("no_convergence");
  const value = fitGammaGamma(spendersOf(histories));
  if (!value) return refused("no_mean_value");
  const result: PredictionResult = {
    ...base,
    method: "model",
    reason: null,
    frequency: {
      parameters: named(frequency.parameters, frequency.standardErrors),
      logLikelihood: frequency.logLikelihood,
      iterations: frequency.iterations,
    },
    value: {
      parameters: named(value.parameters, value.standardErrors),
      logLikelihood: value.logLikelihood,
      iterations: value.iterations,
      correlation: value.correlation,
      correlationWarning: Math.abs(value.correlation) > CORRELATION_LIMIT,
    },
    backtest: backtest(sample, end),
  };
  return { models: { frequency: frequency.parameters, value: value.parameters }, result };
}

/** The models of a stored result; null where it has none. */
export function modelsOf({ frequency, value }: PredictionResult): Models | null {
  if (!frequency || !value) return null;
  const read = (from: typeof frequency.parameters, name: string): number => {
    const found = from[name]?.value;
    if (found === undefined) throw new Error(`stored model has no parameter ${name}`);
    return found;
  };
  const [f, v] = [frequency.parameters, value.parameters];
  return {
    frequency: { r: read(f, "r"), alpha: read(f, "alpha"), a: read(f, "a"), b: read(f, "b") },
    value: { p: read(v, "p"), q: read(v, "q"), v: read(v, "v") },
  };
}
