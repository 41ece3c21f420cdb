"use client";

import type { ReactTable } from "@tanstack/react-table";
import { ArrowDown, ArrowUp, ChevronsUpDown } from "lucide-react";
import Link from "next/link";
import { useTranslations } from "next-intl";
import type { KeyboardEvent, ReactNode } from "react";
import { cn } from "./class-names";
import { Td, Th, Tr } from "./table";
import type { DataColumn, Features } from "./table-model";

export const SELECT_CELL = "w-10 pr-0";

/** Hidden below a width; written out, because Tailwind reads class names from the source. */
export const hideBelow = (width: "sm" | "md" | "lg" | undefined) =>
  width && { sm: "max-sm:hidden", md: "max-md:hidden", lg: "max-lg:hidden" }[width];

type HeaderRowProps<Row extends object> = { table: ReactTable<Features, Row>; columns: readonly DataColumn<Row>[]; lead?: ReactNode };

export function HeaderRow<Row extends object>({ table, columns, lead }: HeaderRowProps<Row>) {
  // Read from the state, not from the column: the compiler cannot see that a column's methods change with it.
  const sorted = table.state.sorting[0];
  return (
    <Tr>
      {lead}
      {columns.map((column) => {
        const model = table.getColumn(column.id);
        const canSort = model?.getCanSort() ?? false;
        const direction = sorted?.id === column.id ? (sorted.desc ? "descending" : "ascending") : undefined;
        return (
          <Th
            key={column.id}
            aria-sort={direction ?? (canSort ? "none" : undefined)}
            style={column.width ? { width: column.width } : undefined}
            className={cn(column.align === "end" && "text-right", hideBelow(column.hideBelow))}
          >
            <span className={cn("inline-flex items-center gap-1", column.headerHidden && "sr-only")}>
              {canSort ? (
                <SortButton column={column} direction={direction} onClick={() => model?.toggleSorting(undefined, false)} />
              ) : (
                column.header
              )}
              {column.help}
            </span>
          </Th>
        );
      })}
    </Tr>
  );
}

type SortButtonProps<Row> = { column: DataColumn<Row>; direction: "ascending" | "descending" | undefined; onClick: () => void };

function SortButton<Row>({ column, direction, onClick }: SortButtonProps<Row>) {
  const t = useTranslations("common.table");
  const first = column.align === "end" ? "descending" : "ascending";
  const next = direction === undefined ? first : direction === first ? (first === "ascending" ? "descending" : "ascending") : undefined;
  const title =
    next === "ascending"
      ? t("sortAscending", { column: column.header })
      : next === "descending"
        ? t("sortDescending", { column: column.header })
        : t("sortNone", { column: column.header });
  const Icon = direction === "ascending" ? ArrowUp : direction === "descending" ? ArrowDown : ChevronsUpDown;
  return (
    <button
      type="button"
      title={title}
      onClick={onClick}
      className={cn("-mx-1 inline-flex h-6 items-center gap-1 rounded px-1 hover:text-ink", direction && "text-ink")}
    >
      {column.header}
      <Icon aria-hidden className={cn("size-3.5", direction === undefined && "text-faint opacity-60")} />
    </button>
  );
}

type RowCellsProps<Row> = { row: Row; columns: readonly DataColumn<Row>[]; rowHref?: (row: Row) => string };

export function RowCells<Row>({ row, columns, rowHref }: RowCellsProps<Row>) {
  return columns.map((column, index) => (
    <Td
      key={column.id}
      className={cn(index === 0 && "max-sm:min-w-36", column.align === "end" && "tabular text-right", hideBelow(column.hideBelow))}
    >
      {index === 0 && rowHref ? (
        // The link's after-element covers the row: one click target and one tab stop per row. Buttons in cells stand above it.
        <Link
          href={rowHref(row)}
          data-row-link
          className="rounded font-medium text-ink after:absolute after:inset-0 focus-visible:outline-none focus-visible:after:rounded-sm focus-visible:after:outline-2 focus-visible:after:outline-accent focus-visible:after:-outline-offset-2"
        >
          {column.cell(row)}
        </Link>
      ) : rowHref ? (
        <div className="[&_a]:relative [&_a]:z-10 [&_button]:relative [&_button]:z-10">{column.cell(row)}</div>
      ) : (
        column.cell(row)
      )}
    </Td>
  ));
}

/** Arrow keys walk from row link to row link. */
export function moveBetweenRows(event: KeyboardEvent<HTMLTableRowElement>) {
  if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
  if (!(event.target instanceof HTMLElement) || !event.target.hasAttribute("data-row-link")) return;
  const sibling = event.key === "ArrowDown" ? event.currentTarget.nextElementSibling : event.currentTarget.previousElementSibling;
  const link = sibling?.querySelector<HTMLElement>("[data-row-link]");
  if (!link) return;
  event.preventDefault();
  link.focus();
}
