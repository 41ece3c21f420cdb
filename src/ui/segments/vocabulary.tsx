"use client";

import { createContext, type ReactNode, useContext, useMemo } from "react";
import { type ParseResult, parseQuery } from "@/server/segments/language/parse";
import type { CustomType } from "@/server/segments/schema";
import { Page } from "../primitives/page-header";
import { Skeleton, SkeletonText } from "../primitives/skeleton";
import { ErrorState } from "../primitives/states";
import { useShop } from "../shell/shop-context";
import { type RouterOutput, trpc } from "../trpc";

export type CustomAttribute = RouterOutput["segments"]["attributes"][number];

type Vocabulary = {
  /** What this shop knows about its customers beyond the language's own names. */
  attributes: readonly CustomAttribute[];
  /** The parser, with this shop's attributes known to it. */
  parse: (text: string) => ParseResult;
};

const Context = createContext<Vocabulary | null>(null);

/** Waits for the shop's own attributes: without them, a query that uses one would look wrong. */
export function VocabularyProvider({ children }: { children: ReactNode }) {
  const shop = useShop();
  const attributes = trpc.segments.attributes.useQuery({ shopId: shop.id }, { staleTime: 60_000 });
  const value = useMemo(() => vocabularyOf(attributes.data ?? []), [attributes.data]);
  if (attributes.error && !attributes.data) return <ErrorState error={attributes.error} onRetry={() => void attributes.refetch()} />;
  if (!attributes.data) {
    return (
      <Page>
        <Skeleton className="h-7 w-64" />
        <SkeletonText lines={6} />
      </Page>
    );
  }
  return <Context value={value}>{children}</Context>;
}

function vocabularyOf(attributes: readonly CustomAttribute[]): Vocabulary {
  const custom: Record<string, CustomType> = Object.fromEntries(attributes.map(({ key, type }) => [key, type]));
  return { attributes, parse: (text) => parseQuery(text, { custom }) };
}

export function useVocabulary(): Vocabulary {
  const vocabulary = useContext(Context);
  if (!vocabulary) throw new Error("useVocabulary outside of a segment's pages");
  return vocabulary;
}
