import { useEffect, useState } from "react";
import { z } from "zod";
import { anyContentSchema } from "@/server/notifications/templates/schema";
import { type History, record, redo, startHistory, undo } from "../../primitives/draft-history";
import type { Content, TemplateView } from "./content";

/** The renderer is asked when a hand rests so long, not at every key. */
export const RESTING_MS = 350;

const draftSchema = z.object({ name: z.string(), content: anyContentSchema, baseVersion: z.int().nullable() });
type Draft = z.infer<typeof draftSchema>;

function read(key: string): Draft | null {
  const text = window.sessionStorage.getItem(key);
  if (text === null) return null;
  try {
    const parsed = draftSchema.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : null;
  } catch (error) {
    // Something else wrote under this name: there is no draft to bring back.
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

/**
 * What is being written, with one history for all of it. It is kept for as long as the tab lives, so that neither a link nor the back button
 * throws it away, and it remembers the version it began from, so that saving never covers somebody else's change.
 */
export function useDraft(key: string, template: TemplateView, defaultName: string) {
  const [saved] = useState<Draft>(() => ({
    name: template.name ?? defaultName,
    content: anyContentSchema.parse(template.content),
    baseVersion: template.version,
  }));
  const [restored, setRestored] = useState<Draft | null>(() => read(key));
  const [history, setHistory] = useState<History<Draft>>(() => startHistory(restored ?? saved));
  const draft = history.present;
  const dirty = draft.name !== saved.name || JSON.stringify(draft.content) !== JSON.stringify(saved.content);
  useEffect(() => {
    if (dirty) window.sessionStorage.setItem(key, JSON.stringify(draft));
    else window.sessionStorage.removeItem(key);
  }, [key, draft, dirty]);
  useEffect(() => {
    if (!dirty) return;
    const ask = (event: BeforeUnloadEvent) => event.preventDefault();
    window.addEventListener("beforeunload", ask);
    return () => window.removeEventListener("beforeunload", ask);
  }, [dirty]);
  const forget = () => window.sessionStorage.removeItem(key);
  /** `tag` names what is typed in: a word is one step to undo, and not one for each letter. */
  const write = (change: Partial<Draft>, tag: string | null) =>
    setHistory((before) => record(before, { ...before.present, ...change }, tag, performance.now()));
  /** Gives back the words it leads to: whoever shows one language must show the one that changed. */
  const step = (move: typeof undo): Content => {
    setHistory(move);
    return move(history).present.content;
  };
  return {
    ...draft,
    dirty,
    restored: restored !== null && dirty,
    setName: (name: string) => write({ name }, "name"),
    setContent: (content: Content, tag: string | null = null) => write({ content }, tag),
    undo: history.past.length > 0 ? () => step(undo) : null,
    redo: history.future.length > 0 ? () => step(redo) : null,
    discard: () => {
      forget();
      setRestored(null);
      setHistory(startHistory(saved));
    },
    forget,
  };
}
