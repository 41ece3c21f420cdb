"use client";

import { ArrowDownRight, ArrowUpRight } from "lucide-react";
import { useLocale, useTranslations } from "next-intl";
import { useEffect, useState } from "react";
import { formatDate, formatDateTime, formatDateTimeLong, formatMoney, formatRelative, type MoneyStyle } from "../format";
import { cn } from "./class-names";
import { useOptionalShopSettings } from "./shop-settings";

type TimestampProps = {
  /** An instant: ISO text or Date. */
  at: Date | string;
  /** Default: the zone of the shop; outside of one, the visitor's own. */
  zone?: string;
  show?: "date" | "datetime" | "relative";
  className?: string;
};

/** A point in time in the shop's zone; the tooltip adds weekday, seconds, zone and the distance from now. */
export function Timestamp({ at, zone, show = "datetime", className }: TimestampProps) {
  const locale = useLocale();
  const settings = useOptionalShopSettings();
  // The server does not know the time at which the browser looks, and must not guess the visitor's zone.
  const [now, setNow] = useState<Date | null>(null);
  useEffect(() => setNow(new Date()), []);
  const timeZone = zone ?? settings?.timeZone ?? (now ? Intl.DateTimeFormat().resolvedOptions().timeZone : "UTC");
  const absolute = show === "date" ? formatDate(at, timeZone, locale) : formatDateTime(at, timeZone, locale);
  const text = show === "relative" && now ? formatRelative(at, now, locale) : absolute;
  const long = formatDateTimeLong(at, timeZone, locale);
  return (
    // A native title: lists show hundreds of these, and what it adds is a convenience.
    <time
      dateTime={typeof at === "string" ? at : at.toISOString()}
      title={now && show !== "relative" ? `${long} (${formatRelative(at, now, locale)})` : long}
      className={cn("tabular whitespace-nowrap", className)}
    >
      {text}
      {show === "relative" && now && <span className="sr-only"> ({long})</span>}
    </time>
  );
}

type MoneyProps = MoneyStyle & {
  /** Minor units; JSON's decimal strings are welcome. */
  minor: bigint | string;
  /** Default: the shop's currency. */
  unit?: string;
  className?: string;
};

export function Money({ minor, unit, className, ...style }: MoneyProps) {
  const locale = useLocale();
  const settings = useOptionalShopSettings();
  const known = unit ?? settings?.currency;
  if (known === undefined) throw new Error("Money needs a unit outside of a shop");
  return <span className={cn("tabular whitespace-nowrap", className)}>{formatMoney(BigInt(minor), known, locale, style)}</span>;
}

type DeltaProps = {
  /** Only its sign counts; the text shows the number. */
  value: number | bigint;
  /** The size of the change without its sign: "12 %". */
  text: string;
  /** Whether more is good; "neutral" where it is neither. */
  good: "up" | "down" | "neutral";
};

/** A change since before: arrow, colour and, for screen readers, words. */
export function Delta({ value, text, good }: DeltaProps) {
  const t = useTranslations("common.delta");
  const direction = value > 0 ? "up" : value < 0 ? "down" : "same";
  const tone = direction === "same" || good === "neutral" ? "text-muted" : direction === good ? "text-accent" : "text-danger";
  return (
    <span className={cn("tabular inline-flex items-center gap-0.5 font-medium text-xs", tone)}>
      {direction === "up" && <ArrowUpRight aria-hidden className="size-3.5" />}
      {direction === "down" && <ArrowDownRight aria-hidden className="size-3.5" />}
      <span aria-hidden>{direction === "same" ? "±0" : text}</span>
      <span className="sr-only">{direction === "same" ? t("same") : t(direction, { value: text })}</span>
    </span>
  );
}
