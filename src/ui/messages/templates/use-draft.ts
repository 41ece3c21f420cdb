import { useEffect, useState } from "react";
import { z } from "zod";
import { anyContentSchema } from "@/server/notifications/templates/schema";
import type { Content, TemplateView } from "./content";

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
 * What is being written. It is kept for as long as the tab lives, so that neither a link nor the back button throws it away, and it remembers the
 * version it began from, so that saving never covers somebody else's change.
 */
export function useDraft(key: string, template: TemplateView, defaultName: string) {
  const [saved] = useState<Draft>(() => ({
    name: template.name ?? defaultName,
    content: anyContentSchema.parse(template.content),
    baseVersion: template.version,
  }));
  const [restored, setRestored] = useState<Draft | null>(() => read(key));
  const [draft, setDraft] = useState<Draft>(restored ?? saved);
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
  return {
    ...draft,
    dirty,
    restored: restored !== null && dirty,
    setName: (name: string) => setDraft((before) => ({ ...before, name })),
    setContent: (content: Content) => setDraft((before) => ({ ...before, content })),
    discard: () => {
      forget();
      setRestored(null);
      setDraft(saved);
    },
    forget,
  };
}
