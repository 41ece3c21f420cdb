"use client";

import { Download } from "lucide-react";
import { useLocale, useTranslations } from "next-intl";
import { parseAsStringLiteral, useQueryState } from "nuqs";
import type { OwedCustomer, OwedLot } from "@/server/ledger/owed";
import type { OwedFilter } from "@/server/ledger/schema";
import { useStepUp } from "../auth/step-up";
import { useErrorText } from "../error-text";
import { formatNumber } from "../format";
import { lastMoment } from "../last-moment";
import { Button } from "../primitives/button";
import { SegmentedControl } from "../primitives/choice";
import { Dialog } from "../primitives/dialog";
import { EmptyState } from "../primitives/states";
import type { DataColumn } from "../primitives/table-model";
import { toastError } from "../primitives/toast";
import { Money, Timestamp } from "../primitives/values";
import { VirtualTable } from "../primitives/virtual-table";
import { useShop } from "../shell/shop-context";
import { trpc } from "../trpc";
import { CustomerName } from "./customer-handle";
import { useSourceLabel } from "./labels";
import { monthLabel } from "./month-label";
import { owedCellParser } from "./owed-cell";

const VIEWS = ["customers", "lots"] as const;
const HEIGHT = 460;
const PAGE = 100;

/** The cell that the URL names, and how to open one. */
export function useOwedCell() {
  const [cell, setCell] = useQueryState("cell", owedCellParser.withOptions({ history: "push" }));
  return { cell, show: (next: OwedFilter) => void setCell(next), close: () => void setCell(null) };
}

/** To whom, since when and why: what stands behind a cell of the books. */
export function OwedDialog() {
  const t = useTranslations("ledger.owed");
  const { cell, close } = useOwedCell();
  const title = useCellTitle();
  return (
    <Dialog
      open={cell !== null}
      onOpenChange={(open) => !open && close()}
      title={cell ? title(cell) : ""}
      description={t("text")}
      size="lg"
    >
      {cell && <Behind cell={cell} />}
    </Dialog>
  );
}

function useCellTitle(): (cell: OwedFilter) => string {
  const t = useTranslations("ledger.owed");
  const locale = useLocale();
  return ({ unit, bucket, origin, withinDays }) => {
    const when = withinDays
      ? t("within", { days: withinDays })
      : bucket === "none" || bucket === "held" || bucket === "unbooked"
        ? t(`bucket.${bucket}`)
        : bucket
          ? t("until", { month: monthLabel(bucket, locale) })
          : t("all");
    return [when, origin ? t(`origin.${origin}`) : null, unit].filter(Boolean).join(" · ");
  };
}

function Behind({ cell }: { cell: OwedFilter }) {
  const t = useTranslations("ledger.owed");
  const shop = useShop();
  const [view, setView] = useQueryState("behind", parseAsStringLiteral(VIEWS).withDefault("customers"));
  return (
    <div className="flex min-w-0 flex-col gap-3">
      <div className="flex flex-wrap items-center justify-between gap-2">
        <SegmentedControl
          aria-label={t("view")}
          value={view}
          onValueChange={(next) => void setView(next)}
          options={VIEWS.map((value) => ({ value, label: t(`views.${value}`) }))}
        />
        {shop.can("ledger.export") && <CsvButton cell={cell} />}
      </div>
      {view === "customers" ? <Customers cell={cell} /> : <Lots cell={cell} />}
    </div>
  );
}

function CsvButton({ cell }: { cell: OwedFilter }) {
  const t = useTranslations("ledger.owed");
  const shop = useShop();
  const run = useStepUp();
  const errorText = useErrorText();
  const allowed = trpc.ledger.exportAllowed.useMutation();
  const start = async () => {
    try {
      if (!(await run(() => allowed.mutateAsync({ shopId: shop.id })))) return;
      const { unit, bucket, origin, withinDays } = cell;
      const query = new URLSearchParams({ shopId: shop.id, unit });
      for (const [name, value] of Object.entries({ bucket, origin, withinDays })) if (value) query.set(name, String(value));
      window.location.assign(`/api/ledger/outstanding?${query}`);
    } catch (error) {
      toastError(t("failed"), errorText(error));
    }
  };
  return (
    <Button size="sm" loading={allowed.isPending} onClick={() => void start()}>
      <Download aria-hidden />
      {t("csv")}
    </Button>
  );
}

function Customers({ cell }: { cell: OwedFilter }) {
  const t = useTranslations("ledger.owed");
  const locale = useLocale();
  const shop = useShop();
  const query = trpc.ledger.books.owedCustomers.useInfiniteQuery(
    { shopId: shop.id, ...cell, limit: PAGE },
    { getNextPageParam: (page) => page.nextCursor },
  );
  const columns: readonly [DataColumn<OwedCustomer>, ...DataColumn<OwedCustomer>[]] = [
    { id: "customer", header: t("customer"), cell: (row) => <CustomerName {...row} /> },
    { id: "amount", header: t("amount"), align: "end", cell: (row) => <Money minor={row.amount} unit={cell.unit} /> },
    { id: "lots", header: t("lots"), align: "end", hideBelow: "sm", cell: (row) => formatNumber(row.lots, locale) },
    { id: "since", header: t("since"), hideBelow: "sm", cell: (row) => <Timestamp at={row.since} show="date" /> },
    {
      id: "next",
      header: t("nextExpiry"),
      cell: (row) => (row.nextExpiry ? <Timestamp at={row.nextExpiry} /> : <span className="text-muted">{t("never")}</span>),
    },
  ];
  return (
    <VirtualTable<OwedCustomer>
      label={t("views.customers")}
      columns={columns}
      rows={query.data?.pages.flatMap((page) => page.items)}
      loading={query.isFetching}
      error={query.error}
      onRetry={() => void query.refetch()}
      empty={<EmptyState title={t("emptyTitle")} text={t("emptyText")} />}
      rowKey={(row) => row.customerId}
      height={HEIGHT}
      hasMore={query.hasNextPage}
      onEndReached={() => void query.fetchNextPage()}
    />
  );
}

function Lots({ cell }: { cell: OwedFilter }) {
  const t = useTranslations("ledger.owed");
  const shop = useShop();
  const sourceLabel = useSourceLabel();
  const query = trpc.ledger.books.owedLots.useInfiniteQuery(
    { shopId: shop.id, ...cell, limit: PAGE },
    { getNextPageParam: (page) => page.nextCursor },
  );
  const columns: readonly [DataColumn<OwedLot>, ...DataColumn<OwedLot>[]] = [
    { id: "customer", header: t("customer"), cell: (row) => <CustomerName {...row} /> },
    { id: "amount", header: t("amount"), align: "end", cell: (row) => <Money minor={row.amount} unit={row.unit} /> },
    { id: "since", header: t("since"), cell: (row) => <Timestamp at={row.since} show="date" /> },
    {
      id: "why",
      header: t("why"),
      cell: (row) => (
        <span className="line-clamp-2 min-w-32 [overflow-wrap:anywhere]">
          {[t(`origin.${row.origin}`), sourceLabel(row.sourceType), row.reason].filter(Boolean).join(" · ")}
        </span>
      ),
    },
    {
      id: "until",
      header: t("expiresAt"),
      cell: (row) => (row.expiresAt ? <Timestamp at={lastMoment(row.expiresAt)} /> : <span className="text-muted">{t("never")}</span>),
    },
  ];
  return (
    <VirtualTable<OwedLot>
      label={t("views.lots")}
      columns={columns}
      rows={query.data?.pages.flatMap((page) => page.items)}
      loading={query.isFetching}
      error={query.error}
      onRetry={() => void query.refetch()}
      empty={<EmptyState title={t("emptyTitle")} text={t("emptyText")} />}
      rowKey={(row) => row.lotId}
      height={HEIGHT}
      hasMore={query.hasNextPage}
      onEndReached={() => void query.fetchNextPage()}
    />
  );
}
