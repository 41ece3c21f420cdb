"use client";

import { useLocale, useTranslations } from "next-intl";
import type { RfmGroup, RfmResult } from "@/server/scoring/schema";
import { usePrepareCampaign } from "../analytics/use-prepare-campaign";
import { Sparkline } from "../charts/sparkline";
import { formatNumber, formatPercent } from "../format";
import { Button } from "../primitives/button";
import { DataTable } from "../primitives/data-table";
import { Money } from "../primitives/values";
import { useShop } from "../shell/shop-context";
import type { RouterOutput } from "../trpc";
import { proposalFor } from "./proposal";

type Row = RfmResult["groups"][number];
type GroupsTableProps = {
  result: RfmResult;
  history: RouterOutput["scoring"]["history"];
  chosen: RfmGroup | null;
  onChoose: (group: RfmGroup) => void;
};

export function GroupsTable({ result, history, chosen, onChoose }: GroupsTableProps) {
  const t = useTranslations("scoring.groups");
  const name = useTranslations("scoring.group");
  const advice = useTranslations("scoring.advice");
  const locale = useLocale();
  const share = (row: Row) => (result.customers === 0 ? 0 : row.customers / result.customers);
  const past = (group: RfmGroup) => history.map((run) => run.groups.find((entry) => entry.group === group)?.customers ?? 0);
  return (
    <DataTable
      label={t("title")}
      rows={result.groups}
      loading={false}
      error={null}
      onRetry={() => {}}
      empty={null}
      rowKey={(row) => row.group}
      columns={[
        {
          id: "group",
          header: t("group"),
          cell: (row) => (
            <div className="flex max-w-72 flex-col whitespace-normal py-1">
              <button
                type="button"
                aria-pressed={chosen === row.group}
                className="self-start rounded font-medium text-ink underline-offset-4 hover:underline aria-pressed:text-accent"
                onClick={() => onChoose(row.group)}
              >
                {name(row.group)}
              </button>
              <span className="text-muted text-xs">{advice(row.group)}</span>
            </div>
          ),
        },
        {
          id: "customers",
          header: t("customers"),
          align: "end",
          cell: (row) => (
            <span className="tabular">
              {formatNumber(row.customers, locale)} <span className="text-faint">{formatPercent(share(row), locale, { digits: 0 })}</span>
            </span>
          ),
          sortable: (row) => row.customers,
        },
        {
          id: "history",
          header: t("history"),
          hideBelow: "lg",
          cell: (row) =>
            history.length > 1 ? (
              <Sparkline label={t("historyOf", { group: name(row.group) })} values={past(row.group)} format={{ kind: "number" }} />
            ) : (
              <span className="text-faint">–</span>
            ),
        },
        {
          id: "revenue",
          header: t("revenue"),
          align: "end",
          cell: (row) => <Money minor={row.revenue} unit={result.currency} />,
          sortable: (row) => BigInt(row.revenue),
        },
        {
          id: "averageOrder",
          header: t("averageOrder"),
          align: "end",
          hideBelow: "md",
          cell: (row) => (row.averageOrder === null ? "–" : <Money minor={row.averageOrder} unit={result.currency} />),
        },
        {
          id: "orders",
          header: t("orders"),
          align: "end",
          hideBelow: "md",
          cell: (row) => (row.ordersPerCustomer === null ? "–" : formatNumber(row.ordersPerCustomer, locale, { digits: 1 })),
        },
        {
          id: "days",
          header: t("days"),
          align: "end",
          hideBelow: "lg",
          cell: (row) => (row.daysSinceLast === null ? "–" : formatNumber(Math.round(row.daysSinceLast), locale)),
        },
        { id: "act", header: t("act"), headerHidden: true, align: "end", cell: (row) => <Prepare row={row} unit={result.currency} /> },
      ]}
    />
  );
}

/** Opens a campaign that suits the group, with everything still to be changed. */
function Prepare({ row, unit }: { row: Row; unit: string }) {
  const t = useTranslations("scoring.groups");
  const name = useTranslations("scoring.group");
  const shop = useShop();
  const { prepare, pending } = usePrepareCampaign();
  if (!shop.can("campaign.write") || row.customers === 0) return null;
  const label = t("campaignFor", { group: name(row.group) });
  return (
    <Button size="sm" aria-label={label} loading={pending} onClick={() => prepare({ ...proposalFor(row, unit), name: label })}>
      {t("campaign")}
    </Button>
  );
}
