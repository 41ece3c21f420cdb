"use client";

import Link from "next/link";
import { useLocale, useTranslations } from "next-intl";
import { useErrorText } from "../../error-text";
import { formatNumber, formatPercent } from "../../format";
import { Skeleton } from "../../primitives/skeleton";
import { Money } from "../../primitives/values";
import { shopPath } from "../../shell/navigation";
import { useShop } from "../../shell/shop-context";
import { trpc } from "../../trpc";

const PEOPLE = 5;

/** The chosen segment in one glance: its conditions, its size and some of its people, so that a wrong one is noticed here. */
export function SegmentGlance({ id }: { id: string }) {
  const t = useTranslations("campaigns.glance");
  const locale = useLocale();
  const shop = useShop();
  const errorText = useErrorText();
  const segment = trpc.segments.get.useQuery({ shopId: shop.id, id });
  const query = segment.data?.query;
  const preview = trpc.segments.preview.useQuery(
    { shopId: shop.id, query: query ?? "", sample: PEOPLE },
    { enabled: query !== undefined, retry: false },
  );
  const failure = segment.error ?? preview.error;
  if (failure)
    return (
      <p role="alert" className="text-danger text-sm">
        {errorText(failure)}
      </p>
    );
  return (
    <div className="flex flex-col gap-3 rounded-lg border border-line bg-surface p-4">
      <div className="flex flex-wrap items-baseline justify-between gap-x-4 gap-y-1 text-sm">
        {preview.data ? (
          <p>
            <span className="tabular font-semibold text-base">{formatNumber(preview.data.count, locale)}</span>{" "}
            <span className="text-muted">
              {t("share", { count: preview.data.count, share: formatPercent(preview.data.share, locale) })}
            </span>
          </p>
        ) : (
          <Skeleton className="h-5 w-40" />
        )}
        <Link href={shopPath(shop.id, `/segments/${id}`)} className="text-accent underline-offset-2 hover:underline">
          {t("open")}
        </Link>
      </div>
      {query !== undefined && (
        <code className="max-h-32 overflow-y-auto font-mono text-muted text-xs [overflow-wrap:anywhere]">
          {query === "" ? t("everyone") : query}
        </code>
      )}
      {preview.data && preview.data.sample.length > 0 && (
        <ul aria-label={t("people")} className="divide-y divide-line border-line border-t text-sm">
          {preview.data.sample.map((person) => (
            <li key={person.id} className="flex items-center justify-between gap-3 py-1.5">
              <span className="min-w-0 truncate">{person.name}</span>
              <span className="shrink-0 text-muted text-xs">
                {t("person", { orders: person.orders })} · <Money minor={person.spent} />
              </span>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
