"use client";

import { useLocale, useTranslations } from "next-intl";
import type { CohortReport } from "@/server/ledger/cohorts";
import { formatMonth } from "../format";
import { Card, Section } from "../primitives/card";
import { Skeleton } from "../primitives/skeleton";
import { EmptyState, ErrorState, Notice } from "../primitives/states";
import { Table, TableFrame, Td, Th, Tr } from "../primitives/table";
import { Money } from "../primitives/values";
import { useShop } from "../shell/shop-context";
import { trpc } from "../trpc";
import { shareOf } from "./books-rates";

/** The cohort triangle and the breakage it lets expect. */
export function BooksCohorts() {
  const t = useTranslations("ledger.reports");
  const shop = useShop();
  const cohorts = trpc.ledger.cohorts.useQuery({ shopId: shop.id });
  return (
    <Section title={t("cohorts")} description={t("cohortsText")}>
      {cohorts.error ? (
        <Card>
          <ErrorState error={cohorts.error} onRetry={() => void cohorts.refetch()} />
        </Card>
      ) : !cohorts.data ? (
        <Skeleton className="h-40" />
      ) : cohorts.data.length === 0 ? (
        <Card>
          <EmptyState title={t("notEnough")} text={t("notEnoughText", { needed: 6, cohorts: 0 })} />
        </Card>
      ) : (
        cohorts.data.map((report) => <Triangle key={`${report.unit} ${report.origin}`} report={report} />)
      )}
    </Section>
  );
}

function Triangle({ report: { unit, origin, cohorts, ladder } }: { report: CohortReport }) {
  const t = useTranslations("ledger.reports");
  const origins = useTranslations("ledger.books.origin");
  const locale = useLocale();
  const ages = Array.from({ length: Math.max(0, ...cohorts.map((cohort) => cohort.redeemed.length)) }, (_, age) => age);
  const label = `${t("cohorts")}: ${origins(origin)}, ${unit}`;
  const money = (amount: bigint | null) => (amount === null ? t("open") : <Money minor={amount} unit={unit} />);
  return (
    <div className="flex min-w-0 flex-col gap-2">
      <h3 className="font-medium text-sm">
        {origins(origin)} <span className="text-muted">{unit}</span>
      </h3>
      {ladder.status === "notEnoughHistory" && (
        <Notice tone="info" title={t("notEnough")}>
          {t("notEnoughText", { needed: ladder.needed, cohorts: ladder.cohorts })}
        </Notice>
      )}
      <TableFrame label={label} maxHeight={520}>
        <Table aria-label={label}>
          <thead>
            <Tr>
              <Th>{t("cohort")}</Th>
              <Th className="text-right">{t("grantedColumn")}</Th>
              {ages.map((age) => (
                <Th key={age} className="text-right">
                  {t("age", { age })}
                </Th>
              ))}
              {ladder.status === "estimated" && (
                <>
                  <Th className="text-right">{t("ultimate")}</Th>
                  <Th className="text-right">{t("breakage")}</Th>
                </>
              )}
            </Tr>
          </thead>
          <tbody>
            {cohorts.map((cohort, at) => {
              const forecast = ladder.status === "estimated" ? ladder.forecasts[at] : undefined;
              return (
                <Tr key={cohort.month}>
                  <Td className="whitespace-nowrap">{formatMonth(`${cohort.month}-01T00:00:00Z`, "UTC", locale)}</Td>
                  <Td className="text-right">
                    <Money minor={cohort.granted} unit={unit} />
                  </Td>
                  {ages.map((age) => {
                    const redeemed = cohort.redeemed[age];
                    return (
                      <Td key={age} className="tabular text-right text-muted">
                        {redeemed === undefined ? "" : shareOf(redeemed, cohort.granted, locale)}
                      </Td>
                    );
                  })}
                  {forecast && (
                    <>
                      <Td className="text-right">{money(forecast.ultimate)}</Td>
                      <Td className="text-right">{money(forecast.breakage)}</Td>
                    </>
                  )}
                </Tr>
              );
            })}
            {ladder.status === "estimated" && (
              <Tr>
                <Td className="font-medium">{t("total")}</Td>
                <Td className="text-right font-medium">{money(ladder.granted)}</Td>
                {ages.length > 0 && <Td colSpan={ages.length} />}
                <Td className="text-right font-medium">{money(ladder.ultimate)}</Td>
                <Td className="text-right font-medium">{money(ladder.breakage)}</Td>
              </Tr>
            )}
          </tbody>
        </Table>
      </TableFrame>
      {ladder.status === "estimated" && (
        <p className="text-muted text-xs">
          {t("method")} {ladder.breakage === null && t("openHint")}
        </p>
      )}
    </div>
  );
}
