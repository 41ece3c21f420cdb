import { EditorView } from "@codemirror/view";

/**
 * A text from outside (undo, another version) as a change of its differing part only, so that the caret stays with its words; null when
 * nothing differs. `end` is where the change ends in the new text.
 */
export function changedPart(before: string, after: string): { changes: { from: number; to: number; insert: string }; end: number } | null {
  if (before === after) return null;
  const shorter = Math.min(before.length, after.length);
  let start = 0;
  while (start < shorter && before[start] === after[start]) start += 1;
  let tail = 0;
  while (tail < shorter - start && before[before.length - 1 - tail] === after[after.length - 1 - tail]) tail += 1;
  const end = after.length - tail;
  return { changes: { from: start, to: before.length - tail, insert: after.slice(start, end) }, end };
}

/** What every editor shares, from the same CSS variables as everything else: light and dark need no second theme. */
export const editorTheme = EditorView.theme({
  "&.cm-focused": { outline: "none" },
  ".cm-tooltip": {
    backgroundColor: "var(--raised)",
    color: "var(--ink)",
    border: "1px solid var(--line)",
    borderRadius: "0.5rem",
    boxShadow: "var(--shadow-raised)",
    overflow: "hidden",
  },
  ".cm-tooltip.cm-tooltip-autocomplete > ul > li[aria-selected]": { backgroundColor: "var(--hover)", color: "var(--ink)" },
  ".cm-diagnostic": { padding: "6px 10px", borderLeft: "none", whiteSpace: "normal", maxWidth: "24rem" },
  ".cm-diagnostic-error": { borderLeft: "none", color: "var(--danger)" },
});
