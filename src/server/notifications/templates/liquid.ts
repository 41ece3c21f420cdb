import { Context, type Emitter, Liquid, type Template, toValue, toValueSync } from "liquidjs";
import { isolated } from "./names";
import { LIQUID_FILTERS, LIQUID_TAGS } from "./schema";

/**
 * Engines over the same small language: one escapes every value for HTML, the others write plain text. Templates are written by
 * people of a shop and filled with names strangers chose, so nothing in them reaches files, other templates, prototypes or raw output.
 */
const TAGS = new Set<string>(LIQUID_TAGS);
const FILTERS = new Set<string>(LIQUID_FILTERS);
/** Far above what a message needs; what runs into them is a mistake or an attack. */
const LIMITS = { parseLimit: 200_000, memoryLimit: 120_000 };
/** Parts of a message, loops unrolled. */
const MAX_PARTS = 100_000;

const ENTITIES: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&#34;", "'": "&#39;" };
const escaped = (text: string): string => text.replace(/[&<>"']/g, (sign) => ENTITIES[sign] ?? sign);

/** `html` escapes values; `text` is the plain part of an e-mail; `line` is what costs by the character or stands in a header. */
const WRITES = {
  html: (value: unknown) => escaped(isolated(toText(value))),
  text: (value: unknown) => isolated(toText(value)),
  line: null,
} as const;
export type Mode = keyof typeof WRITES;

function engine(mode: Mode): Liquid {
  const liquid = new Liquid({
    // An empty list of templates instead of a directory: there is nothing to include.
    templates: {},
    dynamicPartials: false,
    ownPropertyOnly: true,
    strictFilters: true,
    strictVariables: false,
    // An empty value is absent: conditions ask whether there is a name.
    jsTruthy: true,
    ...(WRITES[mode] ? { outputEscape: WRITES[mode] } : {}),
    ...LIMITS,
  });
  for (const name of Object.keys(liquid.tags)) if (!TAGS.has(name)) delete liquid.tags[name];
  for (const name of Object.keys(liquid.filters)) if (!FILTERS.has(name)) delete liquid.filters[name];
  return liquid;
}

const ENGINES = { html: engine("html"), text: engine("text"), line: engine("line") } as const satisfies Record<Mode, Liquid>;

export type Compiled = { mode: Mode; template: Template[] };

/** Parses a template once; rendering it for a person is then a walk over a tree. Throws with the place of the mistake. */
export const parseLiquid = (mode: Mode, source: string): Compiled => ({ mode, template: ENGINES[mode].parse(source) });

/** More than a message may be: a loop of a few characters can write without end, and everything that reads the result pays for it. */
export class OutputTooLong extends Error {
  constructor(readonly max: number) {
    super(`the message is longer than ${max.toString()} characters`);
  }
}

/** Writes up to `max` characters, and throws at the first one more: the engine's own limits bound its time, not what it writes. */
export function renderLiquid({ mode, template }: Compiled, values: object, max: number): string {
  const liquid = ENGINES[mode];
  const written = new Bounded(max);
  const context = new Context(values, liquid.options, { sync: true }, { liquid });
  // The engine asks before each part, and would give up by the clock: a busy machine must not give up a good message.
  let parts = 0;
  context.renderLimit.check = () => {
    if (++parts > MAX_PARTS) throw new Error("template render limit exceeded");
  };
  try {
    toValueSync(liquid.renderer.renderTemplates(template, context, written));
  } catch (error) {
    // The engine wraps what is thrown within it.
    throw written.full ? new OutputTooLong(max) : error;
  }
  return written.buffer;
}

function toText(part: unknown): string {
  const value: unknown = toValue(part);
  return Array.isArray(value) ? value.map(toText).join("") : String(value ?? "");
}

class Bounded implements Emitter {
  buffer = "";
  full = false;
  constructor(private readonly max: number) {}
  write(part: unknown) {
    this.buffer += toText(part);
    if (this.buffer.length <= this.max) return;
    this.full = true;
    throw new OutputTooLong(this.max);
  }
}

/** The names a template asks for, as far as they can be seen without running it. */
export function variablesIn(compiled: Compiled): string[] {
  return ENGINES[compiled.mode].globalVariablesSync(compiled.template);
}

/** Every value and tag of a template, in order. */
export const LIQUID_PARTS = /\{\{[\s\S]*?\}\}|\{%[\s\S]*?%\}/g;

/** A text that a person meant literally, so that no brace in it begins a value or a tag. */
export const literal = (plain: string): string => plain.replace(/\{(?=[{%]|$)/g, '{{ "{" }}');
