"use client";

import { useTranslations } from "next-intl";
import type { Messages } from "@/messages/index";
import { SkeletonText } from "../primitives/skeleton";
import { ErrorState } from "../primitives/states";
import { Timestamp } from "../primitives/values";
import { useShop } from "../shell/shop-context";
import { trpc } from "../trpc";
import type { Campaign } from "./use-autosave";

type Key = keyof Messages["campaigns"]["timeline"];

const STEPS: readonly Key[] = [
  "created",
  "duplicated",
  "launched",
  "revised",
  "released",
  "granted",
  "paused",
  "resumed",
  "failed",
  "cancelled",
  "ended",
  "submitted",
  "approved",
  "rejected",
  "withdrawn",
  "approvalVoided",
  "grew",
  "recallRequested",
  "recallApproved",
  "recallRejected",
  "recalled",
  "retried",
  "rescheduled",
  "archived",
  "unarchived",
  "exported",
  "sendingChanged",
  "sendingPaused",
  "sendingResumed",
];

/** Who did what with this campaign, from the audit log. */
export function CampaignTimeline({ campaign }: { campaign: Campaign }) {
  const t = useTranslations("campaigns.timeline");
  const shop = useShop();
  const timeline = trpc.campaigns.timeline.useQuery({ shopId: shop.id, id: campaign.id });
  if (timeline.error) return <ErrorState error={timeline.error} onRetry={() => void timeline.refetch()} />;
  if (!timeline.data) return <SkeletonText lines={4} />;
  if (timeline.data.length === 0) return <p className="text-muted text-sm">{t("empty")}</p>;
  return (
    <ol aria-label={t("title")} className="flex flex-col border-line border-l">
      {timeline.data.map((entry) => {
        const step = STEPS.find((key) => `campaign.${key}` === entry.action);
        return (
          <li key={entry.id} className="relative flex flex-col gap-0.5 py-2 pl-5 text-sm">
            <span aria-hidden className="absolute top-3.5 -left-1 size-2 rounded-full bg-line-strong" />
            <span className="text-ink">
              {step
                ? t(step, { actor: "", action: "", kind: campaign.offer.type === "none" ? "message" : "credit" })
                : t("other", { action: entry.action })}
            </span>
            <span className="text-muted text-xs">
              <Timestamp at={entry.at} />, {entry.actorType === "system" ? t("system") : t("by", { actor: entry.actor })}
            </span>
          </li>
        );
      })}
    </ol>
  );
}
