import type { ScoringCause } from "@db/schema/scoring";
import { withTenant } from "@/server/db";
import type { ShopContext, TenantTrx } from "@/server/tenancy/context";
import { historyAt } from "./backtest";
import { aliveProbability } from "./bg-nbd";
import { forecastOf } from "./clv";
import { fitModels, type Models, modelsOf } from "./fit";
import {
  clearUnpredicted,
  countBuyers,
  type Prediction,
  readPurchases,
  readSample,
  readTotals,
  writeMedians,
  writePredictions,
  writeTiers,
} from "./prediction-queries";
import { type ScoringShop, scoringShop } from "./queries";
import { closeRun, noteProgress, openRun, readOpenRun } from "./runs";
import { type PredictionResult, predictionResultSchema } from "./schema";
import { type TierBorders, tierOf } from "./spend-tier";

const CHUNK = 25_000;
/** Daily forecasts use the last fit no longer than this. */
const FIT_DAYS = 45;
const KEPT_DAILY_DAYS = 35;

export const beginPrediction = (ctx: ShopContext, cause: ScoringCause): Promise<string | null> =>
  withTenant(ctx, (handle) => openRun(handle, ctx, "prediction", cause));

/** The newest fit that is not too old; daily runs go on with its parameters. */
async function lastFit({ trx, now }: TenantTrx, shopId: string): Promise<PredictionResult | null> {
  const row = await trx
    .selectFrom("scoring_run")
    .select("result")
    .where("shop_id", "=", shopId)
    .where("kind", "=", "prediction")
    .where("cause", "!=", "daily")
    .where("status", "=", "done")
    .where("started_at", ">", new Date(now.getTime() - FIT_DAYS * 86_400_000))
    .orderBy("id", "desc")
    .executeTakeFirst();
  const result = row ? predictionResultSchema.parse(row.result) : null;
  return result?.method === "model" ? result : null;
}

/** First step: fits and backtests, or takes over the last fit on ordinary days. */
export async function fitPrediction(ctx: ShopContext, runId: string): Promise<{ method: PredictionResult["method"]; customers: number }> {
  const input = await withTenant(ctx, async (handle) => {
    const run = await readOpenRun(handle, ctx.shopId, runId);
    const shop = await scoringShop(handle, ctx.shopId);
    const customers = await countBuyers(handle, shop);
    const frozen = run.cause === "daily" ? await lastFit(handle, ctx.shopId) : null;
    await noteProgress(handle, ctx.shopId, runId, { phase: "fitting", progress: 5, customers });
    return { shop, customers, frozen, sample: frozen ? [] : await readSample(handle, shop, customers) };
  });
  const { shop, customers, frozen } = input;
  // Seconds of arithmetic: outside of any transaction.
  const result = frozen
    ? { ...frozen, day: shop.today, customers, marginBps: shop.marginBps }
    : fitModels(input.sample, { today: shop.today, currency: shop.currency, marginBps: shop.marginBps, customers }).result;
  await withTenant(ctx, async (handle) => {
    await readOpenRun(handle, ctx.shopId, runId);
    await noteProgress(handle, ctx.shopId, runId, { phase: "predicting", progress: 40, result: JSON.stringify(result) });
  });
  return { method: result.method, customers };
}

async function fitted({ trx }: TenantTrx, shopId: string, runId: string): Promise<PredictionResult> {
  const row = await trx
    .selectFrom("scoring_run")
    .select("result")
    .where("shop_id", "=", shopId)
    .where("id", "=", runId)
    .executeTakeFirstOrThrow();
  return predictionResultSchema.parse(row.result);
}

const minor = (value: number): bigint => BigInt(Math.round(Math.max(0, value)));

function predict(
  customers: Awaited<ReturnType<typeof readPurchases>>["customers"],
  models: Models,
  shop: ScoringShop,
  borders: TierBorders | null,
): Prediction[] {
  return customers.flatMap(({ id, purchases }) => {
    const history = historyAt(purchases, shop.today - 1);
    if (!history) return [];
    const { x, tx, T } = history;
    const forecast = forecastOf(models, history, shop.marginBps / 10_000);
    const value = minor(forecast.value);
    return [
      {
        id,
        churn: 1 - aliveProbability(models.frequency, x, tx, T),
        orders: Math.max(0, forecast.orders),
        value,
        tier: borders ? tierOf(value, borders) : null,
        clv3: minor(forecast.clv3),
        clv12: minor(forecast.clv12),
        clv24: minor(forecast.clv24),
      },
    ];
  });
}

export type PredictionChunk = { next: string | null; customers: number };

/** Forecasts the next customers in order of id. Idempotent. */
export function predictChunk(ctx: ShopContext, runId: string, after: string | null, done = 0): Promise<PredictionChunk> {
  return withTenant(ctx, async (handle) => {
    const run = await readOpenRun(handle, ctx.shopId, runId);
    const result = await fitted(handle, ctx.shopId, runId);
    const shop = await scoringShop(handle, ctx.shopId);
    const models = modelsOf(result);
    if (!models) return { next: null, customers: await writeMedians(handle, shop, run.at) };
    const { customers, last, read } = await readPurchases(handle, shop, after, CHUNK);
    const borders = result.tiers && { high: BigInt(result.tiers.high), medium: BigInt(result.tiers.medium) };
    await writePredictions(handle, ctx, run.at, predict(customers, models, shop, borders));
    const share = result.customers === 0 ? 1 : Math.min(1, (done + read) / result.customers);
    await noteProgress(handle, ctx.shopId, runId, { phase: "predicting", progress: 40 + Math.round(50 * share) });
    return { next: read === CHUNK ? last : null, customers: read };
  });
}

/** Last step: tiers, totals, and no forecast for those who are not there any more. */
export function finishPrediction(ctx: ShopContext, runId: string): Promise<PredictionResult> {
  return withTenant(ctx, async (handle) => {
    const run = await readOpenRun(handle, ctx.shopId, runId);
    const before = await fitted(handle, ctx.shopId, runId);
    await clearUnpredicted(handle, ctx.shopId, run.at);
    // On ordinary days the borders of the fit stand, and the tiers were given with the forecasts.
    const made = before.method === "model" && !before.tiers ? await writeTiers(handle, ctx.shopId) : null;
    const totals = await readTotals(handle, ctx.shopId);
    const predicted = Number(totals?.n ?? 0n);
    const result: PredictionResult = {
      ...before,
      method: before.method === "medians" && predicted === 0 ? "none" : before.method,
      tiers: made ? { high: made.high.toString(), medium: made.medium.toString() } : before.tiers,
      totals:
        predicted > 0 && totals
          ? {
              ...{ orders: totals.orders ?? 0, revenue: totals.revenue ?? "0" },
              ...{ clv3: totals.clv3 ?? "0", clv12: totals.clv12 ?? "0", clv24: totals.clv24 ?? "0" },
            }
          : null,
    };
    await closeRun(handle, ctx.shopId, runId, { customers: before.customers, result });
    await handle.trx
      .deleteFrom("scoring_run")
      .where("shop_id", "=", ctx.shopId)
      .where("kind", "=", "prediction")
      .where("cause", "=", "daily")
      .where("status", "!=", "running")
      .where("started_at", "<", new Date(handle.now.getTime() - KEPT_DAILY_DAYS * 86_400_000))
      .execute();
    return result;
  });
}

/** A whole run in one go; the function in inngest/ does the same step by step. Null when one is under way. */
export async function runPrediction(ctx: ShopContext, cause: ScoringCause): Promise<{ runId: string; result: PredictionResult } | null> {
  const runId = await beginPrediction(ctx, cause);
  if (runId === null) return null;
  await fitPrediction(ctx, runId);
  let done = 0;
  for (let after: string | null = null; ; ) {
    const chunk: PredictionChunk = await predictChunk(ctx, runId, after, done);
    done += chunk.customers;
    after = chunk.next;
    if (after === null) break;
  }
  return { runId, result: await finishPrediction(ctx, runId) };
}
