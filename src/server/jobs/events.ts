import { z } from "zod";

const uuid = z.uuid();

/** What every tenant event carries: the runs page shows a run to the organisation its event names. */
const shopEvent = z.object({ orgId: uuid, shopId: uuid });

/**
 * Every event a verb may enqueue, with the schema of its data. A domain adds one line here and a function in `inngest/` that listens.
 * Data holds ids only, never personal data: it is kept with the run for 30 days.
 */
export const EVENTS = {
  "campaign/drop.due": shopEvent.extend({ dropId: uuid, fromChunk: z.int().min(0).optional() }),
  "campaign/entries.due": shopEvent.extend({ campaignId: uuid }),
  "campaign/notices.due": shopEvent,
  "campaign/recall.due": shopEvent.extend({ recallId: uuid }),
  "import/uploaded": shopEvent.extend({ importId: uuid }),
  "ledger/check.due": shopEvent.extend({ checkId: uuid.optional() }),
  "ledger/expiry.due": shopEvent,
  "message/feed.due": shopEvent,
  "message/send.due": shopEvent.extend({ campaignId: uuid.optional() }),
  "metrics/refresh.due": shopEvent,
  "roi/figures.due": shopEvent,
  "segment/night.due": shopEvent,
  "scoring/rfm.due": shopEvent.extend({ cause: z.enum(["monthly", "daily", "manual"]), runId: uuid.optional() }),
  "scoring/prediction.due": shopEvent.extend({ cause: z.enum(["monthly", "daily", "manual"]), runId: uuid.optional() }),
  "scoring/groups.changed": shopEvent.extend({ runId: uuid, changes: z.int().min(1) }),
} as const satisfies Record<string, z.ZodType<{ orgId: string }>>;

export type EventName = keyof typeof EVENTS;
export type EventData<N extends EventName> = z.infer<(typeof EVENTS)[N]>;

/** An event to enqueue. `id` de-duplicates (a UUID derived by the caller); `runAt` delays it. */
export type JobEvent = { [N in EventName]: { name: N; data: EventData<N>; id?: string; runAt?: Date } }[EventName];
