"use client";

import { keepPreviousData } from "@tanstack/react-query";
import { Download, Mail, PencilLine, Search } from "lucide-react";
import { useLocale, useTranslations } from "next-intl";
import { parseAsString, parseAsStringLiteral, useQueryState } from "nuqs";
import { CHANNELS, MESSAGE_KINDS, MESSAGE_STATUSES } from "@/server/notifications/schema";
import { HaltedNotice } from "../campaigns/halted-notice";
import { usePages } from "../campaigns/use-pages";
import { usePeopleExport } from "../customers/use-people-export";
import { formatNumber } from "../format";
import { Button, ButtonLink } from "../primitives/button";
import { SegmentedControl } from "../primitives/choice";
import { Combobox } from "../primitives/combobox";
import { DataTable } from "../primitives/data-table";
import { Input } from "../primitives/input";
import { Page, PageHeader } from "../primitives/page-header";
import { NativeSelect } from "../primitives/select";
import { EmptyState } from "../primitives/states";
import type { DataColumn } from "../primitives/table-model";
import { UrlTabs } from "../primitives/tabs";
import { Money, Timestamp } from "../primitives/values";
import { shopPath } from "../shell/navigation";
import { useShop } from "../shell/shop-context";
import { type RouterOutput, trpc } from "../trpc";
import { kindOf } from "./kind-of";
import { MessageSheet } from "./message-sheet";
import { MessageStatus } from "./message-status";
import { RefusedMessages } from "./send-again";
import { StopNotice } from "./stop-notice";
import { TeamMail } from "./team-mail";
import { TestsList } from "./tests-list";
import { UnknownBatches } from "./unknown-batches";

export type MessageItem = RouterOutput["messages"]["list"]["items"][number];

const STATUS_FILTERS = ["all", ...MESSAGE_STATUSES] as const;

/** The local outbox: what goes to customers, what goes to the shop's own people, and tests of templates. */
export function OutboxPage() {
  const t = useTranslations("messages");
  const shop = useShop();
  const write = shop.can("campaign.write") && (
    <ButtonLink href={shopPath(shop.id, "/campaigns/new?kind=message")}>
      <PencilLine aria-hidden />
      {t("write")}
    </ButtonLink>
  );
  return (
    <Page>
      <PageHeader title={t("title")} description={t("description")} actions={write} />
      <UrlTabs
        param="to"
        label={t("recipients")}
        tabs={[
          { value: "customers", label: t("toCustomers"), content: <CustomerMessages /> },
          { value: "team", label: t("toTeam"), content: <TeamMail /> },
          { value: "tests", label: t("toTests"), content: <TestsList /> },
        ]}
      />
    </Page>
  );
}

const KINDS = parseAsStringLiteral(MESSAGE_KINDS);
const WAYS = parseAsStringLiteral(CHANNELS);

/** Every message with its state, and each as it arrives. */
function CustomerMessages() {
  const t = useTranslations("messages");
  const shop = useShop();
  const [search, setSearch] = useQueryState("q", parseAsString.withDefault("").withOptions({ throttleMs: 300 }));
  const [status, setStatus] = useQueryState("status", parseAsStringLiteral(STATUS_FILTERS).withDefault("all"));
  const [campaignId, setCampaign] = useQueryState("campaign", parseAsString);
  const [kind, setKind] = useQueryState("kind", KINDS);
  const [channel, setChannel] = useQueryState("channel", WAYS);
  const [open, setOpen] = useQueryState("message", parseAsString.withOptions({ history: "push" }));
  const pages = usePages();
  const filters = { search, status: status === "all" ? null : status, campaignId, kind, channel };
  const list = trpc.messages.list.useQuery(
    { shopId: shop.id, ...filters, cursor: pages.cursor },
    { placeholderData: keepPreviousData, refetchInterval: 15_000 },
  );
  const people = usePeopleExport();
  const fileUrl = () => {
    const given = Object.entries(filters).flatMap(([name, value]): [string, string][] => (value ? [[name, value]] : []));
    return `/api/messages/export?${new URLSearchParams([["shopId", shop.id], ...given]).toString()}`;
  };
  const filtered = search !== "" || status !== "all" || campaignId !== null || kind !== null || channel !== null;
  const clear = () => {
    void setSearch(null);
    void setStatus(null);
    void setCampaign(null);
    void setKind(null);
    void setChannel(null);
    pages.reset();
  };
  return (
    <div className="flex min-w-0 flex-col gap-4">
      <HaltedNotice />
      <StopNotice />
      <UnknownBatches campaignId={campaignId} />
      <RefusedMessages campaignId={campaignId} />
      <DeliveryNotice campaignId={campaignId} />
      <div className="flex flex-wrap items-center gap-3">
        <Input
          type="search"
          aria-label={t("search")}
          placeholder={t("search")}
          leading={<Search aria-hidden className="size-4" />}
          className="w-72 max-sm:w-full"
          value={search}
          onChange={(event) => {
            pages.reset();
            void setSearch(event.target.value || null);
          }}
        />
        <CampaignFilter
          value={campaignId}
          onChange={(id) => {
            pages.reset();
            void setCampaign(id);
          }}
        />
        <NativeSelect
          aria-label={t("filterKind")}
          className="w-52 max-sm:flex-1"
          placeholder={t("allKinds")}
          value={kind ?? ""}
          options={MESSAGE_KINDS.map((value) => ({ value, label: t(`kind.${value}`) }))}
          onChange={({ target }) => {
            pages.reset();
            void setKind(KINDS.parse(target.value));
          }}
        />
        <NativeSelect
          aria-label={t("filterChannel")}
          className="w-40 max-sm:flex-1"
          placeholder={t("allChannels")}
          value={channel ?? ""}
          options={CHANNELS.map((value) => ({ value, label: t(`channel.${value}`) }))}
          onChange={({ target }) => {
            pages.reset();
            void setChannel(WAYS.parse(target.value));
          }}
        />
        <StatusFilter
          campaignId={campaignId}
          value={status}
          onChange={(value) => {
            pages.reset();
            void setStatus(value);
          }}
        />
        {shop.can("customer.export") && list.data && list.data.items.length > 0 && (
          <Button className="ml-auto" loading={people.pending} onClick={() => void people.start(fileUrl())}>
            <Download aria-hidden />
            {t("export")}
          </Button>
        )}
      </div>
      <DataTable
        label={t("label")}
        columns={useColumns((id) => void setOpen(id))}
        rows={list.data?.items}
        loading={list.isPending || list.isPlaceholderData}
        error={list.error}
        onRetry={() => void list.refetch()}
        rowKey={(row) => row.id}
        paging={pages.paging(list.data?.nextCursor)}
        empty={
          filtered ? (
            <EmptyState title={t("noneTitle")} text={t("noneText")} action={<Button onClick={clear}>{t("clearFilters")}</Button>} />
          ) : (
            <EmptyState icon={<Mail aria-hidden />} title={t("emptyTitle")} text={t("emptyText")} />
          )
        }
      />
      <MessageSheet id={open} onClose={() => void setOpen(null)} />
    </div>
  );
}

function DeliveryNotice({ campaignId }: { campaignId: string | null }) {
  const t = useTranslations("messages");
  const shop = useShop();
  const counts = trpc.messages.counts.useQuery({ shopId: shop.id, campaignId });
  if (!counts.data) return null;
  return (
    <p className="max-w-prose text-muted text-sm">
      {counts.data.delivery === "local" && `${t("localNotice")} `}
      {t("checked")}
    </p>
  );
}

type Status = (typeof STATUS_FILTERS)[number];

function StatusFilter({ campaignId, value, onChange }: { campaignId: string | null; value: Status; onChange: (value: Status) => void }) {
  const t = useTranslations("messages");
  const locale = useLocale();
  const shop = useShop();
  const counts = trpc.messages.counts.useQuery({ shopId: shop.id, campaignId }, { placeholderData: keepPreviousData });
  const label = (status: Status) => {
    if (status === "all") return t("allStatus");
    const count = counts.data?.[status];
    return count ? `${t(`status.${status}`)} ${formatNumber(count, locale)}` : t(`status.${status}`);
  };
  return (
    <SegmentedControl
      aria-label={t("filterStatus")}
      options={STATUS_FILTERS.map((status) => ({ value: status, label: label(status) }))}
      value={value}
      onValueChange={onChange}
    />
  );
}

function CampaignFilter({ value, onChange }: { value: string | null; onChange: (id: string | null) => void }) {
  const t = useTranslations("messages");
  const shop = useShop();
  const utils = trpc.useUtils();
  const chosen = trpc.campaigns.get.useQuery(
    { shopId: shop.id, id: value ?? "" },
    { enabled: value !== null && shop.can("campaign.read") },
  );
  if (!shop.can("campaign.read")) return null;
  const search = async (query: string, signal: AbortSignal) => {
    const { items } = await utils.client.campaigns.list.query({ shopId: shop.id, search: query, limit: 20 }, { signal });
    return items.map((campaign) => ({ value: campaign.id, label: campaign.name || "–" }));
  };
  return (
    <Combobox
      aria-label={t("filterCampaign")}
      className="w-56 max-sm:w-full"
      search={search}
      value={value}
      valueLabel={chosen.data?.name}
      placeholder={t("allCampaigns")}
      clearable
      onValueChange={onChange}
    />
  );
}

function useColumns(open: (id: string) => void): readonly [DataColumn<MessageItem>, ...DataColumn<MessageItem>[]] {
  const t = useTranslations("messages");
  return [
    {
      id: "to",
      header: t("columns.to"),
      cell: (row) => (
        <button type="button" onClick={() => open(row.id)} className="flex max-w-40 flex-col text-left hover:underline sm:max-w-80">
          <span className="truncate font-medium">{row.customer.name}</span>
          {row.customer.email && <span className="truncate text-muted text-xs">{row.customer.email}</span>}
        </button>
      ),
    },
    {
      id: "kind",
      header: t("columns.kind"),
      hideBelow: "lg",
      cell: (row) => (
        <span className="flex min-w-0 flex-col">
          {t(kindOf(row.kind))}
          {row.channel !== "email" && <span className="text-muted text-xs">{t(`channel.${row.channel}`)}</span>}
        </span>
      ),
    },
    { id: "campaign", header: t("columns.campaign"), hideBelow: "md", cell: (row) => row.campaign?.name ?? "–" },
    {
      id: "amount",
      header: t("columns.amount"),
      align: "end",
      hideBelow: "sm",
      cell: (row) => (row.amount !== null && row.amount > 0n && row.unit !== null ? <Money minor={row.amount} unit={row.unit} /> : "–"),
    },
    { id: "status", header: t("columns.status"), cell: (row) => <MessageStatus status={row.status} reason={row.reason} /> },
    { id: "at", header: t("columns.at"), hideBelow: "md", cell: (row) => <Timestamp at={row.sentAt ?? row.createdAt} /> },
  ];
}
