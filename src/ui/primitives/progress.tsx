"use client";

import { useLocale, useTranslations } from "next-intl";
import { formatPercent } from "../format";
import { cn } from "./class-names";

type ProgressProps = {
  label: string;
  /** Between 0 and 1. */
  value: number;
  /** "1.200 von 25.000": said instead of the percentage. */
  valueText?: string;
  tone?: "accent" | "danger" | "neutral";
  className?: string;
};

export function Progress({ label, value, valueText, tone = "accent", className }: ProgressProps) {
  const t = useTranslations("common.progress");
  const locale = useLocale();
  const share = Math.min(1, Math.max(0, value));
  return (
    <div
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={Math.round(share * 100)}
      aria-valuetext={valueText ?? t("value", { percent: formatPercent(share, locale, { digits: 0 }) })}
      className={cn("h-1.5 overflow-hidden rounded-full bg-hover", className)}
    >
      <div
        className={cn("h-full rounded-full transition-[width]", { accent: "bg-accent", danger: "bg-danger", neutral: "bg-muted" }[tone])}
        style={{ width: `${share * 100}%` }}
      />
    </div>
  );
}
