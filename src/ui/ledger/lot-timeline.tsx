"use client";

import { useLocale, useTranslations } from "next-intl";
import type { CreditLot } from "@/server/ledger/schema";
import { formatDate, formatMoney } from "../format";
import { lastMoment } from "../last-moment";
import { Badge, type Tone } from "../primitives/badge";
import { cn } from "../primitives/class-names";
import { Money, Timestamp } from "../primitives/values";
import { useShop } from "../shell/shop-context";
import { useSourceLabel } from "./labels";
import { lotParts, type TimeScale, timeScale } from "./lot-scale";
import { useTermsText } from "./lot-terms";
import { recallable } from "./recall-dialog";

const STATE_TONE: Record<CreditLot["state"], Tone> = { open: "accent", upcoming: "info", lapsed: "warning", empty: "neutral" };

const PART_COLOR = {
  remaining: "bg-accent",
  held: "bg-info",
  redeemed: "bg-muted",
  expired: "bg-warning/60",
  recalled: "bg-warning",
  moved: "bg-line-strong",
} as const;

type OnRecall = ((lot: CreditLot) => void) | null;
type LotTimelineProps = { unit: string; lots: readonly CreditLot[]; now: Date; onRecall: OnRecall };

/** Every lot as a line in time: from when to when it can be spent, and what became of it. In spending order. */
export function LotTimeline({ unit, lots, now, onRecall }: LotTimelineProps) {
  const t = useTranslations("ledger.lots");
  const scale = timeScale(lots, now);
  return (
    <div className="min-w-0">
      <Axis scale={scale} now={now} />
      <ol aria-label={t("label")} className="divide-y divide-line">
        {lots.map((lot) => (
          <LotRow key={lot.id} lot={lot} unit={unit} scale={scale} onRecall={onRecall} />
        ))}
      </ol>
      <Legend />
    </div>
  );
}

const GRID = "grid grid-cols-[minmax(0,1fr)_auto] items-center gap-x-4 gap-y-1 md:grid-cols-[13rem_minmax(0,1fr)_10.5rem]";

function Axis({ scale, now }: { scale: TimeScale; now: Date }) {
  const t = useTranslations("ledger.lots");
  const locale = useLocale();
  const { timeZone } = useShop();
  return (
    <div aria-hidden className={cn(GRID, "hidden pb-1 text-faint text-xs md:grid")}>
      <span />
      {/* "Today" below the ends: beside them there is no room for it. */}
      <span className="relative flex h-8 justify-between">
        <span>{formatDate(scale.from, timeZone, locale)}</span>
        <span className="absolute bottom-0 -translate-x-1/2 text-muted" style={{ left: `${Math.min(88, Math.max(12, scale.at(now)))}%` }}>
          {t("today")}
        </span>
        <span>{formatDate(scale.to, timeZone, locale)}</span>
      </span>
      <span />
    </div>
  );
}

type LotRowProps = { lot: CreditLot; unit: string; scale: TimeScale; onRecall: OnRecall };

function LotRow({ lot, unit, scale, onRecall }: LotRowProps) {
  const t = useTranslations("ledger.lots");
  const locale = useLocale();
  const sourceLabel = useSourceLabel();
  const termsText = useTermsText();
  const start = scale.at(lot.availableFrom);
  const end = lot.expiresAt ? scale.at(lot.expiresAt) : 100;
  const parts = lotParts(lot);
  const said = parts.map(({ part, amount }) => `${t(`part.${part}`)} ${formatMoney(amount, unit, locale)}`).join(", ");
  return (
    <li className={cn(GRID, "py-2.5")}>
      <div className="min-w-0">
        <div className="flex min-w-0 flex-wrap items-center gap-x-2 gap-y-1">
          <span className="truncate text-sm">{lot.parentId ? t("restored") : sourceLabel(lot.source.type)}</span>
          <Badge tone={STATE_TONE[lot.state]}>{t(`state.${lot.state}`)}</Badge>
        </div>
        <div className="text-muted text-xs">
          {t(`origin.${lot.origin}`)} · <Timestamp at={lot.availableFrom} show="date" />
        </div>
        {lot.terms && (
          <ul aria-label={t("terms.label")} className="text-muted text-xs">
            {termsText(lot.terms, unit).map((line) => (
              <li key={line} className="[overflow-wrap:anywhere]">
                {line}
              </li>
            ))}
          </ul>
        )}
        {onRecall && recallable(lot) && (
          <button
            type="button"
            aria-haspopup="dialog"
            className="rounded text-muted text-xs underline hover:text-ink"
            onClick={() => onRecall(lot)}
          >
            {t("recall")}
          </button>
        )}
      </div>
      <div className="relative hidden h-6 md:block">
        <span className="absolute inset-y-0 border-line-strong border-l border-dashed" style={{ left: `${scale.now}%` }} />
        <span
          className={cn("absolute top-2 flex h-2 overflow-hidden rounded-l-full bg-hover", lot.expiresAt && "rounded-r-full")}
          style={{ left: `${start}%`, width: `${Math.max(end - start, 1)}%` }}
        >
          {parts.map(({ part, share }) => (
            <span key={part} className={PART_COLOR[part]} style={{ width: `${share * 100}%` }} />
          ))}
        </span>
        <span className="sr-only">{said}</span>
      </div>
      <div className="text-right">
        <div className="text-sm">
          <Money minor={lot.remaining} unit={unit} className={lot.state === "open" ? "font-medium" : "text-muted"} />
          <span className="text-faint text-xs"> / </span>
          <Money minor={lot.granted} unit={unit} withoutUnit className="text-muted text-xs" />
        </div>
        <div className="text-muted text-xs">
          {lot.expiresAt
            ? t.rich("until", { date: () => <Timestamp at={lastMoment(lot.expiresAt ?? lot.availableFrom)} show="datetime" /> })
            : t("never")}
        </div>
      </div>
      <div aria-hidden className="col-span-2 flex h-1.5 overflow-hidden rounded-full bg-hover md:hidden">
        {parts.map(({ part, share }) => (
          <span key={part} className={PART_COLOR[part]} style={{ width: `${share * 100}%` }} />
        ))}
      </div>
    </li>
  );
}

function Legend() {
  const t = useTranslations("ledger.lots");
  const parts = ["remaining", "held", "redeemed", "expired", "recalled"] as const;
  return (
    <ul aria-label={t("legend")} className="flex flex-wrap gap-x-4 gap-y-1 border-line border-t pt-2 text-muted text-xs">
      {parts.map((part) => (
        <li key={part} className="flex items-center gap-1.5">
          <span aria-hidden className={cn("size-2 rounded-full", PART_COLOR[part])} />
          {t(`part.${part}`)}
        </li>
      ))}
    </ul>
  );
}
