"use client";

import Link from "next/link";
import { useLocale, useTranslations } from "next-intl";
import type { ReactNode } from "react";
import { formatBasisPoints, formatCalendarDay } from "../format";
import { Section } from "../primitives/card";
import { DescriptionList } from "../primitives/description-list";
import { Money, Timestamp } from "../primitives/values";
import { shopPath } from "../shell/navigation";
import { useShop } from "../shell/shop-context";
import { trpc } from "../trpc";
import { useStrategyText } from "./builder/use-strategies";
import { CampaignDrops } from "./campaign-drops";
import { localText, useFieldText, useOfferText, useRepeatText, useTermsText } from "./draft-text";
import type { Campaign } from "./use-autosave";

type Row = { key: string; term: string; detail: ReactNode };

/** What was decided, as it stands. */
export function CampaignDetails({ campaign }: { campaign: Campaign }) {
  const t = useTranslations("campaigns.details");
  return (
    <div className="flex flex-col gap-8">
      <DescriptionList items={[...useAudienceRows(campaign), ...useCreditRows(campaign), ...useScheduleRows(campaign)]} />
      {campaign.drops > 1 && (
        <Section title={t("drops")}>
          <CampaignDrops campaign={campaign} />
        </Section>
      )}
    </div>
  );
}

function useAudienceRows(campaign: Campaign): Row[] {
  const t = useTranslations("campaigns.details");
  const locale = useLocale();
  const strategy = useStrategyText();
  const text = campaign.strategy ? strategy(campaign.strategy) : null;
  return [
    ...(text ? [{ key: "strategy", term: t("strategy"), detail: text.title }] : []),
    { key: "segment", term: t("segment"), detail: <SegmentLink segment={campaign.segment} /> },
    { key: "query", term: t(campaign.segmentQuery === null ? "queryNow" : "query"), detail: <Query campaign={campaign} /> },
    { key: "holdout", term: t("holdout"), detail: formatBasisPoints(campaign.holdoutBps, locale) },
  ];
}

/** What was frozen at the launch; before that, what the segment asks now and an approval would be about. */
function Query({ campaign }: { campaign: Campaign }) {
  const t = useTranslations("campaigns.details");
  const query = campaign.segmentQuery ?? campaign.queryNow;
  if (query === null) return "–";
  return query === "" ? t("everyone") : <code className="font-mono text-xs [overflow-wrap:anywhere]">{query}</code>;
}

function useCreditRows(campaign: Campaign): Row[] {
  const t = useTranslations("campaigns.details");
  const e = useTranslations("campaigns.editor");
  const l = useTranslations("campaigns.law");
  const locale = useLocale();
  const offer = useOfferText(campaign.unit);
  const terms = useTermsText(campaign.unit);
  const expiry =
    campaign.expiryDays !== null
      ? t("expiryDays", { days: campaign.expiryDays })
      : campaign.expiryDate !== null
        ? t("expiryDate", { day: formatCalendarDay(campaign.expiryDate, locale) })
        : e("expiryNone");
  const amount = { key: "amount", term: t("amount"), detail: offer(campaign.offer, campaign.amount) };
  if (campaign.offer.type === "none") return [amount];
  return [
    amount,
    { key: "expiry", term: t("expiry"), detail: expiry },
    { key: "terms", term: t("terms"), detail: terms(campaign.terms) },
    { key: "origin", term: t("origin"), detail: l(campaign.origin) },
    { key: "budget", term: t("budget"), detail: campaign.budget === null ? "–" : <Money minor={campaign.budget} unit={campaign.unit} /> },
  ];
}

function useScheduleRows(campaign: Campaign): Row[] {
  const t = useTranslations("campaigns.details");
  const s = useTranslations("campaigns.schedule");
  const m = useTranslations("campaigns.messageOnly");
  const locale = useLocale();
  const shop = useShop();
  const c = useTranslations("campaigns.sending.channels");
  const repeat = useRepeatText();
  const zone = campaign.timeZone;
  const field = useFieldText(campaign.unit);
  const at = (time: Date | null) => (time ? <Timestamp at={time} zone={zone} /> : "–");
  const release = campaign.releasedAt ?? campaign.runAt;
  const sent = campaign.releasedAt !== null;
  const sending = trpc.messages.campaign.get.useQuery({ shopId: shop.id, campaignId: campaign.id }, { enabled: campaign.messageEnabled });
  const way = sending.data
    ? t("messageWay", {
        channel: c(sending.data.channel),
        hasTemplate: String(sending.data.templateName !== null),
        template: sending.data.templateName ?? "",
      })
    : t("messageOn");
  const words = sending.data?.channel === "email" && sending.data.templateId === null && Object.keys(campaign.messageTexts).length > 0;
  const message = !campaign.messageEnabled ? (
    t("messageOff")
  ) : !sent ? (
    <p className="whitespace-pre-line">
      {way}
      {words && `\n${field("messageTexts", campaign.messageTexts)}`}
    </p>
  ) : shop.can("message.read") ? (
    <Link className="text-accent underline-offset-2 hover:underline" href={shopPath(shop.id, `/messages/outbox?campaign=${campaign.id}`)}>
      {t("messages")}
    </Link>
  ) : (
    t("messageOn")
  );
  return [
    {
      key: "release",
      term: campaign.offer.type === "none" ? m("available") : t("release"),
      // Before the launch it is a wall time that has become no instant yet.
      detail: release === null && campaign.availableLocal ? localText(campaign.availableLocal, locale) : at(release),
    },
    { key: "zone", term: s("zone"), detail: campaign.zone === "shop" ? s("zoneShop") : s("zoneCustomer") },
    ...(campaign.repeat.type !== "none" ? [{ key: "repeat", term: s("repeat"), detail: repeat(campaign.repeat) }] : []),
    ...(campaign.nextRunAt && campaign.repeat.type !== "none" ? [{ key: "next", term: t("nextRun"), detail: at(campaign.nextRunAt) }] : []),
    ...(campaign.endsLocal ? [{ key: "ends", term: s("ends"), detail: localText(campaign.endsLocal, locale) }] : []),
    { key: "window", term: t("window"), detail: at(campaign.windowEndsAt) },
    { key: "message", term: t("message"), detail: message },
    { key: "createdBy", term: t("createdBy"), detail: campaign.createdBy },
  ];
}

function SegmentLink({ segment }: { segment: Campaign["segment"] }) {
  const shop = useShop();
  if (!segment) return "–";
  if (!shop.can("segment.read")) return segment.name;
  return (
    <Link className="text-accent underline-offset-2 hover:underline" href={shopPath(shop.id, `/segments/${segment.id}`)}>
      {segment.name}
    </Link>
  );
}
