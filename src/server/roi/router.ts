import { router, shopProcedure } from "@/server/trpc/init";
import { campaignReport } from "./campaign-report";
import { overview } from "./overview";
import { planning } from "./planning-router";
import { campaignIdSchema } from "./schema";

export const roiRouter = router({
  report: shopProcedure("campaign.read")
    .input(campaignIdSchema)
    .query(({ ctx, input }) => campaignReport(ctx.tenant, input)),
  ...planning,
  overview: shopProcedure("shop.read").query(({ ctx }) => overview(ctx.tenant, { imports: ctx.access.permissions.has("import.read") })),
});
