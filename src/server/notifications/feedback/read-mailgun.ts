import { z } from "zod";
import { isFullMailbox, judgeBounce, statusIn } from "./judge-bounce";
import { type ProviderEvent, providerEvent, textField, wordField } from "./provider-event";

export const mailgunSchema = z.object({
  signature: z.object({ timestamp: wordField, token: textField, signature: textField }),
  "event-data": z.object({
    event: textField,
    severity: textField,
    reason: textField,
    recipient: textField,
    message: z
      .object({ headers: z.object({ "message-id": textField }).catch({ "message-id": null }) })
      .catch({ headers: { "message-id": null } }),
    "delivery-status": z
      .object({ code: wordField, message: textField, description: textField, "enhanced-code": textField })
      .catch({ code: null, message: null, description: null, "enhanced-code": null }),
  }),
});
export type MailgunReport = z.output<typeof mailgunSchema>;

/**
 * A report of Mailgun, one a request. Its signature covers time and token but not the report, so the token is the report's id: whoever sends
 * another report under a token that was used has said nothing.
 */
export function readMailgun({ signature, "event-data": data }: MailgunReport): ProviderEvent[] {
  const about = { key: [signature.token], email: data.recipient, messageId: data.message.headers["message-id"] };
  if (data.event === "delivered") return [providerEvent("mailgun", { ...about, type: "delivered" })];
  if (data.event === "complained") return [providerEvent("mailgun", { ...about, type: "complaint" })];
  if (data.event === "unsubscribed") return [providerEvent("mailgun", { ...about, type: "optOut" })];
  if (data.event !== "failed") return [];
  const status = data["delivery-status"];
  const words = [status.message, status.description].filter((part) => part !== null).join(" ");
  const code = statusIn(status["enhanced-code"], words) ?? status.code;
  const detail = words || data.reason;
  // What is tried again is no bounce: a server that lets strangers wait would otherwise rest the address. "old" was tried for the last time.
  if (data.severity === "temporary" && data.reason !== "old")
    return isFullMailbox(words, status["enhanced-code"]) ? [providerEvent("mailgun", { ...about, type: "softBounce", code, detail })] : [];
  return [providerEvent("mailgun", { ...about, type: classOf(data.reason, words, code), code, detail })];
}

/** Statuses that name a mailbox or domain that does not exist. */
const NOBODY = /^5\.1\.(?:1|2|3|6|10)$/;

function classOf(reason: string | null, words: string, code: string | null): ProviderEvent["type"] {
  // Mailgun's list of bounces holds mailboxes that do not exist only. Who complained or left earlier is no news.
  if (reason === "suppress-bounce") return "hardBounce";
  if (reason?.startsWith("suppress-")) return "failed";
  // "generic" names nothing but what the server's status says.
  const provider = reason === "bounce" || NOBODY.test(code ?? "") ? "hardBounce" : reason === "old" ? "softBounce" : "failed";
  return judgeBounce({ provider, words, code });
}
