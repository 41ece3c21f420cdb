"use client";

import { scaleLinear } from "@visx/scale";
import { useTranslations } from "next-intl";
import { ChartFrame } from "../charts/chart-frame";
import { type ChartNumber, toNumber, valueDomain, valueTicks } from "../charts/scales";
import { useValueText } from "../charts/value-format";

export type ForestRow = {
  id: string;
  label: string;
  value: ChartNumber;
  low: ChartNumber;
  high: ChartNumber;
  /** The estimate over all rows: drawn as a diamond. */
  isPooled?: boolean;
};

const ROW = 28;
const AXIS = 28;
/** Half of the last label of the axis. */
const EDGE = 24;

/** One estimate with its interval per row on a common scale; what crosses the zero line is not proven. */
export function ForestPlot({
  title,
  unit,
  rows,
  labelHead,
}: {
  title: string;
  unit: string;
  rows: readonly ForestRow[];
  labelHead: string;
}) {
  const t = useTranslations("analytics.forest");
  const text = useValueText({ kind: "money", unit });
  const line = (row: ForestRow, write: (value: ChartNumber) => string) => [row.label, write(row.value), write(row.low), write(row.high)];
  const table = {
    head: [labelHead, t("value"), t("low"), t("high")],
    rows: rows.map((row) => line(row, text.full)),
    exported: rows.map((row) => line(row, text.plain)),
  };
  const height = rows.length * ROW + AXIS;
  const pooled = rows.find((row) => row.isPooled);
  const summary = pooled
    ? t("summary", { count: rows.length - 1, value: text.full(pooled.value), low: text.full(pooled.low), high: text.full(pooled.high) })
    : t("summaryOpen", { count: rows.length });
  return (
    <ChartFrame title={title} summary={summary} table={table} height={rows.length === 0 ? 160 : height}>
      {(width) => <Drawing rows={rows} width={width} height={height} axis={text.axis} full={text.full} />}
    </ChartFrame>
  );
}

type DrawingProps = {
  rows: readonly ForestRow[];
  width: number;
  height: number;
  axis: (value: number, ticks: readonly number[]) => string;
  full: (value: ChartNumber) => string;
};

function Drawing({ rows, width, height, axis, full }: DrawingProps) {
  const labelWidth = Math.min(width * 0.34, 240);
  const valueWidth = width < 520 ? 0 : 110;
  const domain = valueDomain(rows.flatMap((row) => [toNumber(row.low), toNumber(row.high)]));
  const x = scaleLinear<number>({ domain, range: [labelWidth + 8, width - valueWidth - EDGE] });
  const ticks = valueTicks(domain, Math.max(2, Math.floor((width - labelWidth - valueWidth) / 90)), false);
  const letters = Math.floor((labelWidth - 8) / 6.4);
  return (
    <svg aria-hidden width={width} height={height} className="block text-xs">
      {ticks.map((tick) => (
        <g key={tick}>
          <line x1={x(tick)} x2={x(tick)} y1={0} y2={height - AXIS} stroke={tick === 0 ? "var(--line-strong)" : "var(--line)"} />
          <text x={x(tick)} y={height - 8} textAnchor="middle" fill="var(--faint)" fontSize={11} className="tabular">
            {axis(tick, ticks)}
          </text>
        </g>
      ))}
      {rows.map((row, index) => {
        const y = index * ROW + ROW / 2;
        const [low, high, value] = [x(toNumber(row.low)), x(toNumber(row.high)), x(toNumber(row.value))];
        const isProven = toNumber(row.low) > 0 || toNumber(row.high) < 0;
        const color = row.isPooled ? "var(--accent)" : isProven ? "var(--chart-1)" : "var(--muted)";
        return (
          <g key={row.id}>
            <text x={labelWidth} y={y + 4} textAnchor="end" fill="var(--ink)" fontWeight={row.isPooled ? 600 : 400}>
              {row.label.length > letters ? `${row.label.slice(0, letters - 1)}…` : row.label}
            </text>
            {row.isPooled ? (
              <polygon points={`${low},${y} ${value},${y - 7} ${high},${y} ${value},${y + 7}`} fill={color} />
            ) : (
              <>
                <line x1={low} x2={high} y1={y} y2={y} stroke={color} strokeWidth={1.5} />
                <circle cx={value} cy={y} r={4} fill={color} />
              </>
            )}
            {valueWidth > 0 && (
              <text x={width} y={y + 4} textAnchor="end" fill="var(--ink)" className="tabular">
                {full(row.value)}
              </text>
            )}
          </g>
        );
      })}
    </svg>
  );
}
