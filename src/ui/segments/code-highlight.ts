import { RangeSetBuilder } from "@codemirror/state";
import { Decoration, type DecorationSet, type EditorView, ViewPlugin, type ViewUpdate } from "@codemirror/view";
import { type Token, tokenize } from "@/server/segments/language/tokenize";

const KEYWORDS = new Set(["AND", "OR", "NOT", "BETWEEN", "CONTAINS", "MATCHES", "NOT_MATCHES", "NOT_CONTAINS", "IS", "NULL", "IN"]);
const VALUES: ReadonlySet<Token["kind"]> = new Set(["string", "number", "day", "second", "offset"]);

const STYLE = {
  keyword: Decoration.mark({ class: "cm-q-keyword" }),
  name: Decoration.mark({ class: "cm-q-name" }),
  value: Decoration.mark({ class: "cm-q-value" }),
};

function styleOf(token: Token): Decoration | null {
  if (token.kind === "word") return KEYWORDS.has(token.text.toUpperCase()) ? STYLE.keyword : STYLE.name;
  return VALUES.has(token.kind) ? STYLE.value : null;
}

function decorate(view: EditorView): DecorationSet {
  const builder = new RangeSetBuilder<Decoration>();
  for (const token of tokenize(view.state.doc.toString())) {
    const style = styleOf(token);
    if (style) builder.add(token.from, token.to, style);
  }
  return builder.finish();
}

/** Colours by the lexer that the parser reads with: what looks like a name is one. A query is short enough to colour whole. */
export const queryColours = ViewPlugin.fromClass(
  class {
    decorations: DecorationSet;
    constructor(view: EditorView) {
      this.decorations = decorate(view);
    }
    update(update: ViewUpdate) {
      if (update.docChanged) this.decorations = decorate(update.view);
    }
  },
  { decorations: (plugin) => plugin.decorations },
);
