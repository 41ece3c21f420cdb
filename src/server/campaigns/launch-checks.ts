import type { MessageTexts } from "@db/schema/campaigns";
import { isPast, scheduleOf } from "./schedule";
import type { Problem, Warning } from "./schema";

/** A draft as the checks see it, with what only the database knows. */
export type Checked = {
  name: string;
  segmentId: string | null;
  unit: string;
  amount: bigint;
  expiryDays: number | null;
  availableLocal: string | null;
  timeZone: string;
  holdoutBps: number;
  messageEnabled: boolean;
  messageTexts: MessageTexts;
};

/** How many people the segment has now; null when it could not be counted (no segment yet). */
export type Audience = { size: number; reachable: number } | null;

/** Everything that keeps a draft from being launched, all at once, so that nobody fixes one thing to meet the next. */
export function problemsOf(draft: Checked, audience: Audience, shop: { currency: string }, now: Date): Problem[] {
  const problems: Problem[] = [];
  if (draft.name === "") problems.push("nameMissing");
  if (draft.segmentId === null) problems.push("segmentMissing");
  else if (audience && audience.size === 0) problems.push("audienceEmpty");
  if (draft.amount <= 0n) problems.push("amountZero");
  if (draft.unit !== shop.currency) problems.push("unitMismatch");
  if (draft.availableLocal === null) problems.push("timeMissing");
  else if (isPast(scheduleOf({ ...draft, availableLocal: draft.availableLocal }).runAt, now)) problems.push("timePast");
  if (draft.messageEnabled && !hasTexts(draft.messageTexts)) problems.push("textMissing");
  return problems;
}

/** An emptied text is a mistake, a language without own text uses the built-in one. */
const hasTexts = (texts: MessageTexts): boolean =>
  [texts.de, texts.en].every((text) => text === undefined || (text.subject.trim() !== "" && text.body.trim() !== ""));

/** Below this an arm gives no interval (domain.md 2.2, 15). */
const MIN_ARM = 100;

/** The expected sizes of the arms. The true split is decided person by person at the drop. */
export function expectedArms(size: number, holdoutBps: number): { treated: number; control: number } {
  const control = Math.round((size * holdoutBps) / 10_000);
  return { treated: size - control, control };
}

/** Expiry of promotional credit below 14 days is unusual, below 7 a legal risk (domain.md 4.4); the rest concerns what can be learned. */
export function warningsOf(draft: Checked, audience: Audience): Warning[] {
  const warnings: Warning[] = [];
  if (draft.expiryDays === null) warnings.push("noExpiry");
  else if (draft.expiryDays < 7) warnings.push("expiryBelow7");
  else if (draft.expiryDays < 14) warnings.push("expiryBelow14");
  if (draft.holdoutBps === 0) warnings.push("noHoldout");
  else if (audience && audience.size > 0) {
    const arms = expectedArms(audience.size, draft.holdoutBps);
    if (arms.control < MIN_ARM || arms.treated < MIN_ARM) warnings.push("armsTooSmall");
  }
  if (draft.availableLocal !== null && scheduleOf({ ...draft, availableLocal: draft.availableLocal }).shiftedTo !== null)
    warnings.push("timeShifted");
  if (draft.messageEnabled && audience && audience.size > 0 && audience.reachable === 0) warnings.push("nobodyReachable");
  return warnings;
}
