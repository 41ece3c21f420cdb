/** Campaigns: create, simulate, launch, watch (DESIGN section 8). */
import { z } from "zod";
import { PROBLEMS, WARNINGS } from "@/server/campaigns/checks/schema";
import { createCampaign } from "@/server/campaigns/create-campaign";
import { approveCampaign } from "@/server/campaigns/decide-campaign";
import { getCampaign } from "@/server/campaigns/get-campaign";
import { launchCampaign } from "@/server/campaigns/launch-campaign";
import { cancelCampaign, pauseCampaign } from "@/server/campaigns/pause-campaign";
import { requestRecall } from "@/server/campaigns/recall-campaign";
import { resumeCampaign } from "@/server/campaigns/resume-campaign";
import {
  APPROVAL_STATUSES,
  CAMPAIGN_STATUSES,
  CREDIT_ORIGINS,
  decideSchema,
  EXCLUSIONS,
  LIMITS,
  localTimeSchema,
  messageTextsSchema,
  offerSchema,
  RECALL_STATUSES,
  repeatSchema,
  requestRecallSchema,
  SCHEDULE_ZONES,
  submitCampaignSchema,
  termsSchema,
} from "@/server/campaigns/schema";
import { submitCampaign } from "@/server/campaigns/submit-campaign";
import { campaignSendingSchema, setCampaignSending } from "@/server/notifications/control-sending";
import { channelSchema } from "@/server/notifications/schema";
import { campaignReport } from "@/server/roi/campaign-report";
import { VERDICTS } from "@/server/roi/schema";
import { simulateCampaign } from "@/server/roi/simulate-campaign";
import { defineRoute } from "../route";
import { amountIn } from "../wire";

const params = z.object({ id: z.uuid() });
const count = z.int().min(0);

const campaign = z.object({
  id: z.uuid(),
  name: z.string(),
  description: z.string(),
  status: z.enum(CAMPAIGN_STATUSES),
  statusReason: z.string().nullable(),
  segment: z.object({ id: z.uuid(), name: z.string() }).nullable(),
  segmentQuery: z.string().nullable().describe("The segment's text, frozen at launch"),
  unit: z.string(),
  amount: z.bigint().describe("Credit per person of a fixed offer, minor units"),
  offer: z
    .unknown()
    .describe(
      "How much a person gets: fixed, variable, rfm, spendTiers, arms, or none (a message only); money as decimal strings of minor units",
    ),
  terms: z.unknown().nullable().describe("Conditions of spending"),
  origin: z.enum(CREDIT_ORIGINS),
  expiryDays: z.int().nullable(),
  expiryDate: z.iso.date().nullable().describe("Last local day, instead of expiryDays"),
  zone: z.enum(SCHEDULE_ZONES),
  repeat: z.unknown(),
  endsLocal: z.string().nullable(),
  budget: z.bigint().nullable(),
  availableLocal: z.string().nullable().describe("Wall time in timeZone"),
  timeZone: z.string(),
  holdoutBps: count,
  messageEnabled: z.boolean(),
  runAt: z.date().nullable(),
  releasedAt: z.date().nullable(),
  expiresAt: z.date().nullable().describe("Exclusive"),
  windowEndsAt: z.date().nullable().describe("End of the observation window, exclusive"),
  createdAt: z.date(),
  launchedAt: z.date().nullable(),
  nextRunAt: z.date().nullable(),
  statusParams: z.record(z.string(), z.union([z.string(), z.number()])),
  approval: z
    .object({ status: z.enum(APPROVAL_STATUSES), required: count, given: count, audience: count, cost: z.bigint(), hash: z.string() })
    .nullable(),
  recall: z
    .object({
      id: z.uuid(),
      status: z.enum(RECALL_STATUSES),
      reason: z.string(),
      required: count,
      recalledLots: count,
      recalledTotal: z.bigint(),
    })
    .nullable(),
  drop: z
    .object({
      id: z.uuid(),
      status: z.enum(["scheduled", "claimed", "granting", "paused", "done", "failed", "cancelled"]),
      members: count,
      treated: count,
      control: count,
      excluded: count,
      chunks: count,
      chunksDone: count,
      grantedCount: count,
      grantedTotal: z.bigint(),
      failed: count,
      skipped: count,
      finishedAt: z.date().nullable(),
    })
    .nullable(),
});

const estimateIn = z.object({ low: z.bigint(), value: z.bigint(), high: z.bigint() });

const create = defineRoute({
  method: "POST",
  path: "/campaigns",
  scope: "campaigns:write",
  tag: "Campaigns",
  summary: "Create a draft",
  status: 201,
  body: z.strictObject({
    name: z.string().trim().min(1).max(LIMITS.name),
    description: z.string().trim().max(LIMITS.description).optional(),
    segmentId: z.uuid().optional(),
    unit: z
      .string()
      .regex(/^[A-Z]{3}$/)
      .optional()
      .describe("The shop's currency if left out"),
    amount: amountIn.optional(),
    offer: offerSchema.optional(),
    terms: termsSchema.nullable().optional(),
    origin: z.enum(CREDIT_ORIGINS).optional(),
    counselChecked: z.boolean().optional(),
    expiryDate: z.iso.date().nullable().optional(),
    zone: z.enum(SCHEDULE_ZONES).optional(),
    repeat: repeatSchema.optional(),
    endsLocal: localTimeSchema.nullable().optional(),
    budget: amountIn.nullable().optional(),
    expiryDays: z.int().min(1).max(LIMITS.expiryDays).nullable().optional().describe("null: never expires; 30 if left out"),
    availableLocal: localTimeSchema.optional().describe("YYYY-MM-DDTHH:mm in the shop's time zone"),
    holdoutBps: z.int().min(0).max(LIMITS.holdoutBps).optional().describe("Hundredths of a percent; 1000 if left out"),
    messageEnabled: z.boolean().optional(),
    messageTexts: messageTextsSchema.optional(),
  }),
  response: campaign,
  problems: ["NOT_FOUND"],
  handler: (ctx, { body }) => createCampaign(ctx, body),
});

const read = defineRoute({
  method: "GET",
  path: "/campaigns/{id}",
  scope: "campaigns:read",
  tag: "Campaigns",
  summary: "A campaign with its progress",
  params,
  response: campaign,
  problems: ["NOT_FOUND"],
  handler: (ctx, { params }) => getCampaign(ctx, params),
});

const sending = defineRoute({
  method: "PUT",
  path: "/campaigns/{id}/sending",
  scope: "campaigns:write",
  tag: "Campaigns",
  summary: "How a campaign's messages go out; only before the first exists",
  params,
  body: campaignSendingSchema.omit({ campaignId: true }),
  response: z.object({ channel: channelSchema, templateId: z.uuid().nullable(), spreadMinutes: count, paused: z.boolean() }),
  problems: ["NOT_FOUND", "CAMPAIGN_STATE"],
  handler: (ctx, { params, body }) => setCampaignSending(ctx, { ...body, campaignId: params.id }),
});

const simulate = defineRoute({
  method: "POST",
  path: "/campaigns/{id}/simulate",
  scope: "campaigns:read",
  tag: "Campaigns",
  summary: "What launching this draft would mean now",
  params,
  response: z.object({
    problems: z.array(z.enum(PROBLEMS)).describe("What keeps it from being launched"),
    warnings: z.array(z.enum(WARNINGS)),
    unit: z.string(),
    audience: z.object({ size: count, reachable: count }).nullable(),
    arms: z.object({ treated: count, control: count }).nullable(),
    exclusions: z.array(z.object({ reason: z.enum(EXCLUSIONS), count })),
    spendable: count.nullable().describe("Treated people who can sign in at a checkout"),
    worstCost: z.bigint().nullable().describe("When everyone treated spends everything"),
    redemption: z.object({
      rateBps: count,
      lowBps: count,
      highBps: count,
      source: z.enum(["history", "prior"]),
      campaigns: count,
      sameKind: z.boolean(),
    }),
    expectedCost: estimateIn.nullable(),
    profit: z
      .object({
        low: z.bigint(),
        value: z.bigint(),
        high: z.bigint(),
        source: z.enum(["history", "prior"]),
        campaigns: count,
        sameKind: z.boolean(),
      })
      .nullable(),
    liability: z.array(z.object({ expiresAt: z.date().nullable(), amount: z.bigint(), people: count })),
    budgets: z.array(
      z.object({
        scope: z.enum(["campaign", "month", "organisation"]),
        cap: z.bigint(),
        used: z.bigint(),
        left: z.bigint(),
        after: z.bigint(),
        exceeded: z.boolean(),
      }),
    ),
    approvals: z.object({ required: count, approvers: count, from: z.bigint().nullable(), secondFrom: z.bigint().nullable() }),
    recommendedHoldoutBps: count.nullable(),
    breakEvenPerPerson: z.bigint().nullable().describe("As breakEven, at the expected redemption"),
    runAt: z.date().nullable(),
    expiresAt: z.date().nullable(),
    shiftedTo: z.string().nullable().describe("The wall time that applies when the chosen one does not exist"),
    detectable: z.bigint().nullable().describe("Smallest change of net revenue per person this would show with 80 % probability"),
    breakEven: z.bigint().nullable().describe("Additional net revenue per treated person that pays for fully redeemed credit"),
    marginBps: count,
    marginIsAssumed: z.boolean(),
    basisDays: count,
  }),
  problems: ["NOT_FOUND"],
  handler: (ctx, { params }) => simulateCampaign(ctx, params),
});

const action = (name: "launch" | "pause" | "resume" | "cancel", summary: string, problems: string[]) =>
  defineRoute({
    method: "POST",
    path: `/campaigns/{id}/${name}`,
    scope: "campaigns:write",
    tag: "Campaigns",
    summary,
    params,
    response: campaign,
    problems: ["NOT_FOUND", "CAMPAIGN_STATE", ...problems],
    handler: (ctx, { params }) =>
      ({ launch: launchCampaign, pause: pauseCampaign, resume: resumeCampaign, cancel: cancelCampaign })[name](ctx, params),
  });

const submit = defineRoute({
  method: "POST",
  path: "/campaigns/{id}/submit",
  scope: "campaigns:write",
  tag: "Campaigns",
  summary: "Ask for approval; what needs none is scheduled at once",
  params,
  body: submitCampaignSchema.omit({ id: true }).optional(),
  response: campaign,
  problems: ["NOT_FOUND", "CAMPAIGN_STATE", "CONFLICT", "VALIDATION"],
  handler: (ctx, { params, body }) => submitCampaign(ctx, { ...body, ...params }),
});

const approve = defineRoute({
  method: "POST",
  path: "/campaigns/{id}/approve",
  scope: "campaigns:approve",
  tag: "Campaigns",
  summary: "Approve what was submitted, as the person who made the key; never one's own",
  params,
  body: decideSchema.omit({ id: true }).optional(),
  response: campaign,
  problems: ["NOT_FOUND", "FORBIDDEN", "CAMPAIGN_STATE", "CONFLICT", "APPROVAL_OWN", "APPROVAL_AGENCY", "APPROVAL_VOID"],
  handler: (ctx, { params, body }) => approveCampaign(ctx, { ...body, ...params }),
});

const recall = defineRoute({
  method: "POST",
  path: "/campaigns/{id}/recall",
  scope: "campaigns:approve",
  tag: "Campaigns",
  summary: "Take back what is unspent and unexpired; a large recall waits for another person",
  params,
  body: requestRecallSchema.omit({ id: true }),
  response: campaign,
  problems: ["NOT_FOUND", "CAMPAIGN_STATE", "CONFLICT", "NOTHING_TO_RECALL"],
  handler: (ctx, { params, body }) => requestRecall(ctx, { ...body, ...params }),
});

const estimate = z.object({ value: z.bigint(), low: z.bigint(), high: z.bigint() });
const arm = z.object({ people: count, buyers: count, orders: count, revenue: z.bigint(), perPerson: z.bigint() });

const report = defineRoute({
  method: "GET",
  path: "/campaigns/{id}/report",
  scope: "campaigns:read",
  tag: "Campaigns",
  summary: "What a campaign earned: treated against held out, with 95 % intervals",
  params,
  response: z.object({
    verdict: z.object({ kind: z.enum(VERDICTS), reason: z.string().nullable(), revenueProven: z.boolean() }),
    asOf: z.date(),
    unit: z.string(),
    preliminary: z.boolean(),
    window: z.object({ from: z.date(), to: z.date(), maturesAt: z.date() }).nullable(),
    marginBps: count,
    marginIsAssumed: z.boolean(),
    credit: z.object({
      granted: z.bigint(),
      redeemed: z.bigint(),
      held: z.bigint(),
      expired: z.bigint(),
      recalled: z.bigint(),
      remaining: z.bigint(),
      redeemers: count,
    }),
    arms: z.object({ treated: arm, control: arm }),
    effect: z
      .object({
        revenuePerPerson: estimate,
        profitPerPerson: estimate,
        incrementalRevenue: estimate,
        profit: estimate,
        cost: z.bigint(),
        pValue: z.number(),
        roi: z.number().nullable(),
        breakEvenRevenue: z.bigint().nullable(),
      })
      .nullable(),
    curve: z.array(z.object({ day: count, treated: z.bigint(), control: z.bigint() })).describe("Cumulative net revenue per person"),
    attributed: z.object({ orders: count, revenue: z.bigint() }).describe("Orders paid with this credit; not causal"),
    checks: z.object({ sampleRatio: z.number(), contaminated: count, contaminatedShare: z.number(), otherCurrencyOrders: count }),
  }),
  problems: ["NOT_FOUND"],
  handler: (ctx, { params }) => campaignReport(ctx, params),
});

export const campaignRoutes = [
  create,
  read,
  sending,
  simulate,
  submit,
  approve,
  action("launch", "Schedule the drop. A second launch is a CAMPAIGN_STATE conflict", [
    "VALIDATION",
    "EMPTY_AUDIENCE",
    "SCHEDULE_IN_PAST",
    "APPROVAL_REQUIRED",
    "APPROVAL_VOID",
    "EXPIRY_LAW",
  ]),
  action("pause", "Stop before the next chunk", []),
  action("cancel", "End it for good: what is granted stays, messages that wait of a campaign without credit are not sent", []),
  action("resume", "Go on after a pause or a failure", ["EXPIRES_IN_PAST", "AUDIENCE_GREW", "APPROVAL_REQUIRED"]),
  recall,
  report,
];
