"use client";

import { useTranslations } from "next-intl";
import type { Messages } from "@/messages/index";
import { useShop } from "../../shell/shop-context";
import { type RouterOutput, trpc } from "../../trpc";

export type Template = RouterOutput["segments"]["templates"][number];
export type OwnStrategy = RouterOutput["campaigns"]["ownStrategies"][number];
export type Suggestion = RouterOutput["campaigns"]["suggestions"][string];
export type StrategyResult = RouterOutput["roi"]["strategyResults"][number];

/** One entry of the library: a built-in template or a campaign somebody saved as a strategy. */
export type Strategy = {
  key: string;
  title: string;
  purpose: string;
  /** Built-in ones have a goal; own ones are a group of their own. */
  goal: Template["goal"] | "own";
  template: Template | null;
  own: OwnStrategy | null;
  suggestion: Suggestion | null;
  result: StrategyResult | null;
};

type Key = keyof Messages["segments"]["strategies"];

/** Title and purpose of a built-in strategy in the reader's language. */
export function useStrategyText(): (key: string) => { title: string; purpose: string } | null {
  const t = useTranslations("segments.strategies");
  const known = (key: string): key is Key => t.has(`${key as Key}.title`);
  return (key) => (known(key) ? { title: t(`${key}.title`), purpose: t(`${key}.purpose`) } : null);
}

/** The library: templates of the segments, suggestions scaled to the shop, own strategies, and what such campaigns earned here. */
export function useStrategies() {
  const shop = useShop();
  const text = useStrategyText();
  const input = { shopId: shop.id };
  const templates = trpc.segments.templates.useQuery(input);
  const own = trpc.campaigns.ownStrategies.useQuery(input);
  const suggestions = trpc.campaigns.suggestions.useQuery(input);
  // The library is usable without its history; a failure of that alone is shown as "not known".
  const results = trpc.roi.strategyResults.useQuery(input);
  const resultOf = (key: string) => results.data?.find((result) => result.strategy === key) ?? null;
  const strategies: Strategy[] | null =
    templates.data && own.data && suggestions.data
      ? [
          ...own.data.map((strategy) => ({
            key: strategy.id,
            title: strategy.name,
            purpose: strategy.description,
            goal: "own" as const,
            template: null,
            own: strategy,
            suggestion: null,
            result: resultOf(strategy.id),
          })),
          ...templates.data.flatMap((template): Strategy[] => {
            const words = text(template.key);
            const suggestion = suggestions.data[template.key] ?? null;
            return words
              ? [{ key: template.key, ...words, goal: template.goal, template, own: null, suggestion, result: resultOf(template.key) }]
              : [];
          }),
        ]
      : null;
  return {
    strategies,
    resultsReady: results.data !== undefined,
    error: templates.error ?? own.error ?? suggestions.error,
    refetch: () => void Promise.all([templates.refetch(), own.refetch(), suggestions.refetch()]),
  };
}
