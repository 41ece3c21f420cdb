"use client";

import { useLocale, useTranslations } from "next-intl";
import type { ImportField, ImportOptions } from "@/server/connectors/csv/schema";
import { formatCalendarDay, formatDateTime, formatMoney, formatNumber } from "../format";
import { Section } from "../primitives/card";
import { Skeleton } from "../primitives/skeleton";
import { ErrorState } from "../primitives/states";
import { Table, TableFrame, Td, Th, Tr } from "../primitives/table";
import type { RouterOutput } from "../trpc";

type Checked = RouterOutput["imports"]["check"];
type Cell = NonNullable<Checked["rows"][number]["cells"][ImportField]>;
type Query = { data: Checked | undefined; error: unknown; isPending: boolean; isPlaceholderData: boolean; refetch: () => unknown };

const END = new Set<ImportField>(["quantity", "unit_price", "total", "tax", "shipping", "refunded"]);

/** The first rows as they would be understood, so that a swapped day and month shows before anything is written. */
export function SampleCheck({ fields, options, check }: { fields: readonly ImportField[]; options: ImportOptions; check: Query }) {
  const t = useTranslations("imports");
  if (check.error) return <ErrorState error={check.error} onRetry={() => void check.refetch()} />;
  const problems = Object.values(check.data?.problems ?? {}).reduce((sum, count) => sum + count, 0);
  const sampled = check.data?.sampled ?? 0;
  const perField = (Object.entries(check.data?.problems ?? {}) as [ImportField, number][]).map(([field, count]) =>
    t("check.columnProblems", { field: t(`fields.${field}`), count }),
  );
  return (
    <Section
      title={t("check.title")}
      description={
        check.data ? (
          <span role="status" className={problems > 0 ? "text-danger" : undefined}>
            {problems > 0 ? `${t("check.problems", { count: problems, sampled })} ${perField.join(", ")}` : t("check.fine", { sampled })}
          </span>
        ) : undefined
      }
    >
      {check.data ? (
        <TableFrame label={t("check.title")} className={check.isPlaceholderData ? "border-dashed" : undefined}>
          <Table aria-label={t("check.title")} aria-busy={check.isPlaceholderData}>
            <thead>
              <Tr>
                <Th className="text-right">{t("check.line")}</Th>
                {fields.map((field) => (
                  <Th key={field} className={END.has(field) ? "text-right" : undefined}>
                    {t(`fields.${field}`)}
                  </Th>
                ))}
              </Tr>
            </thead>
            <tbody>
              {check.data.rows.map((row) => (
                <Tr key={row.line}>
                  <Td className="tabular text-right text-faint">{row.line}</Td>
                  {fields.map((field) => (
                    <Td key={field} className={END.has(field) ? "tabular text-right" : undefined}>
                      <CellText cell={row.cells[field]} options={options} />
                    </Td>
                  ))}
                </Tr>
              ))}
            </tbody>
          </Table>
        </TableFrame>
      ) : (
        <Skeleton className="h-40 w-full" />
      )}
    </Section>
  );
}

function CellText({ cell, options }: { cell: Cell | undefined; options: ImportOptions }) {
  const t = useTranslations("imports");
  const locale = useLocale();
  if (!cell) return <span className="text-faint">–</span>;
  switch (cell.type) {
    case "problem":
      return (
        <span className="text-danger" title={t(`reasons.${cell.reason}`)}>
          {cell.raw || "–"} <span className="text-xs">({t(`reasons.${cell.reason}`)})</span>
        </span>
      );
    case "money":
      return formatMoney(BigInt(cell.value), options.currency, locale);
    case "instant":
      return <span className="tabular whitespace-nowrap">{formatDateTime(cell.value, options.timeZone, locale)}</span>;
    case "date":
      return formatCalendarDay(cell.value, locale);
    case "number":
      return formatNumber(Number(cell.value), locale);
    default:
      return <span className="block max-w-56 truncate">{cell.value}</span>;
  }
}
