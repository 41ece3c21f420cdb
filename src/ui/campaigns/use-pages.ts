"use client";

import { parseAsString, useQueryState } from "nuqs";
import { useState } from "react";

/**
 * Pages of a list whose cursor stands in the URL, so that a page can be shared and reloaded. Going back uses the cursors seen on the way;
 * after a reload "previous" leads to the first page.
 */
export function usePages(param = "after") {
  const [cursor, setCursor] = useQueryState(param, parseAsString.withOptions({ history: "push" }));
  const [seen, setSeen] = useState<(string | null)[]>([]);
  return {
    cursor,
    reset: () => {
      setSeen([]);
      void setCursor(null);
    },
    paging: (next: string | number | null | undefined, summary?: string) => ({
      hasPrevious: cursor !== null,
      hasNext: next !== null && next !== undefined,
      onPrevious: () => {
        void setCursor(seen.at(-1) ?? null);
        setSeen((list) => list.slice(0, -1));
      },
      onNext: () => {
        if (next === null || next === undefined) return;
        setSeen((list) => [...list, cursor]);
        void setCursor(String(next));
      },
      summary,
    }),
  };
}
