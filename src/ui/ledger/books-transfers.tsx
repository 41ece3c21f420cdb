"use client";

import { keepPreviousData } from "@tanstack/react-query";
import { useTranslations } from "next-intl";
import { parseAsString, parseAsStringLiteral, useQueryStates } from "nuqs";
import { useState } from "react";
import { TRANSFER_KINDS } from "@/server/ledger/schema";
import { localToInstant } from "@/server/time";
import { Badge } from "../primitives/badge";
import { Button } from "../primitives/button";
import { DataTable } from "../primitives/data-table";
import { Field } from "../primitives/field";
import { Input } from "../primitives/input";
import { NativeSelect } from "../primitives/select";
import { EmptyState } from "../primitives/states";
import type { DataColumn } from "../primitives/table-model";
import { Money, Timestamp } from "../primitives/values";
import { useShop } from "../shell/shop-context";
import { type RouterOutput, trpc } from "../trpc";
import { kindTone, useActorLabel, useSourceLabel } from "./labels";
import { TransferSheet } from "./transfer-sheet";
import { useCursorPages } from "./use-cursor-pages";

type Row = RouterOutput["ledger"]["transfers"]["items"][number];

const DAY = /^\d{4}-\d{2}-\d{2}$/;

const filters = {
  kind: parseAsStringLiteral(TRANSFER_KINDS),
  order: parseAsString.withDefault(""),
  from: parseAsString.withDefault(""),
  to: parseAsString.withDefault(""),
  transfer: parseAsString,
};

/** The start of a local day; the end of a range is the start of the day after. */
function dayStart(day: string, zone: string, plusDays = 0): Date | undefined {
  if (!DAY.test(day)) return undefined;
  const shifted = new Date(Date.parse(`${day}T00:00:00Z`) + plusDays * 86_400_000);
  return Number.isNaN(shifted.getTime()) ? undefined : localToInstant(`${shifted.toISOString().slice(0, 10)}T00:00`, zone);
}

/** All transfers of the shop, newest first, with filters in the URL and drill-down to the postings. */
export function BooksTransfers() {
  const t = useTranslations("ledger");
  const shop = useShop();
  const [filter, setFilter] = useQueryStates(filters, { history: "push" });
  const [next, setNext] = useState<string | null>(null);
  const pages = useCursorPages(next);
  const change = (values: Partial<typeof filter>) => {
    pages.reset();
    void setFilter(values);
  };
  const query = trpc.ledger.transfers.useQuery(
    {
      shopId: shop.id,
      limit: 25,
      cursor: pages.cursor,
      ...(filter.kind ? { kinds: [filter.kind] } : {}),
      ...(filter.order.trim() ? { orderRef: filter.order.trim() } : {}),
      from: dayStart(filter.from, shop.timeZone),
      to: dayStart(filter.to, shop.timeZone, 1),
    },
    { placeholderData: keepPreviousData },
  );
  const nextCursor = query.data?.nextCursor ?? null;
  if (nextCursor !== next) setNext(nextCursor);
  const filtered = Boolean(filter.kind || filter.order || filter.from || filter.to);
  return (
    <div className="flex min-w-0 flex-col gap-3">
      <fieldset className="flex flex-wrap items-end gap-3">
        <legend className="sr-only">{t("filter.label")}</legend>
        <Field label={t("columns.kind")} error={undefined} required className="w-44">
          {({ "aria-required": _required, ...control }) => (
            <NativeSelect
              {...control}
              value={filter.kind ?? ""}
              placeholder={t("filter.all")}
              options={TRANSFER_KINDS.map((kind) => ({ value: kind, label: t(`kind.${kind}`) }))}
              onChange={(event) => change({ kind: TRANSFER_KINDS.find((kind) => kind === event.target.value) ?? null })}
            />
          )}
        </Field>
        <Field label={t("filter.order")} error={undefined} required className="w-40">
          {({ "aria-required": _required, ...control }) => (
            <Input {...control} type="search" value={filter.order} onChange={(event) => change({ order: event.target.value })} />
          )}
        </Field>
        <Field label={t("filter.from")} error={undefined} required className="w-40">
          {({ "aria-required": _required, ...control }) => (
            <Input {...control} type="date" value={filter.from} onChange={(event) => change({ from: event.target.value })} />
          )}
        </Field>
        <Field label={t("filter.to")} error={undefined} required className="w-40">
          {({ "aria-required": _required, ...control }) => (
            <Input {...control} type="date" value={filter.to} onChange={(event) => change({ to: event.target.value })} />
          )}
        </Field>
        {filtered && (
          <Button variant="ghost" onClick={() => change({ kind: null, order: "", from: "", to: "" })}>
            {t("filter.clear")}
          </Button>
        )}
      </fieldset>
      <DataTable<Row>
        label={t("books.transfers")}
        columns={useColumns((transfer) => void setFilter({ transfer }))}
        rows={query.data?.items}
        loading={query.isFetching}
        error={query.error}
        onRetry={() => void query.refetch()}
        empty={
          <EmptyState
            title={t(filtered ? "filter.emptyTitle" : "books.emptyTitle")}
            text={t(filtered ? "filter.emptyText" : "books.emptyText")}
          />
        }
        rowKey={(row) => row.id}
        paging={pages.paging}
      />
      <TransferSheet id={filter.transfer} onClose={() => void setFilter({ transfer: null })} />
    </div>
  );
}

function useColumns(onShow: (id: string) => void): readonly [DataColumn<Row>, ...DataColumn<Row>[]] {
  const t = useTranslations("ledger");
  const sourceLabel = useSourceLabel();
  const actorLabel = useActorLabel();
  return [
    {
      id: "kind",
      header: t("columns.kind"),
      cell: (row) => (
        <button type="button" aria-haspopup="dialog" className="rounded text-left hover:underline" onClick={() => onShow(row.id)}>
          <Badge tone={kindTone(row.kind)}>{t(`kind.${row.kind}`)}</Badge>
        </button>
      ),
    },
    { id: "amount", header: t("columns.amount"), align: "end", cell: (row) => <Money minor={row.amount} unit={row.unit} /> },
    { id: "at", header: t("columns.at"), cell: (row) => <Timestamp at={row.at} /> },
    {
      id: "who",
      header: t("columns.who"),
      hideBelow: "sm",
      cell: (row) => (row.customerId ? t("one") : t("many", { count: row.entries - 1 })),
    },
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
