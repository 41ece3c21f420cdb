"use client";

import { useLocale, useTranslations } from "next-intl";
import { formatMoney } from "../format";
import { Badge, type Tone } from "../primitives/badge";
import { Card } from "../primitives/card";
import type { RouterOutput } from "../trpc";

type Data = Pick<RouterOutput["roi"]["programme"], "headline" | "pooled">;
type Headline = Data["headline"];
type Verdict = Headline["added"]["verdict"];

export const VERDICT_TONE: Record<Verdict, Tone> = {
  not_started: "neutral",
  insufficient_data: "neutral",
  too_early: "info",
  not_proven: "neutral",
  proven_profit: "accent",
  proven_loss: "danger",
};

/**
 * What the programme earned, in one sentence with its verdict, and below it what the number is made of. The yearly holdout comes first
 * where there is one: campaigns added up cannot know how they influence each other, and the text says so.
 */
export function ProgrammeHeadline({ headline, pooled }: Data) {
  const t = useTranslations("analytics.headline");
  const verdictName = useTranslations("analytics.verdict");
  const locale = useLocale();
  const { unit, holdout, added, overlap } = headline;
  const money = (minor: bigint, signed = false) => formatMoney(minor, unit, locale, signed ? { sign: "always" } : {});
  const range = (e: { value: bigint; low: bigint; high: bigint }, verdict: Verdict) => ({
    // "earned … more" needs no sign.
    value: money(e.value, verdict !== "proven_profit"),
    low: money(e.low),
    high: money(e.high),
  });
  const verdict = holdout?.verdict ?? added.verdict;
  const addedText = added.profit
    ? t(`added.${added.verdict}`, { ...range(added.profit, added.verdict), campaigns: added.campaigns })
    : t(`none.${added.verdict}`);
  return (
    <Card className="flex flex-col gap-2">
      <div>
        <Badge tone={VERDICT_TONE[verdict]}>{verdictName(verdict)}</Badge>
      </div>
      <p className="max-w-prose text-balance font-medium text-ink text-lg">
        {holdout ? t(`holdout.${holdout.verdict}`, { ...range(holdout.profit, holdout.verdict), year: String(holdout.year) }) : addedText}
      </p>
      <div className="flex max-w-prose flex-col gap-1 text-muted text-sm">
        {holdout && <p>{t("holdoutBasis", { people: holdout.people })}</p>}
        {holdout && <p>{addedText}</p>}
        {pooled.status === "ok" && <p>{t("pooled", { ...range(pooled.perPerson, "not_proven"), campaigns: pooled.campaigns })}</p>}
        {added.open > 0 && <p>{t("open", { count: added.open })}</p>}
        {added.campaigns > 1 && (
          <p>
            {overlap && overlap.several > 0 ? t("overlap", { several: overlap.several, people: overlap.people }) : t("noOverlap")}{" "}
            {!holdout && t("onlyHoldout")}
          </p>
        )}
      </div>
    </Card>
  );
}
