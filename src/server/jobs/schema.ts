import { z } from "zod";

export const RUN_STATUSES = ["queued", "running", "completed", "failed", "cancelled"] as const;
export type RunStatus = (typeof RUN_STATUSES)[number];

/** Run states that a person can change: a failed or cancelled run can be tried again, an open one cancelled. */
export const RETRYABLE: readonly RunStatus[] = ["failed", "cancelled"];
export const CANCELLABLE: readonly RunStatus[] = ["queued", "running"];

export const runListSchema = z.object({
  status: z.enum(RUN_STATUSES).nullish(),
  functionId: z.string().max(200).nullish(),
  /** A run's id, or text that occurs in its function, event name or event data (an id of an import, a drop …). */
  search: z.string().trim().max(200).nullish(),
  /** Also the runs over all shops, which the calendar starts every few minutes. Failed ones, or one function's, are shown in any case. */
  system: z.boolean().default(false),
  cursor: z.object({ at: z.date(), id: z.uuid() }).nullish(),
  limit: z.int().min(1).max(100).default(50),
});

export const runSchema = z.object({ runId: z.uuid() });
