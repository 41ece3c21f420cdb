import { z } from "zod";

/** Providers of e-mail that report bounces, complaints and deliveries in their own form. */
export const FEEDBACK_PROVIDERS = ["ses", "postmark", "mailgun", "sendgrid", "brevo"] as const;
export type FeedbackProvider = (typeof FEEDBACK_PROVIDERS)[number];
const feedbackProvider = z.enum(FEEDBACK_PROVIDERS);

/**
 * With what a provider proves that it is the one: `key` is its own key, without which nothing can be read, `password` is asked for only where
 * one was agreed on, and `none` has certificates that anybody can look up.
 */
export const FEEDBACK_PROOF = {
  ses: "none",
  postmark: "password",
  mailgun: "key",
  sendgrid: "key",
  brevo: "password",
} as const satisfies Record<FeedbackProvider, "none" | "password" | "key">;

/** `secret` left out keeps the stored one, null removes it. It is never given out again. */
export const saveFeedbackSchema = z.object({
  provider: feedbackProvider,
  secret: z
    .string()
    .trim()
    .min(1)
    .max(2_000)
    .regex(/^[^\p{Cc}]*$/u)
    .nullish(),
});
export const removeFeedbackSchema = z.object({ provider: feedbackProvider });

export const FEEDBACK_REFUSALS = ["signature", "late", "password", "account", "certificate", "subscription", "unreadable"] as const;
export type FeedbackRefusal = (typeof FEEDBACK_REFUSALS)[number];

export type FeedbackView = {
  provider: FeedbackProvider;
  hasSecret: boolean;
  /** Whose reports are taken, where the provider signs for all of its customers with one key. */
  account: string | null;
  heardAt: Date | null;
  refusedAt: Date | null;
  refusal: FeedbackRefusal | null;
};
