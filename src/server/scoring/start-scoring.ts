import { recordAudit } from "@/server/audit/record-audit";
import { withTenant } from "@/server/db";
import { AppError, parseInput } from "@/server/errors";
import { enqueue } from "@/server/jobs/outbox";
import type { ShopContext } from "@/server/tenancy/context";
import { openRun } from "./runs";
import { startScoringSchema } from "./schema";

/** Asks for new borders or new forecasts now. CONFLICT while a run of this kind is under way. */
export function startScoring(ctx: ShopContext, input: unknown): Promise<{ runId: string }> {
  const { kind } = parseInput(startScoringSchema, input);
  return withTenant(ctx, async (handle) => {
    const runId = await openRun(handle, ctx, kind, "manual");
    if (runId === null) throw new AppError("CONFLICT", { running: kind });
    const data = { orgId: ctx.orgId, shopId: ctx.shopId, cause: "manual" as const, runId };
    await enqueue(handle.trx, kind === "rfm" ? { name: "scoring/rfm.due", data } : { name: "scoring/prediction.due", data });
    await recordAudit(handle.trx, ctx, { action: "scoring.started", entity: "scoringRun", entityId: runId, after: { kind } });
    return { runId };
  });
}
