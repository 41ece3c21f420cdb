"use client";

import { keepPreviousData } from "@tanstack/react-query";
import { Search } from "lucide-react";
import { useLocale, useTranslations } from "next-intl";
import { parseAsString, parseAsStringLiteral, useQueryState } from "nuqs";
import { MEMBER_REASONS, MEMBER_STATES } from "@/server/campaigns/schema";
import { SKIP_REASONS } from "@/server/notifications/schema";
import { formatMoney } from "../format";
import { Badge, type Tone } from "../primitives/badge";
import { Button } from "../primitives/button";
import { SegmentedControl } from "../primitives/choice";
import { DataTable } from "../primitives/data-table";
import { Input } from "../primitives/input";
import { NativeSelect } from "../primitives/select";
import { EmptyState } from "../primitives/states";
import type { DataColumn } from "../primitives/table-model";
import { Money, Timestamp } from "../primitives/values";
import { shopPath } from "../shell/navigation";
import { useShop } from "../shell/shop-context";
import { type RouterOutput, trpc } from "../trpc";
import type { Campaign } from "./use-autosave";
import { useDropChoice } from "./use-drop-choice";
import { usePages } from "./use-pages";

type Member = RouterOutput["campaigns"]["members"]["items"][number];

const ARMS = ["all", "treated", "control"] as const;
/** Without credit nothing can become of it. */
const MESSAGE_STATES: readonly Member["state"][] = ["held_out", "planned", "failed", "skipped"];

const TONE: Record<Member["state"], Tone> = {
  held_out: "neutral",
  planned: "info",
  upcoming: "info",
  granted: "accent",
  partly_redeemed: "accent",
  redeemed: "accent",
  expired: "neutral",
  recalled: "neutral",
  failed: "danger",
  skipped: "warning",
};

/** Everyone in the drop with what became of their credit. */
export function CampaignMembers({ campaign }: { campaign: Campaign }) {
  const t = useTranslations("campaigns.members");
  const m = useTranslations("campaigns.messageOnly");
  const gives = campaign.offer.type !== "none";
  const shop = useShop();
  const [arm, setArm] = useQueryState("arm", parseAsStringLiteral(ARMS).withDefault("all"));
  const [state, setState] = useQueryState("state", parseAsStringLiteral(MEMBER_STATES));
  const [search, setSearch] = useQueryState("who", parseAsString.withDefault("").withOptions({ throttleMs: 300 }));
  const pages = usePages("person");
  const allowed = shop.can("customer.list");
  // An address may hold what an older version of the page wrote there.
  const cursor = pages.cursor !== null && /^\d{1,9}:\d{1,9}$/.test(pages.cursor) ? pages.cursor : null;
  const drop = useDropChoice(campaign, pages.reset);
  const members = trpc.campaigns.members.useQuery(
    { shopId: shop.id, id: campaign.id, dropId: drop.id, arm: arm === "all" ? null : arm, state, search, cursor },
    { enabled: allowed, placeholderData: keepPreviousData },
  );
  const columns = useColumns(campaign);
  if (!allowed) return <p className="text-muted text-sm">{t("forbidden")}</p>;
  const filtered = arm !== "all" || state !== null || search !== "" || drop.id !== null;
  const clear = () => {
    drop.clear();
    void setArm(null);
    void setState(null);
    void setSearch(null);
    pages.reset();
  };
  return (
    <div className="flex flex-col gap-3">
      <div className="flex flex-wrap items-center gap-3">
        <Input
          type="search"
          aria-label={t("search")}
          placeholder={t("search")}
          leading={<Search aria-hidden className="size-4" />}
          className="w-64 max-sm:w-full"
          value={search}
          onChange={(event) => {
            pages.reset();
            void setSearch(event.target.value || null);
          }}
        />
        <SegmentedControl
          aria-label={t("arm")}
          options={ARMS.map((value) => ({ value, label: value === "treated" && !gives ? m("treated") : t(value) }))}
          value={arm}
          onValueChange={(value) => {
            pages.reset();
            void setArm(value);
          }}
        />
        <NativeSelect
          aria-label={t("state")}
          className="w-44"
          placeholder={t("anyState")}
          options={MEMBER_STATES.filter((value) => gives || MESSAGE_STATES.includes(value)).map((value) => ({
            value,
            label: value === "planned" && !gives ? m("states.planned") : t(`states.${value}`),
          }))}
          value={state ?? ""}
          onChange={(event) => {
            pages.reset();
            void setState(MEMBER_STATES.find((value) => value === event.target.value) ?? null);
          }}
        />
        {drop.select(t("allDrops"))}
      </div>
      <DataTable
        label={t("label")}
        columns={columns}
        rows={members.data?.items}
        loading={members.isPending || members.isPlaceholderData}
        error={members.error}
        onRetry={() => void members.refetch()}
        rowKey={(row) => `${row.drop.no}:${row.seq}`}
        rowHref={(row) => shopPath(shop.id, `/customers/${row.customer.id}`)}
        paging={pages.paging(members.data?.nextCursor)}
        empty={
          filtered ? (
            <EmptyState title={t("noneTitle")} text={t("noneText")} action={<Button onClick={clear}>{t("clear")}</Button>} />
          ) : (
            <EmptyState title={t("emptyTitle")} text={t("emptyText")} />
          )
        }
      />
    </div>
  );
}

function useColumns({ unit, offer, zone, repeat, timeZone }: Campaign): readonly [DataColumn<Member>, ...DataColumn<Member>[]] {
  const t = useTranslations("campaigns.members");
  const locale = useLocale();
  const money = (minor: bigint) => (minor > 0n ? <Money minor={minor} unit={unit} /> : "–");
  const gives = offer.type !== "none";
  const credit: DataColumn<Member>[] = [
    { id: "redeemed", header: t("redeemed"), align: "end", cell: (row) => money(row.redeemed) },
    {
      id: "remaining",
      header: t("remaining"),
      align: "end",
      hideBelow: "sm",
      cell: (row) => (
        <span className="flex flex-col items-end">
          {money(row.remaining)}
          {row.held > 0n && <span className="text-muted text-xs">{t("held", { amount: formatMoney(row.held, unit, locale) })}</span>}
        </span>
      ),
    },
  ];
  return [
    {
      id: "person",
      header: t("person"),
      cell: (row) => (
        <span className="flex min-w-0 flex-col">
          <span className="font-medium [overflow-wrap:anywhere]">{row.customer.name}</span>
          {row.customer.email && <span className="text-muted text-xs [overflow-wrap:anywhere]">{row.customer.email}</span>}
        </span>
      ),
    },
    ...(repeat.type !== "none"
      ? [
          {
            id: "drop",
            header: t("drop"),
            hideBelow: "sm",
            cell: (row) => (row.drop.releasedAt ? <Timestamp at={row.drop.releasedAt} zone={timeZone} /> : "–"),
          } satisfies DataColumn<Member>,
        ]
      : []),
    { id: "state", header: t("state"), cell: (row) => <StateCell member={row} gives={gives} /> },
    ...(offer.type === "arms"
      ? [
          {
            id: "variant",
            header: t("variant"),
            hideBelow: "sm",
            cell: (row) => (row.arm === "treated" ? t("variantValue", { number: row.variant + 1 }) : "–"),
          } satisfies DataColumn<Member>,
        ]
      : []),
    ...(gives ? [{ id: "amount", header: t("amount"), align: "end", cell: (row) => money(row.amount) } satisfies DataColumn<Member>] : []),
    ...(gives && zone === "customer"
      ? [
          {
            id: "from",
            header: t("from"),
            hideBelow: "md",
            cell: (row) => (row.availableFrom ? <Timestamp at={row.availableFrom} /> : "–"),
          } satisfies DataColumn<Member>,
        ]
      : []),
    ...(gives ? credit : []),
    { id: "message", header: t("message"), hideBelow: gives ? "md" : undefined, cell: (row) => <MessageCell member={row} /> },
  ];
}

function StateCell({ member, gives }: { member: Member; gives: boolean }) {
  const t = useTranslations("campaigns.members");
  const m = useTranslations("campaigns.messageOnly");
  const reason = MEMBER_REASONS.find((known) => known === member.reason);
  return (
    <span className="flex flex-col items-start gap-0.5">
      <Badge tone={TONE[member.state]}>{member.state === "planned" && !gives ? m("states.planned") : t(`states.${member.state}`)}</Badge>
      {reason && <span className="text-muted text-xs">{t(`reasons.${reason}`)}</span>}
    </span>
  );
}

function MessageCell({ member: { message, messageReason } }: { member: Member }) {
  const t = useTranslations("campaigns.members.messages");
  const m = useTranslations("messages.reasons");
  const known = (["queued", "sending", "sent", "skipped", "failed", "unknown"] as const).find((value) => value === message);
  const reason = SKIP_REASONS.find((value) => value === messageReason);
  if (!known) return "–";
  return (
    <span className="flex flex-col items-start gap-0.5">
      {t(known)}
      {reason && <span className="text-muted text-xs">{m(reason)}</span>}
    </span>
  );
}
