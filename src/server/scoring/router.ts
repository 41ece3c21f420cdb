import { z } from "zod";
import { router, shopProcedure } from "@/server/trpc/init";
import { customerScores, listScored, readPredictions, readRfm, readRfmHistory } from "./read-scores";
import { groupMembersSchema, startScoringSchema } from "./schema";
import { startScoring } from "./start-scoring";

export const scoringRouter = router({
  rfm: shopProcedure("report.read").query(({ ctx }) => readRfm(ctx.tenant)),
  history: shopProcedure("report.read")
    .input(z.object({ limit: z.int().min(1).max(120).default(36) }))
    .query(({ ctx, input }) => readRfmHistory(ctx.tenant, input.limit)),
  members: shopProcedure("customer.list")
    .input(groupMembersSchema)
    .query(({ ctx, input }) => listScored(ctx.tenant, input, { pii: ctx.access.permissions.has("customer.pii") })),
  customer: shopProcedure("customer.read")
    .input(z.object({ customerId: z.uuid() }))
    .query(({ ctx, input }) => customerScores(ctx.tenant, input.customerId)),
  predictions: shopProcedure("report.read").query(({ ctx }) => readPredictions(ctx.tenant)),
  start: shopProcedure("campaign.write")
    .input(startScoringSchema)
    .mutation(({ ctx, input }) => startScoring(ctx.tenant, input)),
});
