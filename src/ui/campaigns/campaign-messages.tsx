"use client";

import { Pause, Play } from "lucide-react";
import Link from "next/link";
import { useLocale, useTranslations } from "next-intl";
import type { Messages } from "@/messages/index";
import { useErrorText } from "../error-text";
import { formatNumber, formatPercent } from "../format";
import { RefusedMessages } from "../messages/send-again";
import { StopNotice } from "../messages/stop-notice";
import { UnknownBatches } from "../messages/unknown-batches";
import { Button } from "../primitives/button";
import { Section } from "../primitives/card";
import { DescriptionList } from "../primitives/description-list";
import { Progress } from "../primitives/progress";
import { SkeletonText } from "../primitives/skeleton";
import { Stat, StatRow } from "../primitives/stat";
import { EmptyState, ErrorState, Notice } from "../primitives/states";
import { toastError, toastSuccess } from "../primitives/toast";
import { shopPath } from "../shell/navigation";
import { useShop } from "../shell/shop-context";
import { type RouterOutput, trpc } from "../trpc";
import type { Campaign } from "./use-autosave";

type Funnel = RouterOutput["messages"]["funnel"];
const BUSY_MS = 4_000;

/** From those who were to be told to those who spent their credit, step by step. */
export function CampaignMessages({ campaign }: { campaign: Campaign }) {
  const t = useTranslations("campaigns.messages");
  const shop = useShop();
  const allowed = shop.can("message.read") && campaign.messageEnabled;
  const funnel = trpc.messages.funnel.useQuery(
    { shopId: shop.id, campaignId: campaign.id },
    {
      enabled: allowed,
      refetchInterval: (query) => (query.state.data && !query.state.data.done && !query.state.data.paused ? BUSY_MS : false),
    },
  );
  if (!campaign.messageEnabled) return <EmptyState title={t("offTitle")} text={t("offText")} />;
  if (!shop.can("message.read")) return <p className="text-muted text-sm">{t("forbidden")}</p>;
  if (funnel.error) return <ErrorState error={funnel.error} onRetry={() => void funnel.refetch()} />;
  if (!funnel.data) return <SkeletonText lines={6} />;
  if (funnel.data.planned === 0) return <EmptyState title={t("emptyTitle")} text={t("emptyText")} />;
  return (
    <div className="flex flex-col gap-6">
      {funnel.data.stopped && <StopNotice />}
      {funnel.data.unknown > 0 && <UnknownBatches campaignId={campaign.id} />}
      {funnel.data.failed > 0 && <RefusedMessages campaignId={campaign.id} />}
      <Sending campaign={campaign} funnel={funnel.data} />
      <Steps funnel={funnel.data} gives={campaign.offer.type !== "none"} />
      <Why title={t("excluded")} reasons={funnel.data.excluded} />
      <Why title={t("failures")} reasons={funnel.data.failures} />
      <Link
        className="self-start text-accent text-sm underline-offset-2 hover:underline"
        href={shopPath(shop.id, `/messages/outbox?campaign=${campaign.id}`)}
      >
        {t("outbox")}
      </Link>
    </div>
  );
}

function Sending({ campaign, funnel }: { campaign: Campaign; funnel: Funnel }) {
  const t = useTranslations("campaigns.messages");
  const locale = useLocale();
  const shop = useShop();
  const errorText = useErrorText();
  const utils = trpc.useUtils();
  const changed = {
    onSuccess: () => {
      toastSuccess(t(funnel.paused ? "resumed" : "paused"));
      void utils.messages.funnel.invalidate();
    },
    onError: (error: unknown) => toastError(errorText(error)),
  };
  const pause = trpc.messages.pauseSending.useMutation(changed);
  const resume = trpc.messages.resumeSending.useMutation(changed);
  if (funnel.done) return null;
  const open = funnel.waiting + funnel.sending;
  const value = t("progress", { done: formatNumber(funnel.planned - open, locale), total: formatNumber(funnel.planned, locale) });
  const verb = funnel.paused ? resume : pause;
  return (
    <Notice
      tone={funnel.paused || funnel.stopped ? "warning" : "info"}
      title={funnel.paused ? t("pausedTitle") : funnel.stopped ? t("stoppedTitle") : t("sendingTitle")}
      action={
        shop.can("message.write") && (
          <Button loading={verb.isPending} onClick={() => verb.mutate({ shopId: shop.id, campaignId: campaign.id })}>
            {funnel.paused ? <Play aria-hidden /> : <Pause aria-hidden />}
            {funnel.paused ? t("resume") : t("pause")}
          </Button>
        )
      }
    >
      <div className="flex flex-col gap-1.5">
        <span className="tabular">{value}</span>
        <Progress label={t("progressLabel")} value={(funnel.planned - open) / funnel.planned} valueText={value} />
      </div>
    </Notice>
  );
}

function Steps({ funnel, gives }: { funnel: Funnel; gives: boolean }) {
  const t = useTranslations("campaigns.messages");
  const locale = useLocale();
  const share = (part: number, whole: number) => (whole > 0 ? formatPercent(part / whole, locale) : undefined);
  // Openings are known only of those who agreed to be followed; the rest is not "did not open".
  const tracked = funnel.tracked > 0 ? t("ofTracked", { count: funnel.tracked }) : t("nobodyTracked");
  return (
    <>
      <StatRow>
        <Stat label={t("planned")} value={formatNumber(funnel.planned, locale)} />
        <Stat label={t("sent")} value={formatNumber(funnel.sent, locale)} hint={share(funnel.sent, funnel.planned)} />
        {funnel.delivered > 0 ? (
          <Stat label={t("delivered")} value={formatNumber(funnel.delivered, locale)} hint={share(funnel.delivered, funnel.sent)} />
        ) : (
          <Stat label={t("delivered")} value="–" hint={t("notReported")} />
        )}
        {gives && <Stat label={t("redeemed")} value={formatNumber(funnel.redeemed, locale)} hint={share(funnel.redeemed, funnel.sent)} />}
      </StatRow>
      <DescriptionList
        items={[
          { key: "opened", term: t("opened"), detail: `${formatNumber(funnel.opened, locale)} (${tracked})` },
          { key: "clicked", term: t("clicked"), detail: `${formatNumber(funnel.clicked, locale)} (${tracked})` },
          { key: "bounced", term: t("bounced"), detail: formatNumber(funnel.bounced, locale) },
          { key: "complained", term: t("complained"), detail: formatNumber(funnel.complained, locale) },
          { key: "failed", term: t("failed"), detail: formatNumber(funnel.failed, locale) },
          ...(funnel.unknown > 0 ? [{ key: "unknown", term: t("unknown"), detail: formatNumber(funnel.unknown, locale) }] : []),
        ]}
      />
    </>
  );
}

/** Why messages did not go out, most frequent first. */
function Why({ title, reasons }: { title: string; reasons: Funnel["excluded"] }) {
  const m = useTranslations("messages.reasons");
  const locale = useLocale();
  type Reason = keyof Messages["messages"]["reasons"];
  const known = (reason: string): reason is Reason => reason !== "" && m.has(reason as Reason);
  if (reasons.length === 0) return null;
  return (
    <Section title={title}>
      <DescriptionList
        items={reasons.map(({ reason, count }) => ({
          key: reason,
          term: known(reason) ? m(reason) : reason,
          detail: formatNumber(count, locale),
        }))}
      />
    </Section>
  );
}
