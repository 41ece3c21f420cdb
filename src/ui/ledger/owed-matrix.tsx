"use client";

import { useLocale, useTranslations } from "next-intl";
import type { OwedCell } from "@/server/ledger/owed";
import { ORIGIN_CLASSES, type OriginClass, type OwedFilter } from "@/server/ledger/schema";
import { formatMoney, formatNumber } from "../format";
import { Table, TableFrame, Td, Th, Tr } from "../primitives/table";
import { Money, Timestamp } from "../primitives/values";
import { monthLabel } from "./month-label";

const SPECIAL = ["none", "held", "unbooked"] as const;

type OwedMatrixProps = { unit: string; cells: readonly OwedCell[]; onShow: (cell: OwedFilter) => void };

/** Outstanding credit by month of expiry and origin. Every cell opens the customers and lots behind it. */
export function OwedMatrix({ unit, cells, onShow }: OwedMatrixProps) {
  const t = useTranslations("ledger.owed");
  const locale = useLocale();
  const months = [...new Set(cells.map((cell) => cell.bucket))].filter((bucket) => /^\d/.test(bucket)).sort();
  const buckets = [...months, ...SPECIAL.filter((bucket) => cells.some((cell) => cell.bucket === bucket))];
  const origins = ORIGIN_CLASSES.filter((origin) => cells.some((cell) => cell.origin === origin));
  const name = (bucket: string): string => {
    const special = SPECIAL.find((known) => known === bucket);
    return special ? t(`bucket.${special}`) : monthLabel(bucket, locale);
  };
  const of = (bucket: string | null, origin: OriginClass | null) =>
    cells.filter((cell) => (bucket === null || cell.bucket === bucket) && (origin === null || cell.origin === origin));
  const columns = [...origins.map((origin) => ({ origin, label: t(`origin.${origin}`) })), { origin: null, label: t("total") }];
  const row = (bucket: string | null, label: string) => (
    <Tr key={bucket ?? "total"}>
      <Td className={bucket === null ? "whitespace-nowrap font-medium" : "whitespace-nowrap"}>{label}</Td>
      {columns.map(({ origin, label: column }) => {
        const found = of(bucket, origin);
        const amount = found.reduce((total, cell) => total + cell.amount, 0n);
        return (
          <Td key={column} className={`text-right ${bucket === null || origin === null ? "font-medium" : ""}`}>
            {found.length === 0 ? (
              <span className="text-faint">–</span>
            ) : (
              <button
                type="button"
                aria-haspopup="dialog"
                aria-label={t("show", { amount: formatMoney(amount, unit, locale), bucket: label, origin: column })}
                className="rounded hover:text-accent hover:underline"
                onClick={() => onShow({ unit, bucket, origin })}
              >
                <Money minor={amount} unit={unit} />
              </button>
            )}
          </Td>
        );
      })}
      <Td className="tabular hidden text-right text-muted sm:table-cell">
        {formatNumber(
          of(bucket, null).reduce((total, cell) => total + cell.lots, 0),
          locale,
        )}
      </Td>
      <Td className="hidden text-muted md:table-cell">{since(of(bucket, null))}</Td>
    </Tr>
  );
  return (
    <TableFrame label={t("matrix")} maxHeight={560}>
      <Table aria-label={`${t("matrix")} ${unit}`}>
        <thead>
          <Tr>
            <Th>{t("expiry")}</Th>
            {columns.map(({ label }) => (
              <Th key={label} className="text-right">
                {label}
              </Th>
            ))}
            <Th className="hidden text-right sm:table-cell">{t("lots")}</Th>
            <Th className="hidden md:table-cell">{t("since")}</Th>
          </Tr>
        </thead>
        <tbody>
          {buckets.map((bucket) => row(bucket, name(bucket)))}
          {row(null, t("total"))}
        </tbody>
      </Table>
    </TableFrame>
  );
}

const since = (cells: readonly OwedCell[]) => {
  const [oldest] = [...cells].sort((a, b) => a.since.getTime() - b.since.getTime());
  return oldest ? <Timestamp at={oldest.since} show="date" /> : null;
};
