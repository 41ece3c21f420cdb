"use client";

import { useLocale, useTranslations } from "next-intl";
import type { ReactNode } from "react";
import type { Problem } from "@/server/campaigns/schema";
import { useErrorText } from "../error-text";
import { formatBasisPoints, formatNumber } from "../format";
import { Button } from "../primitives/button";
import { Card } from "../primitives/card";
import { cn } from "../primitives/class-names";
import { HelpTip } from "../primitives/help-tip";
import { Notice } from "../primitives/states";
import { Money, Timestamp } from "../primitives/values";
import { useShop } from "../shell/shop-context";
import type { RouterOutput } from "../trpc";
import { lastMoment } from "./last-moment";

type Simulation = RouterOutput["roi"]["simulate"];

type ReceiptProps = {
  simulation: Simulation | undefined;
  updating: boolean;
  error: unknown;
  /** Shown once the person has tried to launch. */
  problems: readonly Problem[];
  onLaunch: () => void;
  launching: boolean;
  started: boolean;
};

/** What the draft would cost and could show, beside the form and always current. */
export function Receipt({ simulation, updating, error, problems, onLaunch, launching, started }: ReceiptProps) {
  const t = useTranslations("campaigns");
  const errorText = useErrorText();
  const shop = useShop();
  return (
    <aside aria-label={t("receipt.title")} className="flex flex-col gap-3 lg:sticky lg:top-16 lg:self-start">
      <Card className={cn("flex flex-col gap-3 transition-opacity", updating && "opacity-70")}>
        <h2 className="font-semibold text-sm">{t("receipt.title")}</h2>
        {error ? <p className="text-danger text-sm">{errorText(error)}</p> : null}
        {simulation?.audience ? <Lines simulation={simulation} /> : !error && <p className="text-muted text-sm">{t("receipt.empty")}</p>}
      </Card>
      {problems.length > 0 && (
        <Notice tone="danger" title={t("problems.title")}>
          <ul className="list-disc pl-4">
            {problems.map((problem) => (
              <li key={problem}>{t(`problems.${problem}`)}</li>
            ))}
          </ul>
        </Notice>
      )}
      {simulation && simulation.warnings.length > 0 && (
        <ul className="flex flex-col gap-1.5 text-warning text-xs">
          {simulation.warnings.map((warning) => (
            <li key={warning}>{t(`warnings.${warning}`, { time: simulation.shiftedTo?.slice(11) ?? "" })}</li>
          ))}
        </ul>
      )}
      {shop.can("campaign.write") && (
        <>
          <Button
            variant="primary"
            size="lg"
            onClick={onLaunch}
            loading={launching}
            disabledReason={started ? undefined : t("receipt.empty")}
          >
            {t("receipt.launch")}
          </Button>
          <p className="text-faint text-xs">{t("receipt.launchHint")}</p>
        </>
      )}
    </aside>
  );
}

function Lines({ simulation }: { simulation: Simulation }) {
  const t = useTranslations("campaigns.receipt");
  const locale = useLocale();
  const { audience, arms, unit } = simulation;
  const margin = formatBasisPoints(simulation.marginBps, locale);
  if (!audience || !arms) return null;
  return (
    <dl className="flex flex-col text-sm">
      <Line term={t("audience")} value={formatNumber(audience.size, locale)} strong />
      <Line term={t("treated")} value={formatNumber(arms.treated, locale)} />
      <Line term={t("control")} value={formatNumber(arms.control, locale)} />
      <Line term={t("reachable")} value={formatNumber(audience.reachable, locale)} />
      <Line
        term={t("worst")}
        value={simulation.worstCost === null ? "–" : <Money minor={simulation.worstCost} unit={unit} />}
        hint={t("worstHint")}
        strong
      />
      <Line term={t("release")} value={simulation.runAt ? <Timestamp at={simulation.runAt} /> : "–"} />
      <Line
        term={t("liability")}
        value={simulation.expiresAt ? <Timestamp at={lastMoment(simulation.expiresAt)} /> : simulation.runAt ? t("expiresNever") : "–"}
      />
      <Line
        term={t("breakEven")}
        value={simulation.breakEven === null ? "–" : <Money minor={simulation.breakEven} unit={unit} />}
        hint={simulation.marginIsAssumed ? t("marginAssumed", { margin }) : t("margin", { margin })}
        help={<HelpTip term={t("breakEven")}>{t("breakEvenHelp")}</HelpTip>}
      />
      <Line
        term={t("detectable")}
        value={simulation.detectable === null ? "–" : <Money minor={simulation.detectable} unit={unit} />}
        hint={simulation.detectable === null ? t("detectableUnknown") : undefined}
        help={<HelpTip term={t("detectable")}>{t("detectableHelp", { days: simulation.basisDays })}</HelpTip>}
      />
    </dl>
  );
}

type LineProps = { term: string; value: ReactNode; hint?: string; help?: ReactNode; strong?: boolean };

function Line({ term, value, hint, help, strong = false }: LineProps) {
  return (
    <div className="grid grid-cols-[1fr_auto] items-baseline gap-x-3 border-line border-b py-1.5 last:border-b-0">
      <dt className="flex items-center gap-1 text-muted">
        {term}
        {help}
      </dt>
      <dd className={cn("tabular text-right text-ink", strong && "font-semibold")}>{value}</dd>
      {hint && <dd className="col-span-2 text-faint text-xs">{hint}</dd>}
    </div>
  );
}
