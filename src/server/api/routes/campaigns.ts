/** Campaigns: create, simulate, launch, watch (DESIGN section 8). */
import { z } from "zod";
import { createCampaign } from "@/server/campaigns/create-campaign";
import { getCampaign } from "@/server/campaigns/get-campaign";
import { launchCampaign } from "@/server/campaigns/launch-campaign";
import { pauseCampaign } from "@/server/campaigns/pause-campaign";
import { resumeCampaign } from "@/server/campaigns/resume-campaign";
import { CAMPAIGN_STATUSES, LIMITS, localTimeSchema, messageTextsSchema, PROBLEMS, WARNINGS } from "@/server/campaigns/schema";
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
  amount: z.bigint().describe("Credit per person, minor units"),
  expiryDays: z.int().nullable(),
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
      finishedAt: z.date().nullable(),
    })
    .nullable(),
});

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
    arms: z.object({ treated: count, control: count }).nullable().describe("Expected sizes"),
    worstCost: z.bigint().nullable().describe("When everyone treated spends everything"),
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

const action = (name: "launch" | "pause" | "resume", summary: string, problems: string[]) =>
  defineRoute({
    method: "POST",
    path: `/campaigns/{id}/${name}`,
    scope: "campaigns:write",
    tag: "Campaigns",
    summary,
    params,
    response: campaign,
    problems: ["NOT_FOUND", "CAMPAIGN_STATE", ...problems],
    handler: (ctx, { params }) => ({ launch: launchCampaign, pause: pauseCampaign, resume: resumeCampaign })[name](ctx, params),
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
  simulate,
  action("launch", "Schedule the drop. A second launch is a CAMPAIGN_STATE conflict", ["VALIDATION", "EMPTY_AUDIENCE", "SCHEDULE_IN_PAST"]),
  action("pause", "Stop before the next chunk", []),
  action("resume", "Go on after a pause or a failure", ["EXPIRES_IN_PAST"]),
  report,
];
