"use client";

import { useLocale, useTranslations } from "next-intl";
import type { BreakageSchedule } from "@/server/ledger/breakage";
import { Card, Section } from "../primitives/card";
import { Skeleton } from "../primitives/skeleton";
import { Stat, StatRow } from "../primitives/stat";
import { EmptyState, ErrorState, Notice } from "../primitives/states";
import { Table, TableFrame, Td, Th, Tr } from "../primitives/table";
import { Money } from "../primitives/values";
import { useShop } from "../shell/shop-context";
import { trpc } from "../trpc";
import { monthLabel } from "./month-label";

/** When expected breakage of paid and earned credit becomes revenue (IFRS 15 B46). */
export function BooksBreakage() {
  const t = useTranslations("ledger.breakage");
  const shop = useShop();
  const schedules = trpc.ledger.books.breakage.useQuery({ shopId: shop.id });
  return (
    <Section title={t("title")} description={t("text")}>
      {schedules.error ? (
        <Card>
          <ErrorState error={schedules.error} onRetry={() => void schedules.refetch()} />
        </Card>
      ) : !schedules.data ? (
        <Skeleton className="h-32" />
      ) : schedules.data.length === 0 ? (
        <Card>
          <EmptyState title={t("emptyTitle")} text={t("emptyText")} />
        </Card>
      ) : (
        schedules.data.map((schedule) => <Schedule key={`${schedule.unit} ${schedule.origin}`} schedule={schedule} />)
      )}
    </Section>
  );
}

function Schedule({ schedule }: { schedule: BreakageSchedule }) {
  const t = useTranslations("ledger.breakage");
  const origins = useTranslations("ledger.books.origin");
  const locale = useLocale();
  const { unit, origin } = schedule;
  const label = `${t("title")}: ${origins(origin)} ${unit}`;
  return (
    <div className="flex min-w-0 flex-col gap-3">
      <h3 className="font-medium text-sm">
        {origins(origin)} <span className="text-muted">{unit}</span>
      </h3>
      {schedule.method === "onLapse" ? (
        <Notice tone="info" title={t("onLapse")}>
          {t("onLapseText", { needed: schedule.needed, cohorts: schedule.cohorts })}
        </Notice>
      ) : (
        <>
          <StatRow>
            <Stat label={t("expected")} value={<Money minor={schedule.expected} unit={unit} />} />
            <Stat label={t("recognised")} value={<Money minor={schedule.recognised} unit={unit} />} hint={t("recognisedHint")} />
            <Stat label={t("toCome")} value={<Money minor={schedule.expected - schedule.recognised} unit={unit} />} />
          </StatRow>
          <TableFrame label={label} maxHeight={420}>
            <Table aria-label={label}>
              <thead>
                <Tr>
                  <Th>{t("month")}</Th>
                  <Th className="text-right">{t("redeemed")}</Th>
                  <Th className="text-right">{t("inMonth")}</Th>
                  <Th className="text-right">{t("cumulative")}</Th>
                </Tr>
              </thead>
              <tbody>
                {[...schedule.months].reverse().map((month) => (
                  <Tr key={month.month}>
                    <Td className="whitespace-nowrap">{monthLabel(month.month, locale)}</Td>
                    {[month.redeemed, month.breakage, month.cumulative].map((amount, at) => (
                      // biome-ignore lint/suspicious/noArrayIndexKey: the columns are fixed
                      <Td key={at} className="text-right">
                        <Money minor={amount} unit={unit} />
                      </Td>
                    ))}
                  </Tr>
                ))}
              </tbody>
            </Table>
          </TableFrame>
          <p className="text-muted text-xs">{t("method")}</p>
        </>
      )}
    </div>
  );
}
