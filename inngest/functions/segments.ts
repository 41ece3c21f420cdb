import { rebuildMetricsChunk } from "@/server/customers/rebuild-metrics";
import { EVENTS } from "@/server/jobs/events";
import { allShops } from "@/server/ledger/violations";
import { rollSegment, segmentsToRoll } from "@/server/segments/roll-segment";
import { systemContext } from "@/server/tenancy/context";
import { inngest } from "../client";

/** A run may have 1,000 steps. */
const MAX_STEPS = 900;

/** Every night: fans out, one run per shop, the check of what is kept per customer and then the count of the segments. */
export const segmentsNightly = inngest.createFunction(
  { id: "segments-nightly", triggers: [{ cron: "41 2 * * *" }], retries: 2 },
  async ({ step }) => {
    const shops = await step.run("shops", () => allShops());
    if (shops.length > 0)
      await step.sendEvent(
        "announce",
        shops.map((shop) => ({ name: "segment/night.due", data: shop })),
      );
    return { shops: shops.length };
  },
);

/**
 * Computes every customer's figures anew from orders, refunds, events, consents and scores, and repairs what differs (`repaired` is 0 as
 * long as the incremental maintenance is right); then counts each live segment, so that counts rest on checked figures.
 */
export const segmentsNight = inngest.createFunction(
  {
    id: "segments-night",
    triggers: [{ event: "segment/night.due" }],
    concurrency: [{ limit: 1 }],
    retries: 3,
  },
  async ({ event, step }) => {
    const { orgId, shopId } = EVENTS["segment/night.due"].parse(event.data);
    const ctx = systemContext(orgId, shopId, "segments-night");
    const total = { customers: 0, repaired: 0, segments: 0 };
    let after: string | null = null;
    for (let n = 0; n < MAX_STEPS; n++) {
      const from: string | null = after;
      const chunk: Awaited<ReturnType<typeof rebuildMetricsChunk>> = await step.run(`check-${n}`, () => rebuildMetricsChunk(ctx, from));
      total.customers += chunk.customers;
      total.repaired += chunk.changed;
      after = chunk.next;
      if (after === null) break;
    }
    if (total.repaired > 0) console.error(`segments: ${total.repaired} rows of shop ${shopId} had drifted and were repaired`);
    const segments = await step.run("segments", () => segmentsToRoll(ctx));
    for (const id of segments) {
      const counted = await step.run(`segment-${id}`, () => rollSegment(ctx, id));
      if (counted) total.segments += 1;
    }
    return total;
  },
);
