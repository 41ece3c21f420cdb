"use client";

import { useTranslations } from "next-intl";
import type { CampaignStatus as Status } from "@/server/campaigns/schema";
import { StatusBadge, type Tone } from "../primitives/badge";

const TONE: Record<Status, Tone> = {
  draft: "neutral",
  submitted: "warning",
  approved: "info",
  scheduled: "info",
  running: "accent",
  paused: "warning",
  done: "neutral",
  failed: "danger",
  cancelled: "neutral",
  recalled: "neutral",
};

export function CampaignStatus({ status }: { status: Status }) {
  const t = useTranslations("campaigns.status");
  return (
    <StatusBadge tone={TONE[status]} pulse={status === "running"}>
      {t(status)}
    </StatusBadge>
  );
}
