import type { z } from "zod";
import { recordAudit } from "@/server/audit/record-audit";
import { withTenant } from "@/server/db";
import { AppError, parseInput } from "@/server/errors";
import type { TenantContext } from "@/server/tenancy/context";
import { callCancel, callRetry, selectRun } from "./queries";
import { runSchema } from "./schema";

/**
 * Tries a failed or cancelled run again from where it stopped; finished steps keep their results and do not run a second time.
 * RUN_STATE when it is neither; NOT_FOUND when it is not the tenant's.
 */
export const retryRun = (ctx: TenantContext, input: z.input<typeof runSchema>) => change(ctx, input, "run.retried", callRetry);

/** Ends a waiting or running run. A step that is running at this moment finishes, but its result is dropped. */
export const cancelRun = (ctx: TenantContext, input: z.input<typeof runSchema>) => change(ctx, input, "run.cancelled", callCancel);

function change(ctx: TenantContext, input: z.input<typeof runSchema>, action: string, call: typeof callRetry): Promise<void> {
  const { runId } = parseInput(runSchema, input);
  return withTenant(ctx, async (handle) => {
    const run = await selectRun(handle, runId);
    // A run over all shops is nobody's to stop.
    if (!run || run.system) throw new AppError("NOT_FOUND");
    if (!(await call(handle, runId))) throw new AppError("RUN_STATE");
    await recordAudit(handle.trx, ctx, {
      action,
      entity: "run",
      entityId: runId,
      before: { status: run.status },
      after: { function: run.fn_id },
    });
  });
}
