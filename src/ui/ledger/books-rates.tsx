"use client";

import { useLocale, useTranslations } from "next-intl";
import type { CohortRates } from "@/server/ledger/rates";
import { formatNumber, formatPercent } from "../format";
import { Card, Section } from "../primitives/card";
import { Skeleton } from "../primitives/skeleton";
import { EmptyState, ErrorState } from "../primitives/states";
import { Table, TableFrame, Td, Th, Tr } from "../primitives/table";
import { Money } from "../primitives/values";
import { useShop } from "../shell/shop-context";
import { trpc } from "../trpc";
import { monthLabel } from "./month-label";

/** A share to a tenth of a percent, from whole numbers. */
export const shareOf = (part: bigint, whole: bigint, locale: string): string =>
  whole > 0n ? formatPercent(Number((part * 1000n) / whole) / 1000, locale, { digits: 1 }) : "–";

/** How much of each month's credit was redeemed and how much lapsed: by value and by number of lots. */
export function BooksRates() {
  const t = useTranslations("ledger.rates");
  const shop = useShop();
  const rates = trpc.ledger.books.rates.useQuery({ shopId: shop.id });
  const groups = [...new Set((rates.data ?? []).map(({ unit, origin }) => `${unit} ${origin}`))];
  return (
    <Section title={t("title")} description={t("text")}>
      {rates.error ? (
        <Card>
          <ErrorState error={rates.error} onRetry={() => void rates.refetch()} />
        </Card>
      ) : !rates.data ? (
        <Skeleton className="h-40" />
      ) : groups.length === 0 ? (
        <Card>
          <EmptyState title={t("emptyTitle")} text={t("emptyText")} />
        </Card>
      ) : (
        groups.map((group) => <RatesTable key={group} rows={rates.data.filter(({ unit, origin }) => `${unit} ${origin}` === group)} />)
      )}
    </Section>
  );
}

function RatesTable({ rows }: { rows: readonly CohortRates[] }) {
  const t = useTranslations("ledger.rates");
  const origins = useTranslations("ledger.books.origin");
  const locale = useLocale();
  const [first] = rows;
  if (!first) return null;
  const { unit, origin } = first;
  const label = `${origins(origin)} ${unit}`;
  const share = (part: bigint | number, whole: bigint | number) => shareOf(BigInt(part), BigInt(whole), locale);
  return (
    <div className="flex min-w-0 flex-col gap-2">
      <h3 className="font-medium text-sm">
        {origins(origin)} <span className="text-muted">{unit}</span>
      </h3>
      <TableFrame label={label} maxHeight={420}>
        <Table aria-label={label}>
          <thead>
            <Tr>
              <Th>{t("month")}</Th>
              <Th className="text-right">{t("granted")}</Th>
              <Th className="text-right">{t("redeemed")}</Th>
              <Th className="text-right">{t("redeemedValue")}</Th>
              <Th className="text-right">{t("lapsed")}</Th>
              <Th className="text-right">{t("lapsedValue")}</Th>
              <Th className="text-right">{t("open")}</Th>
              <Th className="text-right">{t("lots")}</Th>
              <Th className="text-right">{t("redeemedCount")}</Th>
              <Th className="text-right">{t("unusedCount")}</Th>
            </Tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <Tr key={row.month}>
                <Td className="whitespace-nowrap">{monthLabel(row.month, locale)}</Td>
                <Td className="text-right">
                  <Money minor={row.granted} unit={unit} />
                </Td>
                <Td className="text-right">
                  <Money minor={row.redeemed} unit={unit} />
                </Td>
                <Td className="tabular text-right font-medium">{share(row.redeemed, row.granted)}</Td>
                <Td className="text-right">
                  <Money minor={row.expired} unit={unit} />
                </Td>
                <Td className="tabular text-right font-medium">{share(row.expired, row.granted)}</Td>
                <Td className="text-right text-muted">
                  <Money minor={row.open} unit={unit} />
                </Td>
                <Td className="tabular text-right">{formatNumber(row.lots, locale)}</Td>
                <Td className="tabular text-right font-medium">{share(row.lotsRedeemed, row.lots)}</Td>
                <Td className="tabular text-right font-medium">{share(row.lotsUnused, row.lots)}</Td>
              </Tr>
            ))}
          </tbody>
        </Table>
      </TableFrame>
    </div>
  );
}
