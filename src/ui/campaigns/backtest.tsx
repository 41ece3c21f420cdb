"use client";

import { useLocale, useTranslations } from "next-intl";
import { useState } from "react";
import { useErrorText } from "../error-text";
import { formatNumber } from "../format";
import { Button } from "../primitives/button";
import { SegmentedControl } from "../primitives/choice";
import { DescriptionList } from "../primitives/description-list";
import { Dialog } from "../primitives/dialog";
import { SkeletonText } from "../primitives/skeleton";
import { Money, Timestamp } from "../primitives/values";
import { useShop } from "../shell/shop-context";
import { trpc } from "../trpc";
import type { Campaign } from "./use-autosave";

const PERIODS = ["30", "91", "182", "365"] as const;

/** "Had this run some months ago": who would have got it, and what they spent without it. */
export function Backtest({ campaign }: { campaign: Campaign }) {
  const t = useTranslations("campaigns.backtest");
  const [open, setOpen] = useState(false);
  const [days, setDays] = useState<(typeof PERIODS)[number]>("91");
  return (
    <>
      <Button size="sm" className="self-start" onClick={() => setOpen(true)}>
        {t("open")}
      </Button>
      <Dialog open={open} onOpenChange={setOpen} title={t("title")} description={t("text")}>
        <div className="flex flex-col gap-4">
          <SegmentedControl
            aria-label={t("period")}
            options={PERIODS.map((value) => ({ value, label: t(`periods.${value}`) }))}
            value={days}
            onValueChange={setDays}
          />
          <Outcome campaign={campaign} days={Number(days)} />
        </div>
      </Dialog>
    </>
  );
}

function Outcome({ campaign, days }: { campaign: Campaign; days: number }) {
  const t = useTranslations("campaigns.backtest");
  const locale = useLocale();
  const shop = useShop();
  const errorText = useErrorText();
  const { unit } = campaign;
  const backtest = trpc.roi.backtest.useQuery({ shopId: shop.id, id: campaign.id, days }, { retry: false });
  if (backtest.error)
    return (
      <p role="alert" className="text-danger text-sm">
        {errorText(backtest.error)}
      </p>
    );
  const { data } = backtest;
  if (!data) return <SkeletonText lines={6} />;
  const count = (value: number) => formatNumber(value, locale);
  return (
    <>
      <DescriptionList
        items={[
          {
            key: "window",
            term: t("window"),
            detail: (
              <>
                <Timestamp at={data.from} show="date" /> – <Timestamp at={data.to} show="date" />
              </>
            ),
          },
          { key: "people", term: t("people"), detail: t("peopleValue", { people: count(data.people), overlap: count(data.overlap) }) },
          { key: "cost", term: t("cost"), detail: <Money minor={data.cost} unit={unit} /> },
          { key: "buyers", term: t("buyers"), detail: count(data.buyers) },
          { key: "spent", term: t("spentAnyway"), detail: <Money minor={data.spentAnyway} unit={unit} /> },
          { key: "redeem", term: t("wouldRedeem"), detail: <Money minor={data.wouldRedeem} unit={unit} /> },
        ]}
      />
      <p className="text-muted text-sm">{data.people === 0 ? t("nobody") : t("reading")}</p>
    </>
  );
}
