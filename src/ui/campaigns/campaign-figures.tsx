"use client";

import { useLocale, useTranslations } from "next-intl";
import { formatDateTime, formatMoney, formatNumber, formatPercent } from "../format";
import { lastMoment } from "../last-moment";
import { Skeleton } from "../primitives/skeleton";
import { Stat, StatRow } from "../primitives/stat";
import { Money } from "../primitives/values";
import type { RouterOutput } from "../trpc";
import type { Campaign } from "./use-autosave";

export type Report = RouterOutput["roi"]["report"];

/** Two decimals of a percentage are enough; the division of big amounts stays in whole numbers. */
const shareOf = (part: bigint, whole: bigint): number => (whole === 0n ? 0 : Number((part * 100_000n) / whole) / 100_000);

/** Where the campaign's credit is now. */
export function CampaignFigures({ campaign, report }: { campaign: Campaign; report: Report | undefined }) {
  const t = useTranslations("campaigns.figures");
  const locale = useLocale();
  const { drop } = campaign;
  if (!drop) return null;
  if (campaign.offer.type === "none") return <MessageFigures campaign={campaign} report={report} />;
  const credit = report?.credit;
  const money = (minor: bigint | undefined) =>
    minor === undefined ? <Skeleton className="h-6 w-24" /> : <Money minor={minor} unit={campaign.unit} />;
  const share = (part: bigint | undefined) =>
    credit && part !== undefined && part > 0n && credit.granted > 0n
      ? t("share", { share: formatPercent(shareOf(part, credit.granted), locale) })
      : undefined;
  return (
    <StatRow>
      <Stat
        label={t("granted")}
        value={<Money minor={campaign.totals.grantedTotal} unit={campaign.unit} />}
        // Over several dates the same people count once for each.
        hint={t(campaign.repeat.type === "none" ? "people" : "grants", { count: campaign.totals.granted })}
      />
      <Stat
        label={t("redeemed")}
        value={money(credit?.redeemed)}
        hint={
          credit && credit.redeemers > 0 ? `${t("redeemers", { count: credit.redeemers })}, ${share(credit.redeemed) ?? ""}` : undefined
        }
      />
      <Stat label={t("held")} value={money(credit?.held)} />
      <Stat
        label={t("remaining")}
        value={money(credit?.remaining)}
        hint={
          campaign.expiresAt
            ? t("until", { time: formatDateTime(lastMoment(campaign.expiresAt), campaign.timeZone, locale) })
            : t("noExpiry")
        }
      />
      <Stat label={t("expired")} value={money(credit?.expired)} hint={share(credit?.expired)} />
      {credit && credit.recalled > 0n && <Stat label={t("recalled")} value={money(credit.recalled)} hint={share(credit.recalled)} />}
    </StatRow>
  );
}

/** Without credit: how many were to be told, how many were, and what that cost. */
function MessageFigures({ campaign, report }: { campaign: Campaign; report: Report | undefined }) {
  const t = useTranslations("campaigns.messageOnly.figures");
  const locale = useLocale();
  const { treated, control } = campaign.totals;
  const messages = report?.messages;
  return (
    <StatRow>
      <Stat label={t("people")} value={formatNumber(report?.arms.treated.people ?? treated, locale)} />
      <Stat
        label={t("sent")}
        value={messages ? formatNumber(messages.sent, locale) : <Skeleton className="h-6 w-24" />}
        hint={messages && treated > 0 ? t("sentShare", { share: formatPercent(messages.sent / treated, locale) }) : undefined}
      />
      <Stat label={t("control")} value={formatNumber(report?.arms.control.people ?? control, locale)} />
      {messages && messages.unitCost > 0n && (
        <Stat
          label={t("cost")}
          value={<Money minor={messages.cost} unit={campaign.unit} />}
          hint={t("unitCost", { cost: formatMoney(messages.unitCost, campaign.unit, locale) })}
        />
      )}
    </StatRow>
  );
}
