"use client";

import { useLocale, useTranslations } from "next-intl";
import type { Liability } from "@/server/ledger/liability";
import { BarChart } from "../charts/bar-chart";
import { formatCalendarDay, formatNumber } from "../format";
import { Card, Section } from "../primitives/card";
import { Page, PageHeader } from "../primitives/page-header";
import { Skeleton } from "../primitives/skeleton";
import { Stat, StatRow } from "../primitives/stat";
import { EmptyState, ErrorState } from "../primitives/states";
import { Table, TableFrame, Td, Th, Tr } from "../primitives/table";
import { UrlTabs } from "../primitives/tabs";
import { Money } from "../primitives/values";
import { useShop } from "../shell/shop-context";
import { trpc } from "../trpc";
import { BooksCheck } from "./books-check";
import { BooksExport } from "./books-export";
import { BooksReports } from "./books-reports";
import { BooksTransfers } from "./books-transfers";

/** How much the shop owes, since when, why, and what will lapse. */
export function Books() {
  const t = useTranslations("ledger.books");
  const tabs = useTranslations("ledger.tabs");
  const shop = useShop();
  return (
    <Page>
      <PageHeader title={t("title")} description={t("description")} actions={<BooksCheck />} />
      <UrlTabs
        label={tabs("label")}
        tabs={[
          { value: "overview", label: tabs("overview"), content: <Overview /> },
          { value: "reports", label: tabs("reports"), content: <BooksReports /> },
          ...(shop.can("ledger.export") ? [{ value: "export" as const, label: tabs("export"), content: <BooksExport /> }] : []),
        ]}
      />
    </Page>
  );
}

function Overview() {
  const t = useTranslations("ledger.books");
  const shop = useShop();
  const liability = trpc.ledger.liability.useQuery({ shopId: shop.id });
  return (
    <div className="flex min-w-0 flex-col gap-8">
      {liability.error ? (
        <Card>
          <ErrorState error={liability.error} onRetry={() => void liability.refetch()} />
        </Card>
      ) : liability.data ? (
        <Outstanding units={liability.data} />
      ) : (
        <div aria-busy className="flex flex-col gap-4">
          <Skeleton className="h-20" />
          <Skeleton className="h-64" />
        </div>
      )}
      <Section title={t("transfers")} description={t("transfersText")}>
        <BooksTransfers />
      </Section>
    </div>
  );
}

function Outstanding({ units }: { units: readonly Liability[] }) {
  const t = useTranslations("ledger.books");
  if (units.length === 0) {
    return (
      <Card>
        <EmptyState title={t("emptyTitle")} text={t("emptyText")} />
      </Card>
    );
  }
  return units.map((unit) => <OutstandingUnit key={unit.unit} liability={unit} />);
}

function OutstandingUnit({ liability }: { liability: Liability }) {
  const t = useTranslations("ledger.books");
  const locale = useLocale();
  const { unit } = liability;
  return (
    <div className="flex min-w-0 flex-col gap-4">
      <StatRow>
        <Stat
          label={t("outstanding")}
          value={<Money minor={liability.outstanding} unit={unit} />}
          hint={t("customers", { count: liability.customers })}
          size="lg"
        />
        <Stat label={t("available")} value={<Money minor={liability.available} unit={unit} />} />
        <Stat label={t("held")} value={<Money minor={liability.held} unit={unit} />} hint={t("heldHint")} />
        <Stat label={t("upcoming")} value={<Money minor={liability.upcoming} unit={unit} />} hint={t("upcomingHint")} />
        <Stat label={t("noExpiry")} value={<Money minor={liability.noExpiry} unit={unit} />} />
      </StatRow>
      <div className="grid min-w-0 gap-4 lg:grid-cols-[minmax(0,2fr)_minmax(0,1fr)]">
        <Card>
          <BarChart
            title={t("byMonth")}
            categoryLabel={t("month")}
            valueLabel={t("amount")}
            format={{ kind: "money", unit }}
            height={220}
            bars={liability.byExpiryMonth.map(({ month, amount }) => ({ id: month, label: monthLabel(month, locale), value: amount }))}
          />
        </Card>
        <div className="flex min-w-0 flex-col gap-4">
          <TableFrame label={t("lapsing")}>
            <Table aria-label={t("lapsing")}>
              <thead>
                <Tr>
                  <Th>{t("lapsing")}</Th>
                  <Th className="text-right">{t("amount")}</Th>
                  <Th className="text-right">{t("people")}</Th>
                </Tr>
              </thead>
              <tbody>
                {liability.lapsing.map(({ days, amount, customers }) => (
                  <Tr key={days}>
                    <Td>{t("within", { days })}</Td>
                    <Td className="text-right">
                      <Money minor={amount} unit={unit} />
                    </Td>
                    <Td className="tabular text-right">{formatNumber(customers, locale)}</Td>
                  </Tr>
                ))}
              </tbody>
            </Table>
          </TableFrame>
          <TableFrame label={t("byOrigin")}>
            <Table aria-label={t("byOrigin")}>
              <thead>
                <Tr>
                  <Th>{t("byOrigin")}</Th>
                  <Th className="text-right">{t("amount")}</Th>
                </Tr>
              </thead>
              <tbody>
                {liability.byOrigin.map(({ origin, amount }) => (
                  <Tr key={origin}>
                    <Td>
                      {t(`origin.${origin}`)}
                      <span className="block text-faint text-xs">{t(`originHint.${origin}`)}</span>
                    </Td>
                    <Td className="text-right">
                      <Money minor={amount} unit={unit} />
                    </Td>
                  </Tr>
                ))}
              </tbody>
            </Table>
          </TableFrame>
        </div>
      </div>
    </div>
  );
}

/** `2026-03` → „Mär. 2026“. */
const monthLabel = (month: string, locale: string): string => formatCalendarDay(`${month}-01`, locale).replace(/^1\.?\s/, "");
