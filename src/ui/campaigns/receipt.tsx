"use client";

import { useTranslations } from "next-intl";
import { type ReactNode, useId } from "react";
import type { Problem } from "@/server/campaigns/checks/schema";
import { useErrorText } from "../error-text";
import { Button } from "../primitives/button";
import { Card } from "../primitives/card";
import { cn } from "../primitives/class-names";
import { Notice } from "../primitives/states";
import { useShop } from "../shell/shop-context";
import type { RouterOutput } from "../trpc";
import { type BuilderStep, stepOf } from "./builder/steps";
import { AudiencePart, BudgetPart, CostPart, GainPart, LiabilityPart, SchedulePart } from "./receipt-parts";

export type Simulation = RouterOutput["roi"]["simulate"];

type ReceiptProps = {
  simulation: Simulation | undefined;
  updating: boolean;
  error: unknown;
  /** Shown once the person has tried to launch. */
  problems: readonly Problem[];
  onStep: (step: BuilderStep) => void;
  onLaunch: () => void;
  launching: boolean;
  started: boolean;
  /** Further looks at the draft, such as the backtest. */
  children?: ReactNode;
};

/** What the draft would cost and could show, beside the form and always current. */
export function Receipt({ simulation, updating, error, problems, onStep, onLaunch, launching, started, children }: ReceiptProps) {
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
        {error ? <p className="text-danger text-sm">{errorText(error)}</p> : null}
        {simulation?.audience ? <Parts simulation={simulation} /> : !error && <p className="text-muted text-sm">{t("receipt.empty")}</p>}
        {children}
      </Card>
      {problems.length > 0 && <Problems problems={problems} onStep={onStep} />}
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

function Problems({ problems, onStep }: Pick<ReceiptProps, "problems" | "onStep">) {
  const t = useTranslations("campaigns");
  return (
    <Notice tone="danger" title={t("problems.title")}>
      <ul className="flex flex-col gap-1">
        {problems.map((problem) => (
          <li key={problem}>
            <button type="button" className="text-left underline underline-offset-2" onClick={() => onStep(stepOf(problem))}>
              {t(`problems.${problem}`)}
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
