"use client";

import { useTranslations } from "next-intl";
import type { TransferKind } from "@/server/ledger/schema";
import type { Tone } from "../primitives/badge";

const KIND_TONE: Record<TransferKind, Tone> = {
  grant: "accent",
  refund: "accent",
  redeem: "info",
  capture: "info",
  hold: "neutral",
  release: "neutral",
  expire: "warning",
  recall: "warning",
  adjust: "neutral",
  merge: "neutral",
  clawback: "warning",
  convert: "neutral",
};

export const kindTone = (kind: TransferKind): Tone => KIND_TONE[kind];

export const SOURCES = ["drop", "manual", "api", "adjustment", "points", "debt"] as const;

/** Where credit came from, in words; what a newer server may send is shown as it is. */
export function useSourceLabel(): (type: string | null) => string | null {
  const t = useTranslations("ledger.source");
  return (type) => {
    const known = SOURCES.find((source) => source === type);
    return known ? t(known) : type;
  };
}

/** People and keys by name; for background functions "System" says enough in a list, the detail names the function. */
export function useActorLabel(): (transfer: { actorType: "user" | "apiKey" | "system"; actorLabel: string }) => string {
  const t = useTranslations("ledger.detail.actorType");
  return ({ actorType, actorLabel }) => (actorType === "system" ? t("system") : actorLabel);
}
