import { z } from "zod";
import { minorSchema } from "@/server/money";

/** Bounds of a campaign; the form, the API and the database (0004_campaigns) share them. */
export const LIMITS = {
  name: 120,
  description: 2_000,
  expiryDays: 3_650,
  holdoutBps: 5_000,
  subject: 150,
  body: 5_000,
  /** 10 million in major units of a two-decimal currency: a typing error, not a campaign. */
  amount: 1_000_000_000n,
} as const;

export const CAMPAIGN_STATUSES = ["draft", "scheduled", "running", "paused", "done", "failed", "cancelled"] as const;
export type CampaignStatus = (typeof CAMPAIGN_STATUSES)[number];

/** Which states an action starts from. The verbs repeat it in the WHERE of their UPDATE; the buttons read it here. */
export const ACTION_FROM = {
  edit: ["draft"],
  launch: ["draft"],
  revise: ["scheduled"],
  pause: ["scheduled", "running"],
  resume: ["paused", "failed"],
  cancel: ["draft", "scheduled", "running", "paused", "failed"],
} as const satisfies Record<string, readonly CampaignStatus[]>;
export type CampaignAction = keyof typeof ACTION_FROM;

/** What a drop looks like to the rule below; null before the first launch. */
type DropView = { status: string } | null;

/** Whether an action is open. Granting that is over can be neither paused nor cancelled: the credit belongs to the customers. */
export function isAllowed(action: CampaignAction, status: CampaignStatus, drop: DropView): boolean {
  const from: readonly CampaignStatus[] = ACTION_FROM[action];
  if (!from.includes(status)) return false;
  if (action === "pause" || (action === "cancel" && status === "running")) return drop !== null && drop.status !== "done";
  return true;
}

const oneLine = (max: number) =>
  z
    .string()
    .trim()
    .max(max)
    // A line break in a subject would become a header of its own (domain.md B22).
    .regex(/^[^\r\n\0]*$/);

const messageTextSchema = z.object({
  subject: oneLine(LIMITS.subject),
  body: z
    .string()
    .max(LIMITS.body)
    .regex(/^[^\0]*$/),
});

export const messageTextsSchema = z.object({ de: messageTextSchema.optional(), en: messageTextSchema.optional() });

/** A wall time of the calendar, `YYYY-MM-DDTHH:mm`; 30 February is refused, an hour that summer time skips is not. */
export const localTimeSchema = z
  .string()
  .regex(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}$/)
  .refine((local) => {
    const time = Date.parse(`${local}:00Z`);
    return !Number.isNaN(time) && new Date(time).toISOString().startsWith(local);
  });

/** Everything of a draft; each field may be saved alone (autosave). What is missing is asked for at launch. */
export const draftSchema = z.object({
  name: oneLine(LIMITS.name),
  description: z.string().trim().max(LIMITS.description),
  segmentId: z.uuid().nullable(),
  unit: z.string().regex(/^[A-Z]{3}$/),
  amount: minorSchema.refine((value) => value >= 0n && value <= LIMITS.amount),
  expiryDays: z.int().min(1).max(LIMITS.expiryDays).nullable(),
  availableLocal: localTimeSchema.nullable(),
  holdoutBps: z.int().min(0).max(LIMITS.holdoutBps),
  messageEnabled: z.boolean(),
  messageTexts: messageTextsSchema,
});
export type Draft = z.output<typeof draftSchema>;

export const createCampaignSchema = draftSchema.partial();
export const updateCampaignSchema = z.object({ id: z.uuid(), version: z.int().positive(), patch: draftSchema.partial() });
export const campaignIdSchema = z.object({ id: z.uuid() });
export const launchCampaignSchema = z.object({ id: z.uuid(), version: z.int().positive().optional() });

export const CAMPAIGN_GROUPS = ["all", "draft", "active", "ended"] as const;
export const listCampaignsSchema = z.object({
  search: z.string().trim().max(200).default(""),
  group: z.enum(CAMPAIGN_GROUPS).default("all"),
  cursor: z.uuid().nullish(),
  limit: z.int().min(1).max(100).default(25),
});

export const listMembersSchema = z.object({
  id: z.uuid(),
  arm: z.enum(["treated", "control"]).nullish(),
  cursor: z.int().min(0).nullish(),
  limit: z.int().min(1).max(100).default(50),
});

/** Why a draft cannot be launched yet, by field. Keys of `campaigns.problems`. */
export const PROBLEMS = [
  "nameMissing",
  "segmentMissing",
  "segmentInvalid",
  "audienceEmpty",
  "amountZero",
  "unitMismatch",
  "timeMissing",
  "timePast",
  "textMissing",
] as const;
export type Problem = (typeof PROBLEMS)[number];

export const PROBLEM_FIELD: Record<Problem, keyof Draft> = {
  nameMissing: "name",
  segmentMissing: "segmentId",
  segmentInvalid: "segmentId",
  audienceEmpty: "segmentId",
  amountZero: "amount",
  unitMismatch: "unit",
  timeMissing: "availableLocal",
  timePast: "availableLocal",
  textMissing: "messageTexts",
};

/** What may be launched but should be read first. Keys of `campaigns.warnings`. */
export const WARNINGS = [
  "expiryBelow7",
  "expiryBelow14",
  "noExpiry",
  "noHoldout",
  "armsTooSmall",
  "timeShifted",
  "nobodyReachable",
] as const;
export type Warning = (typeof WARNINGS)[number];
