"use client";

import { useLocale, useTranslations } from "next-intl";
import { formatBasisPoints, formatNumber, formatPercent } from "../format";
import { Notice } from "../primitives/states";
import type { Report } from "./campaign-figures";

/** What to know before believing the number. That it is preliminary says the sentence itself; orders in other currencies stand below the groups. */
export function ResultWarnings({ report }: { report: Report }) {
  const t = useTranslations("campaigns.result.warning");
  const locale = useLocale();
  const { checks } = report;
  const shown = report.warnings.filter((warning) => warning !== "preliminary" && warning !== "other_currency");
  if (shown.length === 0) return null;
  const values = {
    p: formatNumber(checks.sampleRatio, locale, { digits: 4 }),
    baseline: formatNumber(checks.baselineRatio ?? 1, locale, { digits: 4 }),
    count: checks.contaminated,
    share: formatPercent(checks.contaminatedShare, locale),
    margin: formatBasisPoints(report.marginBps, locale),
  };
  const isGrave = shown.includes("sample_ratio") || shown.includes("imbalanced");
  return (
    <Notice tone={isGrave ? "warning" : "info"} title={t("title", { count: shown.length })}>
      <ul className="flex max-w-prose list-disc flex-col gap-1 pl-4">
        {shown.map((warning) => (
          <li key={warning}>{t(warning, values)}</li>
        ))}
      </ul>
    </Notice>
  );
}
