import { router, shopProcedure } from "@/server/trpc/init";
import { approvalDiff } from "./approval-diff";
import { archiveCampaign } from "./archive-campaign";
import { campaignCalendar } from "./campaign-calendar";
import { campaignTimeline } from "./campaign-timeline";
import { createCampaign } from "./create-campaign";
import { approveCampaign, rejectCampaign } from "./decide-campaign";
import { duplicateCampaign } from "./duplicate-campaign";
import { getCampaign, listCampaigns } from "./get-campaign";
import { approvalInbox } from "./inbox";
import { launchCampaign } from "./launch-campaign";
import { countExclusions, excludedPeople, listDrops } from "./list-drops";
import { listMembers } from "./list-members";
import { listNotices, listNoticesSchema } from "./list-notices";
import { offerExamples } from "./offer-examples";
import { cancelCampaign, pauseCampaign } from "./pause-campaign";
import { previewCampaignMessage } from "./preview-message";
import { approveRecall, recallPreview, rejectRecall, requestRecall } from "./recall-campaign";
import { resumeCampaign } from "./resume-campaign";
import { retryFailed } from "./retry-failed";
import { reviseCampaign } from "./revise-campaign";
import * as input from "./schema";
import { deleteStrategy, ownStrategies, saveStrategy, suggestions } from "./strategies";
import { submitCampaign, withdrawCampaign } from "./submit-campaign";
import { updateCampaign } from "./update-campaign";
import { getPolicy, haltShop, setOrganisationBudget, setPolicy } from "./update-policy";

const read = shopProcedure("campaign.read");
const write = shopProcedure("campaign.write");
// Names and addresses: only for those who may list customers.
const people = shopProcedure("customer.list");
const approve = shopProcedure("campaign.approve");
// Letting money out or taking it back asks for a fresh sign-in (domain.md 5.4).
const approveStrong = shopProcedure("campaign.approve", { stepUp: true });
const recall = shopProcedure("campaign.recall");
const recallStrong = shopProcedure("campaign.recall", { stepUp: true });

export const campaignRouter = router({
  list: read.input(input.listCampaignsSchema).query(({ ctx, input }) => listCampaigns(ctx.tenant, input)),
  get: read.input(input.campaignIdSchema).query(({ ctx, input }) => getCampaign(ctx.tenant, input)),
  timeline: read.input(input.campaignIdSchema).query(({ ctx, input }) => campaignTimeline(ctx.tenant, input)),
  drops: read.input(input.campaignIdSchema).query(({ ctx, input }) => listDrops(ctx.tenant, input)),
  members: people
    .input(input.listMembersSchema)
    .query(({ ctx, input }) => listMembers(ctx.tenant, input, { pii: ctx.access.permissions.has("customer.pii") })),
  exclusions: read.input(input.listExclusionsSchema).query(({ ctx, input }) => countExclusions(ctx.tenant, input)),
  excludedPeople: people
    .input(input.listExclusionsSchema)
    .query(({ ctx, input }) => excludedPeople(ctx.tenant, input, { pii: ctx.access.permissions.has("customer.pii") })),
  create: write.input(input.createCampaignSchema).mutation(({ ctx, input }) => createCampaign(ctx.tenant, input)),
  update: write.input(input.updateCampaignSchema).mutation(({ ctx, input }) => updateCampaign(ctx.tenant, input)),
  duplicate: write.input(input.campaignIdSchema).mutation(({ ctx, input }) => duplicateCampaign(ctx.tenant, input)),
  archive: write.input(input.archiveSchema).mutation(({ ctx, input }) => archiveCampaign(ctx.tenant, input)),
  submit: write.input(input.submitCampaignSchema).mutation(({ ctx, input }) => submitCampaign(ctx.tenant, input)),
  withdraw: write.input(input.campaignIdSchema).mutation(({ ctx, input }) => withdrawCampaign(ctx.tenant, input)),
  approve: approveStrong.input(input.decideSchema).mutation(({ ctx, input }) => approveCampaign(ctx.tenant, input)),
  reject: approve.input(input.rejectSchema).mutation(({ ctx, input }) => rejectCampaign(ctx.tenant, input)),
  approvalDiff: read.input(input.requestSchema).query(({ ctx, input }) => approvalDiff(ctx.tenant, input)),
  calendar: read.input(input.calendarSchema).query(({ ctx, input }) => campaignCalendar(ctx.tenant, input)),
  offerExamples: read
    .input(input.campaignIdSchema)
    .query(({ ctx, input }) => offerExamples(ctx.tenant, input, { names: ctx.access.permissions.has("customer.list") })),
  messagePreview: read
    .input(input.requestSchema)
    .query(({ ctx, input }) => previewCampaignMessage(ctx.tenant, input, { names: ctx.access.permissions.has("customer.list") })),
  notices: shopProcedure("message.read")
    .input(listNoticesSchema)
    .query(({ ctx, input }) => listNotices(ctx.tenant, input)),
  inbox: read.query(({ ctx }) => approvalInbox(ctx.tenant)),
  launch: write.input(input.launchCampaignSchema).mutation(({ ctx, input }) => launchCampaign(ctx.tenant, input)),
  revise: write.input(input.campaignIdSchema).mutation(({ ctx, input }) => reviseCampaign(ctx.tenant, input)),
  pause: write.input(input.campaignIdSchema).mutation(({ ctx, input }) => pauseCampaign(ctx.tenant, input)),
  resume: write.input(input.campaignIdSchema).mutation(({ ctx, input }) => resumeCampaign(ctx.tenant, input)),
  cancel: write.input(input.campaignIdSchema).mutation(({ ctx, input }) => cancelCampaign(ctx.tenant, input)),
  retryFailed: write.input(input.retryFailedSchema).mutation(({ ctx, input }) => retryFailed(ctx.tenant, input)),
  recallPreview: recall.input(input.campaignIdSchema).query(({ ctx, input }) => recallPreview(ctx.tenant, input)),
  requestRecall: recall.input(input.requestRecallSchema).mutation(({ ctx, input }) => requestRecall(ctx.tenant, input)),
  approveRecall: recallStrong.input(input.decideRecallSchema).mutation(({ ctx, input }) => approveRecall(ctx.tenant, input)),
  rejectRecall: recall.input(input.decideRecallSchema).mutation(({ ctx, input }) => rejectRecall(ctx.tenant, input)),
  policy: read.query(({ ctx }) => getPolicy(ctx.tenant)),
  setPolicy: shopProcedure("shop.manage")
    .input(input.updatePolicySchema)
    .mutation(({ ctx, input }) => setPolicy(ctx.tenant, input)),
  halt: approve.input(input.haltSchema).mutation(({ ctx, input }) => haltShop(ctx.tenant, input)),
  // What concerns every shop of the organisation is nobody's who has only some of them.
  setOrganisationBudget: shopProcedure("org.manage")
    .input(input.organisationBudgetSchema)
    .mutation(({ ctx, input }) => setOrganisationBudget(ctx.tenant, input)),
  ownStrategies: read.query(({ ctx }) => ownStrategies(ctx.tenant)),
  suggestions: read.query(({ ctx }) => suggestions(ctx.tenant)),
  saveStrategy: write.input(input.saveStrategySchema).mutation(({ ctx, input }) => saveStrategy(ctx.tenant, input)),
  deleteStrategy: write.input(input.strategyIdSchema).mutation(({ ctx, input }) => deleteStrategy(ctx.tenant, input)),
});
