import { router, shopProcedure } from "@/server/trpc/init";
import { campaignReport } from "./campaign-report";
import { overview } from "./overview";
import { campaignIdSchema } from "./schema";
import { simulateCampaign } from "./simulate-campaign";

export const roiRouter = router({
  report: shopProcedure("campaign.read")
    .input(campaignIdSchema)
    .query(({ ctx, input }) => campaignReport(ctx.tenant, input)),
  simulate: shopProcedure("campaign.read")
    .input(campaignIdSchema)
    .query(({ ctx, input }) => simulateCampaign(ctx.tenant, input)),
  overview: shopProcedure("shop.read").query(({ ctx }) => overview(ctx.tenant, { imports: ctx.access.permissions.has("import.read") })),
});
