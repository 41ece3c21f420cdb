"use client";

import { keepPreviousData } from "@tanstack/react-query";
import { useTranslations } from "next-intl";
import { useState } from "react";
import { Badge } from "../primitives/badge";
import { DataTable } from "../primitives/data-table";
import { EmptyState } from "../primitives/states";
import type { DataColumn } from "../primitives/table-model";
import { Money, Timestamp } from "../primitives/values";
import { useShop } from "../shell/shop-context";
import { type RouterOutput, trpc } from "../trpc";
import { kindTone, useActorLabel, useSourceLabel } from "./labels";
import { TransferSheet } from "./transfer-sheet";
import { useCursorPages } from "./use-cursor-pages";

type Row = RouterOutput["ledger"]["customerTransfers"]["items"][number];

/** Everything that moved a customer's credit, newest first, with what it did to this customer. */
export function CustomerTransfers({ customerId }: { customerId: string }) {
  const t = useTranslations("ledger");
  const shop = useShop();
  const [shown, setShown] = useState<string | null>(null);
  const [next, setNext] = useState<string | null>(null);
  const pages = useCursorPages(next);
  const transfers = trpc.ledger.customerTransfers.useQuery(
    { shopId: shop.id, customerId, cursor: pages.cursor, limit: 20 },
    { placeholderData: keepPreviousData },
  );
  const nextCursor = transfers.data?.nextCursor ?? null;
  if (nextCursor !== next) setNext(nextCursor);
  const columns = useColumns(shop.can("ledger.read") ? setShown : null);
  return (
    <>
      <DataTable<Row>
        label={t("customer.history")}
        columns={columns}
        rows={transfers.data?.items}
        loading={transfers.isFetching}
        error={transfers.error}
        onRetry={() => void transfers.refetch()}
        empty={<EmptyState title={t("customer.noHistoryTitle")} text={t("customer.noHistoryText")} />}
        rowKey={(row) => row.id}
        paging={pages.paging}
        skeletonRows={4}
      />
      <TransferSheet id={shown} onClose={() => setShown(null)} />
    </>
  );
}

function useColumns(onShow: ((id: string) => void) | null): readonly [DataColumn<Row>, ...DataColumn<Row>[]] {
  const t = useTranslations("ledger");
  const sourceLabel = useSourceLabel();
  const actorLabel = useActorLabel();
  return [
    {
      id: "kind",
      header: t("columns.kind"),
      cell: (row) =>
        onShow ? (
          <button type="button" className="rounded text-left hover:underline" onClick={() => onShow(row.id)}>
            <Badge tone={kindTone(row.kind)}>{t(`kind.${row.kind}`)}</Badge>
          </button>
        ) : (
          <Badge tone={kindTone(row.kind)}>{t(`kind.${row.kind}`)}</Badge>
        ),
    },
    {
      id: "credit",
      header: t("columns.effect"),
      align: "end",
      cell: (row) => <Money minor={row.credit} unit={row.unit} sign="always" className={row.credit < 0n ? "text-muted" : ""} />,
    },
    { id: "at", header: t("columns.at"), cell: (row) => <Timestamp at={row.at} /> },
    {
      id: "reason",
      header: t("columns.reason"),
      cell: (row) => (
        <span className="line-clamp-2 [overflow-wrap:anywhere]">
          {[row.reason, row.orderRef ? t("order", { order: row.orderRef }) : null, sourceLabel(row.sourceType)]
            .filter(Boolean)
            .join(" · ") || "–"}
        </span>
      ),
    },
    { id: "actor", header: t("columns.actor"), hideBelow: "md", cell: (row) => <span className="text-muted">{actorLabel(row)}</span> },
  ];
}
