import type { Draft } from "../schema";

/** Why a draft cannot be launched yet, by field. Keys of `campaigns.problems`. */
export const PROBLEMS = [
  "nameMissing",
  "segmentMissing",
  "segmentInvalid",
  "audienceEmpty",
  "amountZero",
  "unitMismatch",
  "timeMissing",
  "timePast",
  "messageMissing",
  "newsMissing",
  "newsCredit",
  "templateGone",
  "textMissing",
  "offerEmpty",
  "expiryBeforeStart",
  "expiryLawEarned",
  "endBeforeStart",
  "budgetMissing",
  "budgetTooSmall",
  "monthCapExceeded",
  "organisationCapExceeded",
] as const;
export type Problem = (typeof PROBLEMS)[number];

/** What can go away without a change of the draft: others raise a cap, people come into the segment. */
export const PROBLEMS_OUTSIDE: ReadonlySet<string> = new Set<Problem>(["monthCapExceeded", "organisationCapExceeded", "audienceEmpty"]);

export const PROBLEM_FIELD: Record<Problem, keyof Draft> = {
  nameMissing: "name",
  segmentMissing: "segmentId",
  segmentInvalid: "segmentId",
  audienceEmpty: "segmentId",
  amountZero: "amount",
  unitMismatch: "unit",
  timeMissing: "availableLocal",
  timePast: "availableLocal",
  messageMissing: "messageEnabled",
  newsMissing: "messageTexts",
  newsCredit: "messageTexts",
  templateGone: "messageTexts",
  textMissing: "messageTexts",
  offerEmpty: "offer",
  expiryBeforeStart: "expiryDate",
  expiryLawEarned: "origin",
  endBeforeStart: "endsLocal",
  budgetMissing: "budget",
  budgetTooSmall: "budget",
  monthCapExceeded: "budget",
  organisationCapExceeded: "budget",
};

/** What may be launched but should be read first. Keys of `campaigns.warnings`. */
export const WARNINGS = [
  "expiryBelow7",
  "expiryBelow14",
  "noExpiry",
  "expiryLawUnknown",
  "noHoldout",
  "armsTooSmall",
  "timeShifted",
  "nobodyReachable",
  "amountsDiffer",
  "noSecondPerson",
  "someExcluded",
  "customerCapBites",
  "detectableTooLarge",
  "halted",
  "termsHardToMeet",
  "unknownNames",
] as const;
export type Warning = (typeof WARNINGS)[number];
