"use client";

import { useTranslations } from "next-intl";
import type { Messages } from "@/messages/index";
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

type FunctionKey = keyof Messages["jobs"]["function"];

/** A function in words; one that has no words yet shows its name, which is still true. */
export function useFunctionName(): (id: string, name: string | null) => string {
  const t = useTranslations("jobs");
  return (id, name) => {
    const own = id.replace(/^guthaben-/, "");
    const key = own.replace(/-failure$/, "");
    if (!t.has(`function.${key as FunctionKey}`)) return name ?? own;
    const words = t(`function.${key as FunctionKey}`);
    return key === own ? words : t("functionFailure", { name: words });
  };
}
