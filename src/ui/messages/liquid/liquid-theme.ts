import { RangeSetBuilder, StateEffect } from "@codemirror/state";
import { Decoration, type DecorationSet, EditorView, ViewPlugin, type ViewUpdate } from "@codemirror/view";
import { partsOf } from "./parts";

/** What counts as a variable has changed. */
export const redraw = StateEffect.define<null>();

const VARIABLE = Decoration.mark({ class: "cm-l-part" });

function decorate(view: EditorView, part: (text: string) => readonly { from: number; to: number }[]): DecorationSet {
  const builder = new RangeSetBuilder<Decoration>();
  for (const { from, to } of part(view.state.doc.toString())) builder.add(from, to, VARIABLE);
  return builder.finish();
}

/** Colours what is replaced for each person. A template's text is short enough to colour whole. */
export const partColours = (part: (text: string) => readonly { from: number; to: number }[] = partsOf) =>
  ViewPlugin.fromClass(
    class {
      decorations: DecorationSet;
      constructor(view: EditorView) {
        this.decorations = decorate(view, part);
      }
      update(update: ViewUpdate) {
        if (update.docChanged || update.transactions.some(({ effects }) => effects.some((effect) => effect.is(redraw))))
          this.decorations = decorate(update.view, part);
      }
    },
    { decorations: (plugin) => plugin.decorations },
  );

/** Looks like every other field: the frame around it is drawn by the field itself. */
export const liquidTheme = EditorView.theme({
  "&": { color: "inherit", backgroundColor: "transparent", fontSize: "inherit", width: "100%" },
  ".cm-scroller": { fontFamily: "inherit", lineHeight: "inherit", overflow: "auto" },
  ".cm-content": { padding: "0 0 2px", caretColor: "var(--ink)" },
  ".cm-line": { padding: "0" },
  ".cm-l-part": { color: "var(--accent)", fontWeight: "500" },
  ".cm-lintRange-error": { backgroundImage: "none", textDecoration: "underline wavy var(--danger)", textUnderlineOffset: "2px" },
  ".cm-tooltip": { zIndex: "30" },
  ".cm-tooltip.cm-tooltip-autocomplete > ul": {
    fontFamily: "inherit",
    maxHeight: "16rem",
    width: "min(24rem, calc(100vw - 2rem))",
    maxWidth: "min(24rem, calc(100vw - 2rem))",
    padding: "4px",
  },
  ".cm-tooltip.cm-tooltip-autocomplete > ul > li": {
    display: "grid",
    gridTemplateColumns: "minmax(0, 1fr) auto",
    columnGap: "12px",
    padding: "5px 8px",
    borderRadius: "0.375rem",
    lineHeight: "18px",
    fontSize: "0.8125rem",
    whiteSpace: "nowrap",
  },
  ".cm-completionLabel": { order: "2", color: "var(--muted)", fontSize: "0.75rem", fontFamily: "var(--font-mono)" },
  ".cm-completionDetail": { order: "1", marginLeft: "0", fontStyle: "normal", overflow: "hidden", textOverflow: "ellipsis" },
  ".cm-l-value": {
    order: "3",
    gridColumn: "1 / -1",
    color: "var(--muted)",
    fontSize: "0.75rem",
    overflow: "hidden",
    textOverflow: "ellipsis",
  },
  ".cm-completionMatchedText": { textDecoration: "none", fontWeight: "600", color: "var(--ink)" },
  ".cm-diagnostic": { fontSize: "0.8125rem" },
});
