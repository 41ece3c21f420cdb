import { compactMetrics } from "@/server/customers/compact-metrics";
import { rebuildMetricsChunk } from "@/server/customers/rebuild-metrics";
import { EVENTS } from "@/server/jobs/events";
import { systemContext } from "@/server/tenancy/context";
import { inngest } from "../client";

/** A run may have 1,000 steps: 4.5 million customers. */
const MAX_CHUNKS = 900;

/** Rebuilds a shop's metrics chunk by chunk: after its time zone or currency changed. */
export const metricsRefresh = inngest.createFunction(
  {
    id: "metrics-refresh",
    triggers: [{ event: "metrics/refresh.due" }],
    concurrency: [{ key: "event.data.shopId", limit: 1 }],
    retries: 4,
  },
  async ({ event, step }) => {
    const { orgId, shopId } = EVENTS["metrics/refresh.due"].parse(event.data);
    const ctx = systemContext(orgId, shopId, "metrics-refresh");
    const total = { customers: 0, changed: 0 };
    let after: string | null = null;
    for (let n = 0; n < MAX_CHUNKS; n++) {
      const from: string | null = after;
      const chunk: Awaited<ReturnType<typeof rebuildMetricsChunk>> = await step.run(`chunk-${n}`, () => rebuildMetricsChunk(ctx, from));
      total.customers += chunk.customers;
      total.changed += chunk.changed;
      after = chunk.next;
      if (after === null) break;
    }
    return total;
  },
);

/** Every night, before anything that reads all of it: writes anew what mass changes left half empty. A run of its own, so that its failure is seen and stops nothing. */
export const metricsCompact = inngest.createFunction(
  { id: "metrics-compact", triggers: [{ cron: "35 2 * * *" }], concurrency: [{ limit: 1 }], retries: 2 },
  ({ step }) => step.run("compact", async () => ({ rewritten: await compactMetrics() })),
);
