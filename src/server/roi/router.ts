import { router, shopProcedure } from "@/server/trpc/init";
import { campaignReport } from "./campaign-report";
import { findings } from "./findings";
import { setGlobalHoldout, setHoldoutSchema } from "./global-holdout";
import { cohorts, cohortsSchema, habits } from "./habits";
import { liabilitySchema, liabilitySeries } from "./liability-series";
import { getMargins, setMargins, setMarginsSchema } from "./margins";
import { overview } from "./overview";
import { planning } from "./planning-router";
import { prepareCampaign, prepareCampaignSchema } from "./prepare-campaign";
import { programme, strategyResults } from "./programme";
import { globalHoldout } from "./programme-facts";
import { robustness } from "./robustness";
import { campaignIdSchema } from "./schema";

const campaign = shopProcedure("campaign.read");
const report = shopProcedure("report.read");

export const roiRouter = router({
  ...planning,
  report: campaign.input(campaignIdSchema).query(({ ctx, input }) => campaignReport(ctx.tenant, input)),
  robustness: campaign.input(campaignIdSchema).query(({ ctx, input }) => robustness(ctx.tenant, input)),
  strategyResults: campaign.query(({ ctx }) => strategyResults(ctx.tenant)),
  programme: report.query(({ ctx }) => programme(ctx.tenant)),
  findings: report.query(({ ctx }) => findings(ctx.tenant)),
  prepareCampaign: shopProcedure("campaign.write")
    .input(prepareCampaignSchema)
    .mutation(({ ctx, input }) => prepareCampaign(ctx.tenant, input)),
  holdout: report.query(({ ctx }) => globalHoldout(ctx.tenant)),
  setHoldout: shopProcedure("shop.manage")
    .input(setHoldoutSchema)
    .mutation(({ ctx, input }) => setGlobalHoldout(ctx.tenant, input)),
  cohorts: report.input(cohortsSchema).query(({ ctx, input }) => cohorts(ctx.tenant, input)),
  habits: report.query(({ ctx }) => habits(ctx.tenant)),
  margins: report.query(({ ctx }) => getMargins(ctx.tenant)),
  setMargins: shopProcedure("shop.manage")
    .input(setMarginsSchema)
    .mutation(({ ctx, input }) => setMargins(ctx.tenant, input)),
  liabilitySeries: shopProcedure("ledger.read")
    .input(liabilitySchema)
    .query(({ ctx, input }) => liabilitySeries(ctx.tenant, input)),
  overview: shopProcedure("shop.read").query(({ ctx }) =>
    overview(ctx.tenant, {
      imports: ctx.access.permissions.has("import.read"),
      reports: ctx.access.permissions.has("report.read"),
      campaigns: ctx.access.permissions.has("campaign.read"),
    }),
  ),
});
