"use client";

import { parseAsString, useQueryStates } from "nuqs";
import { isoDateToDay } from "@/server/time";

const period = { from: parseAsString.withDefault(""), to: parseAsString.withDefault("") };

/** `YYYY-MM-DD` to a day number; null for what is no date (yet). */
function dayOf(text: string): number | null {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text) || Number.isNaN(Date.parse(text))) return null;
  const day = isoDateToDay(new Date(`${text}T00:00:00Z`).toISOString().slice(0, 10));
  return day >= 0 ? day : null;
}

/** The reports' period, in the URL: both days included; the running month where nothing is chosen. */
export function usePeriod() {
  const [chosen, setChosen] = useQueryStates(period, { history: "replace" });
  const fromDay = dayOf(chosen.from);
  const lastDay = dayOf(chosen.to);
  return {
    chosen,
    choose: (values: Partial<typeof chosen>) => void setChosen(values),
    asked: { fromDay, toDay: lastDay === null ? null : lastDay + 1 },
    bad: fromDay !== null && lastDay !== null && lastDay < fromDay,
  };
}
export type Period = ReturnType<typeof usePeriod>;
