"use client";

import Link from "next/link";
import { useLocale, useTranslations } from "next-intl";
import { type ReactNode, useEffect, useState } from "react";
import type { Messages } from "@/messages/index";
import { formatBasisPoints, formatDateTime, formatNumber, formatRelative } from "../format";
import { Card } from "../primitives/card";
import { DescriptionList } from "../primitives/description-list";
import { Page, PageHeader } from "../primitives/page-header";
import { Progress } from "../primitives/progress";
import { Notice } from "../primitives/states";
import { UrlTabs } from "../primitives/tabs";
import { Money, Timestamp } from "../primitives/values";
import { PageCrumb } from "../shell/crumbs";
import { shopPath } from "../shell/navigation";
import { useShop } from "../shell/shop-context";
import { trpc } from "../trpc";
import { CampaignActions } from "./campaign-actions";
import { CampaignFigures } from "./campaign-figures";
import { CampaignMembers } from "./campaign-members";
import { CampaignResult } from "./campaign-result";
import { CampaignStatus } from "./campaign-status";
import { CampaignTimeline } from "./campaign-timeline";
import type { Campaign } from "./use-autosave";

/** A launched campaign: progress, money, result, people, history. */
export function CampaignView({ campaign }: { campaign: Campaign }) {
  const t = useTranslations("campaigns");
  const shop = useShop();
  const granting = campaign.drop?.status === "granting";
  const report = trpc.roi.report.useQuery(
    { shopId: shop.id, id: campaign.id },
    { enabled: Boolean(campaign.drop?.frozenAt), refetchInterval: campaign.status === "running" && !granting ? 30_000 : false },
  );
  // When granting ends, the numbers are worth a look at once.
  const dropStatus = campaign.drop?.status;
  const { refetch } = report;
  useEffect(() => {
    if (dropStatus === "done") void refetch();
  }, [dropStatus, refetch]);
  const result = { value: "result", label: t("tabs.result"), content: <CampaignResult campaign={campaign} report={report} /> } as const;
  const people = { value: "people", label: t("tabs.people"), content: <CampaignMembers campaign={campaign} /> } as const;
  const timeline = { value: "timeline", label: t("tabs.timeline"), content: <CampaignTimeline campaign={campaign} /> } as const;
  const details = { value: "details", label: t("tabs.details"), content: <Details campaign={campaign} /> } as const;
  return (
    <Page>
      <PageCrumb label={campaign.name} />
      <PageHeader
        title={campaign.name}
        status={<CampaignStatus status={campaign.status} />}
        description={campaign.description || undefined}
        actions={<CampaignActions campaign={campaign} />}
      />
      <DropProgress campaign={campaign} />
      {campaign.drop?.frozenAt && <CampaignFigures campaign={campaign} report={report.data} />}
      <UrlTabs
        label={t("tabs.label")}
        // Before the release there is nothing to judge; what was decided comes first.
        tabs={campaign.drop?.frozenAt ? [result, people, timeline, details] : [details, timeline]}
      />
    </Page>
  );
}

/** A code of the server as a sentence; one without translation is at least named. */
export function useReasonText(): (code: string | null) => string {
  const t = useTranslations("errors");
  type Code = Exclude<keyof Messages["errors"], "pages">;
  const known = (code: string): code is Code => /^[A-Z_]+$/.test(code) && t.has(code as Code);
  return (code) => (code === null ? "" : known(code) ? t(code) : code);
}

function DropProgress({ campaign }: { campaign: Campaign }) {
  const t = useTranslations("campaigns.progress");
  const reason = useReasonText();
  const { drop } = campaign;
  if (!drop || drop.status === "done" || drop.status === "cancelled") return null;
  if (drop.status === "failed")
    return (
      <Notice tone="danger" title={t("failed", { reason: reason(drop.error) })}>
        {drop.frozenAt && <Bar campaign={campaign} />}
      </Notice>
    );
  return (
    <Card className="flex flex-col gap-2">
      {drop.status === "paused" && <p className="text-sm text-warning">{t("paused")}</p>}
      {drop.frozenAt ? <Bar campaign={campaign} /> : <Countdown campaign={campaign} />}
    </Card>
  );
}

function Bar({ campaign }: { campaign: Campaign }) {
  const t = useTranslations("campaigns");
  const locale = useLocale();
  const { drop } = campaign;
  if (!drop) return null;
  const value = t("progress.value", { done: formatNumber(drop.grantedCount, locale), total: formatNumber(drop.treated, locale) });
  return (
    <div className="flex flex-col gap-2 py-1">
      <div className="flex flex-wrap justify-between gap-2 text-sm">
        <span>{t(`dropStatus.${drop.status}`)}</span>
        <span className="tabular text-muted">{value}</span>
      </div>
      <Progress label={t("progress.label")} value={drop.treated === 0 ? 0 : drop.grantedCount / drop.treated} valueText={value} />
    </div>
  );
}

function Countdown({ campaign }: { campaign: Campaign }) {
  const t = useTranslations("campaigns");
  const locale = useLocale();
  const [now, setNow] = useState<Date | null>(null);
  useEffect(() => {
    setNow(new Date());
    const timer = setInterval(() => setNow(new Date()), 10_000);
    return () => clearInterval(timer);
  }, []);
  const { drop } = campaign;
  if (!drop) return null;
  return (
    <p className="flex flex-wrap justify-between gap-2 text-sm">
      <span>{t("progress.startsAt", { time: formatDateTime(drop.runAt, campaign.timeZone, locale) })}</span>
      {now && <span className="text-muted">{t("progress.startsSoon", { relative: formatRelative(drop.runAt, now, locale) })}</span>}
    </p>
  );
}

function Details({ campaign }: { campaign: Campaign }) {
  const t = useTranslations("campaigns.details");
  const e = useTranslations("campaigns.editor");
  const p = useTranslations("campaigns.progress");
  const locale = useLocale();
  const shop = useShop();
  const zone = campaign.timeZone;
  const rows: { key: string; term: string; detail: ReactNode }[] = [
    { key: "segment", term: t("segment"), detail: <SegmentLink segment={campaign.segment} /> },
    {
      key: "query",
      term: t("query"),
      detail: campaign.segmentQuery ? <code className="font-mono text-xs">{campaign.segmentQuery}</code> : t("everyone"),
    },
    { key: "amount", term: t("amount"), detail: <Money minor={campaign.amount} unit={campaign.unit} /> },
    {
      key: "expiry",
      term: t("expiry"),
      detail: campaign.expiryDays === null ? e("expiryNone") : t("expiryDays", { days: campaign.expiryDays }),
    },
    { key: "holdout", term: t("holdout"), detail: formatBasisPoints(campaign.holdoutBps, locale) },
    {
      key: "release",
      term: t("release"),
      detail: campaign.runAt ? <Timestamp at={campaign.releasedAt ?? campaign.runAt} zone={zone} /> : "–",
    },
    { key: "window", term: t("window"), detail: campaign.windowEndsAt ? <Timestamp at={campaign.windowEndsAt} zone={zone} /> : "–" },
    {
      key: "message",
      term: t("message"),
      detail: !campaign.messageEnabled ? (
        t("messageOff")
      ) : shop.can("message.read") ? (
        <Link
          className="text-accent underline-offset-2 hover:underline"
          href={shopPath(shop.id, `/messages/outbox?campaign=${campaign.id}`)}
        >
          {t("messages")}
        </Link>
      ) : (
        t("messageOn")
      ),
    },
    { key: "createdBy", term: t("createdBy"), detail: campaign.createdBy },
  ];
  return (
    <>
      <DescriptionList items={rows} />
      {campaign.drop && campaign.drop.excluded > 0 && (
        <p className="mt-3 text-muted text-sm">{p("excluded", { count: campaign.drop.excluded })}</p>
      )}
    </>
  );
}

function SegmentLink({ segment }: { segment: Campaign["segment"] }) {
  const shop = useShop();
  if (!segment) return "–";
  return (
    <Link className="text-accent underline-offset-2 hover:underline" href={shopPath(shop.id, `/segments/${segment.id}`)}>
      {segment.name}
    </Link>
  );
}
