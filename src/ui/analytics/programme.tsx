"use client";

import { useLocale, useTranslations } from "next-intl";
import { RFM_GROUPS } from "@/server/scoring/schema";
import { BarChart } from "../charts/bar-chart";
import { formatMoney, formatNumber, formatPercent } from "../format";
import { monthLabel } from "../ledger/month-label";
import { Card, Section } from "../primitives/card";
import { DataTable } from "../primitives/data-table";
import { ReportActions } from "../primitives/report-actions";
import { EmptyState, Notice } from "../primitives/states";
import { Money, Timestamp } from "../primitives/values";
import { useShop } from "../shell/shop-context";
import { type RouterOutput, trpc } from "../trpc";
import { Findings } from "./findings";
import { ForestPlot, type ForestRow } from "./forest-plot";
import { ProgrammeHeadline } from "./headline";
import { HoldoutPart } from "./holdout-part";
import { Loaded } from "./loading";
import { useStrategyName } from "./use-strategy-name";

type Data = RouterOutput["roi"]["programme"];
type Part = Data["byStrategy"][number];

/** All campaigns together: the pooled estimate first, then every campaign, by strategy, segment and group, and what comes next. */
export function Programme() {
  const shop = useShop();
  const query = trpc.roi.programme.useQuery({ shopId: shop.id });
  return (
    <div className="flex min-w-0 flex-col gap-10">
      <Loaded query={query}>{(data) => <Results data={data} />}</Loaded>
      <Findings />
      <HoldoutPart />
    </div>
  );
}

function Results({ data }: { data: Data }) {
  const t = useTranslations("analytics.programme");
  const locale = useLocale();
  const shop = useShop();
  const strategyName = useStrategyName();
  const group = useTranslations("scoring.group");
  const groupName = (key: string) => {
    const known = RFM_GROUPS.find((name) => name === key);
    return known ? group(known) : key;
  };
  if (data.campaigns.length === 0)
    return (
      <Card>
        <EmptyState title={t("emptyTitle")} text={t("emptyText")} />
      </Card>
    );
  const { pooled, unit } = data;
  const rows: ForestRow[] = data.campaigns.flatMap(({ campaignId, name, profitPerPerson }) =>
    profitPerPerson ? [{ id: campaignId, label: name, ...profitPerPerson }] : [],
  );
  return (
    <div className="flex min-w-0 flex-col gap-10">
      <div className="flex min-w-0 flex-col gap-3">
        <ProgrammeHeadline headline={data.headline} pooled={pooled} />
        <ReportActions csv={`/api/analytics/${shop.id}/programme.csv`} />
        <p className="max-w-prose text-muted text-sm">{pooled.status === "ok" ? t("method") : t("tooFew")}</p>
        {data.otherUnits.length > 0 && <Notice tone="info" title={t("otherUnits", { units: data.otherUnits.join(", ") })} />}
      </div>
      <Section title={t("forest")} description={t("forestText")}>
        <Card>
          <ForestPlot
            title={t("forest")}
            unit={unit}
            labelHead={t("campaign")}
            rows={pooled.status === "ok" ? [...rows, { id: "pooled", label: t("pooled"), ...pooled.perPerson, isPooled: true }] : rows}
          />
        </Card>
      </Section>
      <CampaignTable data={data} />
      <Parts title={t("byStrategy")} parts={data.byStrategy} unit={unit} nameOf={strategyName} />
      <Parts title={t("bySegment")} parts={data.bySegment} unit={unit} />
      <Parts title={t("byGroup")} parts={data.byGroup} unit={unit} nameOf={groupName} />
      <Section title={t("months")}>
        <Card>
          <BarChart
            title={t("granted")}
            categoryLabel={t("month")}
            valueLabel={t("granted")}
            format={{ kind: "money", unit }}
            bars={data.months.map(({ month, granted }) => ({ id: month, label: monthLabel(month, locale), value: granted }))}
          />
        </Card>
      </Section>
      <Planned planned={data.planned} unit={unit} />
    </div>
  );
}

function CampaignTable({ data }: { data: Data }) {
  const t = useTranslations("analytics.programme");
  const verdict = useTranslations("analytics.verdict");
  const locale = useLocale();
  const shop = useShop();
  return (
    <Section title={t("campaigns")}>
      <DataTable
        label={t("campaigns")}
        rows={data.campaigns}
        loading={false}
        error={null}
        onRetry={() => {}}
        empty={null}
        rowKey={(row) => row.campaignId}
        rowHref={(row) => `/s/${shop.id}/campaigns/${row.campaignId}?tab=result`}
        columns={[
          { id: "name", header: t("campaign"), cell: (row) => row.name },
          { id: "verdict", header: t("verdict"), cell: (row) => verdict(row.verdict) },
          { id: "people", header: t("people"), align: "end", cell: (row) => formatNumber(row.people, locale), hideBelow: "md" },
          { id: "cost", header: t("cost"), align: "end", cell: (row) => <Money minor={row.cost} unit={data.unit} />, hideBelow: "sm" },
          {
            id: "perPerson",
            header: t("perPerson"),
            align: "end",
            cell: (row) => (row.profitPerPerson ? <Money minor={row.profitPerPerson.value} unit={data.unit} sign="always" /> : "–"),
          },
          {
            id: "shrunken",
            header: t("shrunken"),
            align: "end",
            cell: (row) => (row.shrunken ? <Money minor={row.shrunken.value} unit={data.unit} sign="always" /> : "–"),
            hideBelow: "lg",
          },
          {
            id: "weight",
            header: t("weight"),
            align: "end",
            cell: (row) => (row.weight === null ? "–" : formatPercent(row.weight, locale, { digits: 0 })),
            hideBelow: "lg",
          },
          {
            id: "profit",
            header: t("profit"),
            align: "end",
            cell: (row) => (row.profit ? <Money minor={row.profit.value} unit={data.unit} sign="always" /> : "–"),
          },
        ]}
      />
    </Section>
  );
}

type PartsProps = {
  title: string;
  parts: readonly Part[];
  unit: string;
  /** The reader's name for a key; the label as it was stored otherwise. */
  nameOf?: (key: string) => string;
};

function Parts({ title, parts, unit, nameOf }: PartsProps) {
  const t = useTranslations("analytics.programme");
  const locale = useLocale();
  if (parts.length === 0) return null;
  const interval = (part: Part) => {
    const estimate = part.pooled.status === "ok" ? part.pooled.perPerson : part.raw;
    if (!estimate) return t("unknown");
    const money = (minor: bigint) => formatMoney(minor, unit, locale, { sign: "always" });
    return t("interval", { value: money(estimate.value), low: money(estimate.low), high: money(estimate.high) });
  };
  return (
    <Section title={title}>
      <DataTable
        label={title}
        rows={parts}
        loading={false}
        error={null}
        onRetry={() => {}}
        empty={null}
        rowKey={(row) => row.key}
        columns={[
          { id: "label", header: title, cell: (row) => (nameOf ? nameOf(row.key) : row.label) },
          { id: "campaigns", header: t("count"), align: "end", cell: (row) => formatNumber(row.campaigns, locale) },
          { id: "people", header: t("people"), align: "end", cell: (row) => formatNumber(row.people, locale), hideBelow: "sm" },
          { id: "cost", header: t("cost"), align: "end", cell: (row) => <Money minor={row.cost} unit={unit} />, hideBelow: "md" },
          { id: "effect", header: t("perPersonInterval"), align: "end", cell: (row) => <span className="tabular">{interval(row)}</span> },
        ]}
      />
    </Section>
  );
}

function Planned({ planned, unit }: { planned: Data["planned"]; unit: string }) {
  const t = useTranslations("analytics.programme");
  const shop = useShop();
  if (planned.length === 0) return null;
  return (
    <Section title={t("planned")}>
      <DataTable
        label={t("planned")}
        rows={planned}
        loading={false}
        error={null}
        onRetry={() => {}}
        empty={null}
        rowKey={(row) => row.campaignId}
        rowHref={(row) => `/s/${shop.id}/campaigns/${row.campaignId}`}
        columns={[
          { id: "name", header: t("campaign"), cell: (row) => row.name },
          { id: "at", header: t("at"), cell: (row) => <Timestamp at={row.at} /> },
          {
            id: "worst",
            header: t("worst"),
            align: "end",
            cell: (row) => (row.worst === null ? "–" : <Money minor={row.worst} unit={unit} />),
          },
        ]}
      />
    </Section>
  );
}
