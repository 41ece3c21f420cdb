import { AssignTag, ForTag, Output, type Template, TypeGuards, toValueSync, Value } from "liquidjs";
import type { Compiled } from "./liquid";
import { NUMBER_FILTERS, PRODUCT_FIELDS, VARIABLES } from "./schema";

/** What stands behind a name or comes out of a filter, as far as it can be seen without running the template. */
type Kind = "text" | "number" | "list" | "product" | "any";
type Names = ReadonlyMap<string, Kind>;

export type NameMistake =
  | { code: "unknownField" | "printedList"; params: { name: string } }
  | { code: "numberFilter"; params: { name: string; filter: string } };

const KNOWN: Names = new Map(VARIABLES.map(({ name, type }) => [name, type === "list" ? "list" : "text"]));
const COUNTING = new Set<string>(NUMBER_FILTERS);
const FIELDS = new Set<string>(PRODUCT_FIELDS);
/** What a filter makes of anything; the others keep what they get. */
const MAKES: Readonly<Record<string, Kind>> = {
  ...Object.fromEntries(NUMBER_FILTERS.map((name) => [name, "number"])),
  ...{ size: "number", split: "any", join: "text" },
};
const ENTRY = new Set(["first", "last"]);

/**
 * What a template asks of its names that they do not have: a field there is none of, a list where a text should stand, a number of a text.
 * The language itself is silent about all of it, and writes nothing, or nonsense. Branches that a sample never reaches are looked at, too.
 */
export function checkNames({ template }: Compiled): NameMistake[] {
  const found = new Map<string, NameMistake>();
  const tell = (mistake: NameMistake): void => void found.set(JSON.stringify(mistake), mistake);
  walk(template, new Map(KNOWN), tell);
  return [...found.values()];
}

type Tell = (mistake: NameMistake) => void;
/** What is asked about: its kind, and how it is called where somebody reads of it. */
type Thing = { kind: Kind; name: string };

function walk(templates: readonly Template[], names: Map<string, Kind>, tell: Tell): void {
  for (const template of templates) {
    if (template instanceof Output) {
      const { kind, name } = ofValue(template.value, names, tell);
      if (kind === "list" || kind === "product") tell({ code: "printedList", params: { name } });
      continue;
    }
    const given = [...(template.arguments?.() ?? [])].map((argument) => ofArgument(argument, names, tell));
    const inner = toValueSync(template.children?.(false, true) ?? []) as Template[];
    if (template instanceof AssignTag)
      for (const { content } of template.localScope() as Iterable<{ content: string }>) names.set(content, given[0]?.kind ?? "any");
    if (template instanceof ForTag) {
      const entry = given[0]?.kind === "list" ? "product" : "any";
      walk(inner, new Map([...names, [template.variable, entry], ["forloop", "any"]]), tell);
    } else walk(inner, names, tell);
  }
}

const ofArgument = (argument: unknown, names: Names, tell: Tell): Thing =>
  argument instanceof Value ? ofValue(argument, names, tell) : ofToken(argument, names, tell);

function ofValue({ initial, filters }: Value, names: Names, tell: Tell): Thing {
  const operands = initial.postfix.filter((token) => !TypeGuards.isOperatorToken(token)).map((token) => ofToken(token, names, tell));
  // A comparison says yes or no, whatever it compares.
  let thing: Thing = operands.length === 1 && operands[0] ? operands[0] : { kind: "any", name: "" };
  for (const { name: filter, args } of filters) {
    const others = args.map((arg) => ofToken(Array.isArray(arg) ? arg[1] : arg, names, tell));
    if (COUNTING.has(filter))
      for (const { kind, name } of [thing, ...others])
        if (kind !== "number" && kind !== "any") tell({ code: "numberFilter", params: { name, filter } });
    thing = { ...thing, kind: ENTRY.has(filter) ? entryOf(thing.kind) : (MAKES[filter] ?? thing.kind) };
  }
  return thing;
}

const entryOf = (kind: Kind): Kind => (kind === "list" ? "product" : "any");

function ofToken(token: unknown, names: Names, tell: Tell): Thing {
  if (TypeGuards.isNumberToken(token)) return { kind: "number", name: token.getText() };
  if (TypeGuards.isQuotedToken(token)) {
    const numeric = token.content.trim() !== "" && Number.isFinite(Number(token.content));
    return { kind: numeric ? "number" : "text", name: token.getText() };
  }
  if (!TypeGuards.isPropertyAccessToken(token) || token.variable) return { kind: "any", name: "" };
  const [root, ...fields] = token.props;
  const name = token.getText();
  let kind: Kind = (TypeGuards.isWordToken(root) ? names.get(root.content) : undefined) ?? "any";
  for (const field of fields) {
    const next = TypeGuards.isWordToken(field) ? fieldOf(kind, field.content) : TypeGuards.isNumberToken(field) ? entryOf(kind) : "any";
    if (next === null) {
      tell({ code: "unknownField", params: { name } });
      return { kind: "any", name };
    }
    kind = next;
  }
  return { kind, name };
}

/** Null where there is no such field. */
function fieldOf(kind: Kind, field: string): Kind | null {
  if (kind === "any") return "any";
  if (kind === "product") return FIELDS.has(field) ? "text" : null;
  if (field === "size" && kind !== "number") return "number";
  return kind === "list" && ENTRY.has(field) ? "product" : null;
}
