"use client";

import { useTranslations } from "next-intl";
import { StatusBadge, type Tone } from "../primitives/badge";
import type { RouterOutput } from "../trpc";

type Status = RouterOutput["imports"]["get"]["status"];

const TONE: Record<Status, Tone> = {
  uploaded: "info",
  queued: "neutral",
  running: "info",
  done: "accent",
  failed: "danger",
  cancelled: "neutral",
};

export function ImportStatus({ status }: { status: Status }) {
  const t = useTranslations("imports.status");
  return (
    <StatusBadge tone={TONE[status]} pulse={status === "running"}>
      {t(status)}
    </StatusBadge>
  );
}
