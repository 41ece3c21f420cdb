"use client";

import { keepPreviousData } from "@tanstack/react-query";
import { Filter, Plus, Search } from "lucide-react";
import { useLocale, useTranslations } from "next-intl";
import { parseAsString, parseAsStringLiteral, useQueryState } from "nuqs";
import { usePages } from "../campaigns/use-pages";
import { formatNumber } from "../format";
import { Badge } from "../primitives/badge";
import { Button, ButtonLink } from "../primitives/button";
import { SegmentedControl } from "../primitives/choice";
import { DataTable } from "../primitives/data-table";
import { Input } from "../primitives/input";
import { Page, PageHeader } from "../primitives/page-header";
import { Skeleton } from "../primitives/skeleton";
import { EmptyState } from "../primitives/states";
import type { DataColumn } from "../primitives/table-model";
import { Timestamp } from "../primitives/values";
import { shopPath } from "../shell/navigation";
import { useShop } from "../shell/shop-context";
import { type RouterOutput, trpc } from "../trpc";

type Segment = RouterOutput["segments"]["list"]["items"][number];
const STATES = ["active", "archived"] as const;
/** What one question for counts takes. */
const PAGE = 25;

export function SegmentListPage() {
  const t = useTranslations("segments");
  const shop = useShop();
  const [search, setSearch] = useQueryState("q", parseAsString.withDefault("").withOptions({ throttleMs: 300 }));
  const [state, setState] = useQueryState("state", parseAsStringLiteral(STATES).withDefault("active"));
  const pages = usePages();
  const list = trpc.segments.list.useQuery(
    { shopId: shop.id, search, archived: state === "archived", cursor: pages.cursor ?? undefined, limit: PAGE },
    { placeholderData: keepPreviousData },
  );
  const ids = list.data?.items.map(({ id }) => id) ?? [];
  const counts = trpc.segments.counts.useQuery({ shopId: shop.id, ids }, { enabled: ids.length > 0, placeholderData: keepPreviousData });
  const create = shop.can("segment.write") && (
    <ButtonLink variant="primary" href={shopPath(shop.id, "/segments/new")}>
      <Plus aria-hidden />
      {t("new")}
    </ButtonLink>
  );
  const clear = () => {
    pages.reset();
    void setSearch(null);
  };
  const empty =
    search !== "" ? (
      <EmptyState title={t("list.noneTitle")} text={t("list.noneText")} action={<Button onClick={clear}>{t("list.clear")}</Button>} />
    ) : state === "archived" ? (
      <EmptyState title={t("list.archived")} text={t("list.noneArchived")} />
    ) : (
      <EmptyState icon={<Filter aria-hidden />} title={t("list.emptyTitle")} text={t("list.emptyText")} action={create} />
    );
  return (
    <Page>
      <PageHeader title={t("title")} description={t("description")} actions={create} />
      <div className="flex flex-wrap items-center gap-3">
        <Input
          type="search"
          aria-label={t("list.search")}
          placeholder={t("list.search")}
          leading={<Search aria-hidden />}
          className="w-72 max-sm:w-full"
          value={search}
          onChange={(event) => {
            pages.reset();
            void setSearch(event.target.value || null);
          }}
        />
        <SegmentedControl
          aria-label={t("list.state")}
          options={STATES.map((value) => ({ value, label: t(`list.${value}`) }))}
          value={state}
          onValueChange={(value) => {
            pages.reset();
            void setState(value);
          }}
        />
      </div>
      <DataTable
        label={t("list.label")}
        columns={useColumns(counts.data, counts.isError)}
        rows={list.data?.items}
        loading={list.isPending || list.isPlaceholderData}
        error={list.error}
        onRetry={() => void list.refetch()}
        rowKey={(row) => row.id}
        rowHref={(row) => shopPath(shop.id, `/segments/${row.id}`)}
        paging={pages.paging(list.data?.nextCursor)}
        empty={empty}
      />
    </Page>
  );
}

function useColumns(
  counts: RouterOutput["segments"]["counts"] | undefined,
  failed: boolean,
): readonly [DataColumn<Segment>, ...DataColumn<Segment>[]] {
  const t = useTranslations("segments.list");
  const locale = useLocale();
  return [
    {
      id: "name",
      header: t("name"),
      cell: (row) => (
        <span className="block min-w-0">
          <span className="block truncate font-medium">{row.name}</span>
          {row.description && <span className="block truncate text-muted text-xs">{row.description}</span>}
        </span>
      ),
    },
    {
      id: "people",
      header: t("people"),
      align: "end",
      cell: (row) => {
        const count = counts?.[row.id];
        if (count === null) return <Badge tone="warning">{t("notUnderstood")}</Badge>;
        if (count === undefined) return failed ? "–" : <Skeleton className="ml-auto w-12" />;
        return formatNumber(count, locale);
      },
    },
    { id: "usedBy", header: t("usedBy"), align: "end", hideBelow: "sm", cell: (row) => t("usedByCount", { count: row.usedBy }) },
    { id: "changed", header: t("changed"), hideBelow: "md", cell: (row) => <Timestamp at={row.updatedAt} show="relative" /> },
  ];
}
