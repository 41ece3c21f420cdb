"use client";

import { keepPreviousData } from "@tanstack/react-query";
import { useLocale, useTranslations } from "next-intl";
import { useState } from "react";
import type { ValueKind } from "@/server/segments/schema";
import { matchText } from "../match-text";
import type { ComboboxOption } from "../primitives/combobox";
import { useShop } from "../shell/shop-context";
import { trpc } from "../trpc";

/** Codes whose names every browser knows: searched by name, not by code. */
const NAMED = { country: "region", language: "language" } as const;
const isNamed = (kind: ValueKind): kind is keyof typeof NAMED => kind === "country" || kind === "language";

/** Values that are numbers or ids to the query and have a name of their own. */
const LABELLED: ReadonlySet<ValueKind> = new Set(["product", "collection", "campaign", "segment", "message"]);

const LIMIT = 20;
const ALL_CODES = 50;

/** The name of a country or language in the reader's language; anything else stands for itself. */
export function useCodeName(): (kind: ValueKind, value: string) => string {
  const locale = useLocale();
  return (kind, value) => {
    if (!isNamed(kind)) return value;
    try {
      return new Intl.DisplayNames([locale], { type: NAMED[kind] }).of(value) ?? value;
    } catch (error) {
      // A code somebody is still typing is no code.
      if (error instanceof RangeError) return value;
      throw error;
    }
  };
}

export type ValueSearch = (search: string, signal?: AbortSignal) => Promise<ComboboxOption[]>;

/** Values of this shop that fit a field, with what a person reads. */
export function useValueSearch(): (kind: ValueKind, key?: string) => ValueSearch {
  const t = useTranslations("segments.picker");
  const shop = useShop();
  const utils = trpc.useUtils();
  const codeName = useCodeName();
  return (kind, key) => async (search) => {
    const named = isNamed(kind);
    const { items } = await utils.segments.values.fetch(
      { shopId: shop.id, kind, key, search: named ? "" : search.trim().slice(0, 100), limit: named ? ALL_CODES : LIMIT },
      { staleTime: 30_000 },
    );
    return items
      .map(({ value, label, detail, count }) => {
        const name = named ? codeName(kind, value) : label;
        const notes = [detail, name === value ? null : value, count === null ? null : t("count", { count })];
        return { value, label: name, description: notes.filter((note) => note !== null && note !== "").join(" · ") || undefined };
      })
      .filter(({ value, label }) => !named || matchText([label, value], search) > 0);
  };
}

/** Names of values that already stand in a query. `learn` keeps the name of one just chosen. */
export function useValueLabels(kind: ValueKind, values: readonly string[]) {
  const shop = useShop();
  const codeName = useCodeName();
  const [learnt, setLearnt] = useState<Readonly<Record<string, string>>>({});
  const unknown = values.filter((value) => value !== "" && learnt[value] === undefined).slice(0, 100);
  const labels = trpc.segments.labels.useQuery(
    { shopId: shop.id, items: unknown.map((value) => ({ kind, value })) },
    { enabled: LABELLED.has(kind) && unknown.length > 0, staleTime: 300_000, placeholderData: keepPreviousData },
  );
  return {
    labelOf: (value: string) => learnt[value] ?? labels.data?.[`${kind}:${value}`] ?? codeName(kind, value),
    learn: (value: string, label: string) => setLearnt((known) => ({ ...known, [value]: label })),
  };
}
