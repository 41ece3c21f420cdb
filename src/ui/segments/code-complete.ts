import type { CompletionContext, CompletionResult, CompletionSource } from "@codemirror/autocomplete";
import { type Completion, complete, type Suggestion } from "@/server/segments/language/complete";
import type { ParseResult } from "@/server/segments/language/parse";
import { quote } from "@/server/segments/language/print";
import { tokenize } from "@/server/segments/language/tokenize";
import type { Issue } from "@/server/segments/schema";

/** A field of the language that wants a value of this shop. */
export type ValuePlace = { attribute: string } | { function: string; parameter: string };

export type FoundValue = { value: string; label: string };

type Parse = (text: string) => ParseResult;

export type CompletionTexts = {
  /** The parser that knows this shop's own attributes. */
  parse: Parse;
  /** Words for a name of the language, shown beside it. */
  wordFor: (suggestion: Suggestion) => string | undefined;
  /** Values of this shop for a place; nothing where there are none to offer. */
  values: (place: ValuePlace, search: string, signal: AbortSignal) => Promise<readonly FoundValue[]>;
};

type Wanted = { from: number; to: number; search: string; place: ValuePlace };

/** The value being typed at the caret: which field it is for, and what stands there already. Exported for its test. */
export function wantedValue(text: string, caret: number, parse: Parse): Wanted | null {
  const last = tokenize(text.slice(0, caret)).findLast((token) => token.kind !== "end");
  const begun = last && last.to === caret && (last.kind === "number" || (last.kind === "string" && last.flaw === "unterminatedString"));
  const from = begun ? last.from : caret;
  const missing = parse(text.slice(0, from)).issues.find((issue) => issue.code === "unexpectedEnd");
  const place = missing && placeOf(missing);
  if (!place) return null;
  const rest = /^[^'\n]*'/.exec(text.slice(caret))?.[0];
  // A closing quote further on belongs to the begun text, unless another one opens in between.
  const to = begun && last.kind === "string" && rest && !/[,)(]/.test(rest) ? caret + rest.length : caret;
  return { from, to, search: begun ? (last.kind === "string" ? last.value : last.text) : "", place };
}

function placeOf({ params, expected }: Issue): ValuePlace | null {
  if (!expected.some((entry) => entry === "text" || entry === "id")) return null;
  if (params.attribute !== undefined) return { attribute: String(params.attribute) };
  if (params.function !== undefined && params.parameter !== undefined) {
    return { function: String(params.function), parameter: String(params.parameter) };
  }
  return null;
}

const ICON = {
  attribute: "property",
  function: "function",
  parameter: "variable",
  operator: "keyword",
  keyword: "keyword",
  value: "constant",
};

/** Names, operators and dates come from the grammar, texts and numbers of products from this shop's data. */
export function queryCompletion({ parse, wordFor, values }: CompletionTexts): CompletionSource {
  return async (context: CompletionContext): Promise<CompletionResult | null> => {
    const text = context.state.doc.toString();
    const wanted = wantedValue(text, context.pos, parse);
    if (wanted) {
      const found = await search(context, wanted, values);
      if (found) return found;
    }
    const grammar = complete(text, context.pos);
    if (!context.explicit && context.pos - grammar.from < 1 && !opensValue(text, context.pos)) return null;
    return grammar.items.length === 0 ? null : fromGrammar(grammar, wordFor);
  };
}

/** After an operator or an opening parenthesis the list opens by itself. */
const opensValue = (text: string, caret: number) => /(?:[=<>(]|\b(?:CONTAINS|IN|BETWEEN|MATCHES)) ?$/i.test(text.slice(0, caret));

async function search(context: CompletionContext, wanted: Wanted, values: CompletionTexts["values"]): Promise<CompletionResult | null> {
  const abort = new AbortController();
  context.addEventListener("abort", () => abort.abort());
  const found = await values(wanted.place, wanted.search, abort.signal);
  if (context.aborted || found.length === 0) return null;
  return {
    from: wanted.from,
    to: wanted.to,
    // The server has searched by label as well; filtering by the written value would hide what it found.
    filter: false,
    options: found.map(({ value, label }) => ({
      label: label === value ? value : label,
      detail: label === value ? undefined : value,
      type: "constant",
      apply: /^\d{1,19}$/.test(value) && "parameter" in wanted.place && wanted.place.parameter === "id" ? value : quote(value),
    })),
  };
}

function fromGrammar({ from, to, items }: Completion, wordFor: CompletionTexts["wordFor"]): CompletionResult {
  return {
    from,
    to,
    filter: false,
    options: items.map((item) => ({
      label: item.text,
      detail: wordFor(item),
      type: ICON[item.kind],
      apply: (view, _completion, start, end) => {
        const gap = item.text.endsWith("(") || view.state.sliceDoc(end, end + 1) === " " ? "" : " ";
        const caret = start + item.text.length + (gap === "" && !item.text.endsWith("(") ? 1 : gap.length);
        view.dispatch({
          changes: { from: start, to: end, insert: item.text + gap },
          selection: { anchor: caret },
          userEvent: "input.complete",
        });
      },
    })),
  };
}
