import { PROBLEM_FIELD, type Problem } from "@/server/campaigns/checks/schema";
import type { Draft } from "@/server/campaigns/schema";

/** The six steps of the builder, in the order in which most people think; any of them may be opened at any time. */
export const STEPS = ["strategy", "audience", "credit", "details", "schedule", "notification"] as const;
export type BuilderStep = (typeof STEPS)[number];

/** Which step a field of the draft is written in. */
export const STEP_OF_FIELD: Record<keyof Draft, BuilderStep> = {
  strategy: "strategy",
  segmentId: "audience",
  holdoutBps: "audience",
  amount: "credit",
  unit: "credit",
  offer: "credit",
  terms: "credit",
  origin: "credit",
  counselChecked: "credit",
  expiryDays: "credit",
  expiryDate: "credit",
  name: "details",
  description: "details",
  budget: "details",
  availableLocal: "schedule",
  zone: "schedule",
  repeat: "schedule",
  endsLocal: "schedule",
  messageEnabled: "notification",
  messageTexts: "notification",
};

export const stepOf = (problem: Problem): BuilderStep => STEP_OF_FIELD[PROBLEM_FIELD[problem]];

/** Problems that mean "not filled in yet": not worth alarming anybody before they try to launch. */
const MISSING: readonly Problem[] = [
  "nameMissing",
  "segmentMissing",
  "amountZero",
  "timeMissing",
  "offerEmpty",
  "budgetMissing",
  "newsMissing",
];

export type StepProblems = { step: BuilderStep; problems: Problem[]; alarming: boolean };

/**
 * The problems by step. `asked`: somebody tried to launch, so that what is missing is a problem too. `open`: fields whose input is not in
 * the draft.
 */
export function problemsByStep(problems: readonly Problem[], asked: boolean, open: readonly (keyof Draft)[] = []): StepProblems[] {
  return STEPS.map((step) => {
    const own = problems.filter((problem) => stepOf(problem) === step);
    const half = open.some((field) => STEP_OF_FIELD[field] === step);
    return { step, problems: own, alarming: half || own.some((problem) => asked || !MISSING.includes(problem)) };
  });
}
