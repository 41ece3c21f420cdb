"use client";

import { ChevronRight } from "lucide-react";
import { useLocale, useTranslations } from "next-intl";
import { formatBasisPoints, formatMoney } from "../../format";
import { cn } from "../../primitives/class-names";
import { useShop } from "../../shell/shop-context";
import { StrategyForm } from "./strategy-form";
import type { StartingPoint } from "./use-apply-strategy";
import type { OwnStrategy, Strategy, StrategyResult, Suggestion } from "./use-strategies";

type StrategyEntryProps = {
  strategy: Strategy;
  resultsReady: boolean;
  isOpen: boolean;
  onToggle: () => void;
  replaces: boolean;
  pending: boolean;
  onApply: (start: StartingPoint) => void;
};

export function StrategyEntry({ strategy, resultsReady, isOpen, onToggle, ...form }: StrategyEntryProps) {
  return (
    <>
      <button
        type="button"
        aria-expanded={isOpen}
        onClick={onToggle}
        className="focus-inset flex w-full items-start gap-3 rounded-lg px-3 py-2.5 text-left hover:bg-hover"
      >
        <ChevronRight aria-hidden className={cn("mt-0.5 size-4 shrink-0 text-faint transition-transform", isOpen && "rotate-90")} />
        <span className="min-w-0 flex-1">
          <span className="block font-medium text-sm [overflow-wrap:anywhere]">{strategy.title}</span>
          {strategy.purpose && <span className="block text-muted text-sm">{strategy.purpose}</span>}
          <span className="mt-1 flex flex-wrap gap-x-4 gap-y-0.5 text-faint text-xs">
            <SuggestedCredit strategy={strategy} />
            {strategy.own?.messageEnabled && <OwnMessage own={strategy.own} />}
            {resultsReady && <Earned result={strategy.result} />}
          </span>
        </span>
      </button>
      {isOpen && <StrategyForm strategy={strategy} {...form} />}
    </>
  );
}

/** A suggestion always has days; an own strategy may be without expiry. */
type Credit = Pick<Suggestion, "amount" | "offer"> & { expiryDays: number | null };

/** The credit in a few words: "10 €, 30 days". */
function SuggestedCredit({ strategy }: { strategy: Strategy }) {
  const t = useTranslations("campaigns.strategy");
  const locale = useLocale();
  const shop = useShop();
  const source: Credit | null = strategy.suggestion ?? strategy.own;
  if (!source) return null;
  const { offer } = source;
  const money = (minor: bigint) => formatMoney(minor, shop.currency, locale);
  const amount =
    offer.type === "fixed"
      ? money(source.amount)
      : offer.type === "variable"
        ? t("shareOf", { share: formatBasisPoints(offer.bps, locale), base: t(`bases.${offer.base}`) })
        : offer.type === "arms"
          ? offer.arms.map((arm) => money(arm.amount)).join(" / ")
          : t(`kinds.${offer.type}`);
  return (
    <span>
      {t("suggested", { amount })}
      {source.expiryDays !== null && `, ${t("days", { days: source.expiryDays })}`}
    </span>
  );
}

/** By which way and with which template its campaigns speak. */
function OwnMessage({ own }: { own: OwnStrategy }) {
  const t = useTranslations("campaigns.strategy");
  const s = useTranslations("campaigns.sending");
  const { channel, template } = own;
  const way = s(`channels.${channel}`);
  if (!template) return <span>{way}</span>;
  return (
    <span className={template.gone ? "text-warning" : undefined}>
      {t(template.gone ? "templateGone" : "withTemplate", { channel: way, name: template.name })}
    </span>
  );
}

/** What such campaigns earned in this shop: pooled, with its interval, or plainly that nobody knows. */
function Earned({ result }: { result: StrategyResult | null }) {
  const t = useTranslations("campaigns.strategy");
  const locale = useLocale();
  const shop = useShop();
  if (!result || result.status === "none") return <span>{t("noHistory")}</span>;
  if (result.status === "tooFew" || !result.pooled) return <span>{t("tooFew", { campaigns: result.campaigns })}</span>;
  const money = (minor: bigint) => formatMoney(minor, shop.currency, locale, { sign: "always" });
  return (
    <span className="text-muted">
      {t("earned", {
        campaigns: result.campaigns,
        value: money(result.pooled.value),
        low: money(result.pooled.low),
        high: money(result.pooled.high),
      })}
    </span>
  );
}
