"use client";

import { keepPreviousData } from "@tanstack/react-query";
import { Mail } from "lucide-react";
import { useTranslations } from "next-intl";
import { useState } from "react";
import { usePages } from "../campaigns/use-pages";
import { StatusBadge, type Tone } from "../primitives/badge";
import { DataTable } from "../primitives/data-table";
import { Sheet } from "../primitives/dialog";
import { EmptyState } from "../primitives/states";
import type { DataColumn } from "../primitives/table-model";
import { Timestamp } from "../primitives/values";
import { useShop } from "../shell/shop-context";
import { type RouterOutput, trpc } from "../trpc";
import { TroubleText } from "./trouble-text";

type Item = RouterOutput["campaigns"]["notices"]["items"][number];

const SHOWN = { waiting: "queued", sending: "sending", sent: "sent", obsolete: "skipped", failed: "failed", unknown: "unknown" } as const;
const TONE: Record<Item["status"], Tone> = {
  waiting: "info",
  sending: "info",
  sent: "accent",
  obsolete: "neutral",
  failed: "danger",
  unknown: "warning",
};

/** E-mails to the shop's own people, each as it was written. */
export function TeamMail() {
  const t = useTranslations("messages.team");
  const shop = useShop();
  const pages = usePages();
  const [open, setOpen] = useState<Item | null>(null);
  const list = trpc.campaigns.notices.useQuery(
    { shopId: shop.id, cursor: pages.cursor },
    { placeholderData: keepPreviousData, refetchInterval: 15_000 },
  );
  return (
    <div className="flex flex-col gap-4">
      <p className="max-w-prose text-muted text-sm">{t("text")}</p>
      <DataTable
        label={t("label")}
        columns={useColumns(setOpen)}
        rows={list.data?.items}
        loading={list.isPending || list.isPlaceholderData}
        error={list.error}
        onRetry={() => void list.refetch()}
        rowKey={(row) => row.id}
        paging={pages.paging(list.data?.nextCursor)}
        empty={<EmptyState icon={<Mail aria-hidden />} title={t("emptyTitle")} text={t("emptyText")} />}
      />
      <Sheet open={open !== null} onOpenChange={(shown) => !shown && setOpen(null)} title={open?.subject ?? t("label")} description={null}>
        {/* Links stay text: who reads along here is not the one who is asked. */}
        <p className="whitespace-pre-wrap break-words text-sm">{open?.body}</p>
      </Sheet>
    </div>
  );
}

function useColumns(open: (item: Item) => void): readonly [DataColumn<Item>, ...DataColumn<Item>[]] {
  const t = useTranslations("messages.team");
  const s = useTranslations("messages.status");
  return [
    {
      id: "subject",
      header: t("subject"),
      cell: (row) => (
        <button
          type="button"
          onClick={() => open(row)}
          className="flex min-w-0 flex-col text-left [overflow-wrap:anywhere] hover:underline"
        >
          <span className="font-medium">{row.subject}</span>
          <span className="text-muted text-xs sm:hidden">{row.to}</span>
        </button>
      ),
    },
    { id: "to", header: t("to"), hideBelow: "sm", cell: (row) => row.to },
    {
      id: "status",
      header: t("status"),
      cell: (row) => (
        <span className="flex min-w-0 flex-col items-start gap-0.5">
          <StatusBadge tone={TONE[row.status]}>{s(SHOWN[row.status])}</StatusBadge>
          {row.delivered === false && <span className="text-muted text-xs">{t("onlyHere")}</span>}
          {row.error && (
            <span className="text-muted text-xs">
              <TroubleText words={row.error} />
            </span>
          )}
        </span>
      ),
    },
    { id: "at", header: t("at"), hideBelow: "md", cell: (row) => <Timestamp at={row.at} /> },
  ];
}
