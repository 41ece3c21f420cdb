import { z } from "zod";
import { router, shopProcedure } from "@/server/trpc/init";
import { channelsRouter } from "./channels/router";
import { consentRouter, suppressionRouter } from "./consent/router";
import { campaignSendingSchema, getCampaignSending, pauseSending, setCampaignSending } from "./control-sending";
import { deliverability } from "./deliverability";
import { feedbackRouter } from "./feedback/router";
import { messageFunnel } from "./funnel";
import { getMessage, previewMessage } from "./get-message";
import { countMessages, listMessages } from "./list-messages";
import { listUnknown, listUnknownSchema, resolveBatch, resolveBatchSchema, resolveMessage, resolveSchema } from "./resolve-unknown";
import { getSendingStop, resumeMarketing, resumeSchema } from "./resume-marketing";
import { listMessagesSchema, previewMessageSchema, saveSettingsSchema } from "./schema";
import { countRefused, refusedSchema, sendAgain, sendAgainSchema } from "./send-again";
import { senderDomainRouter } from "./sender-domain/router";
import { getSettings, saveSettings } from "./settings";
import { templatesRouter } from "./templates/router";
import { traceMessage } from "./trace-message";
import { webhooksRouter } from "./webhooks/router";

const viewer = (permissions: ReadonlySet<string>) => ({ pii: permissions.has("customer.pii") });
const ofCampaign = z.object({ campaignId: z.uuid() });
const byId = z.object({ id: z.uuid() });

export const messageRouter = router({
  list: shopProcedure("message.read")
    .input(listMessagesSchema)
    .query(({ ctx, input }) => listMessages(ctx.tenant, input, viewer(ctx.access.permissions))),
  counts: shopProcedure("message.read")
    .input(z.object({ campaignId: z.uuid().nullish() }))
    .query(({ ctx, input }) => countMessages(ctx.tenant, input)),
  get: shopProcedure("message.read")
    .input(byId)
    .query(({ ctx, input }) => getMessage(ctx.tenant, input, viewer(ctx.access.permissions))),
  trace: shopProcedure("message.read")
    .input(byId)
    .query(({ ctx, input }) => traceMessage(ctx.tenant, input)),
  resolve: shopProcedure("message.write")
    .input(resolveSchema)
    .mutation(({ ctx, input }) => resolveMessage(ctx.tenant, input)),
  unknown: shopProcedure("message.read")
    .input(listUnknownSchema)
    .query(({ ctx, input }) => listUnknown(ctx.tenant, input)),
  resolveBatch: shopProcedure("message.write")
    .input(resolveBatchSchema)
    .mutation(({ ctx, input }) => resolveBatch(ctx.tenant, input)),
  refused: shopProcedure("message.read")
    .input(refusedSchema)
    .query(({ ctx, input }) => countRefused(ctx.tenant, input)),
  sendAgain: shopProcedure("message.write")
    .input(sendAgainSchema)
    .mutation(({ ctx, input }) => sendAgain(ctx.tenant, input)),
  preview: shopProcedure("campaign.read")
    .input(previewMessageSchema)
    .query(({ ctx, input }) => previewMessage(ctx.tenant, input)),
  funnel: shopProcedure("campaign.read")
    .input(ofCampaign)
    .query(({ ctx, input }) => messageFunnel(ctx.tenant, input)),
  deliverability: shopProcedure("message.read")
    .input(z.object({ days: z.union([z.literal(7), z.literal(30), z.literal(90)]) }))
    .query(({ ctx, input }) => deliverability(ctx.tenant, input)),
  pauseSending: shopProcedure("message.write")
    .input(ofCampaign)
    .mutation(({ ctx, input }) => pauseSending(ctx.tenant, { ...input, paused: true })),
  resumeSending: shopProcedure("message.write")
    .input(ofCampaign)
    .mutation(({ ctx, input }) => pauseSending(ctx.tenant, { ...input, paused: false })),
  stop: router({
    get: shopProcedure("message.read").query(({ ctx }) => getSendingStop(ctx.tenant)),
    resume: shopProcedure("shop.manage")
      .input(resumeSchema)
      .mutation(({ ctx, input }) => resumeMarketing(ctx.tenant, input)),
  }),
  campaign: router({
    get: shopProcedure("campaign.read")
      .input(ofCampaign)
      .query(({ ctx, input }) => getCampaignSending(ctx.tenant, input)),
    set: shopProcedure("campaign.write")
      .input(campaignSendingSchema)
      .mutation(({ ctx, input }) => setCampaignSending(ctx.tenant, input)),
  }),
  settings: router({
    get: shopProcedure("message.read").query(({ ctx }) => getSettings(ctx.tenant)),
    save: shopProcedure("shop.manage")
      .input(saveSettingsSchema)
      .mutation(({ ctx, input }) => saveSettings(ctx.tenant, input)),
  }),
  templates: templatesRouter,
  channels: channelsRouter,
  senderDomain: senderDomainRouter,
  feedback: feedbackRouter,
  suppression: suppressionRouter,
  consent: consentRouter,
  webhooks: webhooksRouter,
});
