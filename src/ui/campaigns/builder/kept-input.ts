"use client";

import superjson from "superjson";
import { z } from "zod";
import { createCampaignSchema } from "@/server/campaigns/schema";

/**
 * What was typed and not yet saved, kept in the browser until the server has it: a reload, a closed tab or a lost connection cost nothing.
 * It belongs to one version of the draft. A draft that was saved since, by this tab's last request or by somebody else, wins over it.
 */
const keptSchema = z.object({ version: z.number().nullable(), patch: createCampaignSchema });
export type KeptPatch = z.output<typeof createCampaignSchema>;

/** Whose it is and in which shop: a draft that another person typed here before must not become one's own. */
export type Whose = { userId: string; id: string };

const keyOf = ({ userId, id }: Whose, campaignId: string | null) => `guthaben:draft:${userId}:${id}:${campaignId ?? "new"}`;

type Draft = { id: string; version: number } | null;

export function keepInput(whose: Whose, draft: Draft, patch: unknown): void {
  try {
    const kept = { version: draft?.version ?? null, patch };
    window.localStorage.setItem(keyOf(whose, draft?.id ?? null), superjson.stringify(kept));
  } catch (error) {
    // A full or forbidden storage: the autosave itself still works.
    console.warn("draft is not kept in this browser", error);
  }
}

export function forgetInput(whose: Whose, campaignId: string | null): void {
  window.localStorage.removeItem(keyOf(whose, campaignId));
}

/** What was left behind for exactly this version; null when there is nothing, or another version of the app wrote it. */
export function keptInput(whose: Whose, draft: Draft): KeptPatch | null {
  const text = window.localStorage.getItem(keyOf(whose, draft?.id ?? null));
  if (text === null) return null;
  try {
    const kept = keptSchema.safeParse(superjson.parse(text));
    return kept.success && kept.data.version === (draft?.version ?? null) ? kept.data.patch : null;
  } catch (error) {
    console.warn("kept draft is unreadable", error);
    return null;
  }
}
