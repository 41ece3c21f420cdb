"use client";

import { useLocale, useTranslations } from "next-intl";
import { parseAsStringLiteral, useQueryState } from "nuqs";
import { formatCalendarDay, formatNumber } from "../format";
import { Button } from "../primitives/button";
import { Card, Section } from "../primitives/card";
import { SegmentedControl } from "../primitives/choice";
import { Skeleton } from "../primitives/skeleton";
import { EmptyState, ErrorState } from "../primitives/states";
import { Table, TableFrame, Td, Th, Tr } from "../primitives/table";
import { Money } from "../primitives/values";
import { useShop } from "../shell/shop-context";
import { type RouterOutput, trpc } from "../trpc";
import { useSourceLabel } from "./labels";
import { useOwedCell } from "./owed-dialog";

const WINDOWS = ["7", "30", "90"] as const;
const DAYS = { "7": 7, "30": 30, "90": 90 } as const;

/** What lapses in the next days, by last day and where it came from. */
export function BooksLapsing() {
  const t = useTranslations("ledger.reports");
  const books = useTranslations("ledger.books");
  const shop = useShop();
  const [window, setWindow] = useQueryState("lapsing", parseAsStringLiteral(WINDOWS).withDefault("30"));
  const { show } = useOwedCell();
  const lots = trpc.ledger.lapsing.useQuery({ shopId: shop.id, days: DAYS[window] });
  return (
    <Section
      title={t("lapsing")}
      description={t("lapsingText")}
      actions={
        <>
          <Button size="sm" onClick={() => show({ unit: shop.currency, withinDays: DAYS[window] })}>
            {t("lapsingList")}
          </Button>
          <SegmentedControl
            aria-label={t("window")}
            value={window}
            onValueChange={(next) => void setWindow(next)}
            options={WINDOWS.map((value) => ({ value, label: books("within", { days: DAYS[value] }) }))}
          />
        </>
      }
    >
      {lots.error ? (
        <Card>
          <ErrorState error={lots.error} onRetry={() => void lots.refetch()} />
        </Card>
      ) : !lots.data ? (
        <Skeleton className="h-40" />
      ) : lots.data.length === 0 ? (
        <Card>
          <EmptyState title={t("lapsingEmptyTitle")} text={t("lapsingEmptyText")} />
        </Card>
      ) : (
        <LapsingTable rows={lots.data} />
      )}
    </Section>
  );
}

function LapsingTable({ rows }: { rows: RouterOutput["ledger"]["lapsing"] }) {
  const t = useTranslations("ledger.reports");
  const origins = useTranslations("ledger.books.origin");
  const sourceLabel = useSourceLabel();
  const locale = useLocale();
  return (
    <TableFrame label={t("lapsing")} maxHeight={420}>
      <Table aria-label={t("lapsing")}>
        <thead>
          <Tr>
            <Th>{t("lastDay")}</Th>
            <Th className="text-right">{t("amount")}</Th>
            <Th>{t("origin")}</Th>
            <Th className="text-right">{t("people")}</Th>
            <Th className="text-right">{t("lots")}</Th>
          </Tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <Tr key={`${row.day} ${row.unit} ${row.origin} ${row.sourceType}`}>
              <Td className="whitespace-nowrap">{formatCalendarDay(row.day, locale)}</Td>
              <Td className="text-right">
                <Money minor={row.amount} unit={row.unit} />
              </Td>
              <Td>{[origins(row.origin), sourceLabel(row.sourceType)].join(" · ")}</Td>
              <Td className="tabular text-right">{formatNumber(row.customers, locale)}</Td>
              <Td className="tabular text-right">{formatNumber(row.lots, locale)}</Td>
            </Tr>
          ))}
        </tbody>
      </Table>
    </TableFrame>
  );
}
