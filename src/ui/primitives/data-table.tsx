"use client";

import { useLocale, useTranslations } from "next-intl";
import { type ReactNode, useId } from "react";
import { Button } from "./button";
import { Checkbox } from "./choice";
import { Skeleton } from "./skeleton";
import { ErrorState } from "./states";
import { Table, TableFrame, Td, Th, Tr } from "./table";
import { type DataColumn, type ModelRow, type Sorting, useTableModel } from "./table-model";
import { HeaderRow, hideBelow, moveBetweenRows, RowCells, SELECT_CELL } from "./table-rows";

/** Cursor pages: the server knows what comes next, not how many pages there are. */
export type CursorPaging = {
  hasPrevious: boolean;
  hasNext: boolean;
  onPrevious: () => void;
  onNext: () => void;
  /** "Etwa 25.000 Kunden" or a range. */
  summary?: ReactNode;
};

export type Selection<Row> = {
  selected: ReadonlySet<string>;
  onChange: (selected: ReadonlySet<string>) => void;
  /** Names a row's checkbox: "Anna Müller". */
  rowName: (row: Row) => string;
};

export type TableData<Row> = {
  /** Undefined until the first answer. Rows stay while the next page loads. */
  rows: readonly Row[] | undefined;
  loading: boolean;
  /** What the query failed with, or null. */
  error: unknown;
  onRetry: () => void;
  /** Shown when there is nothing: an `EmptyState` with the next action. */
  empty: ReactNode;
};

export type DataTableProps<Row extends object> = TableData<Row> & {
  label: string;
  columns: readonly [DataColumn<Row>, ...DataColumn<Row>[]];
  rowKey: (row: Row) => string;
  /** The page of a row: the first cell becomes a link that covers the row. */
  rowHref?: (row: Row) => string;
  sorting?: Sorting;
  paging?: CursorPaging;
  selection?: Selection<Row>;
  maxHeight?: number | string;
  skeletonRows?: number;
};

const NO_ROWS: readonly never[] = [];

/** A list of things with sorting, pages, selection and its four states: loading, failed, empty, rows. */
export function DataTable<Row extends object>(props: DataTableProps<Row>) {
  const { label, columns, rows, loading, error, onRetry, empty, rowKey, rowHref, sorting, paging, selection, maxHeight } = props;
  const t = useTranslations("common");
  const locale = useLocale();
  const table = useTableModel({ rows: rows ?? NO_ROWS, columns, rowKey, sorting, locale });
  const isFirstLoad = loading && rows === undefined;

  if (error && !loading) return <TableFrame label={label}>{<ErrorState error={error} onRetry={onRetry} />}</TableFrame>;
  if (!loading && rows?.length === 0 && !paging?.hasPrevious) return <TableFrame label={label}>{empty}</TableFrame>;
  return (
    // A grid whose column may shrink: in any parent, the table scrolls in its frame instead of widening the page.
    <div className="grid min-w-0 grid-cols-[minmax(0,1fr)] gap-2">
      {/* Dashed while other rows are on their way: paler text would fall below the contrast people need. */}
      <TableFrame label={label} maxHeight={maxHeight} className={loading && rows ? "border-dashed" : undefined}>
        <Table aria-label={label} aria-busy={loading}>
          <thead>
            <HeaderRow
              table={table}
              columns={columns}
              lead={selection && <SelectAll rows={table.getRowModel().rows} selection={selection} />}
            />
          </thead>
          <tbody>
            {isFirstLoad ? (
              <SkeletonRows columns={columns} rows={props.skeletonRows ?? 8} lead={selection !== undefined} />
            ) : (
              table.getRowModel().rows.map((row) => (
                <Tr
                  key={row.id}
                  data-selected={selection?.selected.has(row.id) || undefined}
                  onKeyDown={moveBetweenRows}
                  className="relative data-selected:bg-accent-soft has-[a[data-row-link]]:hover:bg-hover"
                >
                  {selection && <SelectRow row={row} selection={selection} />}
                  <RowCells row={row.original} columns={columns} rowHref={rowHref} />
                </Tr>
              ))
            )}
          </tbody>
        </Table>
      </TableFrame>
      <span role="status" className="sr-only">
        {loading ? t("state.loading") : t("table.rows", { count: rows?.length ?? 0 })}
      </span>
      {paging && (paging.hasPrevious || paging.hasNext || paging.summary) && <Pages label={label} paging={paging} loading={loading} />}
    </div>
  );
}

function Pages({ label, paging, loading }: { label: string; paging: CursorPaging; loading: boolean }) {
  const t = useTranslations("common.table");
  return (
    <nav aria-label={t("pagination", { label })} className="flex flex-wrap items-center justify-between gap-2 print:hidden">
      <span className="tabular text-muted text-xs">{paging.summary}</span>
      {(paging.hasPrevious || paging.hasNext) && (
        <div className="flex gap-2">
          <PageButton enabled={paging.hasPrevious && !loading} onClick={paging.onPrevious}>
            {t("previousPage")}
          </PageButton>
          <PageButton enabled={paging.hasNext && !loading} onClick={paging.onNext}>
            {t("nextPage")}
          </PageButton>
        </div>
      )}
    </nav>
  );
}

/** The first and the last page need no explanation of why there is none further; the button keeps the focus. */
function PageButton({ enabled, onClick, children }: { enabled: boolean; onClick: () => void; children: ReactNode }) {
  return (
    <Button size="sm" aria-disabled={!enabled || undefined} onClick={() => enabled && onClick()}>
      {children}
    </Button>
  );
}

function SkeletonRows<Row>({ columns, rows, lead }: { columns: readonly DataColumn<Row>[]; rows: number; lead: boolean }) {
  const id = useId();
  return Array.from({ length: rows }, (_, index) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: placeholders have no other identity
    <Tr key={`${id}${index}`}>
      {lead && <Td className={SELECT_CELL} />}
      {columns.map((column, at) => (
        <Td key={column.id} className={hideBelow(column.hideBelow)}>
          <Skeleton
            className={at === 0 ? "h-3.5 w-40 max-w-full" : column.align === "end" ? "ml-auto h-3.5 w-14" : "h-3.5 w-24 max-w-full"}
          />
        </Td>
      ))}
    </Tr>
  ));
}

function SelectAll<Row extends object>({ rows, selection }: { rows: readonly ModelRow<Row>[]; selection: Selection<Row> }) {
  const t = useTranslations("common.table");
  const count = rows.filter((row) => selection.selected.has(row.id)).length;
  const change = (checked: boolean) => {
    const next = new Set(selection.selected);
    for (const row of rows) checked ? next.add(row.id) : next.delete(row.id);
    selection.onChange(next);
  };
  return (
    <Th className={SELECT_CELL}>
      <Checkbox
        label={t("selectAll")}
        labelHidden
        checked={count === 0 ? false : count === rows.length ? true : "indeterminate"}
        onCheckedChange={change}
      />
    </Th>
  );
}

function SelectRow<Row extends object>({ row, selection }: { row: ModelRow<Row>; selection: Selection<Row> }) {
  const t = useTranslations("common.table");
  const change = (checked: boolean) => {
    const next = new Set(selection.selected);
    if (checked) next.add(row.id);
    else next.delete(row.id);
    selection.onChange(next);
  };
  return (
    <Td className={SELECT_CELL}>
      {/* Above the link that covers the row. */}
      <div className="relative z-10 w-fit">
        <Checkbox
          label={t("selectRow", { row: selection.rowName(row.original) })}
          labelHidden
          checked={selection.selected.has(row.id)}
          onCheckedChange={change}
        />
      </div>
    </Td>
  );
}
