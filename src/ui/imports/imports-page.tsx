"use client";

import { keepPreviousData } from "@tanstack/react-query";
import { Download, FileUp, Upload } from "lucide-react";
import { useLocale, useTranslations } from "next-intl";
import { formatNumber } from "../format";
import { ButtonLink, buttonStyle } from "../primitives/button";
import { DataTable } from "../primitives/data-table";
import { Page, PageHeader } from "../primitives/page-header";
import { EmptyState } from "../primitives/states";
import type { DataColumn } from "../primitives/table-model";
import { Timestamp } from "../primitives/values";
import { shopPath } from "../shell/navigation";
import { useShop } from "../shell/shop-context";
import { type RouterOutput, trpc } from "../trpc";
import { ImportStatus } from "./import-status";
import { useImportPages } from "./use-import-pages";

type Row = RouterOutput["imports"]["list"]["rows"][number];

const ACTIVE = new Set(["queued", "running"]);

export function ImportsPage() {
  const t = useTranslations("imports");
  const shop = useShop();
  const pages = useImportPages();
  const list = trpc.imports.list.useQuery(
    { shopId: shop.id, before: pages.before },
    {
      placeholderData: keepPreviousData,
      refetchInterval: (query) => (query.state.data?.rows.some((row) => ACTIVE.has(row.status)) ? 2_000 : false),
    },
  );
  const start = shop.can("import.write") && (
    <ButtonLink variant="primary" href={shopPath(shop.id, "/imports/new")}>
      <Upload aria-hidden />
      {t("new")}
    </ButtonLink>
  );
  return (
    <Page>
      <PageHeader title={t("title")} description={t("description")} actions={start} />
      <DataTable
        label={t("label")}
        columns={useColumns()}
        rows={list.data?.rows}
        loading={list.isPending || list.isPlaceholderData}
        error={list.error}
        onRetry={() => void list.refetch()}
        rowKey={(row) => row.id}
        rowHref={(row) => shopPath(shop.id, `/imports/${row.id}`)}
        paging={pages.paging(list.data?.next)}
        empty={
          <EmptyState
            icon={<FileUp aria-hidden />}
            title={t("empty.title")}
            text={t("empty.text")}
            action={
              <>
                {start}
                <a href="/samples/orders.csv" download className={buttonStyle()}>
                  <Download aria-hidden />
                  {t("empty.sample")}
                </a>
              </>
            }
          />
        }
      />
    </Page>
  );
}

function useColumns(): readonly [DataColumn<Row>, ...DataColumn<Row>[]] {
  const t = useTranslations("imports");
  const locale = useLocale();
  return [
    { id: "file", header: t("columns.file"), cell: (row) => <span className="block max-w-80 truncate font-medium">{row.fileName}</span> },
    { id: "kind", header: t("columns.kind"), hideBelow: "md", cell: (row) => t(`kind.${row.kind}`) },
    { id: "status", header: t("columns.status"), cell: (row) => <ImportStatus status={row.status} /> },
    {
      id: "rows",
      header: t("columns.rows"),
      align: "end",
      hideBelow: "sm",
      cell: (row) => (row.rows === null ? "–" : formatNumber(row.rows, locale)),
    },
    {
      id: "problems",
      header: t("columns.problems"),
      align: "end",
      hideBelow: "md",
      cell: (row) =>
        row.errors === null ? "–" : <span className={row.errors > 0 ? "text-danger" : undefined}>{formatNumber(row.errors, locale)}</span>,
    },
    { id: "by", header: t("columns.by"), hideBelow: "lg", cell: (row) => <span className="block max-w-48 truncate">{row.createdBy}</span> },
    { id: "at", header: t("columns.at"), align: "end", hideBelow: "sm", cell: (row) => <Timestamp at={row.createdAt} /> },
  ];
}
