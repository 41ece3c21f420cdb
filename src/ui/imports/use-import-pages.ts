"use client";

import { parseAsString, useQueryState } from "nuqs";
import { useState } from "react";
import type { CursorPaging } from "../primitives/data-table";

/** Cursor pages in the URL: reloading stays on the page, and going back from an import returns to it. */
export function useImportPages() {
  const [before, setBefore] = useQueryState("before", parseAsString.withOptions({ history: "push" }));
  const [past, setPast] = useState<readonly string[]>([]);
  const paging = (next: string | null | undefined): CursorPaging => ({
    hasPrevious: before !== null,
    hasNext: Boolean(next),
    onPrevious: () => {
      void setBefore(past.at(-1) || null);
      setPast(past.slice(0, -1));
    },
    onNext: () => {
      if (!next) return;
      setPast([...past, before ?? ""]);
      void setBefore(next);
    },
  });
  return { before, paging };
}
