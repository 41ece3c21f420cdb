"use client";

import { useLocale, useTranslations } from "next-intl";
import type { RfmResult } from "@/server/scoring/schema";
import { formatNumber, formatPercent } from "../format";
import { cn } from "../primitives/class-names";
import { Table, TableFrame, Td, Th, Tr } from "../primitives/table";
import type { Cell } from "./groups-overview";

const SCORES = [1, 2, 3, 4, 5] as const;

type RfmMapProps = { cells: RfmResult["cells"]; total: number; chosen: Cell | null; onChoose: (key: string) => void };

/** Recency upwards, frequency to the right; a darker field holds more people. Each field opens its people. */
export function RfmMap({ cells, total, chosen, onChoose }: RfmMapProps) {
  const t = useTranslations("scoring.map");
  const locale = useLocale();
  const sums = new Map<string, number>();
  for (const { score, customers } of cells) {
    const key = String(Math.floor(score / 10));
    sums.set(key, (sums.get(key) ?? 0) + customers);
  }
  const most = Math.max(1, ...sums.values());
  return (
    <TableFrame label={t("title")}>
      <Table aria-label={t("title")} className="table-fixed">
        <thead>
          <Tr>
            <Th className="w-28">{t("corner")}</Th>
            {SCORES.map((frequency) => (
              <Th key={frequency} className="text-right">
                {t("frequency", { score: frequency })}
              </Th>
            ))}
          </Tr>
        </thead>
        <tbody>
          {SCORES.toReversed().map((recency) => (
            <Tr key={recency}>
              <Th scope="row">{t("recency", { score: recency })}</Th>
              {SCORES.map((frequency) => {
                const key = `${recency}${frequency}`;
                const customers = sums.get(key) ?? 0;
                const isChosen = chosen?.recency === recency && chosen.frequency === frequency;
                return (
                  <Td key={frequency} className="p-0">
                    <button
                      type="button"
                      disabled={customers === 0}
                      aria-pressed={isChosen}
                      aria-label={t("cell", { recency, frequency, customers })}
                      className={cn(
                        "tabular focus-inset flex h-14 w-full flex-col items-end justify-center px-3 text-ink disabled:text-faint",
                        isChosen && "font-semibold ring-2 ring-accent ring-inset",
                      )}
                      // At most 40 %, so that the number stays readable in both themes.
                      style={{ background: `color-mix(in oklab, var(--accent) ${Math.round((customers / most) * 40)}%, transparent)` }}
                      onClick={() => onChoose(key)}
                    >
                      <span>{formatNumber(customers, locale)}</span>
                      {customers > 0 && (
                        <span className="text-xs">{formatPercent(customers / Math.max(1, total), locale, { digits: 0 })}</span>
                      )}
                    </button>
                  </Td>
                );
              })}
            </Tr>
          ))}
        </tbody>
      </Table>
    </TableFrame>
  );
}
