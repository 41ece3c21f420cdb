"use client";

import { scaleBand, scaleLinear } from "@visx/scale";
import { Bar } from "@visx/shape";
import { useTranslations } from "next-intl";
import { useState } from "react";
import { ChartFrame, ChartTip, PointerArea } from "./chart-frame";
import { type ChartNumber, thinnedIndexes, toNumber, valueDomain, valueTicks } from "./scales";
import { useValueText, type ValueFormat, type ValueText } from "./value-format";

export type BarDatum = {
  id: string;
  label: string;
  value: ChartNumber;
  /** Where the bar starts, for the steps of a waterfall; default zero. The bar ends at `from + value`. */
  from?: ChartNumber;
  /** A whisker. */
  low?: ChartNumber;
  high?: ChartNumber;
  tone?: "accent" | "neutral" | "danger";
};

export type BarChartProps = {
  title: string;
  titleHidden?: boolean;
  /** Heads of the table view. */
  categoryLabel: string;
  valueLabel: string;
  bars: readonly BarDatum[];
  format: ValueFormat;
  /** Horizontal bars have room for long names. */
  orientation?: "horizontal" | "vertical";
  /** Of the vertical chart; a horizontal one grows with its bars. */
  height?: number;
};

const FILL = { accent: "var(--chart-1)", neutral: "var(--chart-2)", danger: "var(--danger)" };
const ROW_HEIGHT = 30;
const end = (bar: BarDatum) => toNumber(bar.from ?? 0) + toNumber(bar.value);

export function BarChart(props: BarChartProps) {
  const { title, bars, orientation = "vertical" } = props;
  const text = useValueText(props.format);
  const summary = useBarSummary(title, bars, text);
  const height = orientation === "horizontal" ? bars.length * ROW_HEIGHT + 28 : (props.height ?? 240);
  const row = (bar: BarDatum, write: (value: ChartNumber) => string) => [bar.label, write(bar.value)];
  const table = {
    head: [props.categoryLabel, props.valueLabel],
    rows: bars.map((bar) => row(bar, text.full)),
    exported: bars.map((bar) => row(bar, text.plain)),
  };
  const Drawing = orientation === "horizontal" ? Horizontal : Vertical;
  return (
    <ChartFrame title={title} titleHidden={props.titleHidden} summary={summary} table={table} height={bars.length === 0 ? 160 : height}>
      {(width) => <Drawing title={title} bars={bars} text={text} width={width} height={height} valueLabel={props.valueLabel} />}
    </ChartFrame>
  );
}

function useBarSummary(title: string, bars: readonly BarDatum[], text: ValueText): string {
  const t = useTranslations("common.chart");
  const sorted = bars.toSorted((a, b) => (a.value < b.value ? -1 : a.value > b.value ? 1 : 0));
  const [minimum, maximum] = [sorted[0], sorted.at(-1)];
  if (!minimum || !maximum) return `${title}. ${t("noData")}`;
  return t("barSummary", {
    title,
    count: bars.length,
    maximum: text.full(maximum.value),
    maximumLabel: maximum.label,
    minimum: text.full(minimum.value),
    minimumLabel: minimum.label,
  });
}

type DrawingProps = { title: string; bars: readonly BarDatum[]; text: ValueText; width: number; height: number; valueLabel: string };

const domainOf = (bars: readonly BarDatum[], ticks?: number) =>
  valueDomain(
    bars.flatMap((bar) => [toNumber(bar.from ?? 0), end(bar), toNumber(bar.low ?? 0), toNumber(bar.high ?? 0)]),
    true,
    ticks,
  );

function useActiveBar({ bars, text, valueLabel }: Pick<DrawingProps, "bars" | "text" | "valueLabel">) {
  const t = useTranslations("common.chart");
  const [active, setActive] = useState<number | null>(null);
  const bar = active === null ? undefined : bars[active];
  const note =
    bar?.low !== undefined && bar.high !== undefined ? t("interval", { low: text.full(bar.low), high: text.full(bar.high) }) : undefined;
  return {
    active,
    setActive,
    bar,
    announcement: bar ? `${bar.label}: ${text.full(bar.value)}${note ? ` (${note})` : ""}` : "",
    lines: bar ? [{ label: valueLabel, value: text.full(bar.value), note }] : [],
  };
}

function Horizontal(props: DrawingProps) {
  const { title, bars, text, width, height } = props;
  const state = useActiveBar(props);
  const longest = Math.max(...bars.map((bar) => bar.label.length));
  const left = Math.min(width * 0.4, Math.max(64, longest * 6.6 + 12));
  const valueWidth = Math.max(...bars.map((bar) => text.full(bar.value).length)) * 6.4 + 12;
  const x = scaleLinear<number>({ domain: domainOf(bars), range: [left, Math.max(left + 40, width - valueWidth)] });
  const y = scaleBand<string>({ domain: bars.map((bar) => bar.id), range: [4, height - 24], padding: 0.34 });
  const positions = bars.map((bar) => (y(bar.id) ?? 0) + y.bandwidth() / 2);
  const letters = Math.floor((left - 12) / 6.2);
  return (
    <PointerArea
      label={title}
      axis="y"
      positions={positions}
      active={state.active}
      onActiveChange={state.setActive}
      announcement={state.announcement}
    >
      <svg aria-hidden width={width} height={height} className="block overflow-visible text-xs">
        <line x1={x(0)} x2={x(0)} y1={0} y2={height - 24} stroke="var(--line-strong)" />
        {bars.map((bar, index) => {
          const [a, b] = [x(toNumber(bar.from ?? 0)), x(end(bar))];
          const middle = positions[index] ?? 0;
          return (
            <g key={bar.id} opacity={state.active === null || state.active === index ? 1 : 0.55}>
              <text x={left - 8} y={middle + 4} textAnchor="end" fill="var(--muted)">
                {bar.label.length > letters ? `${bar.label.slice(0, letters - 1)}…` : bar.label}
              </text>
              <Bar
                x={Math.min(a, b)}
                y={y(bar.id)}
                width={Math.max(1, Math.abs(b - a))}
                height={y.bandwidth()}
                rx={2}
                fill={FILL[bar.tone ?? "accent"]}
              />
              {bar.low !== undefined && bar.high !== undefined && (
                <line x1={x(toNumber(bar.low))} x2={x(toNumber(bar.high))} y1={middle} y2={middle} stroke="var(--ink)" strokeWidth={1.5} />
              )}
              <text x={Math.max(a, b, x(toNumber(bar.high ?? 0))) + 6} y={middle + 4} fill="var(--ink)" className="tabular">
                {text.full(bar.value)}
              </text>
            </g>
          );
        })}
      </svg>
      {state.bar && state.lines[0]?.note && (
        <ChartTip x={left} y={positions[state.active ?? 0] ?? 0} width={width} title={state.bar.label} lines={state.lines} />
      )}
    </PointerArea>
  );
}

function Vertical(props: DrawingProps) {
  const { title, bars, text, width, height } = props;
  const state = useActiveBar(props);
  const lineCount = Math.max(2, Math.floor(height / 50));
  const domain = domainOf(bars, lineCount);
  const ticks = valueTicks(domain, lineCount, text.wholeOnly);
  const left = Math.max(32, ...ticks.map((tick) => text.axis(tick, ticks).length * 6.2 + 12));
  const x = scaleBand<string>({ domain: bars.map((bar) => bar.id), range: [left, width - 4], padding: 0.25 });
  const y = scaleLinear<number>({ domain, range: [height - 24, 8] });
  const positions = bars.map((bar) => (x(bar.id) ?? 0) + x.bandwidth() / 2);
  const longest = Math.max(...bars.map((bar) => bar.label.length));
  const labelled = new Set(thinnedIndexes(bars.length, width - left, longest * 6.4 + 10));
  return (
    <PointerArea
      label={title}
      axis="x"
      positions={positions}
      active={state.active}
      onActiveChange={state.setActive}
      announcement={state.announcement}
    >
      <svg aria-hidden width={width} height={height} className="block overflow-visible">
        {ticks.map((tick) => (
          <g key={tick}>
            <line x1={left} x2={width - 4} y1={y(tick)} y2={y(tick)} stroke={tick === 0 ? "var(--line-strong)" : "var(--line)"} />
            <text x={left - 8} y={y(tick) + 4} textAnchor="end" fill="var(--faint)" fontSize={11} className="tabular">
              {text.axis(tick, ticks)}
            </text>
          </g>
        ))}
        {bars.map((bar, index) => {
          const [a, b] = [y(toNumber(bar.from ?? 0)), y(end(bar))];
          return (
            <g key={bar.id} opacity={state.active === null || state.active === index ? 1 : 0.55}>
              <Bar
                x={x(bar.id)}
                y={Math.min(a, b)}
                width={x.bandwidth()}
                height={Math.max(1, Math.abs(b - a))}
                rx={2}
                fill={FILL[bar.tone ?? "accent"]}
              />
              {bar.low !== undefined && bar.high !== undefined && (
                <line
                  x1={positions[index]}
                  x2={positions[index]}
                  y1={y(toNumber(bar.low))}
                  y2={y(toNumber(bar.high))}
                  stroke="var(--ink)"
                  strokeWidth={1.5}
                />
              )}
              {labelled.has(index) && (
                <text x={positions[index]} y={height - 8} textAnchor="middle" fill="var(--faint)" fontSize={11}>
                  {bar.label}
                </text>
              )}
            </g>
          );
        })}
      </svg>
      {state.bar && <ChartTip x={positions[state.active ?? 0] ?? 0} y={8} width={width} title={state.bar.label} lines={state.lines} />}
    </PointerArea>
  );
}
