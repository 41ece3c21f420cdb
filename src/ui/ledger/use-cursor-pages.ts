"use client";

import { useState } from "react";

/** Walks cursor pages forth and back: the cursors of the pages before are remembered, because the server only knows the next one. */
export function useCursorPages(nextCursor: string | null | undefined) {
  const [past, setPast] = useState<readonly string[]>([]);
  return {
    cursor: past.at(-1) ?? null,
    reset: () => setPast([]),
    paging: {
      hasPrevious: past.length > 0,
      hasNext: Boolean(nextCursor),
      onPrevious: () => setPast(past.slice(0, -1)),
      onNext: () => nextCursor && setPast([...past, nextCursor]),
    },
  };
}
