"use client";

import { scaleLinear } from "@visx/scale";
import { LinePath } from "@visx/shape";
import { useTranslations } from "next-intl";
import { type ChartNumber, toNumber, valueDomain } from "./scales";
import { useValueText, type ValueFormat } from "./value-format";

type SparklineProps = {
  /** "Neue Kunden, letzte 30 Tage". */
  label: string;
  values: readonly ChartNumber[];
  format: ValueFormat;
  width?: number;
  height?: number;
};

/** The shape of a development beside a number; its words are for screen readers, its values on the page it belongs to. */
export function Sparkline({ label, values, format, width = 96, height = 24 }: SparklineProps) {
  const t = useTranslations("common.chart");
  const text = useValueText(format);
  const [first, last] = [values[0], values.at(-1)];
  if (first === undefined || last === undefined) return null;
  const numbers = values.map(toNumber);
  const sorted = values.toSorted((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  const x = scaleLinear<number>({ domain: [0, Math.max(1, values.length - 1)], range: [2, width - 4] });
  const y = scaleLinear<number>({ domain: valueDomain(numbers, false), range: [height - 3, 3] });
  const summary = t("seriesSummary", {
    series: label,
    first: text.full(first),
    last: text.full(last),
    minimum: text.full(sorted[0] ?? first),
    maximum: text.full(sorted.at(-1) ?? last),
  });
  return (
    <svg role="img" aria-label={summary} width={width} height={height} className="block shrink-0">
      <LinePath<number>
        data={numbers}
        x={(_, index) => x(index)}
        y={(value) => y(value)}
        stroke="var(--chart-1)"
        strokeWidth={1.5}
        strokeLinejoin="round"
      />
      <circle cx={x(values.length - 1)} cy={y(toNumber(last))} r={2.5} fill="var(--chart-1)" />
    </svg>
  );
}
