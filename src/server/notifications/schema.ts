import { z } from "zod";

export const MESSAGE_STATUSES = ["queued", "sending", "sent", "skipped", "failed", "unknown"] as const;
export type MessageStatus = (typeof MESSAGE_STATUSES)[number];

export const CHANNELS = ["email", "sms", "push"] as const;
export type Channel = (typeof CHANNELS)[number];

/** Why a message was not sent. Keys of `messages.reasons`. */
export const SKIP_REASONS = [
  "erased",
  "noAddress",
  "addressInvalid",
  "hardBounce",
  "softBounce",
  "complaint",
  "suppressed",
  "objection",
  "noConsent",
  "sameAddress",
  "frequencyCap",
  "quietHoursTooLate",
  "creditGone",
  "campaignEnded",
  "unreachable",
  "rejected",
  "saidFailed",
  "templateBroken",
] as const;
export type SkipReason = (typeof SKIP_REASONS)[number];

/** Failures that certainly reached nobody and may pass once their cause is mended. */
export const MENDABLE_REASONS = ["rejected", "templateBroken"] as const satisfies readonly SkipReason[];

/** Why a message still waits. Keys of `messages.reasons`, too. */
export const WAIT_REASONS = ["quietHours", "retry"] as const;
export type WaitReason = (typeof WAIT_REASONS)[number];

/** Everything a message can be about. Test messages and confirmations of an address never stand for credit. */
export const MESSAGE_KINDS = [
  "credit_granted",
  "credit_available",
  "credit_expiring",
  "credit_expired",
  "credit_refunded",
  "credit_recalled",
  "campaign_message",
  "opt_in",
] as const;
export type MessageKind = (typeof MESSAGE_KINDS)[number];

export type Category = "marketing" | "transactional";

/**
 * What promotes sales is marketing, credit and its expiry included; what only reports on a contract or was asked for is not
 * (domain.md 4.1, 3). A recall reports and promotes nothing.
 */
export const CATEGORY: Record<MessageKind, Category> = {
  credit_granted: "marketing",
  credit_available: "marketing",
  credit_expiring: "marketing",
  credit_expired: "marketing",
  credit_refunded: "transactional",
  credit_recalled: "transactional",
  campaign_message: "marketing",
  opt_in: "transactional",
};

export const messageKindSchema = z.enum(MESSAGE_KINDS);
export const channelSchema = z.enum(CHANNELS);
export const localeSchema = z.enum(["de", "en"]);

/** Under which conditions credit can be spent, as far as a message has to say it. */
const creditTermsSchema = z.object({
  minOrder: z.string().nullable(),
  /** Only for some products, or for all but some. */
  limited: z.boolean(),
  firstOrderOnly: z.boolean(),
  noDiscounts: z.boolean(),
  /** The message is about lots of different conditions. */
  partly: z.boolean().default(false),
});
export type CreditTerms = z.output<typeof creditTermsSchema>;

/** What a message about credit tells. Money as a decimal string of minor units, times ISO 8601. */
export const creditParamsSchema = z.object({
  amount: z
    .string()
    .regex(/^\d{1,18}$/)
    .default("0"),
  unit: z.string().default("EUR"),
  expiresAt: z.iso.datetime().nullable().default(null),
  availableFrom: z.iso.datetime().nullish(),
  terms: creditTermsSchema.nullish(),
  /** Names a request to confirm an address; the link is made from it when it is sent and stands nowhere. */
  optIn: z.string().nullish(),
});
export type CreditParams = z.infer<typeof creditParamsSchema>;

/** Words in braces that a campaign's own text may use; everything else in braces stays as it was typed. */
export const PLACEHOLDERS = ["first_name", "amount", "expires", "shop"] as const;
/** Those that only a message about credit can fill. */
export const CREDIT_PLACEHOLDERS = ["amount", "expires"] as const satisfies readonly (typeof PLACEHOLDERS)[number][];
export type Placeholder = (typeof PLACEHOLDERS)[number];

export const listMessagesSchema = z.object({
  search: z.string().trim().max(320).default(""),
  campaignId: z.uuid().nullish(),
  customerId: z.uuid().nullish(),
  status: z.enum(MESSAGE_STATUSES).nullish(),
  channel: channelSchema.nullish(),
  kind: messageKindSchema.nullish(),
  reason: z.enum(SKIP_REASONS).nullish(),
  cursor: z.uuid().nullish(),
  limit: z.int().min(1).max(100).default(50),
});

export const previewMessageSchema = z.object({
  /** What a campaign's own text tells: credit that was granted, or news without credit. */
  kind: z.enum(["credit_granted", "campaign_message"]).default("credit_granted"),
  locale: localeSchema,
  subject: z.string().max(150),
  body: z.string().max(5_000),
  amount: z.string().regex(/^\d{1,18}$/),
  unit: z.string().regex(/^[A-Z]{3}$/),
  expiresAt: z.iso.datetime().nullable(),
  terms: creditTermsSchema.nullish(),
});

const hourMinute = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/);
/** Ways to tell people, the preferred one first. */
const channelOrder = z
  .array(channelSchema)
  .min(1)
  .max(CHANNELS.length)
  .refine((order) => new Set(order).size === order.length)
  .default(["email"]);
const cap = z.object({ count: z.int().min(1).max(100), hours: z.int().min(1).max(720) });

/** The shop's rules for sending; the defaults are those of domain.md 4.1 and 4.3. */
export const policySchema = z.object({
  caps: z.object({ email: z.array(cap).max(5), sms: z.array(cap).max(5), push: z.array(cap).max(5) }).default({
    email: [
      { count: 1, hours: 24 },
      { count: 3, hours: 168 },
    ],
    sms: [{ count: 1, hours: 168 }],
    push: [{ count: 2, hours: 24 }],
  }),
  quiet: z.object({ from: hourMinute, to: hourMinute }).nullable().default({ from: "20:00", to: "08:00" }),
  /** § 7(3) UWG: e-mail to buyers without consent. Off until somebody decides that its conditions hold. */
  softOptIn: z.boolean().default(false),
  /** Opens and clicks, and only of people who agreed to that. */
  tracking: z.boolean().default(false),
  reminders: z
    .object({
      enabled: z.boolean(),
      hours: z.array(z.int().min(12).max(1_440)).min(1).max(4),
      minimum: z.string().regex(/^\d{1,18}$/),
    })
    .default({ enabled: true, hours: [168, 24], minimum: "100" }),
  /**
   * What the ledger books is told by itself. Credit of campaigns is told by the campaign; grants by hand or by another system usually are
   * by whoever grants, and expired credit is bad news that sells nothing, so those two are a decision.
   */
  notices: z
    .object({ granted: z.boolean(), available: z.boolean(), expired: z.boolean(), refunded: z.boolean() })
    .default({ granted: false, available: true, expired: false, refunded: true }),
  /** Each notice and reminder goes once, by the first of these ways that reaches the person. A recall goes the way its credit was told. */
  noticeChannels: z
    .object({ granted: channelOrder, available: channelOrder, expired: channelOrder, refunded: channelOrder, expiring: channelOrder })
    .prefault({}),
  /** Links to the shop say to its web analytics which campaign they stood in (`utm_*`). */
  linkTags: z.boolean().default(true),
  /** 0 means without limit. */
  rate: z
    .object({ perSecond: z.int().min(0).max(10_000), perDomainPerSecond: z.int().min(0).max(10_000) })
    .default({ perSecond: 20, perDomainPerSecond: 10 }),
});
export type Policy = z.infer<typeof policySchema>;

const webUrl = z
  .url({ protocol: /^https?$/ })
  .max(2_000)
  .nullable()
  .default(null);
/** One line of text: nothing that could end a mail header. */
const line = (max: number) =>
  z
    .string()
    .trim()
    .max(max)
    .regex(/^[^\p{Cc}]*$/u)
    .default("");

export const brandSchema = z.object({
  logoUrl: webUrl,
  accent: z
    .string()
    .regex(/^#[0-9a-f]{6}$/i)
    .default("#14532d"),
  senderName: line(100),
  senderEmail: z.union([z.literal(""), z.email().max(254)]).default(""),
  replyTo: z.email().max(254).nullable().default(null),
  shopUrl: webUrl,
  footer: z
    .object({
      company: line(200),
      address: z.string().trim().max(500).default(""),
      imprintUrl: webUrl,
      privacyUrl: webUrl,
      vatId: line(50).nullable().default(null),
      register: line(200).nullable().default(null),
    })
    .default({ company: "", address: "", imprintUrl: null, privacyUrl: null, vatId: null, register: null }),
});
export type Brand = z.infer<typeof brandSchema>;

/** Relative luminance of a colour `#rrggbb` (WCAG 2.2). */
function luminance(hex: string): number {
  const channel = (at: number): number => {
    const value = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  };
  return 0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5);
}

/** How far two colours stand apart, 1 to 21; text needs 4.5 (WCAG 2.2, 1.4.3). */
export function contrast(one: string, other: string): number {
  const [light, dark] = [luminance(one), luminance(other)].sort((a, b) => b - a) as [number, number];
  return (light + 0.05) / (dark + 0.05);
}

/** Enough for any logo and for a photograph across the whole e-mail; larger ones make people wait in front of an empty mail. */
export const MAX_PICTURE_BYTES = 500 * 1024;
export const addPictureSchema = z.object({ base64: z.base64().max(MAX_PICTURE_BYTES * 2) });

export const saveSettingsSchema = z.object({ policy: policySchema, brand: brandSchema, version: z.int().min(0) });

/** So many addresses are blocked by one call; a longer list takes several. */
export const MAX_ADDRESSES = 2_000;

/** Alarm lines of deliverability (domain.md 4.3): shares of what was sent. */
export const ALARM_LINES = { complaintWarn: 0.001, complaintStop: 0.003, bounceWarn: 0.02, bounceStop: 0.05 } as const;

/** What stops marketing e-mail by itself: people who complain, and addresses that do not exist. */
export const STOP_CAUSES = ["complaints", "bounces"] as const;
export type StopCause = (typeof STOP_CAUSES)[number];

/** Why marketing goes on after it was stopped. */
export const resumeReasonSchema = z.string().trim().min(10).max(500);

/** Over which days what came back is counted, and how much it takes for a rate to mean anything. */
export const STOP_GUARD = { days: [7, 30], messages: 200, complaints: 3, bounces: 10 } as const;
