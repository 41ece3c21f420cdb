import { EditorView } from "@codemirror/view";

/** From the same CSS variables as everything else: light and dark need no second theme. */
export const queryTheme = EditorView.theme({
  "&": { color: "var(--ink)", backgroundColor: "var(--surface)", fontSize: "13px", borderRadius: "0.375rem" },
  "&.cm-focused": { outline: "none" },
  ".cm-scroller": { fontFamily: "var(--font-mono)", lineHeight: "20px", overflow: "auto" },
  ".cm-content": { padding: "10px 0", minHeight: "140px", caretColor: "var(--ink)" },
  ".cm-line": { padding: "0 12px" },
  ".cm-placeholder": { color: "var(--faint)" },
  ".cm-q-keyword": { color: "var(--muted)", fontWeight: "600" },
  ".cm-q-name": { color: "var(--accent)" },
  ".cm-q-value": { color: "var(--info)" },
  ".cm-lintRange-error": {
    backgroundImage: "none",
    textDecoration: "underline wavy var(--danger)",
    textUnderlineOffset: "4px",
  },
  ".cm-lintPoint-error:after": { borderBottomColor: "var(--danger)" },
  ".cm-tooltip": {
    backgroundColor: "var(--raised)",
    color: "var(--ink)",
    border: "1px solid var(--line)",
    borderRadius: "0.5rem",
    boxShadow: "var(--shadow-raised)",
    overflow: "hidden",
  },
  ".cm-tooltip.cm-tooltip-autocomplete > ul": {
    fontFamily: "inherit",
    maxHeight: "15rem",
    maxWidth: "min(32rem, calc(100vw - 3rem))",
    padding: "4px",
  },
  ".cm-tooltip.cm-tooltip-autocomplete > ul > li": { padding: "3px 8px", borderRadius: "0.25rem", lineHeight: "20px" },
  ".cm-tooltip.cm-tooltip-autocomplete > ul > li[aria-selected]": { backgroundColor: "var(--hover)", color: "var(--ink)" },
  ".cm-completionMatchedText": { textDecoration: "none", fontWeight: "600" },
  ".cm-completionDetail": { marginLeft: "12px", color: "var(--muted)", fontStyle: "normal" },
  ".cm-diagnostic": { padding: "6px 10px", borderLeft: "none", whiteSpace: "normal", maxWidth: "24rem" },
  ".cm-diagnostic-error": { borderLeft: "none", color: "var(--danger)" },
});
