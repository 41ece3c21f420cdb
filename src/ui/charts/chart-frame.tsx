"use client";

import { Download } from "lucide-react";
import { useTranslations } from "next-intl";
import { type KeyboardEvent, type PointerEvent, type ReactNode, useEffect, useId, useRef, useState } from "react";
import { flushSync } from "react-dom";
import { Button } from "../primitives/button";
import { SegmentedControl } from "../primitives/choice";
import { cn } from "../primitives/class-names";
import { Table, TableFrame, Td, Th, Tr } from "../primitives/table";
import { saveCsv } from "./save-csv";
import { indexAfterKey, nearestIndex } from "./scales";

/** What the table view, the export and the summary show; charts make it from the same values that they draw. */
export type ChartTable = {
  head: readonly string[];
  /** As read: in the reader's language. */
  rows: readonly (readonly string[])[];
  /** As exported: plain numbers and ISO days. */
  exported: readonly (readonly string[])[];
};

export type LegendEntry = { label: string; color: string; dashed?: boolean };

type ChartFrameProps = {
  title: string;
  /** The title is visible elsewhere (a section's heading). */
  titleHidden?: boolean;
  /** Read by screen readers instead of the drawing. */
  summary: string;
  table: ChartTable;
  legend?: readonly LegendEntry[];
  height: number;
  /** Draws the chart for a measured width. */
  children: (width: number) => ReactNode;
};

export function ChartFrame({ title, titleHidden = false, summary, table, legend, height, children }: ChartFrameProps) {
  const t = useTranslations("common.chart");
  const [view, setView] = useState<"chart" | "table">("chart");
  const { ref, width } = useWidth();
  const summaryId = useId();
  const isEmpty = table.rows.length === 0;
  return (
    <figure aria-label={title} aria-describedby={summaryId} className="grid min-w-0 grid-cols-[minmax(0,1fr)] gap-2">
      <figcaption className="flex flex-wrap items-center justify-between gap-x-4 gap-y-2">
        <div className="flex min-w-0 flex-wrap items-center gap-x-4 gap-y-1">
          <span className={cn("font-medium text-sm", titleHidden && "sr-only")}>{title}</span>
          {legend && <Legend entries={legend} />}
        </div>
        {!isEmpty && (
          <div className="flex items-center gap-1 print:hidden">
            <SegmentedControl
              aria-label={t("view", { title })}
              options={[
                { value: "chart", label: t("showChart") },
                { value: "table", label: t("showTable") },
              ]}
              value={view}
              onValueChange={setView}
            />
            <Button
              variant="ghost"
              size="sm"
              aria-label={t("exportLabel", { title })}
              onClick={() => saveCsv(title, [table.head, ...table.exported])}
            >
              <Download aria-hidden />
              {t("export")}
            </Button>
          </div>
        )}
      </figcaption>
      <p id={summaryId} className="sr-only">
        {summary}
      </p>
      {isEmpty ? (
        <p className="flex items-center justify-center rounded-lg border border-line border-dashed text-muted text-sm" style={{ height }}>
          {t("noData")}
        </p>
      ) : view === "table" ? (
        <ValueTable title={title} table={table} height={height} />
      ) : (
        <div ref={ref} className="relative min-w-0" style={{ minHeight: height }}>
          {width > 0 && children(width)}
        </div>
      )}
    </figure>
  );
}

function Legend({ entries }: { entries: readonly LegendEntry[] }) {
  return (
    <ul className="flex flex-wrap gap-x-3 gap-y-1 text-muted text-xs">
      {entries.map((entry) => (
        <li key={entry.label} className="flex items-center gap-1.5">
          <svg aria-hidden width={14} height={8}>
            <line
              x1={0}
              x2={14}
              y1={4}
              y2={4}
              stroke={entry.color}
              strokeWidth={2.5}
              strokeDasharray={entry.dashed ? "4 2.5" : undefined}
            />
          </svg>
          {entry.label}
        </li>
      ))}
    </ul>
  );
}

function ValueTable({ title, table, height }: { title: string; table: ChartTable; height: number }) {
  return (
    <TableFrame label={title} maxHeight={Math.max(height, 240)}>
      <Table aria-label={title}>
        <thead>
          <Tr>
            {table.head.map((name, index) => (
              <Th key={name} className={cn(index > 0 && "text-right")}>
                {name}
              </Th>
            ))}
          </Tr>
        </thead>
        <tbody>
          {table.rows.map((row) => (
            <Tr key={row[0]}>
              {row.map((text, index) => (
                <Td key={table.head[index]} className={cn("h-8 whitespace-nowrap", index > 0 && "tabular text-right")}>
                  {text}
                </Td>
              ))}
            </Tr>
          ))}
        </tbody>
      </Table>
    </TableFrame>
  );
}

/** What is left of an A4 page beside its margins and a card's padding, in CSS pixels. */
const PAPER_WIDTH = 650;

export function useWidth() {
  const ref = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(0);
  useEffect(() => {
    const element = ref.current;
    if (!element) return;
    const observer = new ResizeObserver(([entry]) => setWidth(Math.floor(entry?.contentRect.width ?? 0)));
    observer.observe(element);
    // Paper is narrower than most windows, and observers are not asked before it is laid out.
    const fit = () => flushSync(() => setWidth(PAPER_WIDTH));
    const restore = () => setWidth(Math.floor(element.getBoundingClientRect().width));
    window.addEventListener("beforeprint", fit);
    window.addEventListener("afterprint", restore);
    return () => {
      observer.disconnect();
      window.removeEventListener("beforeprint", fit);
      window.removeEventListener("afterprint", restore);
    };
    // After every render: the table view takes the element away and another one comes back.
  });
  return { ref, width };
}

type PointerAreaProps = {
  label: string;
  /** Pixel positions of the points along the pointed axis, ascending. */
  positions: readonly number[];
  axis: "x" | "y";
  active: number | null;
  onActiveChange: (index: number | null) => void;
  /** The active point in words, announced while walking with the keyboard. */
  announcement: string;
  children: ReactNode;
};

/** Follows pointer and arrow keys from point to point. */
export function PointerArea({ label, positions, axis, active, onActiveChange, announcement, children }: PointerAreaProps) {
  const t = useTranslations("common.chart");
  const move = (event: PointerEvent<HTMLDivElement>) => {
    const box = event.currentTarget.getBoundingClientRect();
    const index = nearestIndex(positions, axis === "x" ? event.clientX - box.left : event.clientY - box.top);
    onActiveChange(index < 0 ? null : index);
  };
  const walk = (event: KeyboardEvent<HTMLDivElement>) => {
    if (event.key === "Escape") return onActiveChange(null);
    const next = indexAfterKey(event.key, active, positions.length);
    if (next === null) return;
    event.preventDefault();
    onActiveChange(next);
  };
  return (
    <div
      role="img"
      aria-label={`${label}. ${t("keyboardHint")}`}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: the values of the drawing are read with the arrow keys
      tabIndex={0}
      onPointerMove={move}
      onPointerLeave={() => onActiveChange(null)}
      onKeyDown={walk}
      onBlur={() => onActiveChange(null)}
      className="relative touch-pan-y rounded"
    >
      {children}
      <span aria-live="polite" className="sr-only">
        {announcement}
      </span>
    </div>
  );
}

type TipProps = {
  x: number;
  y: number;
  width: number;
  title: string;
  lines: readonly { label: string; value: string; color?: string; note?: string }[];
};

/** The values at the active point; turns to the other side before it would leave the chart. */
export function ChartTip({ x, y, width, title, lines }: TipProps) {
  const onLeft = x > width / 2;
  return (
    <div
      aria-hidden
      className="pointer-events-none absolute z-10 min-w-32 max-w-64 rounded-md border border-line bg-raised px-2.5 py-2 text-xs shadow-raised"
      style={{ top: y, ...(onLeft ? { right: width - x + 12 } : { left: x + 12 }) }}
    >
      <p className="font-medium text-ink">{title}</p>
      {lines.map((line) => (
        <p key={line.label} className="mt-1 flex items-baseline justify-between gap-4">
          <span className="flex items-center gap-1.5 text-muted">
            {line.color && <span className="size-2 shrink-0 rounded-full" style={{ background: line.color }} />}
            {line.label}
          </span>
          <span className="tabular text-right text-ink">
            {line.value}
            {line.note && <span className="block text-faint">{line.note}</span>}
          </span>
        </p>
      ))}
    </div>
  );
}
