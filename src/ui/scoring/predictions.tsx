"use client";

import { useLocale, useTranslations } from "next-intl";
import type { PredictionResult } from "@/server/scoring/schema";
import { BarChart } from "../charts/bar-chart";
import { formatNumber, formatPercent } from "../format";
import { Card, Section } from "../primitives/card";
import { DataTable } from "../primitives/data-table";
import { HelpTip } from "../primitives/help-tip";
import { Stat, StatRow } from "../primitives/stat";
import { EmptyState, Notice } from "../primitives/states";
import { Money } from "../primitives/values";
import { useShop } from "../shell/shop-context";
import { type RouterOutput, trpc } from "../trpc";
import { Failed, RunLine, Waiting } from "./run-line";

type Overview = RouterOutput["scoring"]["predictions"];

/** What customers will probably order and be worth, and how well the model did on the past. */
export function Predictions() {
  const t = useTranslations("scoring.forecast");
  const shop = useShop();
  const query = trpc.scoring.predictions.useQuery(
    { shopId: shop.id },
    { refetchInterval: (current) => (current.state.data?.running ? 1_500 : false) },
  );
  if (query.error) return <Failed error={query.error} onRetry={() => void query.refetch()} />;
  if (!query.data) return <Waiting />;
  const { latest, running, failed } = query.data;
  return (
    <div className="flex min-w-0 flex-col gap-6">
      <RunLine kind="prediction" at={latest?.at ?? null} running={running} failed={failed} />
      {!latest || latest.result.method === "none" ? (
        <Card>
          <EmptyState title={t("emptyTitle")} text={t("emptyText")} />
        </Card>
      ) : (
        <Forecast result={latest.result} overview={query.data} />
      )}
    </div>
  );
}

function Forecast({ result, overview }: { result: PredictionResult; overview: Overview }) {
  const t = useTranslations("scoring.forecast");
  const locale = useLocale();
  const { totals, currency } = result;
  return (
    <div className="flex min-w-0 flex-col gap-10">
      {result.method === "medians" && (
        <Notice tone="info" title={t("medians")}>
          {result.reason && t(`reason.${result.reason}`)}
        </Notice>
      )}
      {totals && (
        <StatRow>
          <Stat label={t("orders")} value={formatNumber(Math.round(totals.orders), locale)} hint={t("nextYear")} />
          <Stat label={t("revenue")} value={<Money minor={totals.revenue} unit={currency} />} hint={t("nextYear")} />
          <Stat label={t("clv3")} value={<Money minor={totals.clv3} unit={currency} />} hint={t("contribution")} />
          <Stat label={t("clv12")} value={<Money minor={totals.clv12} unit={currency} />} hint={t("contribution")} />
          <Stat label={t("clv24")} value={<Money minor={totals.clv24} unit={currency} />} hint={t("contribution")} />
        </StatRow>
      )}
      {result.backtest && <Backtest backtest={result.backtest} currency={currency} />}
      <div className="grid min-w-0 gap-8 lg:grid-cols-2">
        <Section title={t("alive")} description={t("aliveText")}>
          <Card>
            <BarChart
              title={t("alive")}
              titleHidden
              categoryLabel={t("probability")}
              valueLabel={t("customers")}
              format={{ kind: "number" }}
              bars={overview.alive.map(({ from, to, customers }) => ({
                id: String(from),
                label: t("range", { from: formatPercent(from, locale, { digits: 0 }), to: formatPercent(to, locale, { digits: 0 }) }),
                value: customers,
              }))}
            />
          </Card>
        </Section>
        <Section title={t("tiers")} description={t("tiersText")}>
          <DataTable
            label={t("tiers")}
            rows={overview.tiers}
            loading={false}
            error={null}
            onRetry={() => {}}
            empty={<EmptyState title={t("emptyTitle")} text={t("emptyText")} />}
            rowKey={(row) => row.tier}
            columns={[
              { id: "tier", header: t("tier"), cell: (row) => t(`tierName.${row.tier}`) },
              { id: "customers", header: t("customers"), align: "end", cell: (row) => formatNumber(row.customers, locale) },
              {
                id: "from",
                header: t("from"),
                align: "end",
                cell: (row) => (row.from === null ? "–" : <Money minor={row.from} unit={currency} />),
              },
              { id: "value", header: t("value"), align: "end", cell: (row) => <Money minor={row.value} unit={currency} /> },
            ]}
          />
        </Section>
      </div>
      <ByGroup groups={overview.groups} currency={currency} />
    </div>
  );
}

type BacktestProps = { backtest: NonNullable<PredictionResult["backtest"]>; currency: string };

/** The forecast for a time that is over, beside what came true: the measure of how far to trust the rest of the page. */
function Backtest({ backtest, currency }: BacktestProps) {
  const t = useTranslations("scoring.forecast");
  const locale = useLocale();
  const error = (value: number | null) => (value === null ? "–" : formatPercent(value, locale, { digits: 1, sign: true }));
  return (
    <Section title={t("backtest")} description={t("backtestText", { days: backtest.days, customers: backtest.customers })}>
      <div className="flex min-w-0 flex-col gap-4">
        <StatRow>
          <Stat
            label={t("ordersPredicted")}
            value={formatNumber(Math.round(backtest.ordersPredicted), locale)}
            hint={t("actually", { value: formatNumber(backtest.ordersActual, locale) })}
          />
          <Stat label={t("error")} value={error(backtest.ordersError)} hint={t("ofOrders")} />
          {backtest.revenuePredicted !== null && backtest.revenueActual !== null && (
            <>
              <Stat
                label={t("revenuePredicted")}
                value={<Money minor={backtest.revenuePredicted} unit={currency} />}
                hint={t.rich("actuallyMoney", { value: () => <Money minor={backtest.revenueActual ?? 0n} unit={currency} /> })}
              />
              <Stat label={t("error")} value={error(backtest.revenueError)} hint={t("ofRevenue")} />
            </>
          )}
          <Stat
            label={t("perCustomer")}
            help={<HelpTip term={t("perCustomer")}>{t("perCustomerHelp")}</HelpTip>}
            value={formatNumber(backtest.meanAbsoluteError, locale, { digits: 2 })}
            hint={t("naive", { value: formatNumber(backtest.naiveError, locale, { digits: 2 }) })}
          />
        </StatRow>
        <DataTable
          label={t("deciles")}
          rows={backtest.deciles.map((decile, index) => ({ ...decile, id: index + 1 }))}
          loading={false}
          error={null}
          onRetry={() => {}}
          empty={null}
          rowKey={(row) => String(row.id)}
          columns={[
            { id: "decile", header: t("decile"), cell: (row) => t("decileName", { number: row.id }) },
            { id: "customers", header: t("customers"), align: "end", cell: (row) => formatNumber(row.customers, locale) },
            {
              id: "predicted",
              header: t("ordersPredicted"),
              align: "end",
              cell: (row) => formatNumber(row.predicted, locale, { digits: 2 }),
            },
            { id: "actual", header: t("ordersActual"), align: "end", cell: (row) => formatNumber(row.actual, locale, { digits: 2 }) },
          ]}
        />
      </div>
    </Section>
  );
}

function ByGroup({ groups, currency }: { groups: Overview["groups"]; currency: string }) {
  const t = useTranslations("scoring.forecast");
  const name = useTranslations("scoring.group");
  const locale = useLocale();
  return (
    <Section title={t("byGroup")}>
      <DataTable
        label={t("byGroup")}
        rows={groups}
        loading={false}
        error={null}
        onRetry={() => {}}
        empty={<EmptyState title={t("noGroupsTitle")} text={t("noGroupsText")} />}
        rowKey={(row) => row.group}
        columns={[
          { id: "group", header: t("group"), cell: (row) => name(row.group) },
          {
            id: "customers",
            header: t("customers"),
            align: "end",
            cell: (row) => formatNumber(row.customers, locale),
            sortable: (row) => row.customers,
          },
          {
            id: "alive",
            header: t("alive"),
            align: "end",
            cell: (row) => (row.alive === null ? "–" : formatPercent(row.alive, locale, { digits: 0 })),
          },
          { id: "orders", header: t("orders"), align: "end", cell: (row) => formatNumber(Math.round(row.orders), locale), hideBelow: "sm" },
          {
            id: "value",
            header: t("revenue"),
            align: "end",
            cell: (row) => <Money minor={row.value} unit={currency} />,
            sortable: (row) => row.value,
          },
          {
            id: "clv12",
            header: t("clv12"),
            align: "end",
            cell: (row) => (row.clv12 === null ? "–" : <Money minor={row.clv12} unit={currency} />),
            hideBelow: "md",
          },
        ]}
      />
    </Section>
  );
}
