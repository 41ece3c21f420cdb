"use client";

import { parseAsString, useQueryState } from "nuqs";
import { useState } from "react";

/**
 * Pages of a list whose cursor stands in the URL, so that a page can be shared and reloaded. Going back uses the cursors seen on the way,
 * also after the browser's own way back; after a reload "previous" leads to the first page.
 */
export function usePages(param = "after") {
  const [cursor, setCursor] = useQueryState(param, parseAsString.withOptions({ history: "push" }));
  const [trail, setTrail] = useState<(string | null)[]>([null]);
  return {
    cursor,
    reset: () => {
      setTrail([null]);
      void setCursor(null);
    },
    paging: (next: string | number | null | undefined, summary?: string) => ({
      hasPrevious: cursor !== null,
      hasNext: next !== null && next !== undefined,
      onPrevious: () => void setCursor(trail[trail.indexOf(cursor) - 1] ?? null),
      onNext: () => {
        if (next === null || next === undefined) return;
        setTrail((pages) => [...pages.slice(0, pages.indexOf(cursor) + 1), String(next)]);
        void setCursor(String(next));
      },
      summary,
    }),
  };
}
