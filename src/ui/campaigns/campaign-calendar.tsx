"use client";

import { keepPreviousData } from "@tanstack/react-query";
import { ChevronLeft, ChevronRight, Repeat } from "lucide-react";
import Link from "next/link";
import { useLocale, useTranslations } from "next-intl";
import { parseAsString, useQueryState } from "nuqs";
import { instantToLocal } from "@/server/time";
import { formatCalendarDay, formatMoney, formatMonth, formatTime } from "../format";
import { Button, IconButton } from "../primitives/button";
import { cn } from "../primitives/class-names";
import { ErrorState } from "../primitives/states";
import { shopPath } from "../shell/navigation";
import { useShop } from "../shell/shop-context";
import { type RouterOutput, trpc } from "../trpc";
import { CampaignStatus } from "./campaign-status";
import { addMonths, monthOfDay, weeksOf } from "./month-days";

type Entry = RouterOutput["campaigns"]["calendar"][number];

const MONTH = /^\d{4}-(0[1-9]|1[0-2])$/;

/** The month in the address; without one the present month of the shop. */
function useMonth() {
  const shop = useShop();
  const [chosen, setChosen] = useQueryState("month", parseAsString.withOptions({ history: "push" }));
  // Only to begin with: which day it is matters little here, and the browser's clock is good enough.
  const today = instantToLocal(new Date(), shop.timeZone).slice(0, 10);
  const month = chosen !== null && MONTH.test(chosen) ? chosen : monthOfDay(today);
  return { month, today, go: (next: string | null) => void setChosen(next) };
}

/** Which credit goes out on which day: drops that were, drops that are planned, and the coming dates of repeated campaigns. */
export function CampaignCalendar() {
  const t = useTranslations("campaigns.calendar");
  const locale = useLocale();
  const shop = useShop();
  const { month, today, go } = useMonth();
  const weeks = weeksOf(month);
  const entries = trpc.campaigns.calendar.useQuery(
    { shopId: shop.id, from: weeks[0]?.[0] ?? "", to: weeks.at(-1)?.[6] ?? "" },
    { placeholderData: keepPreviousData },
  );
  const byDay = new Map<string, Entry[]>();
  for (const entry of entries.data ?? []) {
    const day = instantToLocal(entry.at, shop.timeZone).slice(0, 10);
    byDay.set(day, [...(byDay.get(day) ?? []), entry]);
  }
  const title = formatMonth(`${month}-01T00:00:00Z`, "UTC", locale);
  return (
    <section aria-label={t("title")} className="flex flex-col gap-3">
      <div className="flex flex-wrap items-center gap-2">
        <IconButton label={t("previous")} variant="secondary" onClick={() => go(addMonths(month, -1))}>
          <ChevronLeft aria-hidden />
        </IconButton>
        <IconButton label={t("next")} variant="secondary" onClick={() => go(addMonths(month, 1))}>
          <ChevronRight aria-hidden />
        </IconButton>
        <h2 aria-live="polite" className="min-w-32 font-semibold text-base">
          {title}
        </h2>
        {month !== monthOfDay(today) && (
          <Button size="sm" variant="ghost" onClick={() => go(null)}>
            {t("today")}
          </Button>
        )}
      </div>
      {entries.error ? (
        <ErrorState error={entries.error} onRetry={() => void entries.refetch()} />
      ) : (
        <>
          <MonthGrid weeks={weeks} month={month} today={today} byDay={byDay} busy={entries.isFetching} title={title} />
          <MonthList weeks={weeks} month={month} today={today} byDay={byDay} />
        </>
      )}
    </section>
  );
}

type MonthProps = { weeks: string[][]; month: string; today: string; byDay: ReadonlyMap<string, Entry[]> };

/** Monday to Sunday; a week in which a year has no special day, so that its names can be asked for. */
const WEEK = ["2024-01-01", "2024-01-02", "2024-01-03", "2024-01-04", "2024-01-05", "2024-01-06", "2024-01-07"];

function MonthGrid({ weeks, month, today, byDay, busy, title }: MonthProps & { busy: boolean; title: string }) {
  const locale = useLocale();
  const weekday = new Intl.DateTimeFormat(locale, { weekday: "short", timeZone: "UTC" });
  return (
    <table
      aria-label={title}
      aria-busy={busy}
      className={cn(
        "w-full table-fixed border-separate border-spacing-0 rounded-lg border border-line bg-surface max-md:hidden",
        // Not paler: what is on the page stays readable while it is read anew.
        busy && "border-dashed",
      )}
    >
      <thead>
        <tr>
          {WEEK.map((day) => (
            <th key={day} scope="col" className="border-line border-b px-2 py-1.5 text-left font-medium text-muted text-xs">
              {weekday.format(new Date(`${day}T00:00:00Z`))}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {weeks.map((week, row) => (
          <tr key={week[0]}>
            {week.map((day, column) => (
              <td
                key={day}
                className={cn(
                  "h-24 border-line p-1.5 align-top",
                  row < weeks.length - 1 && "border-b",
                  column < 6 && "border-r",
                  !day.startsWith(month) && "bg-bg",
                )}
              >
                <time
                  dateTime={day}
                  aria-current={day === today ? "date" : undefined}
                  className={cn(
                    "tabular inline-flex size-6 items-center justify-center rounded-full text-xs",
                    day === today ? "bg-accent font-medium text-accent-ink" : day.startsWith(month) ? "text-ink" : "text-muted",
                  )}
                >
                  {Number(day.slice(8))}
                </time>
                <DayEntries entries={byDay.get(day) ?? []} />
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** Nothing goes out on that day unless somebody still launches or approves it. */
const UNDECIDED: ReadonlySet<Entry["status"]> = new Set(["draft", "submitted", "approved"]);

function DayEntries({ entries }: { entries: readonly Entry[] }) {
  const locale = useLocale();
  const t = useTranslations("campaigns");
  const shop = useShop();
  if (entries.length === 0) return null;
  return (
    <ul className="mt-1 flex flex-col gap-1">
      {entries.map((entry) => (
        <li key={`${entry.id}${entry.at.toISOString()}`}>
          <Link
            href={shopPath(shop.id, `/campaigns/${entry.id}`)}
            title={`${entry.name || t("untitled")} · ${t(`status.${entry.status}`)}`}
            className={cn(
              "block rounded px-1.5 py-1 text-xs hover:bg-hover",
              UNDECIDED.has(entry.status) ? "border border-line-strong border-dashed" : "bg-accent-soft",
            )}
          >
            <span className="flex items-center gap-1">
              <span className="tabular text-muted">{formatTime(entry.at, shop.timeZone, locale)}</span>
              {entry.repeat && <Repeat aria-hidden className="size-3 text-muted" />}
            </span>
            <span className="block truncate">{entry.name || t("untitled")}</span>
            {UNDECIDED.has(entry.status) && <span className="block truncate text-muted">{t(`status.${entry.status}`)}</span>}
            {entry.cost !== null && (
              <span className="tabular block truncate text-muted">{formatMoney(entry.cost, entry.unit, locale)}</span>
            )}
          </Link>
        </li>
      ))}
    </ul>
  );
}

/** On a phone a month does not fit; the days on which something happens do. */
function MonthList({ weeks, month, byDay }: MonthProps) {
  const t = useTranslations("campaigns.calendar");
  const c = useTranslations("campaigns");
  const locale = useLocale();
  const shop = useShop();
  const days = weeks.flat().filter((day) => day.startsWith(month) && byDay.has(day));
  if (days.length === 0) return <p className="text-muted text-sm md:sr-only">{t("empty")}</p>;
  return (
    <ol className="flex flex-col gap-4 md:hidden">
      {days.map((day) => (
        <li key={day}>
          <h3 className="font-medium text-sm">{formatCalendarDay(day, locale)}</h3>
          <ul className="mt-1 divide-y divide-line rounded-lg border border-line bg-surface">
            {(byDay.get(day) ?? []).map((entry) => (
              <li key={`${entry.id}${entry.at.toISOString()}`}>
                <Link href={shopPath(shop.id, `/campaigns/${entry.id}`)} className="flex items-center gap-3 px-3 py-2 text-sm">
                  <span className="tabular text-muted">{formatTime(entry.at, shop.timeZone, locale)}</span>
                  <span className="min-w-0 flex-1 truncate">{entry.name || c("untitled")}</span>
                  <CampaignStatus status={entry.status} />
                </Link>
              </li>
            ))}
          </ul>
        </li>
      ))}
    </ol>
  );
}
