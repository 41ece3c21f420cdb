import { databaseNow } from "@/server/clock";
import { EVENTS } from "@/server/jobs/events";
import { allShops } from "@/server/ledger/violations";
import { refreshFacts } from "@/server/roi/programme-facts";
import { freezeBaselines, refreshResults } from "@/server/roi/results";
import { refreshFigures } from "@/server/roi/shop-figures";
import { beginPrediction, finishPrediction, fitPrediction, type PredictionChunk, predictChunk } from "@/server/scoring/prediction-run";
import { beginRfm, finishRfm, prepareRfm, type RfmChunk, scoreRfmChunk } from "@/server/scoring/rfm-run";
import { failRun } from "@/server/scoring/runs";
import { systemContext } from "@/server/tenancy/context";
import { inngest } from "../client";

/** A run may have 1,000 steps: 90 million customers. */
const MAX_CHUNKS = 900;

/** Every night: groups by the frozen borders. On the first of a month: new borders, and the forecasts anew. */
export const scoringClock = inngest.createFunction(
  { id: "scoring-clock", triggers: [{ cron: "40 2 * * *" }], retries: 2 },
  async ({ step }) => {
    const { shops, first } = await step.run("shops", async () => ({
      shops: await allShops(),
      first: (await databaseNow()).getUTCDate() === 1,
    }));
    const cause = first ? ("monthly" as const) : ("daily" as const);
    if (shops.length > 0) {
      await step.sendEvent(
        "rfm",
        shops.map((shop) => ({ name: "scoring/rfm.due", data: { ...shop, cause } })),
      );
      await step.sendEvent(
        "prediction",
        shops.map((shop) => ({ name: "scoring/prediction.due", data: { ...shop, cause } })),
      );
    }
    return { shops: shops.length, cause };
  },
);

/** Campaigns per shop and hour: each reads the orders of its window once. */
const RESULTS_PER_SHOP = 10;

/**
 * Every hour: freezes what the people of new drops bought before, and brings the kept results of campaigns, of the programme and of the
 * first page up to date.
 */
export const resultsRefresh = inngest.createFunction(
  { id: "results-refresh", triggers: [{ cron: "11 * * * *" }], retries: 2 },
  async ({ step }) => {
    const shops = await step.run("shops", () => allShops());
    let [frozen, calculated] = [0, 0];
    // A run may have 1,000 steps.
    for (const { orgId, shopId } of shops.slice(0, 900)) {
      const done = await step.run(`shop-${shopId}`, async () => {
        const ctx = systemContext(orgId, shopId, "results-refresh");
        const results = { frozen: await freezeBaselines(ctx), calculated: await refreshResults(ctx, RESULTS_PER_SHOP, { matured: true }) };
        await refreshFacts(ctx);
        await refreshFigures(ctx, { always: true });
        return results;
      });
      frozen += done.frozen;
      calculated += done.calculated;
    }
    return { shops: shops.length, frozen, calculated };
  },
);

/** The figures of a large shop's first page: asked for by a visit that saw old ones. */
export const figuresRefresh = inngest.createFunction(
  {
    id: "figures-refresh",
    triggers: [{ event: "roi/figures.due" }],
    concurrency: [{ key: "event.data.shopId", limit: 1 }],
    retries: 1,
  },
  ({ event, step }) => {
    const { orgId, shopId } = EVENTS["roi/figures.due"].parse(event.data);
    return step.run("refresh", () => refreshFigures(systemContext(orgId, shopId, "figures-refresh")));
  },
);

const message = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** RFM of one shop: borders, then scores chunk by chunk, then what changed. */
export const scoringRfm = inngest.createFunction(
  { id: "scoring-rfm", triggers: [{ event: "scoring/rfm.due" }], concurrency: [{ key: "event.data.shopId", limit: 1 }], retries: 3 },
  async ({ event, step }) => {
    const { orgId, shopId, cause, runId: opened } = EVENTS["scoring/rfm.due"].parse(event.data);
    const ctx = systemContext(orgId, shopId, "scoring-rfm");
    const runId = opened ?? (await step.run("begin", () => beginRfm(ctx, cause)));
    if (runId === null) return { status: "already running" };
    try {
      const { status, customers } = await step.run("borders", () => prepareRfm(ctx, runId));
      if (status !== "ok") return { status, customers };
      let done = 0;
      let after: string | null = null;
      for (let n = 0; n < MAX_CHUNKS; n++) {
        const [from, before] = [after, done];
        const chunk: RfmChunk = await step.run(`chunk-${n}`, () => scoreRfmChunk(ctx, runId, from, before));
        done += chunk.customers;
        after = chunk.next;
        if (after === null) break;
      }
      return await step.run("finish", async () => {
        const { changes } = await finishRfm(ctx, runId);
        return { status: "done", customers: done, changes };
      });
    } catch (error) {
      await step.run("failed", () => failRun(ctx, runId, message(error)));
      throw error;
    }
  },
);

/** Forecasts of one shop: fit and backtest, then every customer chunk by chunk, then the tiers. */
export const scoringPrediction = inngest.createFunction(
  {
    id: "scoring-prediction",
    triggers: [{ event: "scoring/prediction.due" }],
    concurrency: [{ key: "event.data.shopId", limit: 1 }],
    retries: 3,
  },
  async ({ event, step }) => {
    const { orgId, shopId, cause, runId: opened } = EVENTS["scoring/prediction.due"].parse(event.data);
    const ctx = systemContext(orgId, shopId, "scoring-prediction");
    const runId = opened ?? (await step.run("begin", () => beginPrediction(ctx, cause)));
    if (runId === null) return { status: "already running" };
    try {
      const { method, customers } = await step.run("fit", () => fitPrediction(ctx, runId));
      let done = 0;
      let after: string | null = null;
      for (let n = 0; n < MAX_CHUNKS; n++) {
        const [from, before] = [after, done];
        const chunk: PredictionChunk = await step.run(`chunk-${n}`, () => predictChunk(ctx, runId, from, before));
        done += chunk.customers;
        after = chunk.next;
        if (after === null) break;
      }
      await step.run("finish", () => finishPrediction(ctx, runId));
      return { status: "done", method, customers };
    } catch (error) {
      await step.run("failed", () => failRun(ctx, runId, message(error)));
      throw error;
    }
  },
);
