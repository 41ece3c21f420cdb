/**
 * Characters to tokens with positions. Linear in the length of the text, never throws: what is no token becomes a `bad` token,
 * and the parser words the error. Pure.
 */
export type TokenKind = "word" | "number" | "day" | "second" | "offset" | "string" | "operator" | "(" | ")" | "," | ":" | "bad" | "end";

export type Token = {
  kind: TokenKind;
  /** As written. */
  text: string;
  from: number;
  to: number;
  /** The unescaped content of a string. */
  value: string;
  /** What is wrong with this token, if it can be read at all. */
  flaw?: "unterminatedString" | "doubleQuotes" | "badCharacter" | "badNumber";
};

const SPACE = /\s+/y;
// What begins with a digit is taken whole and classified afterwards: no rule can backtrack over a long run of digits.
const NUMERIC = /[+-]?\d[0-9A-Za-z_.:]*(?:-\d[0-9A-Za-z_.:]*)*/y;
const NUMERIC_KINDS: readonly [TokenKind, RegExp][] = [
  ["second", /^\d{4}-\d{2}-\d{2}T[0-9:]*$/],
  ["day", /^\d{4}-\d{2}-\d{2}$/],
  ["offset", /^\d+_(?:days?|weeks?|months?|years?)_ago$/],
  ["offset", /^[+-]?\d+[dwmy]$/],
  ["number", /^[+-]?\d+(?:\.\d+)?$/],
];
const RULES: readonly [TokenKind, RegExp][] = [
  ["word", /[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z0-9_]+)*/y],
  ["operator", /!=|<>|>=|<=|=|>|</y],
  ["(", /\(/y],
  [")", /\)/y],
  [",", /,/y],
  [":", /:/y],
];

/** Reads `'…'` from `start`; `\'` and `\\` are escapes, any other backslash stands for itself. */
function readString(text: string, start: number): Token {
  const quote = text[start] ?? "'";
  let value = "";
  let at = start + 1;
  while (at < text.length && text[at] !== quote) {
    const next = text[at + 1];
    if (text[at] === "\\" && (next === quote || next === "\\")) at += 1;
    value += text[at] ?? "";
    at += 1;
  }
  const closed = at < text.length;
  const to = closed ? at + 1 : text.length;
  const token: Token = { kind: "string", text: text.slice(start, to), from: start, to, value };
  if (!closed) token.flaw = "unterminatedString";
  else if (quote === '"') token.flaw = "doubleQuotes";
  return token;
}

function readRule(text: string, at: number): Token | undefined {
  NUMERIC.lastIndex = at;
  const numeric = NUMERIC.exec(text)?.[0];
  if (numeric) {
    const kind = NUMERIC_KINDS.find(([, pattern]) => pattern.test(numeric))?.[0];
    const token: Token = { kind: kind ?? "bad", text: numeric, from: at, to: at + numeric.length, value: numeric };
    return kind ? token : { ...token, flaw: "badNumber" };
  }
  for (const [kind, pattern] of RULES) {
    pattern.lastIndex = at;
    const match = pattern.exec(text);
    if (match) return { kind, text: match[0], from: at, to: at + match[0].length, value: match[0] };
  }
  return undefined;
}

export function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (at < text.length) {
    SPACE.lastIndex = at;
    if (SPACE.test(text)) {
      at = SPACE.lastIndex;
      continue;
    }
    const quoted = text[at] === "'" || text[at] === '"';
    const token = quoted ? readString(text, at) : readRule(text, at);
    const previous = tokens.at(-1);
    if (token) {
      tokens.push(token);
      at = token.to;
    } else if (previous?.flaw === "badCharacter" && previous.to === at) {
      // One error for a run of strange characters, not one for each.
      previous.to = at + 1;
      previous.text = text.slice(previous.from, previous.to);
      at += 1;
    } else {
      tokens.push({ kind: "bad", text: text[at] ?? "", from: at, to: at + 1, value: "", flaw: "badCharacter" });
      at += 1;
    }
  }
  tokens.push({ kind: "end", text: "", from: text.length, to: text.length, value: "" });
  return tokens;
}
