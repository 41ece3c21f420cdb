"use client";

import { useLocale, useTranslations } from "next-intl";
import type { Borders } from "@/server/scoring/schema";
import { formatMoney, formatNumber } from "../format";
import { Table, TableFrame, Td, Th, Tr } from "../primitives/table";

/** From which value on which score: the borders the algorithm found, with the people between them. */
export function BordersTable({ borders, currency }: { borders: Borders; currency: string }) {
  const t = useTranslations("scoring.method");
  const locale = useLocale();
  const dimensions = [
    { key: "recency", dimension: borders.recency, text: (value: number) => formatNumber(Math.round(value), locale) },
    { key: "frequency", dimension: borders.frequency, text: (value: number) => formatNumber(Math.round(value), locale) },
    { key: "monetary", dimension: borders.monetary, text: (value: number) => formatMoney(BigInt(Math.round(value)), currency, locale) },
  ] as const;
  return (
    <div className="grid min-w-0 gap-4 lg:grid-cols-3">
      {dimensions.map(({ key, dimension, text }) => (
        <TableFrame key={key} label={t(key)}>
          <Table aria-label={t(key)}>
            <thead>
              <Tr>
                <Th>{t(key)}</Th>
                <Th className="text-right">{t("score")}</Th>
                <Th className="text-right">{t("customers")}</Th>
              </Tr>
            </thead>
            <tbody>
              {dimension.clusters.map(({ from, to, customers }, index) => (
                <Tr key={from}>
                  <Td className="tabular">{from === to ? text(from) : t("range", { from: text(from), to: text(to) })}</Td>
                  <Td className="tabular text-right">{dimension.scores[index]}</Td>
                  <Td className="tabular text-right">{formatNumber(customers, locale)}</Td>
                </Tr>
              ))}
            </tbody>
          </Table>
        </TableFrame>
      ))}
    </div>
  );
}
