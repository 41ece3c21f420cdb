"use client";

import { useTranslations } from "next-intl";
import type { RollForward, RollForwardRow } from "@/server/ledger/roll-forward";
import type { OriginClass } from "@/server/ledger/schema";
import { dayToIsoDate } from "@/server/time";
import { Card, Section } from "../primitives/card";
import { Field } from "../primitives/field";
import { Input } from "../primitives/input";
import { Skeleton } from "../primitives/skeleton";
import { Stat, StatRow } from "../primitives/stat";
import { EmptyState, ErrorState, Notice } from "../primitives/states";
import { Table, TableFrame, Td, Th, Tr } from "../primitives/table";
import { Money } from "../primitives/values";
import { useShop } from "../shell/shop-context";
import { trpc } from "../trpc";
import { BooksBreakage } from "./books-breakage";
import { BooksCohorts } from "./books-cohorts";
import { BooksLapsing } from "./books-lapsing";
import { BooksRates } from "./books-rates";
import { BooksVat } from "./books-vat";
import { type Period, usePeriod } from "./use-period";

const LINES = ["opening", "granted", "restored", "redeemed", "expired", "recalled", "adjusted", "moved", "closing"] as const;
const LIABILITIES: readonly OriginClass[] = ["earned", "paid"];
/** How outstanding credit came about, what of it is a liability, what will lapse, and what breakage to expect. */
export function BooksReports() {
  const period = usePeriod();
  return (
    <div className="flex min-w-0 flex-col gap-8">
      <RollForwardReport period={period} />
      <BooksVat period={period} />
      <BooksLapsing />
      <BooksRates />
      <BooksCohorts />
      <BooksBreakage />
    </div>
  );
}

function RollForwardReport({ period: { chosen, choose, asked, bad } }: { period: Period }) {
  const t = useTranslations("ledger.reports");
  const shop = useShop();
  const report = trpc.ledger.rollForward.useQuery({ shopId: shop.id, ...asked }, { enabled: !bad });
  return (
    <Section
      title={t("rollForward")}
      description={t("rollForwardText")}
      actions={
        <>
          <Field label={t("from")} error={undefined} required className="w-40">
            {({ "aria-required": _required, ...control }) => (
              <Input
                {...control}
                type="date"
                value={chosen.from || (report.data ? dayToIsoDate(report.data.fromDay) : "")}
                onChange={(event) => choose({ from: event.target.value })}
              />
            )}
          </Field>
          <Field label={t("to")} error={undefined} required className="w-40">
            {({ "aria-required": _required, ...control }) => (
              <Input
                {...control}
                type="date"
                value={chosen.to || (report.data ? dayToIsoDate(report.data.toDay - 1) : "")}
                onChange={(event) => choose({ to: event.target.value })}
              />
            )}
          </Field>
        </>
      }
    >
      {bad ? (
        <Notice tone="warning" title={t("badPeriod")} />
      ) : report.error ? (
        <Card>
          <ErrorState error={report.error} onRetry={() => void report.refetch()} />
        </Card>
      ) : report.data ? (
        <Statements report={report.data} />
      ) : (
        <Skeleton className="h-80" />
      )}
    </Section>
  );
}

function Statements({ report }: { report: RollForward }) {
  const t = useTranslations("ledger.reports");
  const units = [...new Set(report.rows.map((row) => row.unit))];
  if (units.length === 0) {
    return (
      <Card>
        <EmptyState title={t("emptyTitle")} text={t("emptyText")} />
      </Card>
    );
  }
  return (
    <>
      {units.map((unit) => (
        <Statement key={unit} unit={unit} rows={report.rows.filter((row) => row.unit === unit)} />
      ))}
      <p className="text-muted text-xs">{t("management")}</p>
    </>
  );
}

function Statement({ unit, rows }: { unit: string; rows: readonly RollForwardRow[] }) {
  const t = useTranslations("ledger.reports");
  const origins = useTranslations("ledger.books.origin");
  const of = (line: (typeof LINES)[number], classes: readonly OriginClass[]) =>
    rows.filter((row) => classes.includes(row.origin)).reduce((total, row) => total + row[line], 0n);
  const columns: { key: string; label: string; classes: readonly OriginClass[]; strong: boolean }[] = [
    ...LIABILITIES.map((origin) => ({ key: origin, label: origins(origin), classes: [origin], strong: false })),
    { key: "ifrs", label: t("ifrsColumn"), classes: LIABILITIES, strong: true },
    { key: "promo", label: t("promoColumn"), classes: ["unpaid"], strong: false },
  ];
  return (
    <div className="flex min-w-0 flex-col gap-3">
      <StatRow>
        <Stat label={t("ifrs")} value={<Money minor={of("closing", LIABILITIES)} unit={unit} />} hint={t("ifrsHint")} />
        <Stat label={t("promo")} value={<Money minor={of("closing", ["unpaid"])} unit={unit} />} hint={t("promoHint")} />
      </StatRow>
      <TableFrame label={`${t("rollForward")} ${unit}`}>
        <Table aria-label={`${t("rollForward")} ${unit}`}>
          <thead>
            <Tr>
              <Th>{t("line")}</Th>
              {columns.map(({ key, label }) => (
                <Th key={key} className="text-right">
                  {label}
                </Th>
              ))}
            </Tr>
          </thead>
          <tbody>
            {LINES.map((line) => {
              const total = line === "opening" || line === "closing";
              return (
                <Tr key={line}>
                  <Td className={total ? "font-medium" : ""}>{t(`lines.${line}`)}</Td>
                  {columns.map(({ key, classes, strong }) => (
                    <Td key={key} className={`text-right ${total || strong ? "font-medium" : ""}`}>
                      <Money minor={of(line, classes)} unit={unit} />
                    </Td>
                  ))}
                </Tr>
              );
            })}
          </tbody>
        </Table>
      </TableFrame>
    </div>
  );
}
