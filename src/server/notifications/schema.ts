import { z } from "zod";

export const MESSAGE_STATUSES = ["queued", "sent", "skipped", "failed"] as const;
export type MessageStatus = (typeof MESSAGE_STATUSES)[number];

/** Why a message was not sent. Keys of `messages.reasons`. */
export const SKIP_REASONS = ["erased", "noAddress", "addressInvalid", "noConsent", "creditGone"] as const;
export type SkipReason = (typeof SKIP_REASONS)[number];

export const MESSAGE_KINDS = ["credit_granted"] as const;
export type MessageKind = (typeof MESSAGE_KINDS)[number];

/** What a "credit granted" message is about. Money as a decimal string of minor units, times ISO 8601. */
export const creditParamsSchema = z.object({
  amount: z.string().regex(/^\d{1,18}$/),
  unit: z.string(),
  expiresAt: z.iso.datetime().nullable(),
});
export type CreditParams = z.infer<typeof creditParamsSchema>;

/** Words in braces that a text may use; everything else in braces stays as it was typed. */
export const PLACEHOLDERS = ["first_name", "amount", "expires", "shop"] as const;
export type Placeholder = (typeof PLACEHOLDERS)[number];

export const listMessagesSchema = z.object({
  search: z.string().trim().max(320).default(""),
  campaignId: z.uuid().nullish(),
  customerId: z.uuid().nullish(),
  status: z.enum(MESSAGE_STATUSES).nullish(),
  cursor: z.uuid().nullish(),
  limit: z.int().min(1).max(100).default(50),
});

export const previewMessageSchema = z.object({
  locale: z.enum(["de", "en"]),
  subject: z.string().max(150),
  body: z.string().max(5_000),
  amount: z.string().regex(/^\d{1,18}$/),
  unit: z.string().regex(/^[A-Z]{3}$/),
  expiresAt: z.iso.datetime().nullable(),
});
