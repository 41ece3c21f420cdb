import { z } from "zod";
import { isFullMailbox, judgeBounce, statusIn, type Verdict } from "./judge-bounce";
import { type ProviderEvent, providerEvent, textField, wordField } from "./provider-event";
import { readReference } from "./provider-reference";

const recordSchema = z.object({
  RecordType: textField,
  ID: wordField,
  Type: textField,
  MessageID: textField,
  Email: textField,
  Recipient: textField,
  Details: textField,
  Description: textField,
  SuppressSending: z.unknown().optional(),
  SuppressionReason: textField,
  Origin: textField,
  ChangedAt: textField,
  Metadata: z.unknown().optional(),
});

/** Postmark's types of bounces that say something about the address or the message. The others are answers of machines, or good news. */
const TYPES: Record<string, Verdict> = {
  ...{ HardBounce: "hardBounce", BadEmailAddress: "hardBounce", SoftBounce: "softBounce", DnsError: "softBounce" },
  ...{ Blocked: "failed", SpamNotification: "failed", VirusNotification: "failed", DMARCPolicy: "failed", Unknown: "failed" },
  ...{ ManuallyDeactivated: "failed", SMTPApiError: "failed", TemplateRenderingFailed: "failed" },
};

/**
 * A report of Postmark, one a request. Its MessageID is Postmark's own; ours comes back as metadata. A complaint and a bounce are told a second
 * time as a change of subscription: by message and address they are one.
 */
export function readPostmark(body: unknown): ProviderEvent[] {
  const parsed = recordSchema.safeParse(body);
  if (!parsed.success) return [];
  const record = parsed.data;
  const email = record.Email ?? record.Recipient;
  const messageId = readReference(record.Metadata);
  const about = { email, messageId };
  const keyOf = (what: string) => [what, record.MessageID ?? record.ID ?? record.ChangedAt, email];
  if (record.RecordType === "Delivery") return [providerEvent("postmark", { ...about, key: keyOf("delivered"), type: "delivered" })];
  if (record.RecordType === "SpamComplaint") return [providerEvent("postmark", { ...about, key: keyOf("complaint"), type: "complaint" })];
  if (record.RecordType === "SubscriptionChange") {
    // Who is let in again at Postmark has agreed to nothing, and a hard bounce is told as a bounce, with its words.
    if (record.SuppressSending !== true) return [];
    if (record.SuppressionReason === "SpamComplaint")
      return [providerEvent("postmark", { ...about, key: keyOf("complaint"), type: "complaint" })];
    if (record.SuppressionReason !== "ManualSuppression") return [];
    return [providerEvent("postmark", { ...about, key: [...keyOf("optOut"), record.ChangedAt], type: "optOut", detail: record.Origin })];
  }
  if (record.RecordType !== "Bounce") return [];
  if (record.Type === "SpamComplaint") return [providerEvent("postmark", { ...about, key: keyOf("complaint"), type: "complaint" })];
  if (record.Type === "Unsubscribe") return [providerEvent("postmark", { ...about, key: keyOf("optOut"), type: "optOut" })];
  const detail = record.Details ?? record.Description;
  const code = statusIn(record.Details) ?? record.Type;
  if (record.Type === "Transient")
    return isFullMailbox(record.Details)
      ? [providerEvent("postmark", { ...about, key: keyOf("full"), type: "softBounce", code, detail })]
      : [];
  const provider = TYPES[record.Type ?? ""];
  if (!provider) return [];
  return [
    providerEvent("postmark", { ...about, key: keyOf("bounce"), type: judgeBounce({ provider, words: record.Details }), code, detail }),
  ];
}
