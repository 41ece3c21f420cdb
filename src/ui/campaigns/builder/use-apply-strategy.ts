"use client";

import { useLocale, useTranslations } from "next-intl";
import type { Messages } from "@/messages/index";
import { LIMITS, messageTextsSchema } from "@/server/campaigns/schema";
import { errorCode } from "../../error-text";
import { formatDateTime, formatMonth } from "../../format";
import { useShop } from "../../shell/shop-context";
import { trpc } from "../../trpc";
import type { Campaign, Patch } from "../use-autosave";
import { tomorrowAtTen } from "./starting-time";
import type { Strategy } from "./use-strategies";

/** A strategy with its parameters filled in. */
export type StartingPoint = { strategy: Strategy; query: string };

const NAME_MAX = 200;
type ShortName = keyof Messages["campaigns"]["strategyNames"];

/** The texts of a strategy in both languages; loaded when one is chosen, because the page itself speaks only one. */
async function textsOf(key: string): Promise<Campaign["messageTexts"]> {
  const [de, en] = await Promise.all([import("@/messages/de/strategies.json"), import("@/messages/en/strategies.json")]);
  const pick = (all: object) => Object.entries(all).find(([name]) => name === key)?.[1];
  const texts = messageTextsSchema.safeParse({ de: pick(de.default), en: pick(en.default) });
  return texts.success ? texts.data : {};
}

/** Turns a strategy into the fields of a draft; its audience is saved as a segment first, or found again if it was before. */
export function useApplyStrategy(): (start: StartingPoint, draft: Campaign | null) => Promise<Patch> {
  const t = useTranslations("campaigns.strategyNames");
  const locale = useLocale();
  const shop = useShop();
  const utils = trpc.useUtils();
  const create = trpc.segments.create.useMutation();

  /** The segment of this name and query; a name taken by another query gets the time of day behind it. */
  const segmentOf = async ({ strategy, query }: StartingPoint): Promise<string> => {
    const name = strategy.title.slice(0, NAME_MAX);
    const make = (wanted: string) => create.mutateAsync({ shopId: shop.id, name: wanted, description: strategy.purpose, query });
    const { items } = await utils.client.segments.list.query({ shopId: shop.id, search: name, limit: 20 });
    const same = items.find((segment) => segment.query.trim() === query.trim());
    if (same) return same.id;
    try {
      return (await make(name)).id;
    } catch (error) {
      if (errorCode(error) !== "SEGMENT_NAME_TAKEN") throw error;
      const stamp = ` (${formatDateTime(new Date(), shop.timeZone, locale)})`;
      return (await make(`${name.slice(0, NAME_MAX - stamp.length)}${stamp}`)).id;
    }
  };

  return async (start, draft) => {
    const { strategy } = start;
    const known = (key: string): key is ShortName => t.has(key as ShortName);
    const name = known(strategy.key) ? t(strategy.key) : strategy.title;
    const month = ` · ${formatMonth(new Date(), shop.timeZone, locale)}`;
    const segmentId = await segmentOf(start);
    void utils.segments.list.invalidate();
    const source = strategy.suggestion ?? strategy.own;
    return {
      strategy: strategy.key,
      segmentId,
      name: `${name.slice(0, LIMITS.name - month.length)}${month}`,
      ...(draft?.availableLocal ? {} : { availableLocal: tomorrowAtTen(new Date(), shop.timeZone) }),
      messageTexts: strategy.own ? strategy.own.messageTexts : await textsOf(strategy.key),
      ...(source
        ? { offer: source.offer, amount: source.amount, expiryDays: source.expiryDays, terms: source.terms, holdoutBps: source.holdoutBps }
        : {}),
      ...(strategy.own ? { origin: strategy.own.origin, messageEnabled: strategy.own.messageEnabled } : {}),
    };
  };
}
