"use client";

import { useEffect } from "react";
import { z } from "zod";

const draftSchema = z.object({ name: z.string(), description: z.string(), query: z.string(), tags: z.array(z.string()) });
export type SegmentDraft = z.infer<typeof draftSchema>;

/** Which segment is written, and the version it began from; null for one that does not exist yet. */
export type Keeping = { key: string; version: number | null };

const keptSchema = z.object({ version: z.number().nullable(), draft: draftSchema });
const keyOf = ({ key }: Keeping): string => `guthaben:segment:${key}`;

/** What was being written when the page was left. A segment that has been saved since wins over it. */
export function readKept(keeping: Keeping): SegmentDraft | null {
  try {
    const text = window.sessionStorage.getItem(keyOf(keeping));
    if (text === null) return null;
    const kept = keptSchema.safeParse(JSON.parse(text));
    return kept.success && kept.data.version === keeping.version ? kept.data.draft : null;
  } catch (error) {
    // A forbidden storage, or something else wrote under this name: there is no draft to bring back.
    console.warn("kept segment is unreadable", error);
    return null;
  }
}

function write(key: string, text: string | null): void {
  try {
    if (text === null) window.sessionStorage.removeItem(key);
    else window.sessionStorage.setItem(key, text);
  } catch (error) {
    // A full or forbidden storage: the segment can still be written and saved.
    console.warn("segment is not kept in this browser", error);
  }
}

/** Keeps what is not saved yet for as long as the tab lives: neither a link, the back button nor a new sign-in throws it away. Null forgets. */
export function useKeep(keeping: Keeping, draft: SegmentDraft | null): void {
  const key = keyOf(keeping);
  const text = draft && JSON.stringify({ version: keeping.version, draft });
  useEffect(() => write(key, text), [key, text]);
}
