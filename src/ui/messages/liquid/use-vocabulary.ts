"use client";

import { useLocale, useTranslations } from "next-intl";
import { useMemo } from "react";
import { PLACEHOLDERS } from "@/server/notifications/schema";
import { LIQUID_FILTERS, LIQUID_TAGS, PRODUCT_FIELDS } from "@/server/notifications/templates/schema";
import { useShop } from "../../shell/shop-context";
import { type RouterOutput, trpc } from "../../trpc";
import type { LiquidVariable, Vocabulary } from "./complete";

type Variables = readonly RouterOutput["messages"]["templates"]["variables"][number][];

/** What may stand in the braces of a text, in the words of the person who writes it and with the values of the language it is written in. */
export function useVocabulary(variables: Variables, language: "de" | "en", style: Vocabulary["style"] = "liquid"): Vocabulary {
  const t = useTranslations("templates.liquid");
  const locale = useLocale();
  // biome-ignore lint/correctness/useExhaustiveDependencies: the words follow the locale; their function is new with every render
  return useMemo(
    () => ({
      style,
      variables: variables.map(({ name, type, label, sample }) => ({ name, type, label: label[locale], value: sample[language] })),
      filters: LIQUID_FILTERS.map((name) => ({ name, label: t(`filters.${name}`) })),
      tags: LIQUID_TAGS.map((name) => ({ name, label: t(`tags.${name}`) })),
      members: PRODUCT_FIELDS.map((name) => ({ name, label: t(`members.${name}`) })),
    }),
    [variables, language, style, locale],
  );
}

const EMPTY: Variables = [];

/**
 * The names in single braces that a campaign's simple text knows; without credit those about it are missing. `amount` is what people get on
 * average, where that is known.
 */
export function usePlaceholders(kind: "credit_granted" | "campaign_message", language: "de" | "en", amount: string | null): Vocabulary {
  const shop = useShop();
  const { data = EMPTY } = trpc.messages.templates.variables.useQuery(
    { shopId: shop.id, kind },
    { enabled: shop.can("message.read"), staleTime: 300_000 },
  );
  const all = useVocabulary(data, language, "braces");
  return useMemo(() => {
    const variables = PLACEHOLDERS.flatMap((name) => all.variables.find((variable) => variable.name === name) ?? []);
    // When this campaign's credit ends is shown by the preview; an invented date would contradict it.
    const value = ({ name, value: sample }: LiquidVariable) => (name === "amount" ? (amount ?? "") : name === "expires" ? "" : sample);
    return { ...all, variables: variables.map((one) => ({ ...one, value: value(one) })) };
  }, [all, amount]);
}
