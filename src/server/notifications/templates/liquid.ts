import { Liquid, type Template } from "liquidjs";
import { LIQUID_FILTERS, LIQUID_TAGS } from "./schema";

/**
 * Two engines over the same small language: one escapes every value for HTML, the other writes plain text. Templates are written by
 * people of a shop and filled with names strangers chose, so nothing in them reaches files, other templates, prototypes or raw output.
 */
const TAGS = new Set<string>(LIQUID_TAGS);
const FILTERS = new Set<string>(LIQUID_FILTERS);
/** Far above what a message needs; what runs into them is a mistake or an attack. */
const LIMITS = { parseLimit: 200_000, renderLimit: 200, memoryLimit: 2_000_000 };

function engine(forHtml: boolean): Liquid {
  const liquid = new Liquid({
    // An empty list of templates instead of a directory: there is nothing to include.
    templates: {},
    dynamicPartials: false,
    ownPropertyOnly: true,
    strictFilters: true,
    strictVariables: false,
    // An empty value is absent: conditions ask whether there is a name.
    jsTruthy: true,
    ...(forHtml ? { outputEscape: "escape" as const } : {}),
    ...LIMITS,
  });
  for (const name of Object.keys(liquid.tags)) if (!TAGS.has(name)) delete liquid.tags[name];
  for (const name of Object.keys(liquid.filters)) if (!FILTERS.has(name)) delete liquid.filters[name];
  return liquid;
}

const html = engine(true);
const text = engine(false);

export type Compiled = { mode: "html" | "text"; template: Template[] };

/** Parses a template once; rendering it for a person is then a walk over a tree. Throws with the place of the mistake. */
export const parseLiquid = (mode: "html" | "text", source: string): Compiled => ({
  mode,
  template: (mode === "html" ? html : text).parse(source),
});

export const renderLiquid = ({ mode, template }: Compiled, values: object): string =>
  String((mode === "html" ? html : text).renderSync(template, values));

/** The names a template asks for, as far as they can be seen without running it. */
export function variablesIn(compiled: Compiled): string[] {
  return (compiled.mode === "html" ? html : text).globalVariablesSync(compiled.template);
}

/** Every value and tag of a template, in order. */
export const LIQUID_PARTS = /\{\{[\s\S]*?\}\}|\{%[\s\S]*?%\}/g;

/** A text that a person meant literally, so that no brace in it begins a value or a tag. */
export const literal = (plain: string): string => plain.replace(/\{(?=[{%]|$)/g, '{{ "{" }}');
