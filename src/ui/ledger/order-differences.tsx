"use client";

import { keepPreviousData } from "@tanstack/react-query";
import Link from "next/link";
import { useTranslations } from "next-intl";
import { useState } from "react";
import type { OrderDifference } from "@/server/ledger/reconcile";
import { Section } from "../primitives/card";
import { DataTable } from "../primitives/data-table";
import { EmptyState } from "../primitives/states";
import type { DataColumn } from "../primitives/table-model";
import { Money, Timestamp } from "../primitives/values";
import { shopPath } from "../shell/navigation";
import { useShop } from "../shell/shop-context";
import { trpc } from "../trpc";
import { useCursorPages } from "./use-cursor-pages";

/** Orders that say something else about their credit than the ledger booked. */
export function OrderDifferences() {
  const t = useTranslations("ledger.orders");
  const shop = useShop();
  const [next, setNext] = useState<string | null>(null);
  const pages = useCursorPages(next);
  const query = trpc.ledger.books.orderDifferences.useQuery(
    { shopId: shop.id, cursor: pages.cursor, limit: 10 },
    { placeholderData: keepPreviousData },
  );
  const nextCursor = query.data?.nextCursor ?? null;
  if (nextCursor !== next) setNext(nextCursor);
  return (
    <Section title={t("title")} description={t("text")}>
      <DataTable<OrderDifference>
        label={t("title")}
        columns={useColumns()}
        rows={query.data?.items}
        loading={query.isFetching}
        error={query.error}
        onRetry={() => void query.refetch()}
        empty={<EmptyState title={t("noneTitle")} text={t("noneText")} />}
        rowKey={(row) => `${row.orderRef} ${row.unit}`}
        paging={pages.paging}
        skeletonRows={3}
      />
    </Section>
  );
}

function useColumns(): readonly [DataColumn<OrderDifference>, ...DataColumn<OrderDifference>[]] {
  const t = useTranslations("ledger.orders");
  const shop = useShop();
  const why = (row: OrderDifference) =>
    row.used === null ? t("noOrder") : row.booked === 0n ? t("noCredit") : row.used === 0n ? t("unsaid") : t("differs");
  return [
    {
      id: "order",
      header: t("order"),
      cell: (row) => (
        <Link className="hover:underline" href={shopPath(shop.id, `/ledger?tab=transfers&order=${encodeURIComponent(row.orderRef)}`)}>
          {row.orderRef}
        </Link>
      ),
    },
    {
      id: "used",
      header: t("used"),
      align: "end",
      cell: (row) => (row.used === null ? <span className="text-faint">–</span> : <Money minor={row.used} unit={row.unit} />),
    },
    { id: "booked", header: t("booked"), align: "end", cell: (row) => <Money minor={row.booked} unit={row.unit} /> },
    { id: "why", header: t("why"), cell: (row) => <span className="text-muted">{why(row)}</span> },
    {
      id: "customer",
      header: t("customer"),
      hideBelow: "sm",
      cell: (row) =>
        row.customerId === null ? (
          "–"
        ) : shop.can("customer.read") ? (
          <Link className="hover:underline" href={shopPath(shop.id, `/customers/${row.customerId}`)}>
            {t("toCustomer")}
          </Link>
        ) : (
          `…${row.customerId.slice(-12)}`
        ),
    },
    {
      id: "placed",
      header: t("placed"),
      hideBelow: "md",
      cell: (row) => (row.placedAt ? <Timestamp at={row.placedAt} show="date" /> : "–"),
    },
  ];
}
