import { z } from "zod";

/** Ways out and in that a shop can set up. */
export const CHANNEL_KINDS = ["smtp", "twilio", "sms_http", "push", "klaviyo", "inbound"] as const;
export type ChannelKind = (typeof CHANNEL_KINDS)[number];
export const channelKindSchema = z.enum(CHANNEL_KINDS);

const host = z
  .string()
  .trim()
  .min(1)
  .max(253)
  .regex(/^[A-Za-z0-9.:[\]-]+$/);
const text = (max: number) =>
  z
    .string()
    .trim()
    .min(1)
    .max(max)
    .regex(/^[^\p{Cc}]*$/u);
const sender = z
  .string()
  .trim()
  .regex(/^(\+[1-9]\d{6,14}|[A-Za-z0-9 ]{1,11})$/);

export const smtpSettings = z.object({
  host,
  port: z.int().min(1).max(65_535).default(587),
  secure: z.enum(["tls", "starttls", "none"]).default("starttls"),
  user: text(200).nullable().default(null),
});
export const twilioSettings = z
  .object({
    accountSid: z.string().regex(/^AC[0-9a-f]{32}$/i),
    from: sender.nullable().default(null),
    messagingServiceSid: z
      .string()
      .regex(/^MG[0-9a-f]{32}$/i)
      .nullable()
      .default(null),
  })
  .refine(({ from, messagingServiceSid }) => from !== null || messagingServiceSid !== null, { path: ["from"], message: "required" });
export const smsHttpSettings = z.object({ url: z.url({ protocol: /^https?$/ }).max(2_000), from: sender });
export const pushSettings = z.object({
  publicKey: z.string().regex(/^[\w-]{87}$/),
  subject: z.union([z.url({ protocol: /^https$/ }), z.string().regex(/^mailto:[^@\s]+@[^@\s]+$/)]),
});
export const klaviyoSettings = z.object({});
export const inboundSettings = z.object({ address: z.email().max(254).nullable().default(null) });

export const SETTINGS = {
  smtp: smtpSettings,
  twilio: twilioSettings,
  sms_http: smsHttpSettings,
  push: pushSettings,
  klaviyo: klaviyoSettings,
  inbound: inboundSettings,
} as const satisfies Record<ChannelKind, z.ZodType>;

/** `secret` left out keeps the stored one, null removes it. It is never given out again. */
export const saveChannelSchema = z.object({
  kind: channelKindSchema,
  enabled: z.boolean(),
  settings: z.record(z.string(), z.unknown()),
  secret: z.string().min(1).max(4_000).nullish(),
});
export const pauseChannelSchema = z.object({ kind: channelKindSchema, paused: z.boolean() });
export const testChannelSchema = z.object({ kind: channelKindSchema, to: z.string().trim().max(320).nullish() });

export type ChannelView = {
  kind: ChannelKind;
  enabled: boolean;
  paused: boolean;
  settings: Record<string, unknown>;
  hasSecret: boolean;
  testedAt: Date | null;
  testError: string | null;
  failingSince: Date | null;
  lastError: string | null;
  source: "settings" | "environment" | "none";
};
