import { backtestSchema, compareSchema } from "@/server/campaigns/schema";
import { shopProcedure } from "@/server/trpc/init";
import { backtestCampaign } from "./backtest";
import { compareCampaigns } from "./compare";
import { campaignIdSchema } from "./schema";
import { simulateCampaign } from "./simulate-campaign";

const read = shopProcedure("campaign.read");

/** Looking ahead and back before a launch. In this room, because it stands on the campaigns' verbs and on statistics. */
export const planning = {
  simulate: read.input(campaignIdSchema).query(({ ctx, input }) => simulateCampaign(ctx.tenant, input)),
  backtest: read.input(backtestSchema).query(({ ctx, input }) => backtestCampaign(ctx.tenant, input)),
  compare: read.input(compareSchema).query(({ ctx, input }) => compareCampaigns(ctx.tenant, input)),
};
