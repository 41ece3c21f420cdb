import { NUMBER_FILTERS } from "@/server/notifications/templates/schema";
import { type Part, partAt, partsOf } from "./parts";

export type Word = { name: string; label: string };
export type LiquidVariable = Word & { type: "text" | "url" | "list"; value: string };
export type Vocabulary = {
  /** Templates speak Liquid; a campaign's simple text has names in single braces. */
  style: "liquid" | "braces";
  variables: readonly LiquidVariable[];
  filters: readonly Word[];
  tags: readonly Word[];
  /** What each entry of a list has. */
  members: readonly Word[];
};

/** `insert` takes the place of what is typed; the caret then stands `caret` characters into it. `more`: the list opens again. */
export type Suggestion = Word & { value: string; insert: string; caret: number; more: boolean };
export type Suggestions = { from: number; to: number; items: Suggestion[] };

/** What may be written at the caret, without regard to how it begins: the list itself narrows. Null where there is nothing to offer. Pure. */
export function suggest(text: string, caret: number, words: Vocabulary, address = false): Suggestions | null {
  if (words.style === "braces") return placeholders(text, caret, words);
  const part = partAt(text, caret);
  if (!part) return null;
  const before = text.slice(part.from + 2, caret).replace(/^-/, " ");
  if (insideQuotes(before)) return null;
  const typed = /[\p{L}\p{N}_.]*$/u.exec(before)?.[0] ?? "";
  const head = before.slice(0, before.length - typed.length).trim();
  const dot = typed.lastIndexOf(".") + 1;
  const from = caret - typed.length + dot;
  const to = caret + (/^[\p{L}\p{N}_]*/u.exec(text.slice(caret))?.[0].length ?? 0);
  const place: Place = { text, part, from, to: part.closed ? Math.min(to, part.to - 2) : to, words };
  if (dot > 0) return membersOf(place, typed.slice(0, dot - 1));
  if (part.kind === "output") return inOutput(place, head, address);
  return inTag(place, head);
}

/** What fits to what is typed: by the beginning of its name, then by any word of its name or of its plain description. */
export function narrowed(items: readonly Suggestion[], typed: string): Suggestion[] {
  const wanted = typed.toLowerCase();
  const rank = ({ name, label }: Suggestion): number =>
    name.startsWith(wanted)
      ? 0
      : `${name} ${label}`
            .toLowerCase()
            .split(/[\s_.]/)
            .some((word) => word.startsWith(wanted))
        ? 1
        : 2;
  return items.filter((item) => rank(item) < 2).sort((a, b) => rank(a) - rank(b));
}

const insideQuotes = (code: string): boolean => {
  const open = code.replace(/"[^"]*"|'[^']*'/g, "");
  return /["']/.test(open);
};

type Place = { text: string; part: Part; from: number; to: number; words: Vocabulary };
/** `write`: what is inserted before and behind the caret, instead of the name. `after`: what follows the closing braces. */
type Offer = Word & { value?: string; write?: readonly [string, string]; after?: string; more?: boolean };

/** Names as they must be inserted: apart from the opening braces, and with closing ones where they are missing. */
function offer({ text, part, from, to }: Place, offers: readonly Offer[], close = true): Suggestions | null {
  if (offers.length === 0) return null;
  const lead = /[{%|-]/.test(text[from - 1] ?? "") ? " " : "";
  const closer = part.kind === "output" ? " }}" : " %}";
  const gap = close && part.closed && /[}%|]/.test(text[to] ?? "") ? " " : "";
  const items = offers.map(({ name, label, value = "", write, after = "", more = false }): Suggestion => {
    const [left, right] = write ?? [name, ""];
    const caret = lead.length + left.length;
    if (part.closed || !close) return { name, label, value, more, insert: `${lead}${left}${right}${gap}`, caret };
    const whole = `${lead}${left}${right}${closer}`;
    // A name is done, and one writes on behind it; what still wants something keeps the caret.
    return { name, label, value, more, insert: `${whole}${after}`, caret: write && !after.startsWith("{% endfor") ? caret : whole.length };
  });
  return { from, to, items };
}

function inOutput(place: Place, head: string, address: boolean): Suggestions | null {
  if (head.endsWith("|")) return filters(place, head);
  if (head !== "" && !/[:,]$/.test(head)) return null;
  // An address begins with one of ours; anything may stand further on, where it is encoded.
  const begins = address && head === "" && place.text.slice(0, place.part.from).trim() === "";
  const fit = place.words.variables.filter(({ type }) => type !== "list" && (!begins || type === "url"));
  return offer(place, [...loops(place), ...fit], head === "");
}

/** Filters behind what is written so far; those that calculate only behind a number. */
function filters(place: Place, head: string): Suggestions | null {
  const counts = maybeNumber(place, head);
  const fit = place.words.filters.filter(({ name }) => counts || !COUNTING.has(name));
  return offer(
    place,
    fit.map((word) => (TAKES_VALUE.has(word.name) ? { ...word, write: [`${word.name}: "`, '"'] as const } : word)),
  );
}

const COUNTING = new Set<string>(NUMBER_FILTERS);

/** Whether a number may stand before the last bar. What the template itself assigned may be one. */
function maybeNumber(place: Place, head: string): boolean {
  const [base = "", ...before] = head.slice(0, -1).split("|");
  if (before.some((filter) => /^\s*(?:size|plus|minus|times|round)\b/.test(filter))) return true;
  const name = base.trim();
  if (/["']$/.test(name)) return false;
  return !place.words.variables.some((variable) => variable.name === name) && !loops(place).some((member) => member.name === name);
}
const TAKES_VALUE = new Set(["append", "default", "join", "prepend", "remove", "replace", "split"]);

/** Names that `for` gives to the entries of a list, where the caret is inside of the loop. */
function loops({ text, part, words }: Place): Offer[] {
  const names: string[] = [];
  for (const one of partsOf(text)) {
    if (one.from >= part.from) break;
    const code = text.slice(one.from + 2, one.to);
    const begun = /^-?\s*for\s+(\w+)\s+in\b/.exec(code)?.[1];
    if (begun) names.push(begun);
    if (/^-?\s*endfor\b/.test(code)) names.pop();
  }
  return names.flatMap((name) => words.members.map((member) => ({ name: `${name}.${member.name}`, label: member.label })));
}

function membersOf(place: Place, of: string): Suggestions | null {
  const close = place.part.kind === "output";
  const list = place.words.variables.find(({ name, type }) => name === of && type === "list");
  if (list) return offer(place, [{ name: "size", label: list.label }], close);
  const own = loops(place).filter(({ name }) => name.startsWith(`${of}.`));
  return offer(
    place,
    own.map(({ name, label }) => ({ name: name.slice(of.length + 1), label })),
    close,
  );
}

const ASKS = new Set(["if", "unless", "elsif", "case", "when"]);

function inTag(place: Place, head: string): Suggestions | null {
  const [tag = "", ...rest] = head.split(/\s+/).filter(Boolean);
  if (tag === "") return tags(place);
  const last = rest.at(-1);
  const lists = place.words.variables.filter(({ type }) => type === "list");
  if (tag === "for") return last === "in" ? offer(place, lists, !place.part.closed) : null;
  if (tag === "assign") {
    if (last === "|") return filters(place, head.slice(head.indexOf("=") + 1));
    return last === "=" ? offer(place, place.words.variables, false) : null;
  }
  if (!ASKS.has(tag) || (last !== undefined && !/^(?:and|or|contains|[=!<>]+|,)$/.test(last))) return null;
  const sizes = lists.map((list) => ({ ...list, name: `${list.name}.size` }));
  return offer(place, [...loops(place), ...place.words.variables.filter(({ type }) => type !== "list"), ...sizes], last === undefined);
}

const ENDS: Readonly<Record<string, string>> = { endif: "if", endunless: "unless", endcase: "case", endfor: "for", endcomment: "comment" };
const BRANCHES: Readonly<Record<string, readonly string[]>> = {
  elsif: ["if"],
  else: ["if", "unless", "case", "for"],
  when: ["case"],
  break: ["for"],
  continue: ["for"],
};

/** Tags that make sense here: an end only of what is open, a loop only over a list there is. */
function tags(place: Place): Suggestions | null {
  const open = openTags(place);
  const list = place.words.variables.find(({ type }) => type === "list");
  const fits = ({ name }: Word): boolean => {
    if (ENDS[name]) return open.at(-1) === ENDS[name];
    if (BRANCHES[name]) return BRANCHES[name].some((tag) => open.includes(tag));
    return name !== "for" || list !== undefined;
  };
  const whole = (word: Word): Offer => {
    const { name } = word;
    if (name === "if" || name === "unless" || name === "case")
      return { ...word, write: [`${name} `, ""], after: `{% end${name} %}`, more: true };
    if (name === "elsif" || name === "when") return { ...word, write: [`${name} `, ""], more: true };
    if (name === "for" && list) return { ...word, write: [`for product in ${list.name}`, ""], after: "{% endfor %}" };
    if (name === "comment") return { ...word, after: "{% endcomment %}" };
    return name === "assign" ? { ...word, write: ["assign ", " = "] } : word;
  };
  return offer(place, place.words.tags.filter(fits).map(whole));
}

function openTags({ text, part }: Place): string[] {
  const open: string[] = [];
  for (const one of partsOf(text)) {
    if (one.from >= part.from) break;
    const name = one.kind === "tag" ? /^-?\s*(\w+)/.exec(text.slice(one.from + 2, one.to))?.[1] : undefined;
    if (!name) continue;
    if (Object.values(ENDS).includes(name)) open.push(name);
    else if (ENDS[name] && open.at(-1) === ENDS[name]) open.pop();
  }
  return open;
}

/** `{amo` in a campaign's simple text. */
function placeholders(text: string, caret: number, { variables }: Vocabulary): Suggestions | null {
  const typed = /\{([\p{L}\p{N}_]*)$/u.exec(text.slice(0, caret))?.[1];
  if (typed === undefined) return null;
  const to = caret + (/^\w*/.exec(text.slice(caret))?.[0].length ?? 0);
  const closed = text[to] === "}";
  return {
    from: caret - typed.length,
    to: closed ? to + 1 : to,
    items: variables.map(({ name, label, value }) => ({ name, label, value, insert: `${name}}`, caret: name.length + 1, more: false })),
  };
}
