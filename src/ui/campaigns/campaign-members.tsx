"use client";

import { keepPreviousData } from "@tanstack/react-query";
import { useTranslations } from "next-intl";
import { parseAsStringLiteral, useQueryState } from "nuqs";
import { Badge, type Tone } from "../primitives/badge";
import { SegmentedControl } from "../primitives/choice";
import { DataTable } from "../primitives/data-table";
import { EmptyState } from "../primitives/states";
import type { DataColumn } from "../primitives/table-model";
import { Money } from "../primitives/values";
import { shopPath } from "../shell/navigation";
import { useShop } from "../shell/shop-context";
import { type RouterOutput, trpc } from "../trpc";
import type { Campaign } from "./use-autosave";
import { usePages } from "./use-pages";

type Member = RouterOutput["campaigns"]["members"]["items"][number];

const ARMS = ["all", "treated", "control"] as const;

const TONE: Record<Member["state"], Tone> = {
  held_out: "neutral",
  planned: "info",
  granted: "accent",
  partly_redeemed: "accent",
  redeemed: "accent",
  expired: "neutral",
  failed: "danger",
};

/** Everyone in the drop with what became of their credit. */
export function CampaignMembers({ campaign }: { campaign: Campaign }) {
  const t = useTranslations("campaigns.members");
  const shop = useShop();
  const [arm, setArm] = useQueryState("arm", parseAsStringLiteral(ARMS).withDefault("all"));
  const pages = usePages("person");
  const allowed = shop.can("customer.list");
  const cursor = pages.cursor !== null && /^\d+$/.test(pages.cursor) ? Number(pages.cursor) : null;
  const members = trpc.campaigns.members.useQuery(
    { shopId: shop.id, id: campaign.id, arm: arm === "all" ? null : arm, cursor },
    { enabled: allowed, placeholderData: keepPreviousData },
  );
  const columns = useColumns(campaign.unit);
  if (!allowed) return <p className="text-muted text-sm">{t("forbidden")}</p>;
  return (
    <div className="flex flex-col gap-3">
      <SegmentedControl
        aria-label={t("arm")}
        options={ARMS.map((value) => ({ value, label: t(value) }))}
        value={arm}
        onValueChange={(value) => {
          pages.reset();
          void setArm(value);
        }}
      />
      <DataTable
        label={t("label")}
        columns={columns}
        rows={members.data?.items}
        loading={members.isPending || members.isPlaceholderData}
        error={members.error}
        onRetry={() => void members.refetch()}
        rowKey={(row) => String(row.seq)}
        rowHref={(row) => shopPath(shop.id, `/customers/${row.customer.id}`)}
        paging={pages.paging(members.data?.nextCursor)}
        empty={<EmptyState title={t("emptyTitle")} text={t("emptyText")} />}
      />
    </div>
  );
}

function useColumns(unit: string): readonly [DataColumn<Member>, ...DataColumn<Member>[]] {
  const t = useTranslations("campaigns.members");
  const m = useTranslations("messages.status");
  const isStatus = (text: string): text is "queued" | "sent" | "skipped" | "failed" =>
    ["queued", "sent", "skipped", "failed"].includes(text);
  const money = (minor: bigint) => (minor > 0n ? <Money minor={minor} unit={unit} /> : "–");
  return [
    {
      id: "person",
      header: t("person"),
      cell: (row) => (
        <span className="flex min-w-0 flex-col">
          <span className="truncate font-medium">{row.customer.name}</span>
          {row.customer.email && <span className="truncate text-muted text-xs">{row.customer.email}</span>}
        </span>
      ),
    },
    { id: "state", header: t("state"), cell: (row) => <Badge tone={TONE[row.state]}>{t(`states.${row.state}`)}</Badge> },
    { id: "amount", header: t("amount"), align: "end", cell: (row) => money(row.amount) },
    { id: "redeemed", header: t("redeemed"), align: "end", cell: (row) => money(row.redeemed) },
    { id: "remaining", header: t("remaining"), align: "end", hideBelow: "sm", cell: (row) => money(row.remaining) },
    {
      id: "message",
      header: t("message"),
      hideBelow: "md",
      cell: (row) => (row.message !== null && isStatus(row.message) ? m(row.message) : "–"),
    },
  ];
}
