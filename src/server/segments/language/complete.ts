import {
  ATTRIBUTES,
  attribute,
  FUNCTIONS,
  isAttribute,
  isFunction,
  operatorsOf,
  parameterOf,
  parameterOperators,
  segmentFunction,
} from "../fields";
import { ATTRIBUTE_NAMES, type Expected, FUNCTION_NAMES, type Issue } from "../schema";
import { parseQuery } from "./parse";
import { tokenize } from "./tokenize";

export type Suggestion = { kind: "attribute" | "function" | "parameter" | "operator" | "value" | "keyword"; text: string };

/** What may stand at the caret: replace the characters `from` to `to` with one of `items`. */
export type Completion = { from: number; to: number; items: Suggestion[] };

const MAX_ITEMS = 60;
const DATES = ["today", "yesterday", "-7d", "-30d", "-90d", "-12m"];

/**
 * Suggestions for the caret of the text editor: the parser reads what stands before the word being typed, and what it misses at the end
 * is what can be written there. Pure.
 */
export function complete(text: string, caret: number): Completion {
  const from = wordStart(text.slice(0, caret));
  const typed = text.slice(from, caret).toLowerCase();
  const to = caret + (/^[A-Za-z0-9_.]*'?/.exec(text.slice(caret))?.[0].length ?? 0);
  const head = text.slice(0, from);
  const items = expectedAfter(head).filter((item) => item.text.toLowerCase().includes(typed) && item.text.toLowerCase() !== typed);
  // What begins with the typed letters comes before what merely contains them.
  items.sort((a, b) => Number(b.text.toLowerCase().startsWith(typed)) - Number(a.text.toLowerCase().startsWith(typed)));
  return { from, to: typed.startsWith("'") || /^[a-z_]/.test(typed) ? to : caret, items: items.slice(0, MAX_ITEMS) };
}

/** Where the word before the caret begins: a name, a begun date, or a text whose quote is still open. */
function wordStart(before: string): number {
  const last = tokenize(before).findLast((token) => token.kind !== "end");
  if (!last || last.to !== before.length) return before.length;
  const open = last.kind === "string" ? last.flaw === "unterminatedString" : last.kind === "word" || last.kind === "offset";
  return open ? last.from : before.length;
}

function expectedAfter(head: string): Suggestion[] {
  if (head.trim() === "") return conditions();
  const { ast, issues } = parseQuery(head);
  if (ast) return words(["AND", "OR"]);
  const missing = issues.find((issue) => issue.code === "unexpectedEnd");
  return missing ? missing.expected.flatMap((expected) => suggestionsFor(expected, missing)) : [];
}

const words = (texts: string[]): Suggestion[] => texts.map((text) => ({ kind: "keyword", text }));
const values = (texts: readonly string[]): Suggestion[] => texts.map((text) => ({ kind: "value", text }));
const operators = (texts: readonly string[]): Suggestion[] => texts.map((text) => ({ kind: "operator", text }));

const conditions = (): Suggestion[] => [
  ...ATTRIBUTE_NAMES.filter((name) => !attribute(name).unavailable).map((text): Suggestion => ({ kind: "attribute", text })),
  ...FUNCTION_NAMES.filter((name) => !segmentFunction(name).unavailable).map((text): Suggestion => ({ kind: "function", text })),
  { kind: "attribute", text: "anniversary('metafields.facts.birth_date')" },
];

/** Operators of the attribute or parameter the issue is about. */
function operatorsAt({ params }: Issue): string[] {
  const name = String(params.attribute ?? "");
  if (name === "anniversary") return ["=", "BETWEEN"];
  if (isAttribute(name)) return operatorsOf(name);
  const fn = String(params.function ?? "");
  const field = isFunction(fn) ? parameterOf(fn, String(params.parameter ?? "")) : undefined;
  return field ? parameterOperators(field) : [];
}

const COMPARISON = /^[=!<>]/;

function suggestionsFor(expected: Expected, issue: Issue): Suggestion[] {
  switch (expected) {
    case "condition":
      return conditions();
    case "attribute":
      return issue.params.attribute === "anniversary" ? values(["'metafields.facts.birth_date'"]) : conditions();
    case "comparison":
      return operators(operatorsAt(issue).filter((operator) => COMPARISON.test(operator) || operator.endsWith("IN")));
    case "between":
      return operators(["BETWEEN"]);
    case "contains":
      return operators(["CONTAINS", "NOT CONTAINS"]);
    case "is":
      return operators(["IS NULL", "IS NOT NULL"]);
    case "matches":
      return operators(["MATCHES (", "NOT MATCHES ("]);
    case "parameter":
      return String(issue.params.allowed ?? "")
        .split(", ")
        .filter((text) => text !== "")
        .map((text): Suggestion => ({ kind: "parameter", text }));
    case "date":
      return values(DATES);
    case "enum": {
      const name = String(issue.params.attribute ?? "");
      return isAttribute(name) ? values((attribute(name).values ?? []).map((value) => `'${value}'`)) : [];
    }
    case "and":
      return words(["AND"]);
    case "or":
      return words(["OR"]);
    case "not":
      return words(["NOT"]);
    case "null":
      return words(["NULL"]);
    case "openParen":
    case "list":
      return words(["("]);
    case "closeParen":
      return words([")"]);
    case "comma":
      return words([","]);
    default:
      return [];
  }
}

/** Names a highlighter colours as known. */
export const KNOWN_NAMES: ReadonlySet<string> = new Set([...Object.keys(ATTRIBUTES), ...Object.keys(FUNCTIONS), "anniversary"]);
