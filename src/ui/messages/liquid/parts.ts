/** A value or a tag in a text. `to` is behind its closing braces, or where the line ends when they are missing. */
export type Part = { kind: "output" | "tag"; from: number; to: number; closed: boolean };

const OPEN = /\{\{|\{%/g;

/** The values and tags of a text in order, also those that somebody is still writing. */
export function partsOf(text: string): Part[] {
  const parts: Part[] = [];
  let behind = 0;
  for (const { index, 0: opener } of text.matchAll(OPEN)) {
    if (index < behind) continue;
    const inner = text.slice(index + 2);
    const end = inner.indexOf(opener === "{{" ? "}}" : "%}");
    const next = inner.search(/\{\{|\{%/);
    const closed = end >= 0 && (next < 0 || end < next);
    const stop = inner.search(/\n|\{\{|\{%/);
    behind = index + 2 + (closed ? end + 2 : stop < 0 ? inner.length : stop);
    parts.push({ kind: opener === "{{" ? "output" : "tag", from: index, to: behind, closed });
  }
  return parts;
}

/** The part somebody is writing in, if any. */
export const partAt = (text: string, caret: number): Part | null =>
  partsOf(text).find(({ from, to, closed }) => from + 2 <= caret && caret <= (closed ? to - 2 : to)) ?? null;

export type Mark = { from: number; to: number };

/** Where a name or filter stands in the parts of a text, outside of quotes; an unknown variable is named as the checker names it. */
export function placesOf(text: string, name: string): Mark[] {
  const found: Mark[] = [];
  for (const part of partsOf(text)) {
    const code = text.slice(part.from, part.to).replace(/"[^"]*"|'[^']*'/g, (quoted) => " ".repeat(quoted.length));
    for (const word of code.matchAll(/[\p{L}_][\p{L}\p{N}_-]*/gu))
      if (word[0] === name && code[word.index - 1] !== ".")
        found.push({ from: part.from + word.index, to: part.from + word.index + name.length });
  }
  return found;
}

/** What a mistake in the language is about: the part at the line and column the parser names, else the first one left open. */
export function brokenPart(text: string, detail: string): Mark | null {
  const parts = partsOf(text);
  const place = /line:(\d+), col:(\d+)/.exec(detail);
  if (place) {
    const lines = text.split("\n").slice(0, Number(place[1]) - 1);
    const at = lines.reduce((sum, line) => sum + line.length + 1, 0) + Number(place[2]) - 1;
    const hit = parts.find(({ from, to }) => from <= at && at < to);
    if (hit) return { from: hit.from, to: hit.to };
  }
  const open = parts.find(({ closed }) => !closed);
  return open ? { from: open.from, to: open.to } : null;
}

/** The longest thing chosen from the list is about as long: from here on it may not fit. */
const NEAR = 45;

/** Characters that still fit, once it is time to say so; null before. */
export const leftNearLimit = (text: string, max: number): number | null => {
  const left = Math.max(0, max - text.length);
  return left < Math.max(NEAR, max / 10) ? left : null;
};
