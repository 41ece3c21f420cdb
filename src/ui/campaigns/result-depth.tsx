"use client";

import { useLocale, useTranslations } from "next-intl";
import { BarChart } from "../charts/bar-chart";
import { LineChart } from "../charts/line-chart";
import { formatMoney, formatNumber } from "../format";
import { Card, Section } from "../primitives/card";
import { Table, TableFrame, Td, Th, Tr } from "../primitives/table";
import { Money } from "../primitives/values";
import type { Report } from "./campaign-figures";
import { Robustness } from "./result-robustness";

/** From more revenue to more profit, how fast credit is redeemed, what each amount did, and the same effect by other methods. */
export function ResultDepth({ report, campaignId }: { report: Report; campaignId: string }) {
  return (
    <>
      <Waterfall report={report} />
      <Redemption report={report} />
      <Variants report={report} />
      <Methods report={report} campaignId={campaignId} />
    </>
  );
}

const STEPS = ["incrementalRevenue", "goods", "credit", "messages"] as const;

function Waterfall({ report }: { report: Report }) {
  const t = useTranslations("analytics.report");
  if (!report.waterfall) return null;
  const { waterfall } = report;
  let at = 0n;
  const bars = STEPS.filter((step) => step !== "credit" || !report.messageOnly).map((step) => {
    const value = waterfall[step];
    const from = at;
    at += value;
    return { id: step, label: t(`step.${step}`), value, from, tone: value < 0n ? ("danger" as const) : ("neutral" as const) };
  });
  return (
    <Section title={t("waterfall")} description={t("waterfallText")}>
      <Card>
        <BarChart
          title={t("waterfall")}
          titleHidden
          categoryLabel={t("stepHead")}
          valueLabel={t("amount")}
          format={{ kind: "money", unit: report.unit }}
          bars={[
            ...bars,
            { id: "profit", label: t("step.profit"), value: waterfall.profit, tone: waterfall.profit < 0n ? "danger" : "accent" },
          ]}
        />
      </Card>
    </Section>
  );
}

function Redemption({ report }: { report: Report }) {
  const t = useTranslations("analytics.report");
  const granted = Number(report.credit.granted);
  if (granted === 0 || report.redemption.length < 2) return null;
  return (
    <Section title={t("redemption")} description={t("redemptionText")}>
      <Card>
        <LineChart
          title={t("redemption")}
          titleHidden
          xLabel={t("day")}
          format={{ kind: "percent", digits: 1 }}
          series={[
            {
              id: "share",
              label: t("redeemedShare"),
              points: report.redemption.map(({ day, redeemed }) => ({ x: day, value: Number(redeemed) / granted })),
            },
          ]}
        />
      </Card>
    </Section>
  );
}

function useInterval(unit: string) {
  const t = useTranslations("analytics.report");
  const locale = useLocale();
  const money = (minor: bigint) => formatMoney(minor, unit, locale, { sign: "always" });
  return (estimate: { value: bigint; low: bigint; high: bigint } | null) =>
    estimate ? t("interval", { value: money(estimate.value), low: money(estimate.low), high: money(estimate.high) }) : "–";
}

/** Dose and response: only where several amounts were given. */
function Variants({ report }: { report: Report }) {
  const t = useTranslations("analytics.report");
  const locale = useLocale();
  const interval = useInterval(report.unit);
  if (report.variants.length < 2) return null;
  return (
    <Section title={t("variants")} description={t("variantsText")}>
      <TableFrame label={t("variants")}>
        <Table aria-label={t("variants")}>
          <thead>
            <Tr>
              <Th>{t("variantAmount")}</Th>
              {(["people", "buyers", "perPerson", "redeemed", "effect", "profit"] as const).map((key) => (
                <Th key={key} className="text-right">
                  {t(key)}
                </Th>
              ))}
            </Tr>
          </thead>
          <tbody>
            {report.variants.map((variant) => (
              <Tr key={variant.variant}>
                <Th scope="row">
                  <Money minor={variant.amount} unit={report.unit} />
                </Th>
                <Td className="tabular text-right">{formatNumber(variant.people, locale)}</Td>
                <Td className="tabular text-right">{formatNumber(variant.buyers, locale)}</Td>
                <Td className="tabular text-right">
                  <Money minor={variant.perPerson} unit={report.unit} />
                </Td>
                <Td className="tabular text-right">
                  <Money minor={variant.redeemed} unit={report.unit} />
                </Td>
                <Td className="tabular text-right">{interval(variant.effect)}</Td>
                <Td className="tabular text-right">{interval(variant.profitPerPerson)}</Td>
              </Tr>
            ))}
          </tbody>
        </Table>
      </TableFrame>
    </Section>
  );
}

function Methods({ report, campaignId }: { report: Report; campaignId: string }) {
  const t = useTranslations("analytics.report");
  const interval = useInterval(report.unit);
  if (report.methods.length === 0) return null;
  return (
    <Section title={t("methods")}>
      <details className="group max-w-prose text-sm">
        <summary className="cursor-pointer rounded text-accent underline-offset-4 hover:underline">{t("explain")}</summary>
        <div className="mt-3 flex flex-col gap-2 text-muted">
          {(["holdout", "interval", "early", "cost", "attributed"] as const).map((part) => (
            <p key={part}>{t(`explained.${part}`)}</p>
          ))}
        </div>
      </details>
      <TableFrame label={t("methods")} className="mt-3">
        <Table aria-label={t("methods")}>
          <thead>
            <Tr>
              <Th>{t("method")}</Th>
              <Th className="text-right">{t("effect")}</Th>
            </Tr>
          </thead>
          <tbody>
            {report.methods.map(({ method, primary, revenuePerPerson }) => (
              <Tr key={method}>
                <Th scope="row">
                  {t(`methodName.${method}`)}
                  {primary && <span className="text-muted"> · {t("primary")}</span>}
                </Th>
                <Td className="tabular text-right">{interval(revenuePerPerson)}</Td>
              </Tr>
            ))}
          </tbody>
        </Table>
      </TableFrame>
      <Robustness campaignId={campaignId} unit={report.unit} />
    </Section>
  );
}
