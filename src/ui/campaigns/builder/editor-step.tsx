"use client";

import type { Simulation } from "../receipt";
import type { Campaign } from "../use-autosave";
import { StepAudience } from "./step-audience";
import { StepCredit } from "./step-credit";
import { StepDetails } from "./step-details";
import { StepNotification } from "./step-notification";
import { StepSchedule } from "./step-schedule";
import { StepStrategy } from "./step-strategy";
import type { BuilderStep } from "./steps";
import type { StartingPoint } from "./use-apply-strategy";
import type { FieldsProps } from "./values";

type EditorStepProps = {
  step: BuilderStep;
  fields: FieldsProps;
  saved: Campaign | null;
  simulation: Simulation | undefined;
  onApply: (start: StartingPoint) => Promise<void>;
  onStep: (step: BuilderStep) => void;
};

/** What belongs to the open step. */
export function EditorStep({ step, fields, saved, simulation, onApply, onStep }: EditorStepProps) {
  switch (step) {
    case "strategy":
      return (
        <StepStrategy
          current={saved?.strategy ?? null}
          hasAudience={fields.values.segment !== null}
          onApply={onApply}
          onSkip={() => onStep("audience")}
        />
      );
    case "audience":
      return <StepAudience {...fields} recommendedBps={simulation?.recommendedHoldoutBps ?? null} />;
    case "credit":
      return (
        <StepCredit
          {...fields}
          draftId={saved?.id ?? null}
          lawBroken={simulation?.problems.includes("expiryLawEarned") ?? false}
          law={simulation?.expiryLaw ?? null}
        />
      );
    case "details":
      return <StepDetails {...fields} />;
    case "schedule":
      return <StepSchedule {...fields} nextRuns={simulation?.nextRuns ?? []} availability={simulation?.availability ?? null} />;
    case "notification":
      return (
        <StepNotification
          {...fields}
          campaignId={saved?.id ?? null}
          expiresAt={simulation?.expiresAt ?? null}
          amount={simulation?.offerAmounts?.average ?? (saved && saved.amount > 0n ? saved.amount : null)}
        />
      );
  }
}
