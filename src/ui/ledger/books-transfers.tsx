"use client";

import { keepPreviousData } from "@tanstack/react-query";
import { Download, X } from "lucide-react";
import { useTranslations } from "next-intl";
import { parseAsString, parseAsStringLiteral, useQueryStates } from "nuqs";
import { useState } from "react";
import { ACTOR_TYPES, TRANSFER_KINDS } from "@/server/ledger/schema";
import { localToInstant } from "@/server/time";
import { useStepUp } from "../auth/step-up";
import { useErrorText } from "../error-text";
import { MoneyField } from "../primitives/amount-field";
import { Badge } from "../primitives/badge";
import { Button, IconButton } from "../primitives/button";
import { DataTable } from "../primitives/data-table";
import { Field } from "../primitives/field";
import { Input } from "../primitives/input";
import { NativeSelect } from "../primitives/select";
import { EmptyState } from "../primitives/states";
import type { DataColumn } from "../primitives/table-model";
import { toastError } from "../primitives/toast";
import { Money, Timestamp } from "../primitives/values";
import { useShop } from "../shell/shop-context";
import { type RouterOutput, trpc } from "../trpc";
import { kindTone, SOURCES, useActorLabel, useSourceLabel } from "./labels";
import { TransferSheet } from "./transfer-sheet";
import { useCursorPages } from "./use-cursor-pages";

type Row = RouterOutput["ledger"]["transfers"]["items"][number];

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const DAY = /^\d{4}-\d{2}-\d{2}$/;

const filters = {
  kind: parseAsStringLiteral(TRANSFER_KINDS),
  q: parseAsString.withDefault(""),
  order: parseAsString.withDefault(""),
  source: parseAsStringLiteral(SOURCES),
  sourceId: parseAsString,
  actor: parseAsStringLiteral(ACTOR_TYPES),
  customer: parseAsString,
  min: parseAsString.withDefault(""),
  max: parseAsString.withDefault(""),
  from: parseAsString.withDefault(""),
  to: parseAsString.withDefault(""),
  transfer: parseAsString,
};
const NONE = {
  kind: null,
  q: "",
  order: "",
  source: null,
  sourceId: null,
  actor: null,
  customer: null,
  min: "",
  max: "",
  from: "",
  to: "",
};

type Filter = ReturnType<typeof useQueryStates<typeof filters>>[0];

/** The start of a local day; the end of a range is the start of the day after. */
function dayStart(day: string, zone: string, plusDays = 0): Date | undefined {
  if (!DAY.test(day)) return undefined;
  const shifted = new Date(Date.parse(`${day}T00:00:00Z`) + plusDays * 86_400_000);
  return Number.isNaN(shifted.getTime()) ? undefined : localToInstant(`${shifted.toISOString().slice(0, 10)}T00:00`, zone);
}

/** What the filters of the page ask the server for; amounts are of the shop's currency. Half-typed values ask for nothing. */
function asked(filter: Filter, shop: { currency: string; timeZone: string }) {
  const amount = (text: string) => (/^[1-9]\d{0,17}$/.test(text) ? text : undefined);
  const text = (value: string | null) => value?.trim() || undefined;
  return {
    kind: filter.kind ?? undefined,
    search: text(filter.q),
    orderRef: text(filter.order),
    sourceType: filter.source ?? undefined,
    sourceId: filter.sourceId && UUID.test(filter.sourceId) ? filter.sourceId : undefined,
    actorType: filter.actor ?? undefined,
    customerId: filter.customer && UUID.test(filter.customer) ? filter.customer : undefined,
    minAmount: amount(filter.min),
    maxAmount: amount(filter.max),
    from: dayStart(filter.from, shop.timeZone),
    to: dayStart(filter.to, shop.timeZone, 1),
  };
}

/** All transfers of the shop, newest first, with filters in the URL, drill-down to the postings and a file of what is left. */
export function BooksTransfers() {
  const t = useTranslations("ledger");
  const shop = useShop();
  const [filter, setFilter] = useQueryStates(filters, { history: "replace" });
  const [next, setNext] = useState<string | null>(null);
  const pages = useCursorPages(next);
  const change = (values: Partial<Filter>) => {
    pages.reset();
    void setFilter(values);
  };
  const { kind, ...wanted } = asked(filter, shop);
  const query = trpc.ledger.transfers.useQuery(
    { shopId: shop.id, limit: 25, cursor: pages.cursor, ...wanted, ...(kind ? { kinds: [kind] } : {}) },
    { placeholderData: keepPreviousData },
  );
  const nextCursor = query.data?.nextCursor ?? null;
  if (nextCursor !== next) setNext(nextCursor);
  const filtered = Object.values({ kind, ...wanted }).some((value) => value !== undefined);
  return (
    <div className="flex min-w-0 flex-col gap-3">
      <TransferFilters filter={filter} onChange={change} />
      <div className="flex flex-wrap items-center gap-2">
        {filter.customer && (
          <Chip label={t("filter.customer", { id: filter.customer.slice(-12) })} onRemove={() => change({ customer: null })} />
        )}
        {filter.sourceId && (
          <Chip label={t("filter.sourceId", { id: filter.sourceId.slice(-12) })} onRemove={() => change({ sourceId: null })} />
        )}
        {filtered && (
          <Button variant="ghost" size="sm" onClick={() => change(NONE)}>
            {t("filter.clear")}
          </Button>
        )}
        {shop.can("ledger.export") && <TransfersFile query={{ kind, ...wanted }} />}
      </div>
      <DataTable<Row>
        label={t("books.transfers")}
        columns={useColumns((transfer) => void setFilter({ transfer }, { history: "push" }))}
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

const Chip = ({ label, onRemove }: { label: string; onRemove: () => void }) => {
  const t = useTranslations("ledger.filter");
  return (
    <span className="inline-flex items-center gap-1 rounded-full border border-line py-0.5 pr-1 pl-2.5 text-xs">
      {label}
      <IconButton size="sm" label={t("remove", { filter: label })} onClick={onRemove}>
        <X aria-hidden />
      </IconButton>
    </span>
  );
};

function TransfersFile({ query }: { query: ReturnType<typeof asked> }) {
  const t = useTranslations("ledger.filter");
  const shop = useShop();
  const run = useStepUp();
  const errorText = useErrorText();
  const allowed = trpc.ledger.exportAllowed.useMutation();
  const start = async () => {
    try {
      if (!(await run(() => allowed.mutateAsync({ shopId: shop.id })))) return;
      const params = new URLSearchParams({ shopId: shop.id });
      for (const [name, value] of Object.entries(query))
        if (value !== undefined) params.set(name, value instanceof Date ? value.toISOString() : value);
      window.location.assign(`/api/ledger/transfers?${params}`);
    } catch (error) {
      toastError(t("failed"), errorText(error));
    }
  };
  return (
    <Button size="sm" className="ml-auto" loading={allowed.isPending} onClick={() => void start()}>
      <Download aria-hidden />
      {t("csv")}
    </Button>
  );
}

type FiltersProps = { filter: Filter; onChange: (values: Partial<Filter>) => void };

function TransferFilters({ filter, onChange }: FiltersProps) {
  const t = useTranslations("ledger");
  const sourceLabel = useSourceLabel();
  const { currency } = useShop();
  const text = (name: "q" | "order", label: string, className: string) => (
    <Field label={label} error={undefined} required className={className}>
      {({ "aria-required": _required, ...control }) => (
        <Input {...control} type="search" value={filter[name]} onChange={(event) => onChange({ [name]: event.target.value })} />
      )}
    </Field>
  );
  const day = (name: "from" | "to", label: string) => (
    <Field label={label} error={undefined} required className="w-40">
      {({ "aria-required": _required, ...control }) => (
        <Input {...control} type="date" value={filter[name]} onChange={(event) => onChange({ [name]: event.target.value })} />
      )}
    </Field>
  );
  const money = (name: "min" | "max", label: string) => (
    <Field label={label} error={undefined} required className="w-40">
      {({ "aria-required": _required, ...control }) => (
        <MoneyField {...control} unit={currency} value={filter[name]} onValueChange={(value) => onChange({ [name]: value })} />
      )}
    </Field>
  );
  return (
    <fieldset className="flex flex-wrap items-end gap-3">
      <legend className="sr-only">{t("filter.label")}</legend>
      {text("q", t("filter.search"), "w-56")}
      <Choice
        label={t("columns.kind")}
        all={t("filter.all")}
        value={filter.kind}
        options={TRANSFER_KINDS.map((kind) => ({ value: kind, label: t(`kind.${kind}`) }))}
        onChange={(kind) => onChange({ kind })}
      />
      <Choice
        label={t("detail.source")}
        all={t("filter.anySource")}
        value={filter.source}
        options={SOURCES.map((source) => ({ value: source, label: sourceLabel(source) ?? source }))}
        onChange={(source) => onChange({ source })}
      />
      <Choice
        label={t("columns.actor")}
        all={t("filter.anyone")}
        value={filter.actor}
        options={ACTOR_TYPES.map((actor) => ({ value: actor, label: t(`detail.actorType.${actor}`) }))}
        onChange={(actor) => onChange({ actor })}
      />
      {text("order", t("filter.order"), "w-36")}
      {money("min", t("filter.min"))}
      {money("max", t("filter.max"))}
      {day("from", t("filter.from"))}
      {day("to", t("filter.to"))}
    </fieldset>
  );
}

type ChoiceProps<Value extends string> = {
  label: string;
  all: string;
  value: Value | null;
  options: readonly { value: Value; label: string }[];
  onChange: (value: Value | null) => void;
};

function Choice<Value extends string>({ label, all, value, options, onChange }: ChoiceProps<Value>) {
  return (
    <Field label={label} error={undefined} required className="w-44">
      {({ "aria-required": _required, ...control }) => (
        <NativeSelect
          {...control}
          value={value ?? ""}
          placeholder={all}
          options={options}
          onChange={(event) => onChange(options.find((option) => option.value === event.target.value)?.value ?? null)}
        />
      )}
    </Field>
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
