import type { SuppressionReason } from "@db/schema/notifications";
import { quietUntil } from "./policy";
import type { Category, Channel, Policy, SkipReason } from "./schema";

export type LegalBasis = "consent" | "existingCustomer" | "transactional";

/** Everything the decision looks at, as it is now. Instants are milliseconds since 1970. */
export type Question = {
  channel: Channel;
  category: Category;
  recipient: {
    /** Spreads what quiet hours held back; any stable text. */
    id: string;
    erased: boolean;
    address: "ok" | "missing" | "invalid";
    suppressed: SuppressionReason | null;
    /** Art. 21(2) GDPR. */
    objected: boolean;
    /** Consent to receive on this channel. A withdrawn or refused one also ends the ground "existing customer". */
    consent: "granted" | "pending" | "withdrawn" | "none";
    hasBought: boolean;
    timeZone: string;
    /** Another customer with this address was told the same by this campaign. */
    told: boolean;
    /** When the address was last written to on this channel, by whatever campaign or flow. */
    recent: readonly number[];
  };
  credit: {
    /** False: the credit that the message tells about is spent, recalled or expired. */
    exists: boolean;
    expiresAt: number | null;
  };
  campaignEnded: boolean;
  policy: Pick<Policy, "caps" | "quiet" | "softOptIn">;
  now: number;
};

export type Decision =
  | { action: "send"; basis: LegalBasis }
  | { action: "defer"; until: number; reason: "quietHours" }
  | { action: "drop"; reason: SkipReason };

const HOUR = 3_600_000;
/**
 * One a day at the same hour each day is one a day: also where clocks went forward in the night, and where a batch took its minutes. So much
 * shorter are windows of a day and longer.
 */
const TOLERANCE = HOUR + 300_000;
const drop = (reason: SkipReason): Decision => ({ action: "drop", reason });

/**
 * Whether a message may go out (domain.md 4.1). First match wins; asked at the moment of sending, because consent, objections, bounces and
 * the credit itself change between planning and sending (B18). Pure.
 */
export function decide(question: Question): Decision {
  const { recipient, credit, channel, policy, now } = question;
  if (recipient.erased) return drop("erased");
  if (recipient.address === "missing") return drop("noAddress");
  if (recipient.address === "invalid") return drop("addressInvalid");
  if (recipient.suppressed === "manual" || recipient.suppressed === "optedOut") return drop("suppressed");
  if (recipient.suppressed) return drop(recipient.suppressed);
  if (question.category === "transactional") return { action: "send", basis: "transactional" };
  if (recipient.objected) return drop("objection");
  if (question.campaignEnded) return drop("campaignEnded");
  if (!credit.exists || (credit.expiresAt !== null && credit.expiresAt <= now)) return drop("creditGone");
  const basis = legalBasis(question);
  if (!basis) return drop("noConsent");
  if (recipient.told) return drop("sameAddress");
  for (const { count, hours } of policy.caps[channel]) {
    const from = now - hours * HOUR + (hours >= 24 ? TOLERANCE : 0);
    if (recipient.recent.filter((at) => at > from).length >= count) return drop("frequencyCap");
  }
  const until = quietUntil(now, recipient.timeZone, policy.quiet, recipient.id);
  if (until === null) return { action: "send", basis };
  // Credit that has less than a day left when the message could go out: then silence is better (B28).
  if (credit.expiresAt !== null && until > credit.expiresAt - 24 * HOUR) return drop("quietHoursTooLate");
  return { action: "defer", until, reason: "quietHours" };
}

/** Consent for every channel; e-mail to buyers also under § 7(3) UWG, where the shop has switched that on. */
function legalBasis({ recipient, channel, policy }: Question): LegalBasis | null {
  if (recipient.consent === "granted") return "consent";
  return channel === "email" && policy.softOptIn && recipient.hasBought && recipient.consent === "none" ? "existingCustomer" : null;
}
