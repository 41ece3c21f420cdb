import { EVENTS } from "@/server/jobs/events";
import { checkPart, finishCheck, openCheck } from "@/server/ledger/check";
import { expireDue, shopsWithDueWork } from "@/server/ledger/expire-due";
import { releaseOverdueHolds } from "@/server/ledger/hold";
import { CHECK_PARTS } from "@/server/ledger/schema";
import { allShops } from "@/server/ledger/violations";
import { systemContext } from "@/server/tenancy/context";
import { inngest } from "../client";

const LOTS_PER_STEP = 10_000;
const HOLDS_PER_STEP = 500;
/** A run may have 1,000 steps; what is left after these is found again by the next minute's look. */
const MAX_STEPS = 400;

/** Every minute: which shops have lapsed credit or overdue holds? What has lapsed is unspendable already; this only books it. */
export const ledgerDue = inngest.createFunction({ id: "ledger-due", triggers: [{ cron: "* * * * *" }], retries: 2 }, async ({ step }) => {
  const shops = await step.run("shops", () => shopsWithDueWork());
  if (shops.length > 0)
    await step.sendEvent(
      "announce",
      shops.map((shop) => ({ name: "ledger/expiry.due", data: shop })),
    );
  return { shops: shops.length };
});

/** Books one shop's lapsed credit and releases its overdue holds, chunk by chunk, each chunk its own transaction. */
export const ledgerExpiry = inngest.createFunction(
  {
    id: "ledger-expiry",
    triggers: [{ event: "ledger/expiry.due" }],
    concurrency: [{ key: "event.data.shopId", limit: 1 }],
    retries: 4,
  },
  async ({ event, step }) => {
    const { orgId, shopId } = EVENTS["ledger/expiry.due"].parse(event.data);
    const ctx = systemContext(orgId, shopId, "ledger-expiry");
    const booked = { holds: 0, visited: 0, lots: 0 };
    // Holds first: what comes back from them to lapsed lots is booked in the same run.
    for (let n = 0; n < MAX_STEPS; n++) {
      const released = await step.run(`holds-${n}`, () => releaseOverdueHolds(ctx, { limit: HOLDS_PER_STEP }));
      booked.holds += released;
      if (released < HOLDS_PER_STEP) break;
    }
    for (let n = 0; n < MAX_STEPS; n++) {
      const { visited, lots } = await step.run(`lots-${n}`, async () => {
        const chunk = await expireDue(ctx, { limit: LOTS_PER_STEP });
        return { visited: chunk.visited, lots: chunk.lots };
      });
      booked.visited += visited;
      booked.lots += lots;
      if (visited < LOTS_PER_STEP) break;
    }
    return booked;
  },
);

/** Every night: fans the check of the invariants out, one run per shop. */
export const ledgerNightly = inngest.createFunction(
  { id: "ledger-nightly", triggers: [{ cron: "17 3 * * *" }], retries: 2 },
  async ({ step }) => {
    const shops = await step.run("shops", () => allShops());
    if (shops.length > 0)
      await step.sendEvent(
        "announce",
        shops.map((shop) => ({ name: "ledger/check.due", data: shop })),
      );
    return { shops: shops.length };
  },
);

/** Checks one shop's books part by part; a breach becomes an entry of the audit log and is named in the run's result. */
export const ledgerCheck = inngest.createFunction(
  { id: "ledger-check", triggers: [{ event: "ledger/check.due" }], concurrency: [{ limit: 2 }], retries: 2 },
  async ({ event, step }) => {
    const { orgId, shopId, checkId } = EVENTS["ledger/check.due"].parse(event.data);
    const ctx = systemContext(orgId, shopId, "ledger-check");
    const id = checkId ?? (await step.run("open", () => openCheck(ctx))).id;
    for (const part of CHECK_PARTS) await step.run(part, () => checkPart(ctx, id, part));
    const violations = await step.run("finish", () => finishCheck(ctx, id));
    return { violations };
  },
);
