"use client";

import { keepPreviousData } from "@tanstack/react-query";
import { Megaphone, Plus, Search } from "lucide-react";
import { useLocale, useTranslations } from "next-intl";
import { parseAsString, parseAsStringLiteral, useQueryState } from "nuqs";
import { CAMPAIGN_GROUPS } from "@/server/campaigns/schema";
import { formatNumber } from "../format";
import { Button, ButtonLink } from "../primitives/button";
import { SegmentedControl } from "../primitives/choice";
import { DataTable } from "../primitives/data-table";
import { Input } from "../primitives/input";
import { Page, PageHeader } from "../primitives/page-header";
import { EmptyState } from "../primitives/states";
import type { DataColumn } from "../primitives/table-model";
import { Money, Timestamp } from "../primitives/values";
import { shopPath } from "../shell/navigation";
import { useShop } from "../shell/shop-context";
import { type RouterOutput, trpc } from "../trpc";
import { CampaignStatus } from "./campaign-status";
import { usePages } from "./use-pages";

type Campaign = RouterOutput["campaigns"]["list"]["items"][number];

export function CampaignListPage() {
  const t = useTranslations("campaigns");
  const shop = useShop();
  const [search, setSearch] = useQueryState("q", parseAsString.withDefault("").withOptions({ throttleMs: 300 }));
  const [group, setGroup] = useQueryState("group", parseAsStringLiteral(CAMPAIGN_GROUPS).withDefault("all"));
  const pages = usePages();
  const list = trpc.campaigns.list.useQuery(
    { shopId: shop.id, search, group, cursor: pages.cursor },
    // Numbers move while a drop runs; a list that is open is worth a look every few seconds.
    { placeholderData: keepPreviousData, refetchInterval: 10_000 },
  );
  const filtered = search !== "" || group !== "all";
  const clear = () => {
    void setSearch(null);
    void setGroup(null);
    pages.reset();
  };
  const create = shop.can("campaign.write") && (
    <ButtonLink variant="primary" href={shopPath(shop.id, "/campaigns/new")}>
      <Plus aria-hidden />
      {t("new")}
    </ButtonLink>
  );
  return (
    <Page>
      <PageHeader title={t("title")} description={t("description")} actions={create} />
      <div className="flex flex-wrap items-center gap-3">
        <Input
          type="search"
          aria-label={t("list.search")}
          placeholder={t("list.search")}
          leading={<Search aria-hidden className="size-4" />}
          className="w-64 max-sm:w-full"
          value={search}
          onChange={(event) => {
            pages.reset();
            void setSearch(event.target.value || null);
          }}
        />
        <SegmentedControl
          aria-label={t("list.status")}
          options={CAMPAIGN_GROUPS.map((value) => ({ value, label: t(`groups.${value}`) }))}
          value={group}
          onValueChange={(value) => {
            pages.reset();
            void setGroup(value);
          }}
        />
      </div>
      <DataTable
        label={t("list.label")}
        columns={useColumns()}
        rows={list.data?.items}
        loading={list.isPending || list.isPlaceholderData}
        error={list.error}
        onRetry={() => void list.refetch()}
        rowKey={(row) => row.id}
        rowHref={(row) => shopPath(shop.id, `/campaigns/${row.id}`)}
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
    </Page>
  );
}

function useColumns(): readonly [DataColumn<Campaign>, ...DataColumn<Campaign>[]] {
  const t = useTranslations("campaigns");
  const locale = useLocale();
  return [
    { id: "name", header: t("list.name"), cell: (row) => <span className="font-medium">{row.name || t("untitled")}</span> },
    { id: "status", header: t("list.status"), cell: (row) => <CampaignStatus status={row.status} /> },
    { id: "segment", header: t("list.segment"), hideBelow: "lg", cell: (row) => row.segment?.name ?? "–" },
    {
      id: "release",
      header: t("list.release"),
      hideBelow: "sm",
      cell: (row) => (row.runAt ? <Timestamp at={row.releasedAt ?? row.runAt} zone={row.timeZone} /> : "–"),
    },
    {
      id: "amount",
      header: t("list.amount"),
      align: "end",
      hideBelow: "md",
      cell: (row) => (row.amount > 0n ? <Money minor={row.amount} unit={row.unit} /> : "–"),
    },
    {
      id: "people",
      header: t("list.people"),
      align: "end",
      hideBelow: "md",
      cell: (row) => (row.drop?.frozenAt ? formatNumber(row.drop.treated, locale) : "–"),
    },
    {
      id: "granted",
      header: t("list.granted"),
      align: "end",
      cell: (row) => (row.drop?.frozenAt ? <Money minor={row.drop.grantedTotal} unit={row.unit} /> : "–"),
    },
  ];
}
