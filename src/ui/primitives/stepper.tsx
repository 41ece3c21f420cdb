"use client";

import { Check, TriangleAlert } from "lucide-react";
import { useTranslations } from "next-intl";
import { cn } from "./class-names";

export type StepState = "done" | "upcoming" | "error";
export type Step<Id extends string> = { id: Id; label: string; state: StepState; disabled?: boolean };

type StepperProps<Id extends string> = {
  label: string;
  steps: readonly Step<Id>[];
  current: Id;
  onSelect: (id: Id) => void;
  /** Beside the form at desktop width, above it on a phone. */
  orientation?: "horizontal" | "vertical";
  className?: string;
};

export function Stepper<Id extends string>({ label, steps, current, onSelect, orientation = "horizontal", className }: StepperProps<Id>) {
  const t = useTranslations("common.stepper");
  return (
    <nav aria-label={label} className={cn("min-w-0 overflow-x-auto", className)}>
      <ol className={cn("flex gap-1", orientation === "vertical" && "flex-col")}>
        {steps.map((step, index) => {
          const isCurrent = step.id === current;
          return (
            <li key={step.id} className={cn("min-w-0", orientation === "horizontal" && (isCurrent ? "flex-1" : "sm:flex-1"))}>
              <button
                type="button"
                disabled={step.disabled}
                aria-current={isCurrent ? "step" : undefined}
                onClick={() => onSelect(step.id)}
                className={cn(
                  "focus-inset flex w-full items-center gap-2 rounded-md px-2 py-1.5 text-left text-sm transition-colors disabled:cursor-not-allowed",
                  isCurrent ? "bg-hover font-medium text-ink" : "text-muted enabled:hover:bg-hover enabled:hover:text-ink",
                )}
              >
                <StepMark state={step.state} number={index + 1} isCurrent={isCurrent} />
                {/* On a phone six names do not fit: the numbers stay, the current step keeps its name. */}
                <span className={cn("truncate", orientation === "horizontal" && !isCurrent && "max-sm:sr-only")}>{step.label}</span>
                <span className="sr-only">
                  , {t("step", { number: index + 1, total: steps.length })}, {isCurrent ? t("current") : t(step.state)}
                </span>
              </button>
            </li>
          );
        })}
      </ol>
    </nav>
  );
}

function StepMark({ state, number, isCurrent }: { state: StepState; number: number; isCurrent: boolean }) {
  return (
    <span
      aria-hidden
      className={cn(
        "tabular flex size-5 shrink-0 items-center justify-center rounded-full border text-2xs",
        isCurrent && "border-ink text-ink",
        !isCurrent && state === "upcoming" && "border-line-strong text-muted",
        !isCurrent && state === "done" && "border-accent bg-accent text-accent-ink",
        state === "error" && "border-danger bg-danger-soft text-danger",
      )}
    >
      {state === "error" ? (
        <TriangleAlert className="size-3" />
      ) : state === "done" && !isCurrent ? (
        <Check className="size-3" strokeWidth={3} />
      ) : (
        number
      )}
    </span>
  );
}
