import { ALIASES, ATTRIBUTES, FUNCTIONS, isFunction } from "../fields";
import { type Ast, type Clause, EVERYONE, type Issue, LIMITS, type Node } from "../schema";
import { readClause } from "./clause";
import { ClauseFailure, Cursor, clip } from "./cursor";
import { attributeNamed, type CustomTypes } from "./custom-name";
import { nearest } from "./nearest";

/** Characters of one condition, in the order of `clausesOf(ast)`. */
export type Span = { from: number; to: number };

/** Either an AST and no issue, or at least one issue and no AST. A query with errors never means anything. */
export type ParseResult = { ast: Ast; issues: []; spans: Span[] } | { ast: null; issues: [Issue, ...Issue[]]; spans: Span[] };

/** Ends the whole reading: a bound of the language is exceeded. */
class Abort extends Error {}

const RESERVED = new Set(["AND", "OR", "NOT", "BETWEEN", "CONTAINS", "NOT_CONTAINS", "MATCHES", "NOT_MATCHES", "IS", "NULL", "IN"]);

class Parser {
  readonly cursor: Cursor;
  readonly spans: Span[] = [];
  private clauses = 0;

  constructor(
    text: string,
    readonly custom: CustomTypes,
  ) {
    this.cursor = new Cursor(text);
  }

  query(): Node | null {
    return this.cursor.peek().kind === "end" ? EVERYONE : this.sequence(0, "end");
  }

  /** Conditions up to `end` or the closing parenthesis. Goes on after an error, so that one look shows all of them. */
  private sequence(depth: number, close: "end" | ")"): Node | null {
    const first = this.or(depth);
    let failed = false;
    for (;;) {
      const token = this.cursor.peek();
      if (token.kind === close) return failed ? null : first;
      failed = true;
      if (token.kind === "end") {
        this.cursor.report("unexpectedEnd", token, {}, ["closeParen", "and", "or"]);
        return null;
      }
      const expected = close === "end" ? "end" : "closeParen";
      if (token.flaw) this.cursor.report(token.flaw, token, { found: clip(token.text) }, ["and", "or", expected]);
      else this.cursor.report("expected", token, { found: clip(token.text) }, ["and", "or", expected]);
      // A condition may begin right here (a forgotten AND); anything else cannot, so it is left out.
      while (!["word", "(", "end", close].includes(this.cursor.peek().kind)) this.cursor.next();
      if (!this.cursor.takeWord("AND")) this.cursor.takeWord("OR");
      const { kind } = this.cursor.peek();
      if (kind !== "end" && kind !== close) this.or(depth);
    }
  }

  private or(depth: number): Node | null {
    return this.joined("or", () => this.joined("and", () => this.primary(depth)));
  }

  private joined(kind: "and" | "or", part: () => Node | null): Node | null {
    const parts = [part()];
    while (this.cursor.takeWord(kind === "and" ? "AND" : "OR")) parts.push(part());
    const children = parts.filter((node) => node !== null);
    const [only] = children;
    if (children.length !== parts.length || !only) return null;
    return children.length === 1 ? only : { kind, children };
  }

  private primary(depth: number): Node | null {
    if (depth > LIMITS.depth) {
      this.cursor.report("tooDeep", this.cursor.peek(), { max: LIMITS.depth });
      throw new Abort();
    }
    if (this.cursor.take("(")) {
      const inner = this.sequence(depth + 1, ")");
      this.cursor.take(")");
      return inner;
    }
    if (this.cursor.takeWord("NOT")) {
      const child = this.primary(depth + 1);
      return child && { kind: "not", child };
    }
    return this.clause();
  }

  private clause(): Clause | null {
    const start = this.cursor.peek();
    const open = { parentheses: 0, between: false };
    try {
      const clause = this.named(open);
      const last = this.cursor.tokens[this.cursor.at - 1] ?? start;
      this.spans.push({ from: start.from, to: last.to });
      return clause;
    } catch (error) {
      if (!(error instanceof ClauseFailure)) throw error;
      this.recover(open);
      return null;
    }
  }

  private named(open: { parentheses: number; between: boolean }): Clause {
    const { cursor } = this;
    const token = cursor.peek();
    if (token.kind !== "word" || RESERVED.has(token.text.toUpperCase())) cursor.failExpected(["condition", "not", "openParen"]);
    this.clauses += 1;
    if (this.clauses > LIMITS.clauses) {
      cursor.report("tooManyClauses", token, { max: LIMITS.clauses });
      throw new Abort();
    }
    const written = token.text.toLowerCase();
    const alias = Object.hasOwn(ALIASES, written) ? (ALIASES[written] ?? written) : written;
    const name = alias === "anniversary" || isFunction(alias) ? alias : attributeNamed(written, this.custom);
    if (!name) {
      const own = Object.keys(this.custom).map((key) => (key.includes(".") ? `metafields.${key}` : `metafields.custom.${key}`));
      const names = [...Object.keys(ATTRIBUTES), ...Object.keys(FUNCTIONS), ...own, "anniversary"];
      return cursor.fail("unknownAttribute", token, { name: clip(token.text), suggestion: nearest(written, names) ?? "none" }, [
        "attribute",
        "function",
      ]);
    }
    cursor.next();
    return readClause(cursor, name, token, open, this.custom);
  }

  /** Goes to the end of the broken condition: the AND, OR or closing parenthesis that belongs to what surrounds it. */
  private recover(open: { parentheses: number; between: boolean }): void {
    let { parentheses, between } = open;
    for (;;) {
      const token = this.cursor.peek();
      if (token.kind === "end") return;
      if (token.kind === "(") parentheses += 1;
      if (token.kind === ")" && parentheses-- === 0) return;
      if (parentheses === 0 && (this.cursor.isWord("AND") || this.cursor.isWord("OR"))) {
        if (!between || this.cursor.isWord("OR")) return;
        between = false;
      }
      this.cursor.next();
    }
  }
}

/** Text to AST. Total: no text throws, loops or recurses deeper than the bound; the time is linear in the length. */
export function parseQuery(text: string, { custom = {} }: { custom?: CustomTypes } = {}): ParseResult {
  if (text.length > LIMITS.text) {
    return {
      ast: null,
      spans: [],
      issues: [{ code: "tooLong", from: LIMITS.text, to: text.length, params: { max: LIMITS.text }, expected: [] }],
    };
  }
  const parser = new Parser(text, custom);
  let ast: Node | null = null;
  try {
    ast = parser.query();
  } catch (error) {
    if (!(error instanceof Abort)) throw error;
  }
  const { issues } = parser.cursor;
  const { spans } = parser;
  if (ast && issues.length === 0) return { ast, issues: [], spans };
  const [first, ...others] = issues.sort((a, b) => a.from - b.from);
  if (!first) throw new Error("a query without meaning must have an issue");
  return { ast: null, issues: [first, ...others], spans };
}
