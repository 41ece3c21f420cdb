"use client";

import { useTranslations } from "next-intl";
import type { MessageStatus as Status } from "@/server/notifications/schema";
import { SKIP_REASONS, WAIT_REASONS } from "@/server/notifications/schema";
import { StatusBadge, type Tone } from "../primitives/badge";

const TONE: Record<Status, Tone> = {
  queued: "info",
  sending: "info",
  sent: "accent",
  skipped: "neutral",
  failed: "danger",
  unknown: "warning",
};

/** State of a message, and why it was left out. */
export function MessageStatus({ status, reason }: { status: Status; reason: string | null }) {
  const t = useTranslations("messages");
  const known = [...SKIP_REASONS, ...WAIT_REASONS].find((code) => code === reason);
  return (
    <span className="flex min-w-0 flex-col items-start gap-0.5">
      <StatusBadge tone={TONE[status]}>{t(`status.${status}`)}</StatusBadge>
      {reason && <span className="text-muted text-xs">{known ? t(`reasons.${known}`) : reason}</span>}
    </span>
  );
}
