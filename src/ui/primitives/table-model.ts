"use client";

import {
  type ColumnDef,
  createSortedRowModel,
  functionalUpdate,
  type ReactTable,
  rowSortingFeature,
  type SortFn,
  type SortingState,
  type Row as TableRow,
  tableFeatures,
  type Updater,
  useTable,
} from "@tanstack/react-table";
import { type ReactNode, useState } from "react";

export type SortValue = string | number | bigint | Date | null;

/** One column, without the table library's own vocabulary. */
export type DataColumn<Row> = {
  id: string;
  header: string;
  /** A `HelpTip` beside the header. */
  help?: ReactNode;
  cell: (row: Row) => ReactNode;
  /** Numbers and money stand at the end, so that their digits line up. */
  align?: "start" | "end";
  /** Sortable: on the server with `true`, in the browser with the value to compare. */
  sortable?: boolean | ((row: Row) => SortValue);
  /** CSS width; the rest shares what is left. */
  width?: string;
  /** Hidden on narrow screens; only for what another column or the row's page says too. */
  hideBelow?: "sm" | "md" | "lg";
  /** The header is for screen readers only (a column of buttons). */
  headerHidden?: boolean;
};

export type TableSort = { columnId: string; direction: "asc" | "desc" };

export type Sorting =
  /** The server sorts; keep `sort` in the URL. */
  | { mode: "server"; sort: TableSort | null; onSortChange: (sort: TableSort | null) => void }
  /** All rows are here. */
  | { mode: "client"; initial?: TableSort };

const features = tableFeatures({ rowSortingFeature, sortedRowModel: createSortedRowModel() });
export type Features = typeof features;
export type ModelRow<Row extends object> = TableRow<Features, Row>;

const rank = (value: unknown): number | bigint | string | null => {
  if (value instanceof Date) return value.getTime();
  return typeof value === "number" || typeof value === "bigint" || typeof value === "string" ? value : null;
};

/** Ascending; texts by the rules of the language, nothing last. Exported for its test. */
export function compareValues(left: unknown, right: unknown, collator: Intl.Collator): number {
  const [a, b] = [rank(left), rank(right)];
  if (a === null || b === null) return a === b ? 0 : a === null ? 1 : -1;
  if (typeof a === "string" && typeof b === "string") return collator.compare(a, b);
  return a < b ? -1 : a > b ? 1 : 0;
}

const toState = (sort: TableSort | null | undefined): SortingState =>
  sort ? [{ id: sort.columnId, desc: sort.direction === "desc" }] : [];

const fromState = (state: SortingState): TableSort | null => {
  const first = state[0];
  return first ? { columnId: first.id, direction: first.desc ? "desc" : "asc" } : null;
};

type ModelInput<Row> = {
  rows: readonly Row[];
  columns: readonly DataColumn<Row>[];
  rowKey: (row: Row) => string;
  sorting: Sorting | undefined;
  locale: string;
};

export function useTableModel<Row extends object>({ rows, columns, rowKey, sorting, locale }: ModelInput<Row>): ReactTable<Features, Row> {
  const [own, setOwn] = useState<SortingState>(toState(sorting?.mode === "client" ? sorting.initial : null));
  const state = sorting?.mode === "server" ? toState(sorting.sort) : own;
  const collator = new Intl.Collator(locale, { numeric: true, sensitivity: "base" });
  const sortFn: SortFn<Features, Row> = (a, b, columnId) => compareValues(a.getValue(columnId), b.getValue(columnId), collator);
  const definitions: ColumnDef<Features, Row>[] = columns.map((column) => ({
    id: column.id,
    header: column.header,
    accessorFn: (row: Row) => (typeof column.sortable === "function" ? column.sortable(row) : null),
    enableSorting: sorting !== undefined && Boolean(column.sortable),
    sortFn,
    sortDescFirst: column.align === "end",
  }));
  return useTable<Features, Row>({
    features,
    columns: definitions,
    data: rows,
    getRowId: rowKey,
    manualSorting: sorting?.mode !== "client",
    enableMultiSort: false,
    state: { sorting: state },
    onSortingChange: (updater: Updater<SortingState>) => {
      const next = functionalUpdate(updater, state);
      if (sorting?.mode === "server") sorting.onSortChange(fromState(next));
      else setOwn(next);
    },
  });
}
