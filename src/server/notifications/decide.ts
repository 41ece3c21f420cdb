import type { SkipReason } from "./schema";

export type Recipient = {
  erased: boolean;
  email: string | null;
  emailConsent: "SUBSCRIBED" | "NOT_SUBSCRIBED" | "PENDING" | "UNSUBSCRIBED" | "REDACTED" | "INVALID";
};

export type Decision = { send: true } | { send: false; reason: SkipReason };

/**
 * Whether a marketing e-mail may go out, asked again at the moment of sending (domain.md B18). Credit tells people to buy, so it is
 * marketing and needs consent. First match wins.
 *
 * Checked here: erasure, an address, consent to e-mail. Not checked yet: suppression lists, objections apart from consent, frequency caps
 * and quiet hours (domain.md 4.1, 1–2, 5–6); the messages page says so.
 */
export function decide(recipient: Recipient, credit: { expiresAt: Date | null }, now: Date): Decision {
  if (recipient.erased) return { send: false, reason: "erased" };
  if (recipient.email === null || recipient.email.trim() === "") return { send: false, reason: "noAddress" };
  if (recipient.emailConsent === "INVALID" || !/^[^\s@]+@[^\s@]+$/.test(recipient.email)) return { send: false, reason: "addressInvalid" };
  if (recipient.emailConsent !== "SUBSCRIBED") return { send: false, reason: "noConsent" };
  if (credit.expiresAt !== null && credit.expiresAt <= now) return { send: false, reason: "creditGone" };
  return { send: true };
}
