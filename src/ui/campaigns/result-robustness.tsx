"use client";

import { useLocale, useTranslations } from "next-intl";
import { useState } from "react";
import { useErrorText } from "../error-text";
import { formatMoney, formatNumber } from "../format";
import { Button } from "../primitives/button";
import { useShop } from "../shell/shop-context";
import { trpc } from "../trpc";

/** The same profit by thousands of resamples of the real people. Takes a second, so it is asked for. */
export function Robustness({ campaignId, unit }: { campaignId: string; unit: string }) {
  const t = useTranslations("analytics.report.robustness");
  const locale = useLocale();
  const shop = useShop();
  const errorText = useErrorText();
  const [asked, setAsked] = useState(false);
  const query = trpc.roi.robustness.useQuery({ shopId: shop.id, id: campaignId }, { enabled: asked, staleTime: 300_000 });
  const money = (minor: bigint) => formatMoney(minor, unit, locale, { sign: "always" });
  const result = query.data;
  return (
    <div className="flex max-w-prose flex-wrap items-center gap-3 text-sm" aria-live="polite">
      {!result && (
        <Button
          size="sm"
          className="print:hidden"
          loading={query.isFetching}
          onClick={() => (asked ? void query.refetch() : setAsked(true))}
        >
          {t("ask")}
        </Button>
      )}
      {query.error && <p className="text-danger">{errorText(query.error)}</p>}
      {result?.status === "ok" && result.profit && (
        <p className="text-muted">
          {t(result.disagrees ? "disagrees" : "agrees", {
            rounds: formatNumber(result.rounds, locale),
            low: money(result.profit.low),
            high: money(result.profit.high),
            welchLow: money(result.welchProfit.low),
            welchHigh: money(result.welchProfit.high),
          })}
        </p>
      )}
      {result && (result.status !== "ok" || !result.profit) && <p className="text-muted">{t("open")}</p>}
    </div>
  );
}
