import type { z } from "zod";
import { withTenant } from "@/server/db";
import { AppError, parseInput } from "@/server/errors";
import type { TenantContext } from "@/server/tenancy/context";
import { selectAttempts, selectRun, selectSteps } from "./queries";
import { runSchema } from "./schema";

/** JSON for a page: shortened, because a result may have megabytes. */
const PREVIEW_CHARS = 20_000;
const preview = (value: unknown): string | null => {
  if (value === null || value === undefined) return null;
  const text = JSON.stringify(value, null, 2);
  return text.length > PREVIEW_CHARS ? `${text.slice(0, PREVIEW_CHARS)}\n…` : text;
};

/** One run with its steps and failed attempts. Times are the database's. NOT_FOUND for a run of another tenant. */
export function getRun(ctx: TenantContext, input: z.input<typeof runSchema>) {
  const { runId } = parseInput(runSchema, input);
  return withTenant(ctx, async (handle) => {
    const run = await selectRun(handle, runId);
    if (!run) throw new AppError("NOT_FOUND");
    const steps = await selectSteps(handle, runId);
    const attempts = await selectAttempts(handle, runId);
    return {
      id: run.id,
      functionId: run.fn_id,
      functionName: run.functionName,
      status: run.status,
      system: run.system,
      eventName: run.event_name,
      queuedAt: run.queued_at,
      startedAt: run.started_at,
      endedAt: run.ended_at,
      parentRunId: run.parent_run_id,
      events: preview(run.events),
      output: preview(run.output),
      error: errorOf(run.error),
      now: handle.now,
      steps: steps.map((step) => ({
        id: step.id,
        name: step.name,
        op: step.op,
        status: step.active ? ("running" as const) : step.status,
        attempt: step.attempt,
        dueAt: step.due_at,
        startedAt: step.started_at,
        endedAt: step.ended_at,
        output: preview(step.data),
        error: errorOf(step.error),
      })),
      attempts: attempts.map((attempt) => ({
        id: attempt.id,
        stepId: attempt.step_id,
        number: attempt.attempt + 1,
        kind: attempt.kind,
        at: attempt.at,
        nextAt: attempt.next_at,
        error: errorOf(attempt.error),
      })),
    };
  });
}

const errorOf = (error: { name?: string; message?: string } | null) =>
  error ? { name: error.name ?? "Error", message: (error.message ?? "").slice(0, 2_000) } : null;
