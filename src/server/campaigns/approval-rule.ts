import { canonicalJson, type Json } from "@/server/audit/canonical-json";
import type { CampaignText } from "@/server/notifications/campaign-text";
import type { Campaign } from "./campaign";
import type { CannotDecide, Policy } from "./schema";

/** How many other people must approve a cost: none up to the first threshold, one up to the second, two above (domain.md 5.4). */
export function approvalsByCost(cost: bigint, policy: Pick<Policy, "approvalFrom" | "secondApprovalFrom">): 0 | 1 | 2 {
  if (policy.secondApprovalFrom !== null && cost > policy.secondApprovalFrom) return 2;
  return policy.approvalFrom !== null && cost > policy.approvalFrom ? 1 : 0;
}

/**
 * As many approvals as the cost asks for, but no more than there are people who could give them: a shop of one person could otherwise
 * never spend more than the threshold. Who manages the members decides that, and the audit log shows it.
 */
export function approvalsNeeded(cost: bigint, policy: Pick<Policy, "approvalFrom" | "secondApprovalFrom">, approvers: number): 0 | 1 | 2 {
  const wanted = approvalsByCost(cost, policy);
  return wanted <= approvers ? wanted : approvers >= 1 ? 1 : 0;
}

/** An audience or a cost that grew by more than a tenth since somebody approved it is another campaign (domain.md 5.4, B15). */
export function hasGrown(approved: { audience: number; cost: bigint }, now: { audience: number; cost: bigint }): boolean {
  return now.audience * 10 > approved.audience * 11 || now.cost * 10n > approved.cost * 11n;
}

/**
 * What approvals bind to, as one text: who gets how much, when, how long, under which conditions, and what they are told. `message` is left
 * out where it is as it was before it could be chosen: an e-mail without a template of its own.
 */
export function approvalContent(
  campaign: Campaign,
  query: string,
  { channel, templateId, templateVersion }: Pick<CampaignText, "channel" | "templateId" | "templateVersion">,
): string {
  const { unit, offer, terms, origin, counselChecked, expiryDays, expiryDate, availableLocal, timeZone, zone } = campaign;
  const { repeat, endsLocal, budget, holdoutBps, messageEnabled, messageTexts } = campaign;
  const content: Json = {
    ...{ unit, amount: offer.type === "fixed" ? campaign.amount : null, offer, terms, origin, counselChecked, expiryDays, expiryDate },
    ...{ availableLocal, timeZone, zone, repeat, endsLocal, budget, holdoutBps, messageEnabled, query },
    messageTexts: { de: messageTexts.de ?? null, en: messageTexts.en ?? null },
    ...(channel === "email" && templateId === null ? {} : { message: { channel, templateId, templateVersion } }),
  };
  return canonicalJson(content);
}

/** A person who wants to decide, and what connects them with the campaign. */
export type Decider = { isAuthor: boolean; sharesAgency: boolean; hasDecided: boolean; permitted: boolean };

/** Why this person may not decide; null when they may. */
export function cannotDecide(person: Decider): CannotDecide | null {
  if (!person.permitted) return "permission";
  if (person.isAuthor) return "author";
  if (person.sharesAgency) return "agency";
  return person.hasDecided ? "alreadyDecided" : null;
}
