import { router, shopProcedure } from "@/server/trpc/init";
import { cancelRun, retryRun } from "./change-run";
import { getRun } from "./get-run";
import { listRuns, runsOverview } from "./list-runs";
import { runListSchema, runSchema } from "./schema";

export const jobsRouter = router({
  list: shopProcedure("job.read")
    .input(runListSchema)
    .query(({ ctx, input }) => listRuns(ctx.tenant, input)),
  overview: shopProcedure("job.read").query(({ ctx }) => runsOverview(ctx.tenant)),
  get: shopProcedure("job.read")
    .input(runSchema)
    .query(({ ctx, input }) => getRun(ctx.tenant, input)),
  retry: shopProcedure("job.manage")
    .input(runSchema)
    .mutation(({ ctx, input }) => retryRun(ctx.tenant, input)),
  cancel: shopProcedure("job.manage")
    .input(runSchema)
    .mutation(({ ctx, input }) => cancelRun(ctx.tenant, input)),
});
