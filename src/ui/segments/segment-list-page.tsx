"use client";

import { keepPreviousData } from "@tanstack/react-query";
import { Filter, GitCompare, ListPlus, Plus, Search } from "lucide-react";
import { useLocale, useTranslations } from "next-intl";
import { parseAsString, parseAsStringLiteral, useQueryState } from "nuqs";
import { useState } from "react";
import { usePages } from "../campaigns/use-pages";
import { formatCalendarDay, formatNumber } from "../format";
import { Badge } from "../primitives/badge";
import { Button, ButtonLink } from "../primitives/button";
import { SegmentedControl } from "../primitives/choice";
import { DataTable } from "../primitives/data-table";
import { Input } from "../primitives/input";
import { Page, PageHeader } from "../primitives/page-header";
import { NativeSelect } from "../primitives/select";
import { Skeleton } from "../primitives/skeleton";
import { EmptyState } from "../primitives/states";
import type { DataColumn, TableSort } from "../primitives/table-model";
import { Timestamp } from "../primitives/values";
import { shopPath } from "../shell/navigation";
import { useShop } from "../shell/shop-context";
import { type RouterOutput, trpc } from "../trpc";
import { AttributesSheet } from "./attributes-sheet";

type Segment = RouterOutput["segments"]["list"]["items"][number];
const STATES = ["active", "archived"] as const;
const SORTS = ["changed", "name", "members"] as const;
const DIRECTIONS = ["asc", "desc"] as const;
/** What one question for counts takes. */
const PAGE = 25;

/** Search, tag, state and order stand in the URL; every change begins at the first page. */
function useFilters(onChange: () => void) {
  const [search, setSearch] = useQueryState("q", parseAsString.withDefault("").withOptions({ throttleMs: 300 }));
  const [state, setState] = useQueryState("state", parseAsStringLiteral(STATES).withDefault("active"));
  const [tag, setTag] = useQueryState("tag", parseAsString);
  const [by, setBy] = useQueryState("sort", parseAsStringLiteral(SORTS).withDefault("changed"));
  const [direction, setDirection] = useQueryState("dir", parseAsStringLiteral(DIRECTIONS).withDefault("desc"));
  const first =
    <Value,>(set: (value: Value) => Promise<unknown>) =>
    (value: Value) => {
      onChange();
      void set(value);
    };
  return {
    search,
    setSearch: first<string | null>(setSearch),
    state,
    setState: first<(typeof STATES)[number]>(setState),
    tag,
    setTag: first<string | null>(setTag),
    sort: { by, direction },
    setSort: (sort: TableSort | null) => {
      onChange();
      void setBy(SORTS.find((candidate) => candidate === sort?.columnId) ?? null);
      void setDirection(sort?.direction ?? null);
    },
  };
}

export function SegmentListPage() {
  const t = useTranslations("segments");
  const shop = useShop();
  const pages = usePages();
  const filters = useFilters(pages.reset);
  const [attributes, setAttributes] = useState(false);
  const { search, state, tag, sort } = filters;
  const list = trpc.segments.list.useQuery(
    {
      shopId: shop.id,
      search,
      archived: state === "archived",
      tag: tag ?? undefined,
      sort,
      cursor: pages.cursor ?? undefined,
      limit: PAGE,
    },
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
    filters.setTag(null);
    filters.setSearch(null);
  };
  const empty =
    search !== "" || tag !== null ? (
      <EmptyState title={t("list.noneTitle")} text={t("list.noneText")} action={<Button onClick={clear}>{t("list.clear")}</Button>} />
    ) : state === "archived" ? (
      <EmptyState title={t("list.archived")} text={t("list.noneArchived")} />
    ) : (
      <EmptyState icon={<Filter aria-hidden />} title={t("list.emptyTitle")} text={t("list.emptyText")} action={create} />
    );
  return (
    <Page>
      <PageHeader
        title={t("title")}
        description={t("description")}
        actions={
          <>
            {shop.can("segment.write") && (
              <Button variant="ghost" onClick={() => setAttributes(true)}>
                <ListPlus aria-hidden />
                {t("attributes.button")}
              </Button>
            )}
            <ButtonLink href={shopPath(shop.id, "/segments/compare")}>
              <GitCompare aria-hidden />
              {t("list.compare")}
            </ButtonLink>
            {create}
          </>
        }
      />
      <div className="flex flex-wrap items-center gap-3">
        <div className="w-72 max-sm:w-full">
          <Input
            type="search"
            aria-label={t("list.search")}
            placeholder={t("list.search")}
            leading={<Search aria-hidden />}
            value={search}
            onChange={(event) => filters.setSearch(event.target.value || null)}
          />
        </div>
        <TagFilter tag={tag} onChange={filters.setTag} />
        <SegmentedControl
          aria-label={t("list.state")}
          options={STATES.map((value) => ({ value, label: t(`list.${value}`) }))}
          value={state}
          onValueChange={filters.setState}
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
        sorting={{ mode: "server", sort: { columnId: sort.by, direction: sort.direction }, onSortChange: filters.setSort }}
        paging={pages.paging(list.data?.nextCursor)}
        empty={empty}
      />
      {shop.can("segment.write") && <AttributesSheet open={attributes} onOpenChange={setAttributes} />}
    </Page>
  );
}

/** Nothing to choose from is no filter. A tag from the URL is offered even when no segment has it any more. */
function TagFilter({ tag, onChange }: { tag: string | null; onChange: (tag: string | null) => void }) {
  const t = useTranslations("segments");
  const shop = useShop();
  const tags = trpc.segments.tags.useQuery({ shopId: shop.id });
  const known = tags.data ?? [];
  const options = tag !== null && !known.some((entry) => entry.tag === tag) ? [...known, { tag, count: 0 }] : known;
  if (options.length === 0) return null;
  return (
    <NativeSelect
      aria-label={t("list.searchTags")}
      className="w-44 max-sm:w-full"
      options={[
        { value: "", label: t("tags.all") },
        ...options.map((entry) => ({ value: entry.tag, label: `${entry.tag} (${entry.count})` })),
      ]}
      value={tag ?? ""}
      onChange={(event) => onChange(event.target.value || null)}
    />
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
      sortable: true,
      cell: (row) => (
        <span className="block min-w-0">
          {/* Wrapped, not cut: a line that may not break would push the numbers off a phone. */}
          <span className="line-clamp-2 break-words font-medium">{row.name}</span>
          {row.description && <span className="line-clamp-2 break-words text-muted text-xs">{row.description}</span>}
        </span>
      ),
    },
    {
      id: "tags",
      header: t("tags"),
      hideBelow: "md",
      cell: (row) => (
        <span className="flex max-w-60 flex-wrap gap-1">
          {row.tags.slice(0, 4).map((tag) => (
            <Badge key={tag}>
              <span className="max-w-28 truncate">{tag}</span>
            </Badge>
          ))}
          {row.tags.length > 4 && <span className="text-faint text-xs">+{row.tags.length - 4}</span>}
        </span>
      ),
    },
    {
      id: "members",
      header: t("people"),
      align: "end",
      sortable: true,
      cell: (row) => {
        const count = counts?.[row.id];
        if (count === null) return <Badge tone="warning">{t("notUnderstood")}</Badge>;
        if (count !== undefined) return formatNumber(count, locale);
        // Last night's number stands until today's has been counted.
        if (row.members) {
          return (
            <span className="text-muted" title={t("nightly", { day: formatCalendarDay(row.members.day, locale) })}>
              {formatNumber(row.members.count, locale)}
            </span>
          );
        }
        return failed ? "–" : <Skeleton className="ml-auto w-12" />;
      },
    },
    { id: "usedBy", header: t("usedBy"), align: "end", hideBelow: "sm", cell: (row) => t("usedByCount", { count: row.usedBy }) },
    {
      id: "changed",
      header: t("changed"),
      hideBelow: "md",
      sortable: true,
      cell: (row) => <Timestamp at={row.updatedAt} show="relative" />,
    },
  ];
}
