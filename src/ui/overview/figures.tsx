"use client";

import { useLocale, useTranslations } from "next-intl";
import { LineChart } from "../charts/line-chart";
import { formatPercent } from "../format";
import { Card } from "../primitives/card";
import { Stat, StatRow } from "../primitives/stat";
import { Money, Timestamp } from "../primitives/values";
import type { RouterOutput } from "../trpc";

type Overview = RouterOutput["roi"]["overview"];

/** What is owed, granted, redeemed and about to lapse, per unit; below it what the shop sold. */
export function Figures({ overview }: { overview: Overview }) {
  const t = useTranslations("overview");
  const { credit, figures, asOf, unit } = overview;
  const rows = credit.length > 0 ? credit : [NOTHING(unit)];
  return (
    <div className="flex min-w-0 flex-col gap-3">
      {rows.map((row) => (
        <CreditRow key={row.unit} row={row} />
      ))}
      {figures && <Sales figures={figures} unit={unit} />}
      <p className="text-faint text-xs">{t.rich("asOf", { at: () => <Timestamp at={asOf} /> })}</p>
    </div>
  );
}

const NOTHING = (unit: string): Overview["credit"][number] => ({
  ...{ unit, outstanding: 0n, customers: 0, granted30: 0n, redeemed30: 0n, expired30: 0n, lapsing30: 0n, lapsing30Customers: 0 },
});

function CreditRow({ row }: { row: Overview["credit"][number] }) {
  const t = useTranslations("overview");
  const { unit } = row;
  return (
    <StatRow>
      <Stat
        size="lg"
        label={t("outstanding")}
        value={<Money minor={row.outstanding} unit={unit} />}
        hint={t("outstandingHint", { count: row.customers })}
      />
      <Stat size="lg" label={t("granted")} value={<Money minor={row.granted30} unit={unit} />} hint={t("lastDays")} />
      <Stat size="lg" label={t("redeemed")} value={<Money minor={row.redeemed30} unit={unit} />} hint={t("lastDays")} />
      <Stat
        size="lg"
        label={t("lapsing")}
        value={<Money minor={row.lapsing30} unit={unit} />}
        hint={t("lapsingHint", { count: row.lapsing30Customers })}
      />
    </StatRow>
  );
}

type SalesProps = { figures: NonNullable<Overview["figures"]>; unit: string };

function Sales({ figures, unit }: SalesProps) {
  const t = useTranslations("overview");
  const locale = useLocale();
  const before = figures.revenueBefore30;
  const change = before > 0n ? Number(figures.revenue30 - before) / Number(before) : null;
  return (
    <Card className="grid min-w-0 gap-6 lg:grid-cols-[14rem_minmax(0,1fr)]">
      <dl className="flex flex-wrap gap-x-8 gap-y-4 lg:flex-col">
        <Plain
          label={t("revenue")}
          hint={change === null ? t("lastDays") : t("change", { share: formatPercent(change, locale, { sign: true }) })}
        >
          <Money minor={figures.revenue30} unit={unit} />
        </Plain>
        <Plain label={t("orders")} hint={t("lastDays")}>
          {figures.orders30.toLocaleString(locale)}
        </Plain>
        <Plain label={t("customers")} hint={t("inAll")}>
          {figures.customers.toLocaleString(locale)}
        </Plain>
      </dl>
      <LineChart
        title={t("daily")}
        xLabel={t("day")}
        height={180}
        format={{ kind: "money", unit }}
        series={[{ id: "revenue", label: t("revenue"), points: figures.daily.map(({ day, revenue }) => ({ x: day, value: revenue })) }]}
      />
    </Card>
  );
}

function Plain({ label, hint, children }: { label: string; hint: string; children: React.ReactNode }) {
  return (
    <div>
      <dt className="text-muted text-xs">{label}</dt>
      <dd className="tabular font-semibold text-ink text-lg">{children}</dd>
      <dd className="text-faint text-xs">{hint}</dd>
    </div>
  );
}
