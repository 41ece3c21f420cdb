"use client";

import { keepPreviousData } from "@tanstack/react-query";
import { Download, Search, Upload, Users } from "lucide-react";
import { useLocale, useTranslations } from "next-intl";
import { parseAsString, parseAsStringLiteral, useQueryState } from "nuqs";
import { useState } from "react";
import { CUSTOMER_SORTS, type CustomerSort, customerName } from "@/server/customers/schema";
import { formatNumber } from "../format";
import { Badge } from "../primitives/badge";
import { Button, ButtonLink } from "../primitives/button";
import { DataTable } from "../primitives/data-table";
import { HelpTip } from "../primitives/help-tip";
import { Input } from "../primitives/input";
import { Page, PageHeader } from "../primitives/page-header";
import { EmptyState } from "../primitives/states";
import type { DataColumn, TableSort } from "../primitives/table-model";
import { Money, Timestamp } from "../primitives/values";
import { shopPath } from "../shell/navigation";
import { useShop } from "../shell/shop-context";
import { type RouterOutput, trpc } from "../trpc";
import { usePeopleExport } from "./use-people-export";

type Customer = RouterOutput["customers"]["list"]["rows"][number];

const COLUMN_OF: Record<CustomerSort, TableSort> = {
  newest: { columnId: "added", direction: "desc" },
  name: { columnId: "name", direction: "asc" },
  lastOrder: { columnId: "lastOrder", direction: "desc" },
  spent: { columnId: "spent", direction: "desc" },
  orders: { columnId: "orders", direction: "desc" },
};

/** Above this the server does not count. */
const COUNTED = 100_000;

export function CustomersPage() {
  const t = useTranslations("customers");
  const locale = useLocale();
  const shop = useShop();
  const [search, setSearch] = useQueryState("q", parseAsString.withDefault("").withOptions({ throttleMs: 300 }));
  const [sort, setSort] = useQueryState("sort", parseAsStringLiteral(CUSTOMER_SORTS).withDefault("newest"));
  // The page is in the URL and in the history, so that going back from a customer comes back to it.
  const [after, setAfter] = useQueryState("after", parseAsString.withOptions({ history: "push" }));
  const [before, setBefore] = useState<readonly string[]>([]);
  const list = trpc.customers.list.useQuery({ shopId: shop.id, search, sort, cursor: after }, { placeholderData: keepPreviousData });
  const [total, setTotal] = useState<number | null>(null);
  if (list.data && list.data.total !== null && list.data.total !== total) setTotal(list.data.total);
  const restart = () => {
    setBefore([]);
    void setAfter(null);
  };
  const next = list.data?.nextCursor;
  const paging = {
    hasPrevious: after !== null,
    hasNext: Boolean(next),
    onPrevious: () => {
      void setAfter(before.at(-1) || null);
      setBefore(before.slice(0, -1));
    },
    onNext: () => {
      if (!next) return;
      setBefore([...before, after ?? ""]);
      void setAfter(next);
    },
    summary: total === null ? null : total > COUNTED ? t("summaryMany") : t("summary", { count: total }),
  };
  return (
    <Page>
      <PageHeader title={t("title")} description={t("description")} actions={shop.can("customer.export") && <ExportButton />} />
      <Input
        type="search"
        aria-label={t("search")}
        title={t("searchHint")}
        placeholder={t("search")}
        leading={<Search aria-hidden className="size-4" />}
        className="w-80 max-sm:w-full"
        value={search}
        onChange={(event) => {
          restart();
          void setSearch(event.target.value || null);
        }}
      />
      <DataTable
        label={t("label")}
        columns={useColumns(locale)}
        rows={list.data?.rows}
        loading={list.isPending || list.isPlaceholderData}
        error={list.error}
        onRetry={() => void list.refetch()}
        rowKey={(row) => row.id}
        rowHref={(row) => shopPath(shop.id, `/customers/${row.id}`)}
        sorting={{
          mode: "server",
          sort: COLUMN_OF[sort],
          onSortChange: (chosen) => {
            restart();
            const found = CUSTOMER_SORTS.find((name) => COLUMN_OF[name].columnId === chosen?.columnId);
            void setSort(found ?? null);
          },
        }}
        paging={paging}
        empty={
          search ? (
            <EmptyState
              title={t("empty.noneTitle")}
              text={t("empty.noneText", { search })}
              action={
                <Button
                  onClick={() => {
                    restart();
                    void setSearch(null);
                  }}
                >
                  {t("empty.clear")}
                </Button>
              }
            />
          ) : (
            <EmptyState
              icon={<Users aria-hidden />}
              title={t("empty.title")}
              text={t("empty.text")}
              action={
                shop.can("import.write") && (
                  <ButtonLink variant="primary" href={shopPath(shop.id, "/imports/new")}>
                    <Upload aria-hidden />
                    {t("empty.action")}
                  </ButtonLink>
                )
              }
            />
          )
        }
      />
    </Page>
  );
}

function useColumns(locale: string): readonly [DataColumn<Customer>, ...DataColumn<Customer>[]] {
  const t = useTranslations("customers");
  return [
    {
      id: "name",
      header: t("columns.name"),
      sortable: true,
      cell: (row) => (
        <span className="flex min-w-0 max-w-72 flex-col max-sm:max-w-44">
          <span className="truncate font-medium">{customerName(row)}</span>
          {row.email && customerName(row) !== row.email && <span className="truncate text-muted text-xs">{row.email}</span>}
        </span>
      ),
    },
    { id: "country", header: t("columns.country"), hideBelow: "lg", cell: (row) => row.country ?? "–" },
    {
      id: "consent",
      header: t("columns.consent"),
      hideBelow: "lg",
      cell: (row) => <Badge tone={row.emailConsent === "SUBSCRIBED" ? "accent" : "neutral"}>{t(`consent.${row.emailConsent}`)}</Badge>,
    },
    {
      id: "orders",
      header: t("columns.orders"),
      align: "end",
      sortable: true,
      hideBelow: "sm",
      cell: (row) => formatNumber(row.ordersCount, locale),
    },
    {
      id: "spent",
      header: t("columns.spent"),
      help: <HelpTip term={t("columns.spent")}>{t("spentHelp")}</HelpTip>,
      align: "end",
      sortable: true,
      cell: (row) => <Money minor={row.netSpent} />,
    },
    {
      id: "lastOrder",
      header: t("columns.lastOrder"),
      align: "end",
      sortable: true,
      hideBelow: "md",
      cell: (row) => (row.lastOrderAt ? <Timestamp at={row.lastOrderAt} show="date" /> : "–"),
    },
    {
      id: "added",
      header: t("columns.added"),
      align: "end",
      sortable: true,
      hideBelow: "md",
      cell: (row) => <Timestamp at={row.addedAt} show="date" />,
    },
  ];
}

function ExportButton() {
  const t = useTranslations("customers");
  const shop = useShop();
  const { start, pending } = usePeopleExport();
  return (
    <Button loading={pending} onClick={() => void start(`/api/customers/export?shopId=${shop.id}`)}>
      <Download aria-hidden />
      {t("export")}
    </Button>
  );
}
