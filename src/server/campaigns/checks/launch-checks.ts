import type { CampaignText } from "@/server/notifications/campaign-text";
import { CREDIT_PLACEHOLDERS, PLACEHOLDERS } from "@/server/notifications/schema";
import type { Campaign } from "../campaign";
import { type ExpiryLaw, judgeExpiry } from "../expiry-law";
import { largestAmount } from "../offer";
import type { BudgetState } from "../policy";
import type { PlanSummary } from "../prepare-launch";
import { isPast, type Schedule } from "../schedule";
import type { Problem, Warning } from "./schema";

/** A draft as the checks see it. */
export type Checked = Pick<
  Campaign,
  | "name"
  | "segment"
  | "unit"
  | "amount"
  | "offer"
  | "origin"
  | "counselChecked"
  | "expiryDays"
  | "expiryDate"
  | "timeZone"
  | "repeat"
  | "budget"
  | "availableLocal"
  | "endsLocal"
  | "holdoutBps"
  | "messageEnabled"
  | "messageTexts"
  | "terms"
>;

/** What only the database knows. `summary` is null when the segment could not be counted. */
export type Known = {
  summary: Pick<PlanSummary, "size" | "treated" | "cost"> | null;
  invalid: boolean;
  shop: { currency: string };
  law: ExpiryLaw;
  budgets: readonly BudgetState[];
  schedule: Schedule | null;
  endsAt: Date | null;
  message: Pick<CampaignText, "ownWords" | "templateGone" | "written">;
  now: Date;
};

const repeats = (draft: Pick<Checked, "repeat">): boolean => draft.repeat.type !== "none";

/** Everything that keeps a draft from being launched, all at once, so that nobody fixes one thing to meet the next. */
export function problemsOf(draft: Checked, known: Known): Problem[] {
  return [...contentProblems(draft, known), ...timeProblems(draft, known), ...budgetProblems(draft, known)];
}

const messageOnly = (draft: Pick<Checked, "offer">): boolean => draft.offer.type === "none";

function contentProblems(draft: Checked, { summary, invalid, shop, message }: Known): Problem[] {
  const problems: Problem[] = [];
  if (draft.name === "") problems.push("nameMissing");
  if (draft.segment === null) problems.push("segmentMissing");
  else if (invalid) problems.push("segmentInvalid");
  // Who enters a segment later need not be in it now.
  else if (summary && summary.size === 0 && draft.repeat.type !== "entry")
    problems.push(summary.cost === 0n && !["fixed", "none"].includes(draft.offer.type) ? "offerEmpty" : "audienceEmpty");
  if (draft.offer.type === "fixed" && draft.amount <= 0n) problems.push("amountZero");
  else if (!messageOnly(draft) && largestAmount(draft.offer, draft.amount) === 0n) problems.push("offerEmpty");
  if (messageOnly(draft)) problems.push(...newsProblems(draft, message));
  if (draft.messageEnabled && message.templateGone) problems.push("templateGone");
  if (draft.unit !== shop.currency) problems.push("unitMismatch");
  if (draft.messageEnabled && !hasTexts(draft.messageTexts)) problems.push("textMissing");
  return [...new Set(problems)];
}

const wordsOf = ({ messageTexts }: Pick<Checked, "messageTexts">): string[] =>
  Object.values(messageTexts).flatMap((text) => (text ? [text.subject, text.body] : []));

/** Names in braces that nothing fills, or braces that were not closed: people would read them as they are. */
const hasUnknownNames = (draft: Pick<Checked, "messageTexts">): boolean =>
  wordsOf(draft).some((text) =>
    [...text.matchAll(/\{(\w*)(\}?)/g)].some(([, name, end]) => end === "" || !PLACEHOLDERS.some((known) => known === name)),
  );

/** A message without credit must say something of its own, and nothing about credit. */
function newsProblems(draft: Checked, { written, ownWords }: Known["message"]): Problem[] {
  if (!draft.messageEnabled) return ["messageMissing"];
  if (!written) return ["newsMissing"];
  return ownWords && wordsOf(draft).some((text) => CREDIT_PLACEHOLDERS.some((name) => text.includes(`{${name}}`))) ? ["newsCredit"] : [];
}

function timeProblems(draft: Checked, { schedule, endsAt, law, now }: Known): Problem[] {
  if (draft.availableLocal === null || schedule === null) return ["timeMissing"];
  const problems: Problem[] = [];
  if (isPast(schedule.runAt, now) && isPast(schedule.atHome, now)) problems.push("timePast");
  const { refusal } = judgeExpiry({ ...draft, term: law.term, availableFrom: schedule.atHome, expiresAt: schedule.expiresAt });
  // A fixed last day is over before the next month's credit begins.
  if (refusal === "beforeStart" || (repeats(draft) && draft.expiryDate !== null)) problems.push("expiryBeforeStart");
  if (refusal === "earnedTooShort") problems.push("expiryLawEarned");
  if (endsAt !== null && endsAt <= schedule.runAt) problems.push("endBeforeStart");
  return problems;
}

function budgetProblems(draft: Checked, { summary, budgets }: Known): Problem[] {
  const problems: Problem[] = [];
  if (repeats(draft) && !messageOnly(draft) && draft.budget === null) problems.push("budgetMissing");
  const cost = summary?.cost ?? 0n;
  const exceeded = (scope: BudgetState["scope"]): boolean =>
    budgets.some((budget) => budget.scope === scope && budget.cap !== null && budget.used + cost > budget.cap);
  if (exceeded("campaign")) problems.push("budgetTooSmall");
  if (exceeded("month")) problems.push("monthCapExceeded");
  if (exceeded("organisation")) problems.push("organisationCapExceeded");
  return problems;
}

/** An emptied text is a mistake, a language without own text uses the built-in one. */
const hasTexts = (texts: Checked["messageTexts"]): boolean =>
  [texts.de, texts.en].every((text) => text === undefined || (text.subject.trim() !== "" && text.body.trim() !== ""));

/** Below this an arm gives no interval (domain.md 2.2, 15). */
const MIN_ARM = 100;

/** The expected sizes of the arms, for those who have no audience yet. */
export function expectedArms(size: number, holdoutBps: number): { treated: number; control: number } {
  const control = Math.round((size * holdoutBps) / 10_000);
  return { treated: size - control, control };
}

/** What to look at besides the summary before launching. */
export type Circumstances = {
  summary: PlanSummary | null;
  schedule: Schedule | null;
  law: ExpiryLaw;
  required: number;
  wanted: number;
  halted: boolean;
  capped: number;
  /** Treated people whose usual order is below the minimum of the terms; null without one. */
  belowMinOrder: number | null;
  /** The smallest effect the design shows is more than twice what it must earn. */
  underpowered: boolean;
  /** The campaign's own words are what is sent. */
  ownWords: boolean;
};

/** Expiry of promotional credit below 14 days is unusual, below 7 a legal risk (domain.md 4.4); the rest concerns reach and learning. */
export function warningsOf(draft: Checked, facts: Circumstances): Warning[] {
  const { summary, schedule, law } = facts;
  const warnings: Warning[] = [];
  const expiry =
    schedule && judgeExpiry({ ...draft, term: law.term, availableFrom: schedule.atHome, expiresAt: schedule.expiresAt }).warning;
  if (draft.expiryDays === null && draft.expiryDate === null && !messageOnly(draft)) warnings.push("noExpiry");
  else if (expiry === "below7") warnings.push("expiryBelow7");
  else if (expiry === "below14") warnings.push("expiryBelow14");
  if (draft.origin === "earned" && schedule?.expiresAt && law.unknown.people > 0) warnings.push("expiryLawUnknown");
  if (draft.holdoutBps === 0) warnings.push("noHoldout");
  else if (summary && summary.size > 0 && (summary.control < MIN_ARM || summary.treated < MIN_ARM)) warnings.push("armsTooSmall");
  if (schedule?.shiftedTo) warnings.push("timeShifted");
  if (draft.messageEnabled && summary && summary.size > 0 && summary.reachable === 0) warnings.push("nobodyReachable");
  if (summary && summary.smallest !== summary.largest) warnings.push("amountsDiffer");
  if (summary?.exclusions.some((exclusion) => exclusion.reason !== "erased")) warnings.push("someExcluded");
  if (facts.wanted > facts.required) warnings.push("noSecondPerson");
  if (facts.capped > 0) warnings.push("customerCapBites");
  if (facts.underpowered) warnings.push("detectableTooLarge");
  if (facts.halted) warnings.push("halted");
  if (draft.messageEnabled && facts.ownWords && hasUnknownNames(draft)) warnings.push("unknownNames");
  if (facts.belowMinOrder !== null && summary && facts.belowMinOrder * 2 > summary.treated) warnings.push("termsHardToMeet");
  return warnings;
}
