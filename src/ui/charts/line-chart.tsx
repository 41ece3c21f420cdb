"use client";

import { AxisBottom, AxisLeft } from "@visx/axis";
import { scaleLinear } from "@visx/scale";
import { Area, LinePath } from "@visx/shape";
import { useLocale, useTranslations } from "next-intl";
import { useState } from "react";
import { formatCalendarDay, formatDay, formatMonth, formatNumber } from "../format";
import { ChartFrame, ChartTip, PointerArea } from "./chart-frame";
import { type ChartNumber, thinnedIndexes, toNumber, valueDomain, valueTicks } from "./scales";
import { useValueText, type ValueFormat, type ValueText } from "./value-format";

export type LinePoint = {
  /** An ISO day ("2026-11-22") or a number (day since the drop). */
  x: string | number;
  /** Null where there is no value: the line has a gap, it is not drawn through zero. */
  value: ChartNumber | null;
  /** Confidence band. */
  low?: ChartNumber;
  high?: ChartNumber;
};

export type LineSeries = { id: string; label: string; points: readonly LinePoint[]; dashed?: boolean };

export type LineChartProps = {
  title: string;
  titleHidden?: boolean;
  /** Head of the first column of the table view and name of the x axis: "Tag", "Tage seit Start". */
  xLabel: string;
  series: readonly [LineSeries] | readonly [LineSeries, LineSeries];
  format: ValueFormat;
  /** Zero on the y axis; off only where zero has no meaning. */
  includeZero?: boolean;
  height?: number;
};

const MARGIN = { top: 8, right: 12, bottom: 24, left: 56 };
/** Room for the name of an axis of numbers; dates say themselves what they are. */
const CAPTION = 16;
const COLORS = ["var(--chart-1)", "var(--chart-2)"] as const;
const TICK = { fill: "var(--faint)", fontSize: 11, fontFamily: "inherit" } as const;

const xNumber = (x: string | number) => (typeof x === "number" ? x : Date.parse(`${x.slice(0, 10)}T00:00:00Z`));

/** Points of all series at one x. */
type Column = { x: string | number; at: number; points: (LinePoint | undefined)[] };

function toColumns(series: readonly LineSeries[]): Column[] {
  const columns = new Map<string | number, Column>();
  series.forEach((line, index) => {
    for (const point of line.points) {
      const column = columns.get(point.x) ?? { x: point.x, at: xNumber(point.x), points: series.map(() => undefined) };
      column.points[index] = point;
      columns.set(point.x, column);
    }
  });
  return [...columns.values()].sort((a, b) => a.at - b.at);
}

/** Points on the first of months are about months: "1 Nov" would be read as a day, and of no year. */
const isMonthly = (columns: readonly Column[]): boolean =>
  columns.length > 1 && columns.every(({ x }) => typeof x === "string" && x.slice(7, 10) === "-01");
const monthText = (x: string, locale: string): string => formatMonth(`${x.slice(0, 10)}T00:00:00Z`, "UTC", locale);

/** One or two lines over days, each with an optional confidence band. */
export function LineChart(props: LineChartProps) {
  const { title, series, format, height = 240 } = props;
  const text = useValueText(format);
  const locale = useLocale();
  const columns = toColumns(series);
  const monthly = isMonthly(columns);
  const xText = (x: string | number) =>
    typeof x === "number" ? formatNumber(x, locale) : monthly ? monthText(x, locale) : formatCalendarDay(x, locale);
  const summary = useLineSummary(props, columns, text, xText);
  const table = useLineTable(props, columns, text, xText);
  return (
    <ChartFrame
      title={title}
      titleHidden={props.titleHidden}
      summary={summary}
      table={table}
      height={height}
      legend={
        series.length > 1
          ? series.map((line, index) => ({ label: line.label, color: COLORS[index] ?? COLORS[0], dashed: line.dashed }))
          : undefined
      }
    >
      {(width) => <Drawing {...props} columns={columns} text={text} xText={xText} width={width} height={height} summary={summary} />}
    </ChartFrame>
  );
}

type XText = (x: string | number) => string;

function useLineSummary({ title, series }: LineChartProps, columns: readonly Column[], text: ValueText, xText: XText): string {
  const t = useTranslations("common.chart");
  const [first, last] = [columns[0], columns.at(-1)];
  if (!first || !last) return `${title}. ${t("noData")}`;
  const details = series.flatMap((line) => {
    const values = line.points.flatMap((point) => (point.value === null ? [] : [point.value]));
    const sorted = values.toSorted((a, b) => (a < b ? -1 : a > b ? 1 : 0));
    const [start, end, minimum, maximum] = [values[0], values.at(-1), sorted[0], sorted.at(-1)];
    if (start === undefined || end === undefined || minimum === undefined || maximum === undefined) return [];
    return t("seriesSummary", {
      series: line.label,
      first: text.full(start),
      last: text.full(end),
      minimum: text.full(minimum),
      maximum: text.full(maximum),
    });
  });
  return t("lineSummary", { title, count: columns.length, from: xText(first.x), to: xText(last.x), details: details.join(" ") });
}

function useLineTable({ xLabel, series }: LineChartProps, columns: readonly Column[], text: ValueText, xText: XText) {
  const t = useTranslations("common.chart");
  const hasBand = series.map((line) => line.points.some((point) => point.low !== undefined));
  const head = [
    xLabel,
    ...series.flatMap((line, index) => [
      line.label,
      ...(hasBand[index] ? [t("lower", { series: line.label }), t("upper", { series: line.label })] : []),
    ]),
  ];
  const row = (column: Column, x: string, write: (value: ChartNumber) => string) => [
    x,
    ...column.points.flatMap((point, index) =>
      [point?.value, ...(hasBand[index] ? [point?.low, point?.high] : [])].map((value) =>
        value === null || value === undefined ? "" : write(value),
      ),
    ),
  ];
  return {
    head,
    rows: columns.map((column) => row(column, xText(column.x), text.full)),
    exported: columns.map((column) => row(column, String(column.x), text.plain)),
  };
}

type DrawingProps = LineChartProps & {
  columns: readonly Column[];
  text: ValueText;
  xText: XText;
  width: number;
  height: number;
  summary: string;
};

function Drawing({ series, columns, text, xText, xLabel, width, height, title, includeZero = true }: DrawingProps) {
  const t = useTranslations("common.chart");
  const locale = useLocale();
  const [active, setActive] = useState<number | null>(null);
  const everything = series.flatMap((line) => line.points.flatMap((point) => [point.value, point.low, point.high]));
  const lineCount = Math.max(2, Math.floor(height / 50));
  const domain = valueDomain(
    everything.flatMap((value) => (value === null || value === undefined ? [] : [toNumber(value)])),
    includeZero,
    lineCount,
  );
  const ticks = valueTicks(domain, lineCount, text.wholeOnly);
  // Axis labels differ in length by unit and locale: 6.2 px is Inter's average digit at 11 px.
  const left = Math.max(32, ...ticks.map((tick) => text.axis(tick, ticks).length * 6.2 + 12));
  const xs = columns.map((column) => column.at);
  const x = scaleLinear<number>({ domain: [Math.min(...xs), Math.max(...xs)], range: [left, width - MARGIN.right] });
  const named = typeof columns[0]?.x === "number";
  const bottom = height - MARGIN.bottom - (named ? CAPTION : 0);
  const y = scaleLinear<number>({ domain, range: [bottom, MARGIN.top] });
  const positions = xs.map((at) => x(at));
  const column = active === null ? undefined : columns[active];
  const lines = series.flatMap((line, index) => {
    const point = column?.points[index];
    if (!point || point.value === null) return [];
    const note =
      point.low !== undefined && point.high !== undefined
        ? t("interval", { low: text.full(point.low), high: text.full(point.high) })
        : undefined;
    return { label: line.label, value: text.full(point.value), color: COLORS[index] ?? COLORS[0], note };
  });
  const labelled = thinnedIndexes(columns.length, width - left - MARGIN.right, 76).flatMap((index) => columns[index]?.at ?? []);
  const monthly = isMonthly(columns);
  const axisText = new Map(
    columns.map(({ at, x: value }) => [
      at,
      typeof value === "number"
        ? formatNumber(value, locale)
        : monthly
          ? monthText(value, locale)
          : formatDay(`${value.slice(0, 10)}T00:00:00Z`, "UTC", locale),
    ]),
  );
  return (
    <PointerArea
      label={title}
      axis="x"
      positions={positions}
      active={active}
      onActiveChange={setActive}
      announcement={
        column
          ? `${xText(column.x)}: ${lines.map((line) => `${line.label} ${line.value}${line.note ? ` (${line.note})` : ""}`).join(", ")}`
          : ""
      }
    >
      <svg aria-hidden width={width} height={height} className="block overflow-visible">
        {ticks.map((tick) => (
          <line
            key={tick}
            x1={left}
            x2={width - MARGIN.right}
            y1={y(tick)}
            y2={y(tick)}
            stroke={tick === 0 ? "var(--line-strong)" : "var(--line)"}
          />
        ))}
        {series.map((line, index) => (
          <Line key={line.id} line={line} color={COLORS[index] ?? COLORS[0]} x={x} y={y} />
        ))}
        <AxisLeft
          scale={y}
          left={left}
          tickValues={ticks}
          tickFormat={(value) => text.axis(Number(value), ticks)}
          hideAxisLine
          hideTicks
          tickLabelProps={{ ...TICK, dx: -4, dy: 3.5, textAnchor: "end" }}
        />
        <AxisBottom
          scale={x}
          top={bottom}
          tickValues={labelled}
          tickFormat={(value) => axisText.get(Number(value)) ?? ""}
          hideAxisLine
          hideTicks
          tickLabelProps={{ ...TICK, dy: 2, textAnchor: "middle" }}
        />
        {named && (
          <text {...TICK} x={(left + width - MARGIN.right) / 2} y={height - 4} textAnchor="middle">
            {xLabel}
          </text>
        )}
        {column && (
          <g>
            <line x1={x(column.at)} x2={x(column.at)} y1={MARGIN.top} y2={bottom} stroke="var(--line-strong)" />
            {column.points.map((point, index) =>
              point && point.value !== null ? (
                <circle
                  key={series[index]?.id}
                  cx={x(column.at)}
                  cy={y(toNumber(point.value))}
                  r={4}
                  fill={COLORS[index]}
                  stroke="var(--surface)"
                  strokeWidth={2}
                />
              ) : null,
            )}
          </g>
        )}
      </svg>
      {column && lines.length > 0 && <ChartTip x={x(column.at)} y={MARGIN.top} width={width} title={xText(column.x)} lines={lines} />}
    </PointerArea>
  );
}

type LineProps = { line: LineSeries; color: string; x: (at: number) => number; y: (value: number) => number };

function Line({ line, color, x, y }: LineProps) {
  const points = [...line.points];
  const value = (point: LinePoint) => y(toNumber(point.value ?? 0));
  return (
    <>
      <Area<LinePoint>
        data={points}
        defined={(point) => point.low !== undefined && point.high !== undefined}
        x={(point) => x(xNumber(point.x))}
        y0={(point) => y(toNumber(point.low ?? 0))}
        y1={(point) => y(toNumber(point.high ?? 0))}
        fill={color}
        fillOpacity={0.14}
      />
      <LinePath<LinePoint>
        data={points}
        defined={(point) => point.value !== null}
        x={(point) => x(xNumber(point.x))}
        y={value}
        stroke={color}
        strokeWidth={2}
        strokeLinejoin="round"
        strokeDasharray={line.dashed ? "5 4" : undefined}
      />
    </>
  );
}
