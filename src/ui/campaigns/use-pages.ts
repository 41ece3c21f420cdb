"use client";

import { parseAsString, useQueryState } from "nuqs";
import { useState } from "react";
import { before, onwards, START } from "./trail";

/**
 * Pages of a list whose cursor stands in the URL, so that a page can be shared and reloaded. Going back uses the cursors seen on the way,
 * also after the browser's own way back; "previous" on a page that was reloaded leads to the first one.
 */
export function usePages(param = "after") {
  const [cursor, setCursor] = useQueryState(param, parseAsString.withOptions({ history: "push" }));
  const [trail, setTrail] = useState(START);
  return {
    cursor,
    reset: () => {
      setTrail(START);
      void setCursor(null);
    },
    paging: (next: string | number | null | undefined, summary?: string) => ({
      hasPrevious: cursor !== null,
      hasNext: next !== null && next !== undefined,
      onPrevious: () => void setCursor(before(trail, cursor)),
      onNext: () => {
        if (next === null || next === undefined) return;
        setTrail((pages) => onwards(pages, cursor, String(next)));
        void setCursor(String(next));
      },
      summary,
    }),
  };
}
