import type { ScoringCause } from "@db/schema/scoring";
import { withTenant } from "@/server/db";
import { enqueue } from "@/server/jobs/outbox";
import type { ShopContext, TenantTrx } from "@/server/tenancy/context";
import { type CellSums, clearUnscored, readCells, readMigration, readRfmInput, type ScoringShop, scoreBatch, scoringShop } from "./queries";
import { bordersOf, groupOf, MIN_CUSTOMERS, scoreNumber } from "./rfm";
import { closeRun, monthlyRuns, noteProgress, openRun, readOpenRun } from "./runs";
import { RFM_GROUPS, type RfmResult, rfmResultSchema } from "./schema";

/** Customers per transaction: seconds, not minutes, and a crash loses little. */
const CHUNK = 100_000;
/** Scores of single customers are kept for three years of monthly runs; group sizes for ever. */
const KEPT_RUNS = 36;
const KEPT_DAILY_DAYS = 35;

/** Opens a run unless one is under way. */
export const beginRfm = (ctx: ShopContext, cause: ScoringCause): Promise<string | null> =>
  withTenant(ctx, (handle) => openRun(handle, ctx, "rfm", cause));

type Prepared = { status: "ok" | "insufficient_data"; customers: number };

const emptyResult = (shop: ScoringShop, customers: number): RfmResult => ({
  ...{ status: "insufficient_data", day: shop.today, currency: shop.currency, customers, borders: null, bordersOf: null },
  ...{ groups: [], cells: [], migration: [], previousRunId: null, changes: 0 },
});

/**
 * Decides the borders of a run: new ones by exact k-means for a monthly run, the frozen ones of the last monthly run for a daily one.
 * Too few customers end the run, which says so.
 */
export function prepareRfm(ctx: ShopContext, runId: string): Promise<Prepared> {
  return withTenant(ctx, async (handle) => {
    const run = await readOpenRun(handle, ctx.shopId, runId);
    const shop = await scoringShop(handle, ctx.shopId);
    const frozen = run.cause === "daily" ? (await monthlyRuns(handle, ctx.shopId, 1))[0] : undefined;
    const input = await readRfmInput(handle, shop);
    if (input.customers < MIN_CUSTOMERS) {
      await clearUnscored(handle, ctx.shopId, run.at);
      await closeRun(handle, ctx.shopId, runId, { customers: input.customers, result: emptyResult(shop, input.customers) });
      return { status: "insufficient_data", customers: input.customers };
    }
    const borders = frozen?.result.borders ?? bordersOf(input, shop.decimals);
    const result: RfmResult = {
      ...emptyResult(shop, input.customers),
      status: "ok",
      borders,
      bordersOf: frozen?.result.bordersOf ?? runId,
    };
    await noteProgress(handle, ctx.shopId, runId, {
      phase: "scoring",
      progress: 20,
      customers: input.customers,
      result: JSON.stringify(result),
    });
    return { status: "ok", customers: input.customers };
  });
}

async function prepared({ trx }: TenantTrx, shopId: string, runId: string): Promise<RfmResult> {
  const row = await trx
    .selectFrom("scoring_run")
    .select("result")
    .where("shop_id", "=", shopId)
    .where("id", "=", runId)
    .executeTakeFirstOrThrow();
  return rfmResultSchema.parse(row.result);
}

export type RfmChunk = { next: string | null; customers: number };

/** Scores the next customers after `after`, in order of id. `next` is null at the end. Idempotent. */
export function scoreRfmChunk(ctx: ShopContext, runId: string, after: string | null, done = 0): Promise<RfmChunk> {
  return withTenant(ctx, async (handle) => {
    const run = await readOpenRun(handle, ctx.shopId, runId);
    const { borders, customers: all } = await prepared(handle, ctx.shopId, runId);
    if (!borders) return { next: null, customers: 0 };
    const shop = await scoringShop(handle, ctx.shopId);
    // The first scores of a shop are no news: telling a million times that somebody has a group now helps nobody.
    const tell = (await monthlyRuns(handle, ctx.shopId, 1)).length > 0;
    const input = { run: { id: runId, at: run.at, keep: run.cause !== "daily" }, borders, tell, after, limit: CHUNK };
    const { customers, last } = await scoreBatch(handle, ctx, shop, input);
    const share = all === 0 ? 1 : Math.min(1, (done + customers) / all);
    await noteProgress(handle, ctx.shopId, runId, { phase: "scoring", progress: 20 + Math.round(60 * share) });
    return { next: customers === CHUNK ? last : null, customers };
  });
}

function groupsOf(cells: readonly CellSums[]): RfmResult["groups"] {
  return RFM_GROUPS.map((group) => {
    const own = cells.filter((cell) => groupOf(cell.scores) === group);
    const sum = (pick: (cell: CellSums) => number): number => own.reduce((total, cell) => total + pick(cell), 0);
    const [customers, orders, days] = [sum((c) => c.customers), sum((c) => c.orders), sum((c) => c.days)];
    const revenue = own.reduce((total, cell) => total + cell.revenue, 0n);
    return {
      ...{ group, customers, orders, revenue: revenue.toString() },
      averageOrder: orders === 0 ? null : (revenue / BigInt(orders)).toString(),
      ordersPerCustomer: customers === 0 ? null : orders / customers,
      daysSinceLast: customers === 0 ? null : days / customers,
    };
  });
}

/** Closes a run: what the groups look like now, who moved since the last monthly run, and the news for machines. */
export function finishRfm(ctx: ShopContext, runId: string): Promise<RfmResult> {
  return withTenant(ctx, async (handle) => {
    const { trx } = handle;
    const run = await readOpenRun(handle, ctx.shopId, runId);
    const shop = await scoringShop(handle, ctx.shopId);
    const before = await prepared(handle, ctx.shopId, runId);
    await clearUnscored(handle, ctx.shopId, run.at);
    const cells = await readCells(handle, shop);
    const previous = (await monthlyRuns(handle, ctx.shopId, 1))[0];
    const moved = run.cause !== "daily" && previous ? await readMigration(handle, ctx.shopId, previous.id, runId) : [];
    const { changes } = await trx
      .selectFrom("rfm_change")
      .select(({ fn }) => fn.countAll<bigint>().as("changes"))
      .where("shop_id", "=", ctx.shopId)
      .where("run_id", "=", runId)
      .executeTakeFirstOrThrow();
    const result: RfmResult = {
      ...before,
      groups: groupsOf(cells),
      cells: cells.map((cell) => ({ score: scoreNumber(cell.scores), customers: cell.customers, revenue: cell.revenue.toString() })),
      migration: moved,
      previousRunId: previous?.id ?? null,
      changes: Number(changes),
    };
    await closeRun(handle, ctx.shopId, runId, { customers: before.customers, result });
    await prune(handle, ctx.shopId);
    if (result.changes > 0)
      await enqueue(trx, {
        name: "scoring/groups.changed",
        data: { orgId: ctx.orgId, shopId: ctx.shopId, runId, changes: result.changes },
      });
    return result;
  });
}

/** Bounds what is kept: single customers' scores of old runs, and the daily runs of a month ago with their changes. */
async function prune(handle: TenantTrx, shopId: string): Promise<void> {
  const { trx, now } = handle;
  const old = (await monthlyRuns(handle, shopId, KEPT_RUNS + 12)).slice(KEPT_RUNS).map((run) => run.id);
  if (old.length > 0) await trx.deleteFrom("rfm_history").where("shop_id", "=", shopId).where("run_id", "in", old).execute();
  const since = new Date(now.getTime() - KEPT_DAILY_DAYS * 86_400_000);
  await trx.deleteFrom("rfm_change").where("shop_id", "=", shopId).where("at", "<", since).execute();
  await trx
    .deleteFrom("scoring_run")
    .where("shop_id", "=", shopId)
    .where("cause", "=", "daily")
    .where("started_at", "<", since)
    .where("status", "!=", "running")
    .execute();
}

/** A whole run in one go; the function in inngest/ does the same step by step. Null when one is under way. */
export async function runRfm(ctx: ShopContext, cause: ScoringCause): Promise<{ runId: string; result: RfmResult | null } | null> {
  const runId = await beginRfm(ctx, cause);
  if (runId === null) return null;
  const { status } = await prepareRfm(ctx, runId);
  if (status !== "ok") return { runId, result: null };
  let done = 0;
  for (let after: string | null = null; ; ) {
    const chunk: RfmChunk = await scoreRfmChunk(ctx, runId, after, done);
    done += chunk.customers;
    after = chunk.next;
    if (after === null) break;
  }
  return { runId, result: await finishRfm(ctx, runId) };
}
