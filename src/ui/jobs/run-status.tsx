"use client";

import { useTranslations } from "next-intl";
import type { RunStatus } from "@/server/jobs/schema";
import { StatusBadge, type Tone } from "../primitives/badge";

const TONE: Record<RunStatus, Tone> = { queued: "neutral", running: "info", completed: "accent", failed: "danger", cancelled: "warning" };

export function RunStatusBadge({ status }: { status: RunStatus }) {
  const t = useTranslations("jobs.status");
  return (
    <StatusBadge tone={TONE[status]} pulse={status === "running"}>
      {t(status)}
    </StatusBadge>
  );
}

/** What started a run: internal events in words, the product's own by their name. */
export function useTriggerName(): (eventName: string) => string {
  const t = useTranslations("jobs.trigger");
  return (eventName) => {
    if (eventName === "inngest/scheduled.timer") return t("schedule");
    if (eventName === "inngest/function.invoked") return t("invoked");
    return eventName === "inngest/function.failed" ? t("failure") : eventName;
  };
}

/** A function's name, or its id without the app's. */
export const functionName = (run: { functionName: string | null; functionId: string }): string =>
  run.functionName ?? run.functionId.replace(/^guthaben-/, "");
