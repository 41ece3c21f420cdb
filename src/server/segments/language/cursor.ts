import type { Expected, Issue, IssueCode } from "../schema";
import { LIMITS } from "../schema";
import { type Token, tokenize } from "./tokenize";

/** Ends the reading of one condition; the parser goes on with the next AND, OR or closing parenthesis. */
export class ClauseFailure extends Error {}

/** The tokens of a query, where the parser is in them, and what was wrong so far. Pure. */
export class Cursor {
  readonly tokens: Token[];
  readonly issues: Issue[] = [];
  at = 0;

  constructor(readonly text: string) {
    this.tokens = tokenize(text);
  }

  peek(ahead = 0): Token {
    const token = this.tokens[this.at + ahead] ?? this.tokens.at(-1);
    if (!token) throw new Error("a token list always ends with an end token");
    return token;
  }

  next(): Token {
    const token = this.peek();
    if (token.kind !== "end") this.at += 1;
    return token;
  }

  isWord(word: string, ahead = 0): boolean {
    const token = this.peek(ahead);
    return token.kind === "word" && token.text.toUpperCase() === word;
  }

  takeWord(word: string): boolean {
    if (!this.isWord(word)) return false;
    this.at += 1;
    return true;
  }

  take(kind: Token["kind"]): boolean {
    if (this.peek().kind !== kind) return false;
    this.at += 1;
    return true;
  }

  report(code: IssueCode, span: { from: number; to: number }, params: Issue["params"] = {}, expected: Expected[] = []): void {
    // Three open parentheses miss the same thing at the same end: one sentence says it.
    if (this.issues.some((issue) => issue.code === code && issue.from === span.from)) return;
    if (this.issues.length < LIMITS.issues) this.issues.push({ code, from: span.from, to: span.to, params, expected });
  }

  fail(code: IssueCode, span: { from: number; to: number }, params: Issue["params"] = {}, expected: Expected[] = []): never {
    this.report(code, span, params, expected);
    throw new ClauseFailure();
  }

  /** Something else was needed here. A token that is broken in itself says so instead. */
  failExpected(expected: Expected[], params: Issue["params"] = {}, token = this.peek()): never {
    if (token.flaw) this.fail(token.flaw, token, { found: clip(token.text) }, expected);
    if (token.kind === "end") this.fail("unexpectedEnd", token, params, expected);
    this.fail("expected", token, { ...params, found: clip(token.text) }, expected);
  }
}

/** Long enough to recognise, short enough for a sentence. */
export const clip = (text: string): string => (text.length > 40 ? `${text.slice(0, 39)}…` : text);
