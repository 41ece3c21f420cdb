"use client";

import { useLocale, useTranslations } from "next-intl";
import { ChartFrame } from "../charts/chart-frame";
import { formatNumber, formatPercent } from "../format";
import type { RouterOutput } from "../trpc";
import { vennOf } from "./venn";

type Comparison = RouterOutput["segments"]["compare"];
type Side = { id: string; name: string };

const HEIGHT = 240;
const RADIUS = 96;

/** Two circles in proportion, with the same numbers as a table. */
export function VennChart({ a, b, comparison }: { a: Side; b: Side; comparison: Comparison }) {
  const t = useTranslations("segments.compare");
  const locale = useLocale();
  const { total } = comparison;
  const rows = [
    { label: t("onlyNamed", { name: a.name }), count: comparison.onlyA.count },
    { label: t("both"), count: comparison.both.count },
    { label: t("onlyNamed", { name: b.name }), count: comparison.onlyB.count },
    { label: t("neither"), count: comparison.neither },
  ];
  const share = (count: number) => (total === 0 ? 0 : count / total);
  const summary = rows.map(({ label, count }) => `${label}: ${formatNumber(count, locale)}.`).join(" ");
  return (
    <ChartFrame
      title={t("chart")}
      summary={summary}
      height={HEIGHT}
      legend={[
        { label: a.name, color: "var(--chart-1)" },
        { label: b.name, color: "var(--chart-2)" },
      ]}
      table={{
        head: [t("part"), t("people"), t("shareOfShop")],
        rows: rows.map(({ label, count }) => [label, formatNumber(count, locale), formatPercent(share(count), locale)]),
        exported: rows.map(({ label, count }) => [label, String(count), String(share(count))]),
      }}
    >
      {(width) => <Circles width={width} comparison={comparison} />}
    </ChartFrame>
  );
}

function Circles({ width, comparison }: { width: number; comparison: Comparison }) {
  const locale = useLocale();
  const { onlyA, both, onlyB } = comparison;
  const { a, b } = vennOf({ onlyA: onlyA.count, both: both.count, onlyB: onlyB.count }, Math.max(width - 16, 100), RADIUS);
  const middle = HEIGHT / 2;
  // Each number stands in the middle of its own part; where a part is too narrow for it, the list below says it.
  const parts = [
    { key: "a", count: onlyA.count, from: a.x - a.r, to: Math.min(a.x + a.r, b.x - b.r) },
    { key: "both", count: both.count, from: Math.max(a.x - a.r, b.x - b.r), to: Math.min(a.x + a.r, b.x + b.r) },
    { key: "b", count: onlyB.count, from: Math.max(b.x - b.r, a.x + a.r), to: b.x + b.r },
  ].map((part) => ({ ...part, text: formatNumber(part.count, locale) }));
  return (
    <svg aria-hidden width={width} height={HEIGHT} className="block">
      <g transform="translate(8 0)">
        {[
          { circle: a, color: "var(--chart-1)" },
          { circle: b, color: "var(--chart-2)" },
        ].map(({ circle, color }) => (
          <circle key={color} cx={circle.x} cy={middle} r={circle.r} fill={color} fillOpacity={0.22} stroke={color} strokeWidth={1.5} />
        ))}
        {parts.map(
          ({ key, count, from, to, text }) =>
            count > 0 &&
            to - from > text.length * 8 && (
              <text
                key={key}
                x={(from + to) / 2}
                y={middle + 5}
                textAnchor="middle"
                fontSize={14}
                className="tabular font-semibold"
                fill="var(--ink)"
              >
                {text}
              </text>
            ),
        )}
      </g>
    </svg>
  );
}
