import { admitOrStop, claimDueEntries } from "@/server/campaigns/admit-entries";
import { claimDueDrops } from "@/server/campaigns/claim-due-drops";
import { endCampaigns } from "@/server/campaigns/end-campaigns";
import { finishDrop } from "@/server/campaigns/finish-drop";
import { freezeDrop } from "@/server/campaigns/freeze-drop";
import { grantChunks } from "@/server/campaigns/grant-chunk";
import { rescheduleDrops } from "@/server/campaigns/reschedule-drops";
import { recallStep } from "@/server/campaigns/run-recall";
import { sendNotices } from "@/server/campaigns/send-notices";
import { EVENTS } from "@/server/jobs/events";
import { systemContext } from "@/server/tenancy/context";
import { inngest } from "../client";

/** Chunks one step grants: a few seconds of work, of which a replay repeats only what is not done. A drop to a million is 25 such steps. */
const CHUNKS_PER_STEP = 8;
/** Of the 1,000 steps a run may have this is a tenth: 4 million members in one run, the rest in a following one. */
const MAX_CHUNKS_PER_RUN = 800;
/** When this server's clock runs ahead of the database's, the start waits for the database (domain.md B21). */
const EARLY_TRIES = 24;

/**
 * Every minute: claims drops that are due within two minutes; each start event waits for its own instant. Asks for people who have entered
 * the segments of campaigns that wait for them. Ends campaigns that are over.
 */
export const campaignClock = inngest.createFunction(
  { id: "campaign-clock", triggers: [{ cron: "* * * * *" }], retries: 2 },
  async ({ step }) => {
    const { claimed } = await step.run("claim", () => claimDueDrops());
    const { asked } = await step.run("entries", () => claimDueEntries());
    const { ended } = await step.run("end", () => endCampaigns());
    return { claimed, asked, ended };
  },
);

/** One drop: freeze, grant chunk by chunk, finish. Every step is a verb that a replay changes nothing with. */
export const campaignDrop = inngest.createFunction(
  { id: "campaign-drop", triggers: [{ event: "campaign/drop.due" }], concurrency: [{ key: "event.data.dropId", limit: 1 }], retries: 6 },
  async ({ event, step }) => {
    const data = EVENTS["campaign/drop.due"].parse(event.data);
    const { dropId } = data;
    const ctx = systemContext(data.orgId, data.shopId, "campaign-drop");
    let frozen = await step.run("freeze", () => freezeDrop(ctx, dropId));
    for (let n = 1; frozen.status === "early" && n < EARLY_TRIES; n++) {
      await step.sleep(`wait-${n}`, "5s");
      frozen = await step.run(`freeze-${n}`, () => freezeDrop(ctx, dropId));
    }
    if (frozen.status !== "granting") return frozen;
    const last = Math.min(frozen.chunks, (data.fromChunk ?? 0) + MAX_CHUNKS_PER_RUN);
    for (let from = data.fromChunk ?? 0; from < last; from += CHUNKS_PER_STEP) {
      const to = Math.min(from + CHUNKS_PER_STEP, last);
      const granted = await step.run(`grant-chunks-${from}`, () => grantChunks(ctx, { dropId, from, to }));
      if (granted.status === "stopped") return granted;
    }
    if (last < frozen.chunks) {
      await step.sendEvent("go-on", { name: "campaign/drop.due", data: { ...data, fromChunk: last } });
      return { status: "continued", chunks: last };
    }
    return step.run("finish", () => finishDrop(ctx, dropId));
  },
);

/** Whoever has entered a campaign's segment since the last look gets a drop of their own, which `campaign-drop` then grants. */
export const campaignEntries = inngest.createFunction(
  {
    id: "campaign-entries",
    triggers: [{ event: "campaign/entries.due" }],
    concurrency: [{ key: "event.data.campaignId", limit: 1 }],
    retries: 4,
  },
  async ({ event, step }) => {
    const { orgId, shopId, campaignId } = EVENTS["campaign/entries.due"].parse(event.data);
    return step.run("admit", () => admitOrStop(systemContext(orgId, shopId, "campaign-entries"), campaignId));
  },
);

/**
 * E-mails to those who may decide, and to the authors of what was decided. One at a time per shop, so that nobody is told twice within the
 * pause between two e-mails; what has to wait asks for the next run itself.
 */
export const campaignNotices = inngest.createFunction(
  {
    id: "campaign-notices",
    triggers: [{ event: "campaign/notices.due" }],
    concurrency: [{ key: "event.data.shopId", limit: 1 }],
    retries: 4,
  },
  async ({ event, step }) => {
    const { orgId, shopId } = EVENTS["campaign/notices.due"].parse(event.data);
    return step.run("send", () => sendNotices(systemContext(orgId, shopId, "campaign-notices")));
  },
);

/** A recall of five million lots is this many steps; the rest would wait for the next request. */
const MAX_RECALL_STEPS = 900;

/** Takes back what nobody has spent, a few thousand lots a step. */
export const campaignRecall = inngest.createFunction(
  {
    id: "campaign-recall",
    triggers: [{ event: "campaign/recall.due" }],
    concurrency: [{ key: "event.data.recallId", limit: 1 }],
    retries: 6,
  },
  async ({ event, step }) => {
    const data = EVENTS["campaign/recall.due"].parse(event.data);
    const ctx = systemContext(data.orgId, data.shopId, "campaign-recall");
    for (let no = 0; no < MAX_RECALL_STEPS; no++) {
      const { status } = await step.run(`recall-${no}`, () => recallStep(ctx, data.recallId));
      if (status !== "more") return { status, steps: no + 1 };
    }
    await step.sendEvent("go-on", { name: "campaign/recall.due", data });
    return { status: "continued", steps: MAX_RECALL_STEPS };
  },
);

/** Once a day: computes the instants of what lies ahead anew from its wall times; a changed rule of summer time moves them (domain.md 4.6). */
export const campaignZones = inngest.createFunction(
  { id: "campaign-zones", triggers: [{ cron: "23 2 * * *" }], retries: 2 },
  async ({ step }) => step.run("reschedule", () => rescheduleDrops()),
);
