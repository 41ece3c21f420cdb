import { z } from "zod";
import { judgeBounce, statusIn, type Verdict } from "./judge-bounce";
import { type ProviderEvent, providerEvent, textField } from "./provider-event";

const header = z.object({ name: z.string(), value: textField });
const recipient = z.object({ emailAddress: textField, status: textField, diagnosticCode: textField });
const reportSchema = z.object({
  // Event publishing names it so, notifications of an identity the other way; the rest is the same.
  eventType: textField,
  notificationType: textField,
  mail: z.object({ headers: z.array(header).catch([]), messageId: textField }).catch({ headers: [], messageId: null }),
  bounce: z
    .object({ bounceType: textField, bounceSubType: textField, bouncedRecipients: z.array(recipient).catch([]), feedbackId: textField })
    .optional(),
  complaint: z
    .object({
      complaintFeedbackType: textField,
      complaintSubType: textField,
      complainedRecipients: z.array(recipient).catch([]),
      feedbackId: textField,
    })
    .optional(),
  delivery: z.object({ recipients: z.array(textField).catch([]), smtpResponse: textField }).optional(),
});

/**
 * By type and subtype of a bounce. What SES itself holds back because the address bounced before counts as that bounce; its list for the
 * account also holds who complained, and does not say which. Content and size are about the message.
 */
function classOf(type: string | null, subType: string | null): Verdict {
  if (type === "Permanent") return subType === "OnAccountSuppressionList" ? "failed" : "hardBounce";
  if (type === "Transient") return subType === "General" || subType === "MailboxFull" ? "softBounce" : "failed";
  return "failed";
}

/** SES overwrites the Message-ID of what it sends, and gives back the original among the headers of its report. */
export function readSes(message: unknown, snsId: string): ProviderEvent[] {
  const parsed = reportSchema.safeParse(message);
  if (!parsed.success) return [];
  const { eventType, notificationType, mail, bounce, complaint, delivery } = parsed.data;
  const kind = eventType ?? notificationType;
  const messageId = mail.headers.find(({ name }) => name.toLowerCase() === "message-id")?.value ?? null;
  // By the report's own id, because SNS may bring one report over two topics.
  const keyOf = (what: string, about: string | null, email: string | null) => [what, about ?? snsId, email];
  if (kind === "Bounce" && bounce) {
    const provider = classOf(bounce.bounceType, bounce.bounceSubType);
    return bounce.bouncedRecipients.map(({ emailAddress: email, status, diagnosticCode }) =>
      providerEvent("ses", {
        ...{ key: keyOf("bounce", bounce.feedbackId, email), email, messageId, detail: diagnosticCode ?? bounce.bounceSubType },
        type: judgeBounce({ provider, words: diagnosticCode, code: status }),
        code: statusIn(status, diagnosticCode) ?? bounce.bounceSubType,
      }),
    );
  }
  if (kind === "Complaint" && complaint) {
    // "not-spam" is good news; a subtype says that SES only remembers an older complaint.
    if (complaint.complaintFeedbackType === "not-spam" || complaint.complaintSubType !== null) return [];
    return complaint.complainedRecipients.map(({ emailAddress: email }) =>
      providerEvent("ses", {
        ...{
          key: keyOf("complaint", complaint.feedbackId, email),
          type: "complaint",
          email,
          messageId,
          code: complaint.complaintFeedbackType,
        },
      }),
    );
  }
  if (kind === "Delivery" && delivery)
    return delivery.recipients.map((email) =>
      providerEvent("ses", { key: keyOf("delivery", mail.messageId, email), type: "delivered", email, messageId }),
    );
  return [];
}
