"use client";

import { useLocale, useTranslations } from "next-intl";
import { parseAsStringLiteral, useQueryState } from "nuqs";
import { toDecimal } from "@/server/money";
import { ExportButton } from "../charts/export-button";
import { formatMoney, formatNumber, formatPercent } from "../format";
import { monthLabel } from "../ledger/month-label";
import { SegmentedControl } from "../primitives/choice";
import { EmptyState } from "../primitives/states";
import { Table, TableFrame, Td, Th, Tr } from "../primitives/table";
import { useShop } from "../shell/shop-context";
import { type RouterOutput, trpc } from "../trpc";
import { Loaded } from "./loading";

type Data = RouterOutput["roi"]["cohorts"];
const MEASURES = ["active", "revenue"] as const;
type Measure = (typeof MEASURES)[number];

/** Customers by the month of their first order: who came back in which month, or what they have brought so far. */
export function Cohorts() {
  const t = useTranslations("analytics.cohorts");
  const shop = useShop();
  const [measure, setMeasure] = useQueryState("measure", parseAsStringLiteral(MEASURES).withDefault("active"));
  const query = trpc.roi.cohorts.useQuery({ shopId: shop.id, months: 12 });
  return (
    <div className="flex min-w-0 flex-col gap-4">
      <div className="flex flex-wrap items-center justify-between gap-3">
        <p className="max-w-prose text-muted text-sm">{t(`text.${measure}`)}</p>
        <SegmentedControl
          aria-label={t("measure")}
          value={measure}
          onValueChange={(next) => void setMeasure(next)}
          options={MEASURES.map((value) => ({ value, label: t(value) }))}
        />
      </div>
      <Loaded query={query}>{(data) => <Triangle data={data} measure={measure} />}</Loaded>
    </div>
  );
}

function Triangle({ data, measure }: { data: Data; measure: Measure }) {
  const t = useTranslations("analytics.cohorts");
  const locale = useLocale();
  if (data.cohorts.length === 0) return <EmptyState title={t("emptyTitle")} text={t("emptyText")} />;
  const ages = Math.max(...data.cohorts.map((cohort) => cohort.active.length));
  type Cohort = Data["cohorts"][number];
  const share = (cohort: Cohort, age: number) => (cohort.customers === 0 ? 0 : (cohort.active[age] ?? 0) / cohort.customers);
  const perCustomer = (cohort: Cohort, age: number) =>
    cohort.customers === 0 ? 0n : (cohort.revenue[age] ?? 0n) / BigInt(cohort.customers);
  const size = (cohort: Cohort, age: number) => (measure === "active" ? share(cohort, age) : Number(perCustomer(cohort, age)));
  const most = Math.max(1e-9, ...data.cohorts.flatMap((cohort) => cohort.active.slice(1).map((_, at) => size(cohort, at + 1))));
  const exported = () => [
    [t("first"), t("customers"), ...Array.from({ length: ages }, (_, age) => t("month", { age }))],
    ...data.cohorts.map((cohort) => [
      ...[cohort.month, String(cohort.customers)],
      ...cohort.active.map((_, age) =>
        measure === "active" ? share(cohort, age).toFixed(4) : toDecimal(perCustomer(cohort, age), data.unit),
      ),
    ]),
  ];
  return (
    <div className="flex min-w-0 flex-col gap-2">
      <div className="flex justify-end">
        <ExportButton title={`${t("title")} ${t(measure)}`} rows={exported} />
      </div>
      <TableFrame label={t("title")}>
        <Table aria-label={t("title")}>
          <thead>
            <Tr>
              <Th>{t("first")}</Th>
              <Th className="text-right">{t("customers")}</Th>
              {Array.from({ length: ages }, (_, age) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: the age in months is what the column is
                <Th key={age} className="text-right">
                  {t("month", { age })}
                </Th>
              ))}
            </Tr>
          </thead>
          <tbody>
            {data.cohorts.map((cohort) => (
              <Tr key={cohort.month}>
                <Th scope="row">{monthLabel(cohort.month, locale)}</Th>
                <Td className="tabular text-right">{formatNumber(cohort.customers, locale)}</Td>
                {cohort.active.map((_, age) => (
                  <Td
                    // biome-ignore lint/suspicious/noArrayIndexKey: the age in months is what the cell is
                    key={age}
                    className="tabular text-right"
                    style={
                      age === 0 && measure === "active"
                        ? undefined
                        : {
                            background: `color-mix(in oklab, var(--accent) ${Math.round(Math.min(1, size(cohort, age) / most) * 40)}%, transparent)`,
                          }
                    }
                  >
                    {measure === "active"
                      ? formatPercent(share(cohort, age), locale, { digits: 0 })
                      : formatMoney(perCustomer(cohort, age), data.unit, locale)}
                  </Td>
                ))}
              </Tr>
            ))}
          </tbody>
        </Table>
      </TableFrame>
    </div>
  );
}
