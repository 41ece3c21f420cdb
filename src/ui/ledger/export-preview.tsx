"use client";

import { useLocale, useTranslations } from "next-intl";
import { formatCalendarDay, formatNumber } from "../format";
import { Card } from "../primitives/card";
import { Skeleton } from "../primitives/skeleton";
import { EmptyState, ErrorState } from "../primitives/states";
import { Table, TableFrame, Td, Th, Tr } from "../primitives/table";
import { Money } from "../primitives/values";
import type { RouterOutput } from "../trpc";

type Answer = RouterOutput["ledger"]["books"]["exportPreview"];
type Preview = { data: Answer | undefined; error: unknown; isFetching: boolean; refetch: () => Promise<unknown> };
type Line = Answer["lines"][number];

/** The first lines as they will stand in the file. */
export function ExportPreview({ preview }: { preview: Preview }) {
  const t = useTranslations("ledger.export");
  const locale = useLocale();
  if (preview.error) {
    return (
      <Card>
        <ErrorState error={preview.error} onRetry={() => void preview.refetch()} />
      </Card>
    );
  }
  if (!preview.data) return preview.isFetching ? <Skeleton className="h-40" /> : null;
  const { lines, count } = preview.data;
  if (count === 0) {
    return (
      <Card>
        <EmptyState title={t("previewEmptyTitle")} text={t("previewEmptyText")} />
      </Card>
    );
  }
  return (
    <div className="flex min-w-0 flex-col gap-2">
      <h3 className="font-medium text-sm">{t("preview")}</h3>
      <TableFrame label={t("preview")} maxHeight={360}>
        <Table aria-label={t("preview")} aria-busy={preview.isFetching}>
          <thead>
            <Tr>
              <Th>{t("day")}</Th>
              <Th className="text-right">{t("amount")}</Th>
              <Th>{t("debit")}</Th>
              <Th>{t("credit")}</Th>
              <Th>{t("bookingText")}</Th>
            </Tr>
          </thead>
          <tbody>
            {lines.map((line) => (
              <Tr key={`${line.day} ${line.text} ${line.debit.account} ${line.credit.account}`}>
                <Td className="whitespace-nowrap">{formatCalendarDay(line.day, locale)}</Td>
                <Td className="text-right">
                  <Money minor={line.amount} unit={line.unit} />
                </Td>
                <Account side={line.debit} />
                <Account side={line.credit} />
                <Td lang="de">{line.text}</Td>
              </Tr>
            ))}
          </tbody>
        </Table>
      </TableFrame>
      <p className="text-muted text-xs">{t("previewCount", { shown: formatNumber(lines.length, locale), count })}</p>
    </div>
  );
}

function Account({ side: { account, number } }: { side: Line["debit"] }) {
  const t = useTranslations("ledger.export");
  return (
    <Td>
      {number ?? <span className="text-danger">{t("unmapped")}</span>}
      <span className="block text-faint text-xs">{t(`account.${account}`)}</span>
    </Td>
  );
}
