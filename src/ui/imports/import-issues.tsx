"use client";

import { Download } from "lucide-react";
import { useLocale, useTranslations } from "next-intl";
import { MAX_ISSUES } from "@/server/connectors/csv/schema";
import { formatNumber } from "../format";
import { Badge } from "../primitives/badge";
import { Button, buttonStyle } from "../primitives/button";
import { Section } from "../primitives/card";
import { DataTable } from "../primitives/data-table";
import type { DataColumn } from "../primitives/table-model";
import { useShop } from "../shell/shop-context";
import { type RouterOutput, trpc } from "../trpc";
import type { Import } from "./import-types";

type Issue = RouterOutput["imports"]["issues"]["issues"][number];

/** Rows that were left out or changed on the way, with the reason; all of them as a file. */
export function ImportIssues({ file, report }: { file: Import; report: NonNullable<Import["report"]> }) {
  const t = useTranslations("imports.issues");
  const shop = useShop();
  const total = report.errors + report.warnings;
  const query = trpc.imports.issues.useInfiniteQuery(
    { shopId: shop.id, id: file.id },
    { enabled: total > 0, getNextPageParam: (page) => page.next ?? undefined, initialCursor: null },
  );
  const columns = useColumns();
  const sentences = [
    report.errors > 0 && t("errors", { count: report.errors }),
    report.warnings > 0 && t("warnings", { count: report.warnings }),
    total > MAX_ISSUES && t("kept", { count: MAX_ISSUES }),
    total === 0 && t("none"),
  ].filter(Boolean);
  return (
    <Section
      title={t("title")}
      description={sentences.join(" ")}
      actions={
        total > 0 && (
          <a href={`/api/imports/${file.id}/issues?shopId=${shop.id}`} download className={buttonStyle()}>
            <Download aria-hidden />
            {t("download")}
          </a>
        )
      }
    >
      {total > 0 && (
        <DataTable
          label={t("title")}
          columns={columns}
          rows={query.data?.pages.flatMap((page) => page.issues)}
          loading={query.isPending}
          error={query.error}
          onRetry={() => void query.refetch()}
          rowKey={(row) => String(row.no)}
          empty={t("none")}
        />
      )}
      {query.hasNextPage && (
        <div>
          <Button size="sm" loading={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
            {t("more")}
          </Button>
        </div>
      )}
    </Section>
  );
}

function useColumns(): readonly [DataColumn<Issue>, ...DataColumn<Issue>[]] {
  const t = useTranslations("imports");
  const locale = useLocale();
  return [
    { id: "line", header: t("issues.line"), align: "end", width: "5rem", cell: (row) => formatNumber(row.line, locale) },
    {
      id: "reason",
      header: t("issues.reason"),
      cell: (row) => (
        <span className="flex flex-wrap items-center gap-2">
          <Badge tone={row.level === "error" ? "danger" : "warning"}>{t(`issues.${row.level}`)}</Badge>
          {t(`reasons.${row.reason}`)}
        </span>
      ),
    },
    { id: "column", header: t("issues.column"), hideBelow: "sm", cell: (row) => row.column ?? "–" },
    {
      id: "value",
      header: t("issues.value"),
      cell: (row) => <code className="block max-w-64 truncate text-xs">{row.value ?? row.raw ?? "–"}</code>,
    },
  ];
}
