import { EVENTS } from "@/server/jobs/events";
import { deliverMessages, enqueueWaitingMessages } from "@/server/notifications/deliver-messages";
import { systemContext } from "@/server/tenancy/context";
import { inngest } from "../client";

/** A run may have 1,000 steps; what is left after these is found by the sweep. */
const MAX_BATCHES = 900;

/** Decides about and delivers one shop's waiting messages, a thousand per step. */
export const messageSend = inngest.createFunction(
  { id: "message-send", triggers: [{ event: "message/send.due" }], concurrency: [{ key: "event.data.shopId", limit: 1 }], retries: 4 },
  async ({ event, step }) => {
    const { orgId, shopId } = EVENTS["message/send.due"].parse(event.data);
    const ctx = systemContext(orgId, shopId, "message-send");
    const total = { sent: 0, skipped: 0, blocked: false };
    for (let n = 0; n < MAX_BATCHES; n++) {
      const batch = await step.run(`deliver-${n}`, () => deliverMessages(ctx));
      total.sent += batch.sent;
      total.skipped += batch.skipped;
      total.blocked = batch.blocked;
      if (!batch.more) break;
    }
    return total;
  },
);

/** Every five minutes: messages whose run was lost, or whose time has come. */
export const messageSweep = inngest.createFunction({ id: "message-sweep", triggers: [{ cron: "*/5 * * * *" }], retries: 2 }, ({ step }) =>
  step.run("sweep", () => enqueueWaitingMessages()),
);
