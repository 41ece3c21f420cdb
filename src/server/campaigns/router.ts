import { router, shopProcedure } from "@/server/trpc/init";
import { campaignTimeline } from "./campaign-timeline";
import { createCampaign } from "./create-campaign";
import { duplicateCampaign } from "./duplicate-campaign";
import { getCampaign, listCampaigns } from "./get-campaign";
import { launchCampaign } from "./launch-campaign";
import { listMembers } from "./list-members";
import { cancelCampaign, pauseCampaign } from "./pause-campaign";
import { resumeCampaign } from "./resume-campaign";
import { reviseCampaign } from "./revise-campaign";
import {
  campaignIdSchema,
  createCampaignSchema,
  launchCampaignSchema,
  listCampaignsSchema,
  listMembersSchema,
  updateCampaignSchema,
} from "./schema";
import { updateCampaign } from "./update-campaign";

const read = shopProcedure("campaign.read");
const write = shopProcedure("campaign.write");

export const campaignRouter = router({
  list: read.input(listCampaignsSchema).query(({ ctx, input }) => listCampaigns(ctx.tenant, input)),
  get: read.input(campaignIdSchema).query(({ ctx, input }) => getCampaign(ctx.tenant, input)),
  timeline: read.input(campaignIdSchema).query(({ ctx, input }) => campaignTimeline(ctx.tenant, input)),
  // Names and addresses: only for those who may list customers.
  members: shopProcedure("customer.list")
    .input(listMembersSchema)
    .query(({ ctx, input }) => listMembers(ctx.tenant, input, { pii: ctx.access.permissions.has("customer.pii") })),
  create: write.input(createCampaignSchema).mutation(({ ctx, input }) => createCampaign(ctx.tenant, input)),
  update: write.input(updateCampaignSchema).mutation(({ ctx, input }) => updateCampaign(ctx.tenant, input)),
  duplicate: write.input(campaignIdSchema).mutation(({ ctx, input }) => duplicateCampaign(ctx.tenant, input)),
  launch: write.input(launchCampaignSchema).mutation(({ ctx, input }) => launchCampaign(ctx.tenant, input)),
  revise: write.input(campaignIdSchema).mutation(({ ctx, input }) => reviseCampaign(ctx.tenant, input)),
  pause: write.input(campaignIdSchema).mutation(({ ctx, input }) => pauseCampaign(ctx.tenant, input)),
  resume: write.input(campaignIdSchema).mutation(({ ctx, input }) => resumeCampaign(ctx.tenant, input)),
  cancel: write.input(campaignIdSchema).mutation(({ ctx, input }) => cancelCampaign(ctx.tenant, input)),
});
