import { sweepNotices } from "@/server/campaigns/sweep-notices";
import { EVENTS } from "@/server/jobs/events";
import { allShops } from "@/server/ledger/violations";
import { clearEvidence } from "@/server/notifications/consent/clear-evidence";
import { sweepOptIns } from "@/server/notifications/consent/opt-in";
import { refuseAllStanding } from "@/server/notifications/consent/refused-address";
import { deliverMessages, enqueueWaitingMessages, sweepStaleMessages } from "@/server/notifications/deliver-messages";
import { everyShop } from "@/server/notifications/every-shop";
import { planAllNotices } from "@/server/notifications/plan-ledger-notices";
import { planReminders } from "@/server/notifications/plan-reminders";
import { checkNightly } from "@/server/notifications/sender-domain/check-sender-domain";
import { shopsWithWork } from "@/server/notifications/settings";
import { refreshProductPairs } from "@/server/notifications/templates/recommendations";
import { clearTests } from "@/server/notifications/templates/test-send";
import { collectEvents } from "@/server/notifications/webhooks/collect-events";
import { collectGroupChanges } from "@/server/notifications/webhooks/collect-group-changes";
import { deliverWebhooks, fanOutEvents } from "@/server/notifications/webhooks/deliver-webhooks";
import { sendKlaviyoEvents } from "@/server/notifications/webhooks/send-klaviyo";
import { systemContext } from "@/server/tenancy/context";
import { inngest } from "../client";

/** A run may have 1,000 steps; what is left after these is found by the sweep. */
const MAX_BATCHES = 900;
const MAX_FEED_STEPS = 100;

const SHOPS_PER_STEP = 50;
type Shops = Awaited<ReturnType<typeof allShops>>;

/** A share of the shops per step: a run may have 1,000 steps. A share in which a shop failed for good does not keep the others waiting. */
async function inSteps(shops: Shops, run: (from: number, some: Shops) => Promise<{ total: number }>): Promise<number> {
  let total = 0;
  const failures: unknown[] = [];
  for (let from = 0; from < shops.length; from += SHOPS_PER_STEP) {
    try {
      total += (await run(from, shops.slice(from, from + SHOPS_PER_STEP))).total;
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0) throw new AggregateError(failures, String(failures[0]));
  return total;
}

/** Decides about and sends one shop's waiting messages, up to two thousand per step. */
export const messageSend = inngest.createFunction(
  { id: "message-send", triggers: [{ event: "message/send.due" }], concurrency: [{ key: "event.data.shopId", limit: 1 }], retries: 4 },
  async ({ event, step }) => {
    const { orgId, shopId } = EVENTS["message/send.due"].parse(event.data);
    const ctx = systemContext(orgId, shopId, "message-send");
    const total = { sent: 0, skipped: 0, deferred: 0, failed: 0, unknown: 0 };
    for (let n = 0; n < MAX_BATCHES; n++) {
      const batch = await step.run(`deliver-${n}`, () => deliverMessages(ctx));
      total.sent += batch.sent;
      total.skipped += batch.skipped;
      total.deferred += batch.deferred;
      total.failed += batch.failed;
      total.unknown += batch.unknown;
      if (!batch.more) break;
    }
    return total;
  },
);

/** Every five minutes: messages whose run was lost or whose time has come, senders that died over a batch; e-mails to the team likewise. */
export const messageSweep = inngest.createFunction(
  { id: "message-sweep", triggers: [{ cron: "*/5 * * * *" }], retries: 2 },
  async ({ step }) => {
    const stale = await step.run("stale", async () => {
      const { total } = await everyShop(
        await shopsWithWork("stale"),
        "message-sweep",
        async (ctx) => (await sweepStaleMessages(ctx)).unknown,
      );
      return { unknown: total };
    });
    const { shops } = await step.run("sweep", () => enqueueWaitingMessages());
    const team = await step.run("team", () => sweepNotices());
    return { shops, unknown: stale.unknown, team: team.shops };
  },
);

/** Every hour: reminders of credit that is about to expire. */
export const messageReminders = inngest.createFunction(
  { id: "message-reminders", triggers: [{ cron: "23 * * * *" }], retries: 2 },
  async ({ step }) => {
    const shops = await step.run("shops", () => allShops());
    const planned = await inSteps(shops, (from, some) =>
      step.run(`plan-${from}`, () => everyShop(some, "message-reminders", async (ctx) => (await planReminders(ctx)).planned)),
    );
    return { planned };
  },
);

/** Every five minutes: what the ledger booked and a shop wants told, credit that begins to be spendable above all. */
export const messageNotices = inngest.createFunction(
  { id: "message-notices", triggers: [{ cron: "*/5 * * * *" }], retries: 2, concurrency: [{ limit: 1 }] },
  async ({ step }) => {
    const shops = await step.run("shops", () => allShops());
    const planned = await inSteps(shops, (from, some) =>
      step.run(`plan-${from}`, () => everyShop(some, "message-notices", planAllNotices)),
    );
    return { planned };
  },
);

/** Every minute: shops that tell others what happens, and web hooks whose next try is due. */
export const messageFeedClock = inngest.createFunction(
  { id: "message-feed-clock", triggers: [{ cron: "* * * * *" }], retries: 1 },
  async ({ step }) => {
    const shops = await step.run("shops", async () => {
      const all = [...(await shopsWithWork("feed")), ...(await shopsWithWork("hooks"))];
      return [...new Map(all.map((shop) => [shop.shopId, shop])).values()];
    });
    if (shops.length > 0)
      await step.sendEvent(
        "announce",
        shops.map((data) => ({ name: "message/feed.due", data })),
      );
    return { shops: shops.length };
  },
);

/** One shop: reads on in ledger and log, hands events to web hooks and Klaviyo. */
export const messageFeed = inngest.createFunction(
  { id: "message-feed", triggers: [{ event: "message/feed.due" }], concurrency: [{ key: "event.data.shopId", limit: 1 }], retries: 2 },
  async ({ event, step }) => {
    const { orgId, shopId } = EVENTS["message/feed.due"].parse(event.data);
    const ctx = systemContext(orgId, shopId, "message-feed");
    const total = { events: 0, delivered: 0, klaviyo: 0 };
    for (let n = 0; n < MAX_FEED_STEPS; n++) {
      const read = await step.run(`collect-${n}`, () => collectEvents(ctx));
      total.events += read.events;
      if (!read.more) break;
    }
    for (let n = 0; n < MAX_FEED_STEPS; n++) {
      const { deliveries } = await step.run(`fan-out-${n}`, () => fanOutEvents(ctx));
      if (deliveries === 0) break;
    }
    for (let n = 0; n < MAX_FEED_STEPS; n++) {
      const hooks = await step.run(`hooks-${n}`, () => deliverWebhooks(ctx));
      total.delivered += hooks.delivered;
      if (!hooks.more) break;
    }
    for (let n = 0; n < MAX_FEED_STEPS; n++) {
      const handed = await step.run(`klaviyo-${n}`, () => sendKlaviyoEvents(ctx));
      total.klaviyo += handed.sent;
      if (!handed.more) break;
    }
    return total;
  },
);

/** After a run that moved customers from one group to another: tells those who asked for it. */
export const messageGroups = inngest.createFunction(
  {
    id: "message-groups",
    triggers: [{ event: "scoring/groups.changed" }],
    concurrency: [{ key: "event.data.shopId", limit: 1 }],
    retries: 3,
  },
  async ({ event, step }) => {
    const { orgId, shopId, runId } = EVENTS["scoring/groups.changed"].parse(event.data);
    const ctx = systemContext(orgId, shopId, "message-groups");
    let events = 0;
    for (let n = 0; n < MAX_BATCHES; n++) {
      const read = await step.run(`collect-${n}`, () => collectGroupChanges(ctx, runId));
      events += read.events;
      if (!read.more) break;
    }
    if (events > 0) await step.sendEvent("feed", { name: "message/feed.due", data: { orgId, shopId } });
    return { events };
  },
);

/**
 * Every night: what is bought together, requests to confirm an address that nobody confirmed, addresses whose reader left, tests of templates
 * and evidence of consents whose term is over, and whether senders' domains are still in order. Those come last: name servers that do not
 * answer take time.
 */
export const messageNightly = inngest.createFunction(
  { id: "message-nightly", triggers: [{ cron: "52 2 * * *" }], retries: 2 },
  async ({ step }) => {
    const shops = await step.run("shops", () => allShops());
    const swept = await step.run("opt-ins", () => sweepOptIns());
    await inSteps(shops, (from, some) =>
      step.run(`pairs-${from}`, () => everyShop(some, "message-nightly", async (ctx) => (await refreshProductPairs(ctx)).pairs)),
    );
    await inSteps(shops, (from, some) =>
      step.run(`refused-${from}`, () => everyShop(some, "message-nightly", async (ctx) => (await refuseAllStanding(ctx)).people)),
    );
    await inSteps(shops, (from, some) => step.run(`tests-${from}`, () => everyShop(some, "message-nightly", clearTests)));
    const cleared = await inSteps(shops, (from, some) =>
      step.run(`evidence-${from}`, () => everyShop(some, "message-nightly", async (ctx) => (await clearEvidence(ctx)).cleared)),
    );
    await inSteps(shops, (from, some) =>
      step.run(`domains-${from}`, () =>
        everyShop(some, "message-nightly", async (ctx) => (await checkNightly(ctx)).checked, { atOnce: 10 }),
      ),
    );
    return { ...swept, cleared };
  },
);
