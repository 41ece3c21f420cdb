import { z } from "zod";
import { isFullMailbox, judgeBounce, statusIn } from "./judge-bounce";
import { type ProviderEvent, providerEvent, textField } from "./provider-event";
import { readReference } from "./provider-reference";

const eventSchema = z.object({
  event: textField,
  email: textField,
  "smtp-id": textField,
  sg_event_id: z.string().min(1),
  type: textField,
  reason: textField,
  response: textField,
  status: textField,
});

/** Events of SendGrid, as many as a request brings. What has no id of its own could not be told from its repetition. */
export function readSendgrid(body: unknown): ProviderEvent[] | null {
  if (!Array.isArray(body)) return null;
  return body.flatMap((entry: unknown) => {
    const parsed = eventSchema.safeParse(entry);
    return parsed.success ? eventOf(parsed.data, typeof entry === "object" ? readReference(entry) : null) : [];
  });
}

function eventOf(event: z.output<typeof eventSchema>, reference: string | null): ProviderEvent[] {
  const { reason, status } = event;
  // smtp-id is the Message-ID that we gave, as long as the sender's domain is authenticated at SendGrid.
  const about = { key: [event.sg_event_id], email: event.email, messageId: reference ?? event["smtp-id"] };
  const words = { code: statusIn(status, reason) ?? status, detail: reason };
  const one = (type: ProviderEvent["type"]) => [providerEvent("sendgrid", { ...about, ...words, type })];
  switch (event.event) {
    case "delivered":
      return [providerEvent("sendgrid", { ...about, type: "delivered" })];
    case "spamreport":
      return one("complaint");
    case "unsubscribe":
    case "group_unsubscribe":
      return one("optOut");
    case "deferred":
      return isFullMailbox(event.response ?? reason, status) ? one("softBounce") : [];
    case "bounce":
      // "blocked" is refused for what was sent or by whom, "expired" was tried until the end.
      return one(
        judgeBounce({
          provider: event.type === "blocked" ? "failed" : event.type === "expired" ? "softBounce" : "hardBounce",
          words: reason,
          code: status,
        }),
      );
    case "dropped":
      // Not even tried. SendGrid's list of bounces is of mailboxes that do not exist; who complained or left earlier is no news.
      return one(/^(?:bounced address|invalid)$/i.test(reason ?? "") ? "hardBounce" : "failed");
    default:
      return [];
  }
}
