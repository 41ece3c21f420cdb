"use client";

import { useLocale, useTranslations } from "next-intl";
import { RFM_GROUPS, type RfmGroup, type RfmResult } from "@/server/scoring/schema";
import { ExportButton } from "../charts/export-button";
import { formatNumber } from "../format";
import { Section } from "../primitives/card";
import { cn } from "../primitives/class-names";
import { Stat, StatRow } from "../primitives/stat";
import { Table, TableFrame, Td, Th, Tr } from "../primitives/table";
import { Timestamp } from "../primitives/values";

type Migration = RfmResult["migration"];
/** Best side of a customer's life first: a move to the left is a good one. */
const WORTH: Record<RfmGroup, number> = { LOYAL: 5, POTENTIAL_LOYAL: 4, NEW: 3, LOYAL_AT_RISK: 2, ABOUT_TO_SLEEP: 1, SLEEPERS: 0 };

const sumOf = (migration: Migration, wanted: (from: RfmGroup, to: RfmGroup) => boolean): number =>
  migration.reduce((sum, { from, to, customers }) => (from && to && wanted(from, to) ? sum + customers : sum), 0);

/** Who moved where since the monthly run before. */
export function MigrationMatrix({ at, migration }: { at: Date; migration: Migration }) {
  const t = useTranslations("scoring.moves");
  const name = useTranslations("scoring.group");
  const locale = useLocale();
  const count = (from: RfmGroup | null, to: RfmGroup | null) =>
    migration.find((entry) => entry.from === from && entry.to === to)?.customers ?? 0;
  const number = (value: number) => (value === 0 ? "–" : formatNumber(value, locale));
  const columns = [...RFM_GROUPS, ...(RFM_GROUPS.some((group) => count(group, null) > 0) ? [null] : [])];
  const exported = () => [
    [t("fromTo"), ...columns.map((to) => (to ? name(to) : t("gone")))],
    ...[...RFM_GROUPS, null].map((from) => [from ? name(from) : t("unscored"), ...columns.map((to) => String(count(from, to)))]),
  ];
  return (
    <Section
      title={t("title")}
      description={t.rich("text", { at: () => <Timestamp at={at} show="date" /> })}
      actions={<ExportButton title={t("title")} rows={exported} />}
    >
      <div className="flex min-w-0 flex-col gap-4">
        <StatRow>
          <Stat
            label={t("stayed")}
            value={formatNumber(
              sumOf(migration, (from, to) => from === to),
              locale,
            )}
          />
          <Stat
            label={t("rose")}
            value={formatNumber(
              sumOf(migration, (from, to) => WORTH[to] > WORTH[from]),
              locale,
            )}
          />
          <Stat
            label={t("fell")}
            value={formatNumber(
              sumOf(migration, (from, to) => WORTH[to] < WORTH[from]),
              locale,
            )}
          />
          <Stat
            label={t("arrived")}
            value={formatNumber(
              RFM_GROUPS.reduce((sum, group) => sum + count(null, group), 0),
              locale,
            )}
          />
        </StatRow>
        <TableFrame label={t("title")}>
          <Table aria-label={t("title")}>
            <thead>
              <Tr>
                <Th>{t("fromTo")}</Th>
                {columns.map((to) => (
                  <Th key={to ?? "gone"} className="text-right">
                    {to ? name(to) : t("gone")}
                  </Th>
                ))}
              </Tr>
            </thead>
            <tbody>
              {[...RFM_GROUPS, null].map((from) => (
                <Tr key={from ?? "new"}>
                  <Th scope="row">{from ? name(from) : t("unscored")}</Th>
                  {columns.map((to) => (
                    <Td key={to ?? "gone"} className={cn("tabular text-right", from === to && "text-faint", tone(from, to))}>
                      {number(count(from, to))}
                    </Td>
                  ))}
                </Tr>
              ))}
            </tbody>
          </Table>
        </TableFrame>
        <p className="text-muted text-xs">{t("legend")}</p>
      </div>
    </Section>
  );
}

function tone(from: RfmGroup | null, to: RfmGroup | null): string {
  if (!from || !to || from === to) return "";
  return WORTH[to] > WORTH[from] ? "bg-accent-soft" : "bg-warning-soft";
}
