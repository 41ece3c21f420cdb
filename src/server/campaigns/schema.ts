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
  budget: 1_000_000_000_000n,
  arms: 5,
  tiers: 10,
  /** Hundredths of a percent: ten times the basis. */
  shareBps: 100_000,
  windowDays: 1_095,
  termsRefs: 200,
  note: 500,
} as const;

export const CAMPAIGN_STATUSES = [
  "draft",
  "submitted",
  "approved",
  "scheduled",
  "running",
  "paused",
  "done",
  "failed",
  "cancelled",
  "recalled",
] as const;
export type CampaignStatus = (typeof CAMPAIGN_STATUSES)[number];

/** Which states an action starts from. The verbs repeat it in the WHERE of their UPDATE; the buttons read it here. */
export const ACTION_FROM = {
  // Any change voids an approval and takes the campaign back to draft.
  edit: ["draft", "submitted", "approved"],
  submit: ["draft"],
  withdraw: ["submitted", "approved"],
  decide: ["submitted"],
  launch: ["draft", "approved"],
  revise: ["scheduled"],
  pause: ["scheduled", "running"],
  resume: ["paused", "failed"],
  cancel: ["draft", "submitted", "approved", "scheduled", "running", "paused", "failed"],
  recall: ["running", "paused", "done", "failed", "cancelled"],
  archive: ["draft", "done", "failed", "cancelled", "recalled"],
} as const satisfies Record<string, readonly CampaignStatus[]>;
export type CampaignAction = keyof typeof ACTION_FROM;

/** What a drop looks like to the rule below; null before the first launch. */
type DropView = { status: string } | null;
/** What of a campaign decides what can still be done with it. */
type Kind = { repeats: boolean; messageOnly: boolean };

export const kindOf = ({ repeat, offer }: { repeat: { type: string }; offer: { type: string } }): Kind => ({
  repeats: repeat.type !== "none",
  messageOnly: offer.type === "none",
});

/**
 * Whether an action is open. A one-time drop that is over can be neither paused nor cancelled: the credit belongs to the customers. A
 * repeated campaign has a next time that both can still stop; a message-only one has messages that wait for their hour, and nothing to take
 * back.
 */
export function isAllowed(
  action: CampaignAction,
  status: CampaignStatus,
  drop: DropView,
  kind: Kind = { repeats: false, messageOnly: false },
): boolean {
  const from: readonly CampaignStatus[] = ACTION_FROM[action];
  if (!from.includes(status)) return false;
  if (action === "recall") return drop !== null && !kind.messageOnly;
  if (kind.repeats || kind.messageOnly) return true;
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

const creditSchema = minorSchema.refine((value) => value >= 0n && value <= LIMITS.amount);
const positiveCredit = minorSchema.refine((value) => value > 0n && value <= LIMITS.amount);

/** The six groups of the RFM analysis (scoring room), best first. */
export const RFM_GROUPS = ["LOYAL", "POTENTIAL_LOYAL", "NEW", "ABOUT_TO_SLEEP", "LOYAL_AT_RISK", "SLEEPERS"] as const;

/** What a variable amount is a share of. All of them in the shop's currency, orders that count only. */
export const OFFER_BASES = ["lastOrder", "averageOrder", "spend"] as const;

/** No credit at all: the campaign is its message. */
const noOffer = z.object({ type: z.literal("none") });
const fixedOffer = z.object({ type: z.literal("fixed") });
const variableOffer = z.object({
  type: z.literal("variable"),
  base: z.enum(OFFER_BASES),
  /** Only for `spend`: net revenue of the last N days; null = all time. */
  windowDays: z.int().min(1).max(LIMITS.windowDays).nullable().default(null),
  /** Share in hundredths of a percent, half up. */
  bps: z.int().min(1).max(LIMITS.shareBps),
  /** Rounded to whole steps first (half up; 1 = not at all), then kept between min and max. Who would get 0 is left out. */
  step: positiveCredit.default(1n),
  min: creditSchema.default(0n),
  max: positiveCredit.nullable().default(null),
});
const rfmOffer = z.object({
  type: z.literal("rfm"),
  /** Amount by RFM group; 0 leaves a group out. `otherwise` is for people without a score. */
  amounts: z.partialRecord(z.enum(RFM_GROUPS), creditSchema),
  otherwise: creditSchema.default(0n),
});
const spendTiersOffer = z.object({
  type: z.literal("spendTiers"),
  /** As in `variable`: net revenue of the last N days; null = all time. */
  windowDays: z.int().min(1).max(LIMITS.windowDays).nullable().default(null),
  /** Rising borders: from this spend on, this amount. Below the first border nobody gets anything. */
  tiers: z
    .array(z.object({ from: minorSchema.refine((value) => value >= 0n), amount: creditSchema }))
    .min(1)
    .max(LIMITS.tiers)
    .refine((tiers) => tiers.every((tier, i) => i === 0 || tier.from > (tiers[i - 1]?.from ?? -1n)), { error: "borders must rise" }),
});
const armsOffer = z.object({
  type: z.literal("arms"),
  /** Randomised amounts besides the holdout; the split is by weight and by the deterministic hash. */
  arms: z
    .array(z.object({ amount: positiveCredit, weight: z.int().min(1).max(100).default(1) }))
    .min(2)
    .max(LIMITS.arms),
});

/** How much a person gets. `fixed` uses the draft's own `amount`, the other kinds ignore it; `none` is a message without credit. */
export const offerSchema = z
  .discriminatedUnion("type", [noOffer, fixedOffer, variableOffer, rfmOffer, spendTiersOffer, armsOffer])
  .refine((offer) => offer.type !== "variable" || offer.max === null || offer.max >= offer.min, { error: "max below min" });
export type Offer = z.output<typeof offerSchema>;

const refsSchema = z.object({
  products: z.array(z.string().min(1).max(200)).max(LIMITS.termsRefs).default([]),
  collections: z.array(z.string().min(1).max(200)).max(LIMITS.termsRefs).default([]),
});

/** Conditions of spending; become `ledger.terms` at the release. */
export const termsSchema = z.object({
  minOrder: positiveCredit.nullable().default(null),
  /** External ids. Null: everything. */
  include: refsSchema.nullable().default(null),
  exclude: refsSchema.nullable().default(null),
  firstOrderOnly: z.boolean().default(false),
  noDiscounts: z.boolean().default(false),
});
export type Terms = z.output<typeof termsSchema>;

/** What of the conditions a message says, in the words of its parameters; the ledger's own are told alike (credit-terms.ts). */
export function termsTold(terms: Terms | null) {
  if (!terms) return null;
  const { minOrder, firstOrderOnly, noDiscounts } = terms;
  const limited = [terms.include, terms.exclude].some((refs) => refs !== null && refs.products.length + refs.collections.length > 0);
  return { minOrder: minOrder?.toString() ?? null, limited, firstOrderOnly, noDiscounts, partly: false };
}

export const SCHEDULE_ZONES = ["shop", "customer"] as const;

export const repeatSchema = z.discriminatedUnion("type", [
  z.object({ type: z.literal("none") }),
  /** At the wall time of `availableLocal`, every N months on its day (31 January → 28 February → 31 March), until `endsLocal`. */
  z.object({ type: z.literal("monthly"), every: z.int().min(1).max(12).default(1) }),
  /** Whoever enters the segment from `availableLocal` on, looked for every few minutes, until `endsLocal`. */
  z.object({
    type: z.literal("entry"),
    /** Whether those who are in the segment at the start get it too. */
    includeExisting: z.boolean().default(false),
    /** Days after which somebody who left and came back gets it again; null = once in a lifetime. */
    reentryDays: z.int().min(1).max(3_650).nullable().default(null),
  }),
]);
export type Repeat = z.output<typeof repeatSchema>;

/** Of promotional credit: a gift, or promised for the customer's own purchases (then the law keeps it for three years). */
export const CREDIT_ORIGINS = ["unpaid", "earned"] as const;

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
  offer: offerSchema,
  terms: termsSchema.nullable(),
  origin: z.enum(CREDIT_ORIGINS),
  /** "Checked by counsel": lets earned credit expire before the three years. */
  counselChecked: z.boolean(),
  /** Whole local days after availability. At most one of `expiryDays` and `expiryDate` is set; both null = never. */
  expiryDays: z.int().min(1).max(LIMITS.expiryDays).nullable(),
  /** The last local day on which the credit can be spent. */
  expiryDate: z.iso.date().nullable(),
  availableLocal: localTimeSchema.nullable(),
  /** Whose wall time `availableLocal` is. */
  zone: z.enum(SCHEDULE_ZONES),
  repeat: repeatSchema,
  /** End of a repeated campaign, wall time of the shop; null = until somebody ends it. */
  endsLocal: localTimeSchema.nullable(),
  /** What all drops of this campaign may grant together; required for repeated campaigns. */
  budget: minorSchema.refine((value) => value > 0n && value <= LIMITS.budget).nullable(),
  /** Key of a built-in strategy or id of an own one; remembered for "what such campaigns earned here before". */
  strategy: z.string().max(80).nullable(),
  holdoutBps: z.int().min(0).max(LIMITS.holdoutBps),
  messageEnabled: z.boolean(),
  messageTexts: messageTextsSchema,
});
export type Draft = z.output<typeof draftSchema>;

const oneExpiry = (patch: { expiryDays?: number | null; expiryDate?: string | null }) => !(patch.expiryDays && patch.expiryDate);
/** Setting one of the two ends of validity clears the other. */
const patchSchema = draftSchema.partial().refine(oneExpiry, { error: "days or date, not both", path: ["expiryDate"] });

export const createCampaignSchema = patchSchema;
export const updateCampaignSchema = z.object({ id: z.uuid(), version: z.int().positive(), patch: patchSchema });
export const campaignIdSchema = z.object({ id: z.uuid() });
/** `hash` only names the request that is looked at: another one is another question, and no answer to an earlier one counts for it. */
export const requestSchema = campaignIdSchema.extend({ hash: z.string().max(200).nullish() });
export const launchCampaignSchema = z.object({ id: z.uuid(), version: z.int().positive().optional() });

const noteSchema = z.string().trim().max(LIMITS.note);
const reasonSchema = noteSchema.min(3);
export const submitCampaignSchema = z.object({ id: z.uuid(), version: z.int().positive().optional(), note: noteSchema.default("") });
/** `hash` says what the approver has read; something else meanwhile is refused. */
export const decideSchema = z.object({ id: z.uuid(), hash: z.string().length(64).optional(), note: noteSchema.default("") });
export const rejectSchema = z.object({ id: z.uuid(), reason: reasonSchema });

export const requestRecallSchema = z.object({ id: z.uuid(), reason: reasonSchema, notify: z.boolean().default(false) });
export const decideRecallSchema = z.object({ recallId: z.uuid(), note: noteSchema.default("") });

export const APPROVAL_STATUSES = ["open", "approved", "rejected", "withdrawn", "void"] as const;
export type ApprovalStatus = (typeof APPROVAL_STATUSES)[number];
export const RECALL_STATUSES = ["open", "running", "done", "rejected"] as const;
export type RecallStatus = (typeof RECALL_STATUSES)[number];

/** Why this person may not decide; null when they may. Keys of `campaigns.cannotDecide`. */
export const CANNOT_DECIDE = ["permission", "author", "agency", "alreadyDecided", "requester"] as const;
export type CannotDecide = (typeof CANNOT_DECIDE)[number];

/** Guard rails of a shop. Amounts in minor units of the shop's currency; null = no limit. */
export const policySchema = z.object({
  /** Worst-case cost above which one other person must approve; above `secondApprovalFrom` two. Null: never. */
  approvalFrom: minorSchema.refine((value) => value >= 0n).nullable(),
  secondApprovalFrom: minorSchema.refine((value) => value >= 0n).nullable(),
  /** What campaigns may grant in a calendar month of the shop. */
  monthCap: minorSchema.refine((value) => value >= 0n && value <= LIMITS.budget).nullable(),
  /** What one customer may get from all sources within `customerDays`. */
  customerCap: minorSchema.refine((value) => value > 0n && value <= LIMITS.budget).nullable(),
  customerDays: z.int().min(1).max(365),
});
export type Policy = z.output<typeof policySchema>;
export const updatePolicySchema = policySchema.partial();
export const haltSchema = z.object({ halted: z.boolean(), reason: noteSchema.default("") });
export const organisationBudgetSchema = z.object({
  unit: z.string().regex(/^[A-Z]{3}$/),
  monthCap: minorSchema.refine((value) => value >= 0n && value <= LIMITS.budget).nullable(),
});

export const saveStrategySchema = z.object({
  /** The campaign whose audience, credit and texts become the strategy. */
  campaignId: z.uuid(),
  name: oneLine(LIMITS.name).min(1),
  description: z.string().trim().max(LIMITS.description).default(""),
});
export const strategyIdSchema = z.object({ id: z.uuid() });

export const compareSchema = z.object({ ids: z.array(z.uuid()).min(2).max(4) });
export const backtestSchema = z.object({ id: z.uuid(), days: z.int().min(30).max(365).default(91) });
export const retryFailedSchema = z.object({ id: z.uuid(), dropId: z.uuid().optional() });
/** Days of the shop, both included; two months at most. */
export const calendarSchema = z
  .object({ from: z.iso.date(), to: z.iso.date() })
  .refine(({ from, to }) => from <= to && Date.parse(to) - Date.parse(from) <= 62 * 86_400_000);
export const archiveSchema = z.object({ id: z.uuid(), archived: z.boolean().default(true) });

export const CAMPAIGN_GROUPS = ["all", "draft", "approval", "active", "ended", "archived"] as const;
export const CAMPAIGN_SORTS = ["newest", "name", "runAt", "granted"] as const;
export const listCampaignsSchema = z.object({
  search: z.string().trim().max(200).default(""),
  group: z.enum(CAMPAIGN_GROUPS).default("all"),
  sort: z.enum(CAMPAIGN_SORTS).default("newest"),
  direction: z.enum(["asc", "desc"]).default("desc"),
  cursor: z.string().max(40).nullish(),
  limit: z.int().min(1).max(100).default(25),
});

export const MEMBER_STATES = [
  "held_out",
  "planned",
  "upcoming",
  "granted",
  "partly_redeemed",
  "redeemed",
  "expired",
  "recalled",
  "failed",
  "skipped",
] as const;
export type MemberState = (typeof MEMBER_STATES)[number];

export const listMembersSchema = z.object({
  id: z.uuid(),
  arm: z.enum(["treated", "control"]).nullish(),
  state: z.enum(MEMBER_STATES).nullish(),
  /** Name, e-mail (for those who may see it) or the shop's own number. */
  search: z.string().trim().max(200).default(""),
  /** Which of a repeated campaign's drops; all of them if left out. */
  dropId: z.uuid().nullish(),
  cursor: z
    .string()
    .regex(/^\d{1,9}:\d{1,9}$/)
    .nullish(),
  limit: z.int().min(1).max(100).default(50),
});

/** Why someone of the segment is not a member of the drop. Keys of `campaigns.exclusions`. */
export const EXCLUSIONS = ["erased", "merged", "noAmount", "globalHoldout", "alreadyHad"] as const;
export type Exclusion = (typeof EXCLUSIONS)[number];
/** Why a member got nothing although planned. Keys of `campaigns.memberReasons`. */
export const MEMBER_REASONS = ["customerCap", "gone"] as const;
export type MemberReason = (typeof MEMBER_REASONS)[number];
export const listExclusionsSchema = z.object({
  id: z.uuid(),
  dropId: z.uuid().nullish(),
  reason: z.enum(EXCLUSIONS).nullish(),
  cursor: z.uuid().nullish(),
  limit: z.int().min(1).max(100).default(50),
});
