"use client";

import { useTranslations } from "next-intl";
import { type ReactNode, useId } from "react";
import { PROBLEM_FIELD, type Problem } from "@/server/campaigns/checks/schema";
import { useErrorText } from "../error-text";
import { Button } from "../primitives/button";
import { Card } from "../primitives/card";
import { cn } from "../primitives/class-names";
import { Notice } from "../primitives/states";
import { useShop } from "../shell/shop-context";
import type { RouterOutput } from "../trpc";
import { type BuilderStep, STEP_OF_FIELD, stepOf } from "./builder/steps";
import type { UnfinishedField } from "./builder/unfinished";
import { AudiencePart, BudgetPart, CostPart, GainPart, LiabilityPart, SchedulePart } from "./receipt-parts";

export type Simulation = RouterOutput["roi"]["simulate"];

type ReceiptProps = {
  simulation: Simulation | undefined;
  updating: boolean;
  error: unknown;
  /** Shown once the person has tried to launch. */
  problems: readonly Problem[];
  /** Fields whose input the draft, and so this receipt, does not hold. */
  unfinished: readonly UnfinishedField[];
  asked: boolean;
  onStep: (step: BuilderStep) => void;
  onLaunch: () => void;
  launching: boolean;
  started: boolean;
  /** Further looks at the draft, such as the backtest. */
  children?: ReactNode;
};

/** What the draft would cost and could show, beside the form and always current. */
export function Receipt(props: ReceiptProps) {
  const { simulation, updating, error, problems, unfinished, asked, onStep, onLaunch, launching, started, children } = props;
  const t = useTranslations("campaigns");
  const errorText = useErrorText();
  const shop = useShop();
  const titleId = useId();
  return (
    <aside aria-labelledby={titleId} className="flex flex-col gap-3 lg:sticky lg:top-16 lg:max-h-[calc(100dvh-5rem)] lg:self-start">
      {/* What is long scrolls in itself, so that the button below stays in view. */}
      <Card className={cn("flex min-h-0 flex-col gap-3 transition-colors lg:overflow-y-auto", updating && "border-dashed")}>
        <h2 id={titleId} className="font-semibold text-sm">
          {t("receipt.title")}
        </h2>
        {unfinished.length > 0 && simulation?.audience && <p className="text-sm text-warning">{t("receipt.unfinished")}</p>}
        {error ? <p className="text-danger text-sm">{errorText(error)}</p> : null}
        {simulation?.audience ? <Parts simulation={simulation} /> : !error && <p className="text-muted text-sm">{t("receipt.empty")}</p>}
        {children}
      </Card>
      {(problems.length > 0 || (asked && unfinished.length > 0)) && <Problems {...{ problems, unfinished, onStep }} />}
      {simulation && simulation.warnings.length > 0 && <Warnings simulation={simulation} />}
      {shop.can("campaign.write") && (
        <>
          <Button
            variant="primary"
            size="lg"
            onClick={onLaunch}
            loading={launching}
            disabledReason={started ? undefined : t("receipt.empty")}
          >
            {simulation && simulation.approvals.required > 0 ? t("receipt.submit") : t("receipt.launch")}
          </Button>
          <p className="text-faint text-xs">{t("receipt.launchHint")}</p>
        </>
      )}
    </aside>
  );
}

function Parts({ simulation }: { simulation: Simulation }) {
  return (
    <div className="flex flex-col divide-y divide-line text-sm [&>*]:py-3 [&>*:first-child]:pt-0">
      <AudiencePart simulation={simulation} />
      <CostPart simulation={simulation} />
      <SchedulePart simulation={simulation} />
      <LiabilityPart simulation={simulation} />
      <GainPart simulation={simulation} />
      {!simulation.messageOnly && <BudgetPart simulation={simulation} />}
    </div>
  );
}

function Problems({ problems, unfinished, onStep }: Pick<ReceiptProps, "problems" | "unfinished" | "onStep">) {
  const t = useTranslations("campaigns");
  const lines = [
    ...unfinished.map((field) => ({ key: field, step: STEP_OF_FIELD[field], text: t(`unfinished.${field}`) })),
    // What a field lacks that is being filled in is said once.
    ...problems
      .filter((problem) => !unfinished.some((field) => field === PROBLEM_FIELD[problem]))
      .map((problem) => ({ key: problem, step: stepOf(problem), text: t(`problems.${problem}`) })),
  ];
  return (
    <Notice tone="danger" title={t("problems.title")}>
      <ul className="flex flex-col gap-1">
        {lines.map(({ key, step, text }) => (
          <li key={key}>
            <button type="button" className="text-left underline underline-offset-2" onClick={() => onStep(step)}>
              {text}
            </button>
          </li>
        ))}
      </ul>
    </Notice>
  );
}

function Warnings({ simulation }: { simulation: Simulation }) {
  const t = useTranslations("campaigns");
  return (
    <ul aria-label={t("receipt.warnings")} className="flex flex-col gap-1.5 text-warning text-xs">
      {simulation.warnings.map((warning) => (
        <li key={warning}>{t(`warnings.${warning}`, { time: simulation.shiftedTo?.slice(11) ?? "", ...simulation.expiryLaw?.unknown })}</li>
      ))}
    </ul>
  );
}
