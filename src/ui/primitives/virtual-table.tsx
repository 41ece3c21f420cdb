"use client";

import { useVirtualizer } from "@tanstack/react-virtual";
import { useLocale, useTranslations } from "next-intl";
import { useEffect, useRef } from "react";
import type { DataTableProps } from "./data-table";
import { Skeleton } from "./skeleton";
import { ErrorState } from "./states";
import { Table, TableFrame, Tr } from "./table";
import { useTableModel } from "./table-model";
import { HeaderRow, moveBetweenRows, RowCells } from "./table-rows";

type VirtualTableProps<Row extends object> = Omit<DataTableProps<Row>, "paging" | "selection" | "skeletonRows"> & {
  /** Height of the scroll area in pixels. */
  height: number;
  /** Asked for when the end comes near; nothing is asked while `loading`. */
  onEndReached?: () => void;
  hasMore?: boolean;
  rowHeight?: number;
};

const NO_ROWS: readonly never[] = [];

/** Thousands of rows in a fixed height; only those in view are in the document, the rest is counted in `aria-rowcount`. */
export function VirtualTable<Row extends object>(props: VirtualTableProps<Row>) {
  // The virtualizer mutates itself and signals by re-rendering; memoised reads of it would go stale.
  "use no memo";
  const { label, columns, rows, loading, error, onRetry, empty, rowKey, rowHref, sorting, height, hasMore = false, rowHeight = 40 } = props;
  const t = useTranslations("common");
  const locale = useLocale();
  const scroller = useRef<HTMLDivElement>(null);
  const table = useTableModel({ rows: rows ?? NO_ROWS, columns, rowKey, sorting, locale });
  const modelRows = table.getRowModel().rows;
  const virtualizer = useVirtualizer({
    count: modelRows.length,
    getScrollElement: () => scroller.current?.parentElement ?? null,
    estimateSize: () => rowHeight,
    overscan: 12,
  });
  const items = virtualizer.getVirtualItems();
  const last = items.at(-1);
  const nearEnd = last !== undefined && last.index >= modelRows.length - 10;
  const { onEndReached } = props;
  useEffect(() => {
    if (nearEnd && hasMore && !loading) onEndReached?.();
  }, [nearEnd, hasMore, loading, onEndReached]);

  if (error && !loading && !rows?.length) return <TableFrame label={label}>{<ErrorState error={error} onRetry={onRetry} />}</TableFrame>;
  if (!loading && rows?.length === 0) return <TableFrame label={label}>{empty}</TableFrame>;
  const before = items[0]?.start ?? 0;
  const after = last ? virtualizer.getTotalSize() - last.end : 0;
  return (
    <TableFrame label={label} maxHeight={height}>
      <div ref={scroller}>
        <Table aria-label={label} aria-busy={loading} aria-rowcount={hasMore ? -1 : modelRows.length + 1}>
          <thead>
            <HeaderRow table={table} columns={columns} />
          </thead>
          <tbody>
            {before > 0 && <Spacer height={before} columns={columns.length} />}
            {items.map((item) => {
              const row = modelRows[item.index];
              return (
                row && (
                  <Tr
                    key={row.id}
                    ref={virtualizer.measureElement}
                    data-index={item.index}
                    aria-rowindex={item.index + 2}
                    onKeyDown={moveBetweenRows}
                    className="relative has-[a[data-row-link]]:hover:bg-hover"
                  >
                    <RowCells row={row.original} columns={columns} rowHref={rowHref} />
                  </Tr>
                )
              );
            })}
            {after > 0 && <Spacer height={after} columns={columns.length} />}
          </tbody>
        </Table>
        {loading && (
          <div role="status" className="flex flex-col gap-2 p-3">
            <span className="sr-only">{t("table.loadingMore")}</span>
            <Skeleton />
            <Skeleton className="w-2/3" />
          </div>
        )}
      </div>
    </TableFrame>
  );
}

const Spacer = ({ height, columns }: { height: number; columns: number }) => (
  <tr aria-hidden>
    <td colSpan={columns} style={{ height }} />
  </tr>
);
