"use client";

import { useTranslations } from "next-intl";
import { useEffect } from "react";
import { Page, PageHeader } from "../primitives/page-header";
import { Notice } from "../primitives/states";
import { UrlTabs } from "../primitives/tabs";
import { PageCrumb } from "../shell/crumbs";
import { useShop } from "../shell/shop-context";
import { trpc } from "../trpc";
import { ApprovalPanel } from "./approval-notice";
import { CampaignActions } from "./campaign-actions";
import { CampaignAudience } from "./campaign-audience";
import { CampaignDetails } from "./campaign-details";
import { CampaignFigures } from "./campaign-figures";
import { CampaignMembers } from "./campaign-members";
import { CampaignMessages } from "./campaign-messages";
import { CampaignResult } from "./campaign-result";
import { CampaignStatus } from "./campaign-status";
import { CampaignTimeline } from "./campaign-timeline";
import { DropProgress } from "./drop-progress";
import { HaltedNotice } from "./halted-notice";
import { RecallNotice } from "./recall-notice";
import type { Campaign } from "./use-autosave";

/** A campaign that is read, not written: what it waits for, its progress, money, result, people and history. */
export function CampaignView({ campaign }: { campaign: Campaign }) {
  const t = useTranslations("campaigns");
  const shop = useShop();
  const name = campaign.name || t("untitled");
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
  const audience = { value: "audience", label: t("tabs.audience"), content: <CampaignAudience campaign={campaign} /> } as const;
  const messages = { value: "messages", label: t("tabs.messages"), content: <CampaignMessages campaign={campaign} /> } as const;
  const timeline = { value: "timeline", label: t("tabs.timeline"), content: <CampaignTimeline campaign={campaign} /> } as const;
  const details = { value: "details", label: t("tabs.details"), content: <CampaignDetails campaign={campaign} /> } as const;
  return (
    <Page>
      <PageCrumb label={name} />
      <PageHeader
        title={name}
        status={<CampaignStatus status={campaign.status} />}
        description={campaign.description || undefined}
        actions={<CampaignActions campaign={campaign} />}
      />
      {campaign.archivedAt && <Notice tone="info" title={t("archivedNotice")} />}
      <HaltedNotice />
      <ApprovalPanel campaign={campaign} />
      <RecallNotice campaign={campaign} />
      <DropProgress campaign={campaign} />
      {campaign.drop?.frozenAt && <CampaignFigures campaign={campaign} report={report.data} />}
      <UrlTabs
        label={t("tabs.label")}
        // Before the release there is nothing to judge; what was decided comes first.
        tabs={campaign.drop?.frozenAt ? [result, people, audience, messages, timeline, details] : [details, timeline]}
      />
    </Page>
  );
}
