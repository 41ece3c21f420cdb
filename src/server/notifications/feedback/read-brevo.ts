import { z } from "zod";
import { isFullMailbox, judgeBounce, statusIn, type Verdict } from "./judge-bounce";
import { type ProviderEvent, providerEvent, textField, wordField } from "./provider-event";
import { readReference } from "./provider-reference";

const eventSchema = z.object({
  event: textField,
  email: textField,
  "message-id": textField,
  "X-Mailin-custom": z.unknown().optional(),
  reason: textField,
  ts_event: wordField,
  ts: wordField,
});

const BOUNCES: Record<string, Verdict> = {
  ...{ hard_bounce: "hardBounce", invalid_email: "hardBounce", soft_bounce: "softBounce", blocked: "failed", error: "failed" },
};

/**
 * Events of Brevo: one a request, or a list where they are batched. It gives them no id: what happened to which e-mail when is one. Its
 * message-id is Brevo's own; ours comes back in a header it keeps.
 */
export function readBrevo(body: unknown): ProviderEvent[] {
  return (Array.isArray(body) ? body : [body]).flatMap((entry: unknown) => {
    const parsed = eventSchema.safeParse(entry);
    return parsed.success ? eventOf(parsed.data) : [];
  });
}

function eventOf(event: z.output<typeof eventSchema>): ProviderEvent[] {
  const { event: kind, email, reason } = event;
  if (kind === null) return [];
  const about = {
    key: [kind, event["message-id"], email, event.ts_event ?? event.ts],
    ...{ email, messageId: readReference(event["X-Mailin-custom"]), code: statusIn(reason) ?? kind, detail: reason },
  };
  if (kind === "delivered") return [providerEvent("brevo", { ...about, type: "delivered" })];
  // Documented as "spam"; accounts have been seen to send "complaint".
  if (kind === "spam" || kind === "complaint") return [providerEvent("brevo", { ...about, type: "complaint" })];
  if (kind === "unsubscribed" || kind === "unsubscribe") return [providerEvent("brevo", { ...about, type: "optOut" })];
  if (kind === "deferred") return isFullMailbox(reason) ? [providerEvent("brevo", { ...about, type: "softBounce" })] : [];
  const provider = BOUNCES[kind];
  return provider ? [providerEvent("brevo", { ...about, type: judgeBounce({ provider, words: reason }) })] : [];
}
