"use client";

import { useLocale, useTranslations } from "next-intl";
import type { ReactNode } from "react";
import { LineChart } from "../charts/line-chart";
import { formatBasisPoints, formatDate, formatDateTime, formatMoney, formatNumber, formatPercent } from "../format";
import { Badge, type Tone } from "../primitives/badge";
import { Card, Section } from "../primitives/card";
import { ReportActions } from "../primitives/report-actions";
import { SkeletonText } from "../primitives/skeleton";
import { Stat, StatRow } from "../primitives/stat";
import { EmptyState, ErrorState } from "../primitives/states";
import { Table, TableFrame, Td, Th, Tr } from "../primitives/table";
import { Money } from "../primitives/values";
import { useShop } from "../shell/shop-context";
import type { Report } from "./campaign-figures";
import { ResultDepth } from "./result-depth";
import { ResultWarnings } from "./result-warnings";
import type { Campaign } from "./use-autosave";

type Query = { data: Report | undefined; error: unknown; refetch: () => unknown };

/** The sentence first, then the numbers behind it, the curve, and what is only attributed. */
export function CampaignResult({ campaign, report }: { campaign: Campaign; report: Query }) {
  const t = useTranslations("campaigns.result");
  const shop = useShop();
  if (!campaign.drop?.frozenAt) return <EmptyState title={t("title")} text={t("verdict.not_started")} />;
  if (report.error && !report.data) return <ErrorState error={report.error} onRetry={() => void report.refetch()} />;
  if (!report.data) return <SkeletonText lines={6} />;
  return (
    <div className="flex flex-col gap-8">
      <div className="flex flex-col gap-3">
        <Sentence report={report.data} zone={campaign.timeZone} />
        <ReportActions csv={`/api/analytics/${shop.id}/report/${campaign.id}.csv`} />
        <ResultWarnings report={report.data} />
      </div>
      {report.data.effect && <Effect report={report.data} effect={report.data.effect} />}
      <Arms report={report.data} zone={campaign.timeZone} />
      <Curve report={report.data} />
      <ResultDepth report={report.data} campaignId={campaign.id} />
      {campaign.offer.type !== "none" && (
        <Section title={t("attributed")}>
          <p className="max-w-prose text-muted text-sm">
            <Attributed report={report.data} />
          </p>
        </Section>
      )}
    </div>
  );
}

const TONE: Record<Report["verdict"]["kind"], Tone> = {
  not_started: "neutral",
  too_early: "info",
  insufficient_data: "neutral",
  not_proven: "neutral",
  proven_profit: "accent",
  proven_loss: "danger",
};

const LABEL = {
  not_started: "none",
  too_early: "early",
  insufficient_data: "none",
  not_proven: "notProven",
  proven_profit: "proven",
  proven_loss: "proven",
} as const satisfies Record<Report["verdict"]["kind"], string>;

/** Which words fit: a person "with credit" or "with message". */
const kindOf = (report: Report) => (report.messageOnly ? "message" : "credit");

function Sentence({ report, zone }: { report: Report; zone: string }) {
  const t = useTranslations("campaigns.result");
  const locale = useLocale();
  const { verdict, effect, window } = report;
  const money = (minor: bigint, sign = false) => formatMoney(minor, report.unit, locale, sign ? { sign: "always" } : {});
  const profit = effect?.profitPerPerson;
  const values = {
    // "earned … more" needs no sign; a change does.
    value: profit ? money(profit.value, verdict.kind !== "proven_profit") : "",
    low: profit ? money(profit.low) : "",
    high: profit ? money(profit.high) : "",
    maturesAt: window ? formatDate(window.maturesAt, zone, locale) : "",
    kind: kindOf(report),
    reason: verdict.reason ? t(`reason.${verdict.reason}`, { kind: kindOf(report) }) : "",
  };
  return (
    <Card className="flex flex-col gap-2">
      <div>
        <Badge tone={TONE[verdict.kind]}>{t(`state.${LABEL[verdict.kind]}`)}</Badge>
      </div>
      <p className="max-w-prose text-balance font-medium text-ink text-lg">{t(`verdict.${verdict.kind}`, values)}</p>
      {verdict.kind === "too_early" && profit && <p className="max-w-prose text-muted text-sm">{t("preliminary", values)}</p>}
      {verdict.kind === "too_early" && verdict.reason && <p className="max-w-prose text-muted text-sm">{t("waiting", values)}</p>}
      {verdict.revenueProven && verdict.kind !== "proven_profit" && (
        <p className="max-w-prose text-muted text-sm">{t("revenueProven", values)}</p>
      )}
    </Card>
  );
}

function Effect({ report, effect }: { report: Report; effect: NonNullable<Report["effect"]> }) {
  const t = useTranslations("campaigns.result");
  const locale = useLocale();
  const margin = formatBasisPoints(report.marginBps, locale);
  const interval = (estimate: { low: bigint; high: bigint }) =>
    t("interval", { low: formatMoney(estimate.low, report.unit, locale), high: formatMoney(estimate.high, report.unit, locale) });
  const share = ({ low, high }: { low: number; high: number }) => ({
    low: formatPercent(low, locale, { digits: 0, sign: true }),
    high: formatPercent(high, locale, { digits: 0, sign: true }),
  });
  // Messages without a price cost nothing: there is no ratio to it.
  const spends = !report.messageOnly || effect.cost > 0n;
  const signed = (minor: bigint) => <Money minor={minor} unit={report.unit} sign="always" />;
  return (
    <StatRow>
      <Stat label={t("revenue")} value={signed(effect.incrementalRevenue.value)} hint={interval(effect.incrementalRevenue)} />
      <Stat
        label={t("profit")}
        value={signed(effect.profit.value)}
        hint={
          <>
            {interval(effect.profit)}, {report.marginIsAssumed ? t("marginAssumed", { margin }) : t("margin", { margin })}
          </>
        }
      />
      {spends && (
        <Stat
          label={report.messageOnly ? t("costMessages") : t("cost")}
          value={<Money minor={effect.cost} unit={report.unit} />}
          hint={report.messageOnly ? undefined : t("costHint")}
        />
      )}
      {spends && (
        <Stat
          label={t("roi")}
          value={effect.roi === null ? "–" : formatPercent(effect.roi, locale, { sign: true })}
          hint={
            <>
              {report.messageOnly ? t("roiHintMessages") : t("roiHint")}
              {effect.roiInterval && `, ${t("interval", share(effect.roiInterval))}`}
              {effect.roi !== null && !effect.roiInterval && `, ${t("roiOpen")}`}
            </>
          }
        />
      )}
    </StatRow>
  );
}

function Arms({ report, zone }: { report: Report; zone: string }) {
  const t = useTranslations("campaigns.result");
  const locale = useLocale();
  if (!report.window) return null;
  const row = (name: "treated" | "control") => {
    const arm = report.arms[name];
    return (
      <Tr key={name}>
        <Td>{t(name, { kind: kindOf(report) })}</Td>
        <NumberCell>{formatNumber(arm.people, locale)}</NumberCell>
        <NumberCell>{formatNumber(arm.buyers, locale)}</NumberCell>
        <NumberCell>{formatNumber(arm.orders, locale)}</NumberCell>
        <NumberCell>
          <Money minor={arm.revenue} unit={report.unit} />
        </NumberCell>
        <NumberCell>
          <Money minor={arm.perPerson} unit={report.unit} />
        </NumberCell>
      </Tr>
    );
  };
  const { checks } = report;
  return (
    <Section
      title={t("arms")}
      description={t("armsHint", {
        kind: kindOf(report),
        from: formatDateTime(report.window.from, zone, locale),
        to: formatDateTime(report.window.to, zone, locale),
      })}
    >
      <TableFrame label={t("arms")}>
        <Table aria-label={t("arms")}>
          <thead>
            <Tr>
              <Th>{t("arm")}</Th>
              {(["people", "buyers", "orders", "armRevenue", "armPerPerson"] as const).map((key) => (
                <Th key={key} className="text-right">
                  {t(key)}
                </Th>
              ))}
            </Tr>
          </thead>
          <tbody>
            {row("treated")}
            {row("control")}
          </tbody>
        </Table>
      </TableFrame>
      {checks.otherCurrencyOrders > 0 && <p className="text-muted text-sm">{t("otherCurrency", { count: checks.otherCurrencyOrders })}</p>}
    </Section>
  );
}

const NumberCell = ({ children }: { children: ReactNode }) => <Td className="tabular text-right">{children}</Td>;

function Curve({ report }: { report: Report }) {
  const t = useTranslations("campaigns.result");
  if (report.arms.control.people === 0) return null;
  if (report.curve.length < 2) return <p className="text-muted text-sm">{t("curveEmpty")}</p>;
  const points = (arm: "treated" | "control") => report.curve.map((day) => ({ x: day.day, value: day[arm] }));
  const differences = report.curve.flatMap(({ day, difference }) => (difference ? [{ x: day, ...difference }] : []));
  const format = { kind: "money", unit: report.unit } as const;
  return (
    <div className="grid min-w-0 gap-8 lg:grid-cols-2">
      <LineChart
        title={t("curve")}
        xLabel={t("curveDay")}
        format={format}
        series={[
          { id: "treated", label: t("treated", { kind: kindOf(report) }), points: points("treated") },
          { id: "control", label: t("control"), points: points("control"), dashed: true },
        ]}
      />
      {differences.length > 1 && (
        <LineChart
          title={t("difference")}
          xLabel={t("curveDay")}
          format={format}
          series={[{ id: "difference", label: t("differenceLine"), points: differences }]}
        />
      )}
    </div>
  );
}

function Attributed({ report }: { report: Report }) {
  const t = useTranslations("campaigns.result");
  const locale = useLocale();
  const { attributed, cannibalisation } = report;
  return (
    <>
      {t("attributedText", { orders: attributed.orders, revenue: formatMoney(attributed.revenue, report.unit, locale) })}
      {/* Before returns have matured, or beyond all of it, the share would be noise. */}
      {cannibalisation !== null &&
        !report.preliminary &&
        cannibalisation > 0 &&
        cannibalisation < 1 &&
        ` ${t("cannibalisation", { share: formatPercent(cannibalisation, locale, { digits: 0 }) })}`}
    </>
  );
}
