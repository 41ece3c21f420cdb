"use client";

import { useLocale, useTranslations } from "next-intl";
import type { ReactNode } from "react";
import { formatBasisPoints, formatDateTime, formatMoney, formatNumber } from "../format";
import { lastMoment } from "../last-moment";
import { cn } from "../primitives/class-names";
import { HelpTip } from "../primitives/help-tip";
import { Progress } from "../primitives/progress";
import { Money, Timestamp } from "../primitives/values";
import { useShop } from "../shell/shop-context";
import type { Simulation } from "./receipt";

type PartProps = { simulation: Simulation };

/** Expiry dates beyond this many are summed up: a receipt is read, not scrolled. */
const DATES_SHOWN = 4;
const AMOUNTS_SHOWN = 5;

const REACHABLE = { email: "reachable", sms: "reachableSms", push: "reachablePush" } as const;

export function AudiencePart({ simulation }: PartProps) {
  const t = useTranslations("campaigns.receipt");
  const m = useTranslations("campaigns.messageOnly");
  const x = useTranslations("campaigns.exclusions");
  const locale = useLocale();
  const { audience, arms, exclusions } = simulation;
  if (!audience || !arms) return null;
  const people = (count: number) => formatNumber(count, locale);
  return (
    <Part title={t("who")}>
      <Line term={t("audience")} value={people(audience.inSegment)} strong />
      {exclusions
        .filter(({ count }) => count > 0)
        .map(({ reason, count }) => (
          <Line key={reason} term={x(reason)} value={`−${people(count)}`} />
        ))}
      <Line term={simulation.messageOnly ? m("treatedAbout") : t("treated")} value={people(arms.treated)} />
      <Line term={t("control")} value={people(arms.control)} />
      {simulation.startsEmpty && <p className="pb-1 text-faint text-xs">{t("startsEmpty")}</p>}
      <Line term={t(REACHABLE[simulation.channel])} value={people(audience.reachable)} />
      {simulation.spendable !== null && !simulation.messageOnly && (
        <Line
          term={t("spendable")}
          value={people(simulation.spendable)}
          help={<HelpTip term={t("spendable")}>{t("spendableHelp")}</HelpTip>}
        />
      )}
      {simulation.belowMinOrder !== null && simulation.belowMinOrder > 0 && (
        <Line term={t("belowMinOrder")} value={people(simulation.belowMinOrder)} />
      )}
      {simulation.customerCap && simulation.customerCap.affected > 0 && (
        <Line term={t("capped", { days: simulation.customerCap.days })} value={people(simulation.customerCap.affected)} />
      )}
    </Part>
  );
}

type Basis = { source: "history" | "prior"; sameKind: boolean };

/** What a number rests on: campaigns of the same strategy, other ones of this shop, or an assumption. */
const basisOf = <Number extends "redemption" | "profit">({ source, sameKind }: Basis, number: Number) =>
  source === "prior" ? (`${number}Prior` as const) : sameKind ? (`${number}SameKind` as const) : (`${number}History` as const);

function MessageCost({ simulation: { messageCost, unit } }: PartProps) {
  const t = useTranslations("campaigns.receipt");
  const locale = useLocale();
  if (!messageCost) return null;
  const cost = formatMoney(messageCost.each, unit, locale);
  return <Line term={t("messageCost")} value={<Money minor={messageCost.worst} unit={unit} />} hint={t("messageCostHint", { cost })} />;
}

export function CostPart({ simulation }: PartProps) {
  const t = useTranslations("campaigns.receipt");
  const m = useTranslations("campaigns.messageOnly");
  const locale = useLocale();
  const { unit, worstCost, expectedCost, redemption, offerAmounts } = simulation;
  const messages = <MessageCost simulation={simulation} />;
  if (simulation.messageOnly)
    return (
      <Part title={t("cost")}>
        <Line term={m("costNone")} value="–" />
        {messages}
      </Part>
    );
  if (worstCost === null) return <Part title={t("cost")}>{<Line term={t("worst")} value="–" hint={t("worstHint")} strong />}</Part>;
  return (
    <Part title={t("cost")}>
      <Line term={t("worst")} value={<Money minor={worstCost} unit={unit} />} hint={t("worstHint")} strong />
      {expectedCost && (
        <Line
          term={t("expected")}
          value={<Money minor={expectedCost.value} unit={unit} />}
          hint={
            <>
              <Range low={expectedCost.low} high={expectedCost.high} unit={unit} />
              {redemption && (
                <>
                  {"; "}
                  {t(basisOf(redemption, "redemption"), {
                    rate: formatBasisPoints(redemption.rateBps, locale),
                    campaigns: redemption.campaigns,
                  })}
                </>
              )}
            </>
          }
        />
      )}
      {messages}
      {offerAmounts && offerAmounts.distinct.length > 1 && <Amounts amounts={offerAmounts} unit={unit} />}
    </Part>
  );
}

function Amounts({ amounts, unit }: { amounts: NonNullable<Simulation["offerAmounts"]>; unit: string }) {
  const t = useTranslations("campaigns.receipt");
  const locale = useLocale();
  return (
    <>
      <Line
        term={t("average")}
        value={<Money minor={amounts.average} unit={unit} />}
        hint={<Range low={amounts.smallest} high={amounts.largest} unit={unit} />}
      />
      {amounts.distinct.length <= AMOUNTS_SHOWN &&
        amounts.distinct.map(({ amount, people }) => (
          <Line
            key={amount.toString()}
            term={<Money minor={amount} unit={unit} />}
            value={t("times", { count: people, people: formatNumber(people, locale) })}
          />
        ))}
    </>
  );
}

export function SchedulePart({ simulation }: PartProps) {
  const t = useTranslations("campaigns.receipt");
  const m = useTranslations("campaigns.messageOnly");
  const { availability, runAt } = simulation;
  const spread = availability && availability.zones > 1;
  return (
    <Part title={t("when")}>
      <Line
        term={simulation.messageOnly ? m("available") : t("release")}
        value={runAt ? <Timestamp at={runAt} /> : "–"}
        hint={spread ? t("zones", { zones: availability.zones }) : undefined}
      />
    </Part>
  );
}

/** What is owed until which day. */
export function LiabilityPart({ simulation }: PartProps) {
  const t = useTranslations("campaigns.receipt");
  const { liability, unit } = simulation;
  if (liability.length === 0) return null;
  const shown = liability.slice(0, DATES_SHOWN);
  const rest = liability.slice(DATES_SHOWN);
  return (
    <Part title={t("liability")}>
      {shown.map((line) => (
        <Line
          key={line.expiresAt?.toISOString() ?? "never"}
          term={line.expiresAt ? <UntilDay at={line.expiresAt} /> : t("expiresNever")}
          value={<Money minor={line.amount} unit={unit} />}
        />
      ))}
      {rest.length > 0 && (
        <Line
          term={t("later", { count: rest.length })}
          value={<Money minor={rest.reduce((sum, line) => sum + line.amount, 0n)} unit={unit} />}
        />
      )}
    </Part>
  );
}

function UntilDay({ at }: { at: Date }) {
  const t = useTranslations("campaigns.receipt");
  const locale = useLocale();
  const shop = useShop();
  return t("until", { time: formatDateTime(lastMoment(at), shop.timeZone, locale) });
}

/** What it may earn, and whether that could be shown. */
export function GainPart({ simulation }: PartProps) {
  const t = useTranslations("campaigns.receipt");
  const locale = useLocale();
  const { unit, profit, marginIsAssumed } = simulation;
  const margin = formatBasisPoints(simulation.marginBps, locale);
  const money = (minor: bigint | null) => (minor === null ? "–" : <Money minor={minor} unit={unit} />);
  return (
    <Part title={t("gain")}>
      {!simulation.messageOnly && (
        <>
          <Line
            term={t("profit")}
            value={profit ? <Range low={profit.low} high={profit.high} unit={unit} /> : "–"}
            hint={profit ? t(basisOf(profit, "profit"), { campaigns: profit.campaigns }) : undefined}
            help={<HelpTip term={t("profit")}>{t("profitHelp")}</HelpTip>}
            strong
          />
          <Line
            term={t("breakEven")}
            value={money(simulation.breakEvenPerPerson)}
            hint={marginIsAssumed ? t("marginAssumed", { margin }) : t("margin", { margin })}
            help={<HelpTip term={t("breakEven")}>{t("breakEvenHelp")}</HelpTip>}
          />
        </>
      )}
      <Line
        term={t("detectable")}
        value={money(simulation.detectable)}
        hint={simulation.detectable === null ? t("detectableUnknown") : undefined}
        help={<HelpTip term={t("detectable")}>{t("detectableHelp", { days: simulation.basisDays })}</HelpTip>}
      />
    </Part>
  );
}

export function BudgetPart({ simulation }: PartProps) {
  const t = useTranslations("campaigns.receipt");
  const { budgets, approvals, unit } = simulation;
  return (
    <Part title={t("guards")}>
      {budgets.map((budget) => (
        <div key={budget.scope} className="flex flex-wrap justify-between gap-x-3 gap-y-1 py-1.5">
          <dt className="text-muted">{t(`budgets.${budget.scope}`)}</dt>
          <dd className={cn("tabular text-right", budget.exceeded && "font-semibold text-danger")}>
            <Money minor={budget.after} unit={unit} /> / <Money minor={budget.cap} unit={unit} />
          </dd>
          <dd className="w-full">
            <Progress
              label={t(`budgets.${budget.scope}`)}
              value={shareOf(budget.after, budget.cap)}
              tone={budget.exceeded ? "danger" : "accent"}
            />
            {budget.exceeded && <p className="mt-1 text-danger text-xs">{t("budgetExceeded")}</p>}
          </dd>
        </div>
      ))}
      {budgets.length === 0 && <Line term={t("noBudget")} value="–" />}
      <Line
        term={t("approvals")}
        value={t("approvalsValue", { count: approvals.required })}
        hint={
          approvals.required === 0
            ? approvals.from === null
              ? t("approvalsNever")
              : t("approvalsBelow")
            : t("approvers", { count: approvals.approvers })
        }
      />
    </Part>
  );
}

const shareOf = (part: bigint, whole: bigint): number => (whole <= 0n ? 1 : Number((part * 10_000n) / whole) / 10_000);

function Range({ low, high, unit }: { low: bigint; high: bigint; unit: string }) {
  const t = useTranslations("campaigns.receipt");
  return t.rich("range", { low: () => <Money minor={low} unit={unit} />, high: () => <Money minor={high} unit={unit} /> });
}

function Part({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className="flex flex-col">
      <h3 className="pb-1 font-medium text-2xs text-faint uppercase tracking-wide">{title}</h3>
      <dl className="flex flex-col">{children}</dl>
    </section>
  );
}

type LineProps = { term: ReactNode; value: ReactNode; hint?: ReactNode; help?: ReactNode; strong?: boolean };

function Line({ term, value, hint, help, strong = false }: LineProps) {
  return (
    <div className="grid grid-cols-[1fr_auto] items-baseline gap-x-3 py-1">
      <dt className="flex min-w-0 items-center gap-1 text-muted">
        {term}
        {help}
      </dt>
      <dd className={cn("tabular text-right text-ink", strong && "font-semibold")}>{value}</dd>
      {hint && <dd className="col-span-2 text-faint text-xs">{hint}</dd>}
    </div>
  );
}
