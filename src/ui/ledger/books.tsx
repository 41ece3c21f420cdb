"use client";

import { useLocale, useTranslations } from "next-intl";
import type { Liability } from "@/server/ledger/liability";
import type { OwedCell } from "@/server/ledger/owed";
import { ORIGIN_CLASSES, type OwedFilter } from "@/server/ledger/schema";
import { BarChart } from "../charts/bar-chart";
import { formatNumber } from "../format";
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
import { BooksBudgets } from "./books-budgets";
import { BooksExport } from "./books-export";
import { BooksReconciliation } from "./books-reconciliation";
import { BooksReports } from "./books-reports";
import { BooksTransfers } from "./books-transfers";
import { monthLabel } from "./month-label";
import { OwedDialog, useOwedCell } from "./owed-dialog";
import { OwedMatrix } from "./owed-matrix";

/** How much the shop owes, to whom, since when, why, and what will lapse. */
export function Books() {
  const t = useTranslations("ledger.books");
  const tabs = useTranslations("ledger.tabs");
  const shop = useShop();
  return (
    <Page>
      <PageHeader title={t("title")} description={t("description")} />
      <UrlTabs
        label={tabs("label")}
        tabs={[
          { value: "overview", label: tabs("overview"), content: <Overview /> },
          { value: "transfers", label: tabs("transfers"), content: <BooksTransfers /> },
          { value: "reports", label: tabs("reports"), content: <BooksReports /> },
          { value: "reconciliation", label: tabs("reconciliation"), content: <BooksReconciliation /> },
          { value: "budgets", label: tabs("budgets"), content: <BooksBudgets /> },
          ...(shop.can("ledger.export") ? [{ value: "export" as const, label: tabs("export"), content: <BooksExport /> }] : []),
        ]}
      />
      <OwedDialog />
    </Page>
  );
}

function Overview() {
  const t = useTranslations("ledger.books");
  const shop = useShop();
  const liability = trpc.ledger.liability.useQuery({ shopId: shop.id });
  const matrix = trpc.ledger.books.owedMatrix.useQuery({ shopId: shop.id });
  const failed = liability.error ?? matrix.error;
  if (failed) {
    const retry = () => void Promise.all([liability.refetch(), matrix.refetch()]);
    return (
      <Card>
        <ErrorState error={failed} onRetry={retry} />
      </Card>
    );
  }
  if (!liability.data || !matrix.data) {
    return (
      <div aria-busy className="flex flex-col gap-4">
        <Skeleton className="h-20" />
        <Skeleton className="h-64" />
      </div>
    );
  }
  if (liability.data.length === 0) {
    return (
      <Card>
        <EmptyState title={t("emptyTitle")} text={t("emptyText")} />
      </Card>
    );
  }
  return (
    <div className="flex min-w-0 flex-col gap-10">
      {liability.data.map((unit) => (
        <OutstandingUnit key={unit.unit} liability={unit} cells={matrix.data.filter((cell) => cell.unit === unit.unit)} />
      ))}
    </div>
  );
}

function OutstandingUnit({ liability, cells }: { liability: Liability; cells: readonly OwedCell[] }) {
  const t = useTranslations("ledger.books");
  const locale = useLocale();
  const { show } = useOwedCell();
  const { unit } = liability;
  return (
    <div className="flex min-w-0 flex-col gap-4">
      <StatRow>
        <Stat
          label={t("outstanding")}
          value={<Money minor={liability.outstanding} unit={unit} />}
          hint={
            <button type="button" aria-haspopup="dialog" className="rounded text-accent hover:underline" onClick={() => show({ unit })}>
              {t("customers", { count: liability.customers })}
            </button>
          }
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
          <Lapsing liability={liability} onShow={show} />
          <Origins unit={unit} cells={cells} onShow={show} />
        </div>
      </div>
      <Section title={t("matrix")} description={t("matrixText")}>
        <OwedMatrix unit={unit} cells={cells} onShow={show} />
      </Section>
    </div>
  );
}

type Shows = { onShow: (cell: OwedFilter) => void };

function Lapsing({ liability: { unit, lapsing }, onShow }: { liability: Liability } & Shows) {
  const t = useTranslations("ledger.books");
  const locale = useLocale();
  return (
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
          {lapsing.map(({ days, amount, customers }) => (
            <Tr key={days}>
              <Td>
                <button
                  type="button"
                  aria-haspopup="dialog"
                  className="rounded text-left hover:text-accent hover:underline"
                  onClick={() => onShow({ unit, withinDays: days })}
                >
                  {t("within", { days })}
                </button>
              </Td>
              <Td className="text-right">
                <Money minor={amount} unit={unit} />
              </Td>
              <Td className="tabular text-right">{formatNumber(customers, locale)}</Td>
            </Tr>
          ))}
        </tbody>
      </Table>
    </TableFrame>
  );
}

/** By origin, held credit included: what is a liability and what is none. */
function Origins({ unit, cells, onShow }: { unit: string; cells: readonly OwedCell[] } & Shows) {
  const t = useTranslations("ledger.books");
  return (
    <TableFrame label={t("byOrigin")}>
      <Table aria-label={t("byOrigin")}>
        <thead>
          <Tr>
            <Th>{t("byOrigin")}</Th>
            <Th className="text-right">{t("amount")}</Th>
          </Tr>
        </thead>
        <tbody>
          {ORIGIN_CLASSES.filter((origin) => cells.some((cell) => cell.origin === origin)).map((origin) => (
            <Tr key={origin}>
              <Td>
                <button
                  type="button"
                  aria-haspopup="dialog"
                  className="rounded text-left hover:text-accent hover:underline"
                  onClick={() => onShow({ unit, origin })}
                >
                  {t(`origin.${origin}`)}
                </button>
                <span className="block text-faint text-xs">{t(`originHint.${origin}`)}</span>
              </Td>
              <Td className="text-right">
                <Money
                  minor={cells.filter((cell) => cell.origin === origin).reduce((total, cell) => total + cell.amount, 0n)}
                  unit={unit}
                />
              </Td>
            </Tr>
          ))}
        </tbody>
      </Table>
    </TableFrame>
  );
}
