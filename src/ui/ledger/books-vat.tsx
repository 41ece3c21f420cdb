"use client";

import { useLocale, useTranslations } from "next-intl";
import type { VatRow } from "@/server/ledger/vat";
import { formatNumber, formatPercent } from "../format";
import { Card, Section } from "../primitives/card";
import { Skeleton } from "../primitives/skeleton";
import { EmptyState, ErrorState } from "../primitives/states";
import { Table, TableFrame, Td, Th, Tr } from "../primitives/table";
import { Money } from "../primitives/values";
import { useShop } from "../shell/shop-context";
import { trpc } from "../trpc";
import type { Period } from "./use-period";

/** What redeemed credit does to value added tax: a discount spread over the rates, or a means of payment. */
export function BooksVat({ period }: { period: Period }) {
  const t = useTranslations("ledger.vat");
  const shop = useShop();
  const report = trpc.ledger.books.vat.useQuery({ shopId: shop.id, ...period.asked }, { enabled: !period.bad });
  return (
    <Section title={t("title")} description={t("text")}>
      {report.error ? (
        <Card>
          <ErrorState error={report.error} onRetry={() => void report.refetch()} />
        </Card>
      ) : !report.data ? (
        <Skeleton className="h-32" />
      ) : report.data.rows.length === 0 ? (
        <Card>
          <EmptyState title={t("emptyTitle")} text={t("emptyText")} />
        </Card>
      ) : (
        <VatTable rows={report.data.rows} />
      )}
    </Section>
  );
}

function VatTable({ rows }: { rows: readonly VatRow[] }) {
  const t = useTranslations("ledger.vat");
  const origins = useTranslations("ledger.books.origin");
  const locale = useLocale();
  return (
    <>
      <TableFrame label={t("title")} maxHeight={420}>
        <Table aria-label={t("title")}>
          <thead>
            <Tr>
              <Th>{t("origin")}</Th>
              <Th>{t("treatment")}</Th>
              <Th className="text-right">{t("rate")}</Th>
              <Th className="text-right">{t("orders")}</Th>
              <Th className="text-right">{t("redeemed")}</Th>
              <Th className="text-right">{t("net")}</Th>
              <Th className="text-right">{t("tax")}</Th>
            </Tr>
          </thead>
          <tbody>
            {rows.map((row) => {
              const discount = row.origin !== "paid" && row.rate !== null;
              const money = (amount: bigint) =>
                discount ? <Money minor={-amount} unit={row.unit} /> : <span className="text-faint">–</span>;
              return (
                <Tr key={`${row.unit} ${row.origin} ${row.rate}`}>
                  <Td>{origins(row.origin)}</Td>
                  <Td className="text-muted">{t(row.origin === "paid" ? "tender" : "discount")}</Td>
                  <Td className="tabular whitespace-nowrap text-right">
                    {row.rate === null ? t("unknown") : formatPercent(row.rate / 1000, locale, { digits: 1 })}
                  </Td>
                  <Td className="tabular text-right">{formatNumber(row.orders, locale)}</Td>
                  <Td className="text-right">
                    <Money minor={row.redeemed} unit={row.unit} />
                  </Td>
                  <Td className="text-right">{money(row.net)}</Td>
                  <Td className="text-right">{money(row.tax)}</Td>
                </Tr>
              );
            })}
          </tbody>
        </Table>
      </TableFrame>
      <p className="max-w-prose text-muted text-xs">{t("note")}</p>
    </>
  );
}
