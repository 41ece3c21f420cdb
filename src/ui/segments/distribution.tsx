"use client";

import { keepPreviousData } from "@tanstack/react-query";
import { useLocale, useTranslations } from "next-intl";
import { useState } from "react";
import { formatMoney, formatMoneyRange, formatNumber, formatPercent } from "../format";
import { SegmentedControl } from "../primitives/choice";
import { cn } from "../primitives/class-names";
import { Skeleton } from "../primitives/skeleton";
import { ErrorState } from "../primitives/states";
import { useShop } from "../shell/shop-context";
import { type RouterOutput, trpc } from "../trpc";
import { realError } from "./live-error";
import { ReachList } from "./reach-list";

type Bucket = RouterOutput["segments"]["distribution"]["spent"][number];
const MEASURES = ["spent", "orders", "lastOrder"] as const;
type Measure = (typeof MEASURES)[number];

type DistributionProps = {
  query: string | null;
  editor: string;
  /** The count has arrived: only then is the database free for a second question. */
  ready: boolean;
};

/** How many can be reached, and how the people of the segment are spread, beside everyone: bars are the segment, the mark is the shop. */
export function Distribution({ query, editor, ready }: DistributionProps) {
  const t = useTranslations("segments.distribution");
  const live = useTranslations("segments.live");
  const shop = useShop();
  const [measure, setMeasure] = useState<Measure>("spent");
  const distribution = trpc.segments.distribution.useQuery(
    { shopId: shop.id, query: query ?? "", editor },
    {
      enabled: ready && query !== null,
      placeholderData: keepPreviousData,
      retry: false,
      staleTime: 30_000,
      trpc: { abortOnUnmount: true, context: { skipBatch: true } },
    },
  );
  const { data } = distribution;
  const error = realError(distribution.error);
  const stale = distribution.isPlaceholderData || !ready;
  if (error) return <ErrorState error={error} onRetry={() => void distribution.refetch()} className="border-line border-t py-4" />;
  return (
    <>
      <div className="flex flex-col gap-2 border-line border-t pt-3" aria-busy={stale}>
        <h3 className="font-medium text-sm">{live("reach")}</h3>
        {data ? <ReachList reach={data.reach} members={total(data.orders, "members")} /> : <Skeleton className="h-16 w-full" />}
      </div>
      <div className="flex flex-col gap-2 border-line border-t pt-3">
        <h3 className="font-medium text-sm">{t("title")}</h3>
        <SegmentedControl
          aria-label={t("title")}
          options={MEASURES.map((value) => ({ value, label: t(value === "lastOrder" ? "lastOrderShort" : value) }))}
          value={measure}
          onValueChange={setMeasure}
        />
        {data ? <Bars measure={measure} buckets={data[measure]} stale={stale} /> : <Skeleton className="h-32 w-full" />}
      </div>
    </>
  );
}

const total = (buckets: readonly Bucket[], key: "members" | "shop") => buckets.reduce((sum, bucket) => sum + bucket[key], 0);

function Bars({ measure, buckets, stale }: { measure: Measure; buckets: readonly Bucket[]; stale: boolean }) {
  const t = useTranslations("segments.distribution");
  const locale = useLocale();
  const rangeText = useRangeText(measure);
  const [members, everyone] = [total(buckets, "members"), total(buckets, "shop")];
  const shares = buckets.map((bucket) => ({
    bucket,
    inside: members === 0 ? 0 : bucket.members / members,
    all: everyone === 0 ? 0 : bucket.shop / everyone,
  }));
  const largest = Math.max(0.0001, ...shares.flatMap(({ inside, all }) => [inside, all]));
  return (
    <>
      <table className="w-full text-xs" aria-busy={stale} aria-label={`${t("title")}: ${t(measure)}`}>
        <thead className="sr-only">
          <tr>
            <th scope="col">{t(measure)}</th>
            <th scope="col">{t("share")}</th>
            <th scope="col">{t("members")}</th>
          </tr>
        </thead>
        <tbody>
          {shares.map(({ bucket, inside, all }) => (
            <tr key={`${bucket.from}-${bucket.to}`}>
              <th scope="row" className="tabular whitespace-nowrap py-0.5 pr-2 text-right font-normal text-muted">
                {rangeText(bucket)}
              </th>
              <td className="w-full">
                <span className="sr-only">{t("shares", { members: formatPercent(inside, locale), shop: formatPercent(all, locale) })}</span>
                <span aria-hidden className="relative block h-3">
                  {/* The bars alone pale while they are those of the query before: numbers stay readable. */}
                  <span
                    className={cn("absolute inset-y-0 left-0 rounded-sm bg-chart-1 transition-opacity", stale && "opacity-50")}
                    style={{ width: `${(inside / largest) * 100}%` }}
                  />
                  <span className="absolute inset-y-0 w-0.5 bg-ink" style={{ left: `calc(${(all / largest) * 100}% - 1px)` }} />
                </span>
              </td>
              <td className="tabular whitespace-nowrap pl-2 text-right">{formatNumber(bucket.members, locale)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <p aria-hidden className="flex flex-wrap gap-x-3 text-faint text-xs">
        <span className="flex items-center gap-1.5">
          <span className="size-2 rounded-sm bg-chart-1" />
          {t("legendSegment")}
        </span>
        <span className="flex items-center gap-1.5">
          <span className="h-3 w-0.5 bg-ink" />
          {t("legendShop")}
        </span>
      </p>
    </>
  );
}

/** The borders of a class in words: money in the shop's currency, counts, days ago. */
function useRangeText(measure: Measure): (bucket: Bucket) => string {
  const t = useTranslations("segments.distribution");
  const locale = useLocale();
  const { currency } = useShop();
  const value = (text: string) =>
    measure === "spent" ? formatMoney(BigInt(text), currency, locale, { compact: true }) : formatNumber(BigInt(text), locale);
  const range = (from: string, to: string) =>
    measure === "spent" ? formatMoneyRange(BigInt(from), BigInt(to), currency, locale, { compact: true }) : `${value(from)}–${value(to)}`;
  const before = (text: string) => (measure === "spent" ? text : String(BigInt(text) - 1n));
  return ({ from, to }) => {
    if (from === null && to === null) return t("never");
    // The first bar of money and counts is zero, not "less than one".
    if (from === null) return to === "1" ? value("0") : t("below", { value: value(to ?? "0") });
    if (to === null) return t("above", { value: value(from) });
    const last = before(to);
    return last === from ? value(from) : range(from, last);
  };
}
