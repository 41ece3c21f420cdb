"use client";

import { keepPreviousData } from "@tanstack/react-query";
import { Megaphone, Plus, Search } from "lucide-react";
import { useLocale, useTranslations } from "next-intl";
import { parseAsString, parseAsStringLiteral, useQueryState } from "nuqs";
import { type ReactNode, useState } from "react";
import { CAMPAIGN_GROUPS, CAMPAIGN_SORTS } from "@/server/campaigns/schema";
import { formatNumber } from "../format";
import { Button, ButtonLink } from "../primitives/button";
import { SegmentedControl } from "../primitives/choice";
import { DataTable } from "../primitives/data-table";
import { Input } from "../primitives/input";
import { Page, PageHeader } from "../primitives/page-header";
import { EmptyState } from "../primitives/states";
import type { DataColumn, TableSort } from "../primitives/table-model";
import { Money, Timestamp } from "../primitives/values";
import { shopPath } from "../shell/navigation";
import { useShop } from "../shell/shop-context";
import { type RouterOutput, trpc } from "../trpc";
import { BulkBar } from "./bulk-bar";
import { CampaignCalendar } from "./campaign-calendar";
import { CampaignStatus } from "./campaign-status";
import { localText, useOfferText } from "./draft-text";
import { HaltedNotice } from "./halted-notice";
import { usePages } from "./use-pages";

type Campaign = RouterOutput["campaigns"]["list"]["items"][number];

const VIEWS = ["list", "calendar"] as const;

export function CampaignListPage() {
  const t = useTranslations("campaigns");
  const shop = useShop();
  const [view, setView] = useQueryState("view", parseAsStringLiteral(VIEWS).withDefault("list").withOptions({ history: "push" }));
  const create = shop.can("campaign.write") && (
    <ButtonLink variant="primary" href={shopPath(shop.id, "/campaigns/new")}>
      <Plus aria-hidden />
      {t("new")}
    </ButtonLink>
  );
  return (
    <Page>
      <PageHeader
        title={t("title")}
        description={t("description")}
        actions={
          <>
            <SegmentedControl
              aria-label={t("list.view")}
              options={VIEWS.map((value) => ({ value, label: t(`list.views.${value}`) }))}
              value={view}
              onValueChange={(next) => void setView(next)}
            />
            {create}
          </>
        }
      />
      <HaltedNotice />
      {view === "calendar" ? <CampaignCalendar /> : <CampaignTable create={create} />}
    </Page>
  );
}

function CampaignTable({ create }: { create: ReactNode }) {
  const t = useTranslations("campaigns");
  const shop = useShop();
  const [search, setSearch] = useQueryState("q", parseAsString.withDefault("").withOptions({ throttleMs: 300 }));
  const [group, setGroup] = useQueryState("group", parseAsStringLiteral(CAMPAIGN_GROUPS).withDefault("all"));
  const { sort, direction, tableSort, change } = useSort();
  const pages = usePages();
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const list = trpc.campaigns.list.useQuery(
    { shopId: shop.id, search, group, sort, direction, cursor: pages.cursor },
    // Numbers move while a drop runs; a list that is open is worth a look every few seconds.
    { placeholderData: keepPreviousData, refetchInterval: 10_000 },
  );
  const filtered = search !== "" || group !== "all";
  const restart = () => {
    setSelected(new Set());
    pages.reset();
  };
  const clear = () => {
    void setSearch(null);
    void setGroup(null);
    restart();
  };
  const columns = useColumns();
  return (
    <>
      <div className="flex flex-wrap items-center gap-3">
        <Input
          type="search"
          aria-label={t("list.search")}
          placeholder={t("list.search")}
          leading={<Search aria-hidden className="size-4" />}
          className="w-64 max-sm:w-full"
          value={search}
          onChange={(event) => {
            restart();
            void setSearch(event.target.value || null);
          }}
        />
        <SegmentedControl
          aria-label={t("list.status")}
          options={CAMPAIGN_GROUPS.map((value) => ({ value, label: t(`groups.${value}`) }))}
          value={group}
          onValueChange={(value) => {
            restart();
            void setGroup(value);
          }}
        />
      </div>
      <BulkBar campaigns={(list.data?.items ?? []).filter((row) => selected.has(row.id))} onDone={() => setSelected(new Set())} />
      <DataTable
        label={t("list.label")}
        columns={columns}
        rows={list.data?.items}
        loading={list.isPending || list.isPlaceholderData}
        error={list.error}
        onRetry={() => void list.refetch()}
        rowKey={(row) => row.id}
        rowHref={(row) => shopPath(shop.id, `/campaigns/${row.id}`)}
        sorting={{
          mode: "server",
          sort: tableSort,
          onSortChange: (next) => {
            restart();
            change(next);
          },
        }}
        selection={{ selected, onChange: setSelected, rowName: (row) => row.name || t("untitled") }}
        paging={pages.paging(list.data?.nextCursor)}
        empty={
          filtered ? (
            <EmptyState
              title={t("list.noneTitle")}
              text={t("list.noneText")}
              action={<Button onClick={clear}>{t("list.clearFilters")}</Button>}
            />
          ) : (
            <EmptyState icon={<Megaphone aria-hidden />} title={t("list.emptyTitle")} text={t("list.emptyText")} action={create} />
          )
        }
      />
    </>
  );
}

/** The order of the list in the address; without one the newest campaign comes first. */
function useSort() {
  const [sort, setSort] = useQueryState("sort", parseAsStringLiteral(CAMPAIGN_SORTS).withDefault("newest"));
  const [direction, setDirection] = useQueryState("dir", parseAsStringLiteral(["asc", "desc"]).withDefault("desc"));
  const tableSort: TableSort | null = sort === "newest" ? null : { columnId: sort, direction };
  const change = (next: TableSort | null) => {
    const column = CAMPAIGN_SORTS.find((known) => known === next?.columnId) ?? null;
    void setSort(column);
    void setDirection(column && next ? next.direction : null);
  };
  return { sort, direction, tableSort, change };
}

function useColumns(): readonly [DataColumn<Campaign>, ...DataColumn<Campaign>[]] {
  const t = useTranslations("campaigns");
  const locale = useLocale();
  return [
    {
      id: "name",
      header: t("list.name"),
      sortable: true,
      cell: (row) => <span className="block font-medium [overflow-wrap:anywhere] md:min-w-48">{row.name || t("untitled")}</span>,
    },
    { id: "status", header: t("list.status"), cell: (row) => <CampaignStatus status={row.status} /> },
    { id: "segment", header: t("list.segment"), hideBelow: "lg", cell: (row) => row.segment?.name ?? "–" },
    {
      id: "runAt",
      header: t("list.release"),
      hideBelow: "sm",
      sortable: true,
      cell: (row) =>
        row.runAt ? (
          <Timestamp at={row.releasedAt ?? row.runAt} zone={row.timeZone} />
        ) : row.availableLocal ? (
          // A wall time of the draft, which has become no instant yet.
          <span className="text-muted">{localText(row.availableLocal, locale)}</span>
        ) : (
          "–"
        ),
    },
    { id: "amount", header: t("list.amount"), align: "end", hideBelow: "md", cell: (row) => <OfferCell campaign={row} /> },
    {
      id: "people",
      header: t("list.people"),
      align: "end",
      hideBelow: "md",
      cell: (row) =>
        !row.drop?.frozenAt
          ? "–"
          : row.repeat.type === "none"
            ? formatNumber(row.totals.treated, locale)
            : row.offer.type === "none"
              ? // Summed over the dates the same person would count many times.
                t("list.latestPeople", { people: formatNumber(row.drop.treated, locale) })
              : t("figures.grants", { count: row.totals.granted }),
    },
    {
      id: "granted",
      header: t("list.granted"),
      align: "end",
      hideBelow: "sm",
      sortable: true,
      cell: (row) => (row.drop?.frozenAt && row.offer.type !== "none" ? <Money minor={row.totals.grantedTotal} unit={row.unit} /> : "–"),
    },
  ];
}

function OfferCell({ campaign }: { campaign: Campaign }) {
  const t = useTranslations("campaigns.strategy.kinds");
  const text = useOfferText(campaign.unit);
  const { offer, amount } = campaign;
  if (offer.type === "fixed") return amount > 0n ? <Money minor={amount} unit={campaign.unit} /> : "–";
  return offer.type === "rfm" || offer.type === "spendTiers" ? t(offer.type) : text(offer, amount);
}
