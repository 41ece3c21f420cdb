"use client";

import { useLocale, useTranslations } from "next-intl";
import type { Tone } from "../primitives/badge";
import { StatusBadge } from "../primitives/badge";
import { CodeBlock } from "../primitives/code";
import { Timestamp } from "../primitives/values";
import { formatDuration } from "./duration";
import type { Run } from "./run-page";

type Step = Run["steps"][number];
type Attempt = Run["attempts"][number];

const TONE: Record<Step["status"], Tone> = { planned: "neutral", running: "info", waiting: "info", completed: "accent", failed: "danger" };

/** What a run did, in the order it was finished, with what went wrong on the way. */
export function StepTimeline({ run }: { run: Run }) {
  const t = useTranslations("jobs");
  const ofFunction = run.attempts.filter((attempt) => !run.steps.some((step) => step.id === attempt.stepId));
  if (run.steps.length === 0 && ofFunction.length === 0) return <p className="text-muted text-sm">{t("run.noSteps")}</p>;
  return (
    <ol className="flex flex-col divide-y divide-line rounded-lg border border-line bg-surface">
      {run.steps.map((step) => (
        <StepRow key={step.id} step={step} attempts={run.attempts.filter((attempt) => attempt.stepId === step.id)} now={run.now} />
      ))}
      {ofFunction.length > 0 && (
        <li className="flex flex-col gap-2 px-4 py-3">
          <span className="font-medium text-sm">{t("step.function")}</span>
          <Attempts attempts={ofFunction} />
        </li>
      )}
    </ol>
  );
}

function StepRow({ step, attempts, now }: { step: Step; attempts: readonly Attempt[]; now: Date }) {
  const t = useTranslations("jobs");
  const locale = useLocale();
  const kind = useKind(step.op);
  const end = step.endedAt ?? (step.status === "running" || step.status === "waiting" ? now : null);
  const took = step.startedAt && end ? formatDuration(end.getTime() - step.startedAt.getTime(), locale) : null;
  const open = step.endedAt === null && step.dueAt !== null;
  return (
    <li className="flex min-w-0 flex-col gap-2 px-4 py-3">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
        <span className="min-w-0 font-medium text-sm [overflow-wrap:anywhere]">{step.name}</span>
        {kind && <span className="text-muted text-xs">{kind}</span>}
        <StatusBadge tone={TONE[step.status]} pulse={step.status === "running"}>
          {t(`step.${step.status}`)}
        </StatusBadge>
        {open && step.dueAt && (
          <span className="text-muted text-xs">
            {t("step.until")} <Timestamp at={step.dueAt} />
          </span>
        )}
        <span className="tabular ml-auto text-muted text-xs">{took}</span>
      </div>
      {step.error && <p className="text-danger text-sm [overflow-wrap:anywhere]">{`${step.error.name}: ${step.error.message}`}</p>}
      <Attempts attempts={attempts} />
      {step.output && step.output !== "null" && (
        <details className="group text-sm">
          <summary className="w-fit cursor-pointer rounded text-muted hover:text-ink">{t("run.show")}</summary>
          <div className="mt-2">
            <CodeBlock text={step.output} label={t("run.output")} copyLabel={t("run.copy", { what: t("run.output") })} />
          </div>
        </details>
      )}
    </li>
  );
}

/** Ordinary steps need no word for what they are. */
function useKind(op: string): string | null {
  const t = useTranslations("jobs.step");
  if (op === "Sleep") return t("sleep");
  if (op === "WaitForEvent") return t("event");
  return op === "InvokeFunction" ? t("invoke") : null;
}

function Attempts({ attempts }: { attempts: readonly Attempt[] }) {
  const t = useTranslations("jobs.step");
  if (attempts.length === 0) return null;
  return (
    <ul className="flex flex-col gap-1 border-line border-l-2 pl-3 text-xs">
      {attempts.map((attempt) => (
        <li key={attempt.id} className="text-muted [overflow-wrap:anywhere]">
          <Timestamp at={attempt.at} />{" "}
          <span className="text-ink">{attempt.kind === "crash" ? t("crash") : t("attempt", { number: attempt.number })}</span>
          {attempt.kind === "error" && attempt.error && `: ${attempt.error.message}`}
          {attempt.nextAt && (
            <>
              {" · "}
              {t("next")} <Timestamp at={attempt.nextAt} />
            </>
          )}
        </li>
      ))}
    </ul>
  );
}
