import { at, canonical, type Json, type JsonObject } from "./json";

/**
 * The part of CEL that `if`, `key` and `idempotency` may use here: paths, literals, comparisons, `&&`, `||`, `!`, `+` and brackets.
 * A path that does not exist equals nothing but null: `event.data.id == async.data.id` must never match because both lack it.
 */
export type Expression =
  | { kind: "value"; value: Json }
  | { kind: "missing" }
  | { kind: "path"; root: Root; path: string[] }
  | { kind: "not"; of: Expression }
  | { kind: "binary"; op: Operator; left: Expression; right: Expression };

export type Root = "event" | "async";
type Operator = (typeof OPERATORS)[number][number];

/** By falling precedence from last to first. */
const OPERATORS = [["||"], ["&&"], ["==", "!=", "<=", ">=", "<", ">"], ["+"]] as const;

const TOKEN = /\s*(?:(&&|\|\||==|!=|<=|>=|[<>!()+.[\]])|(-?\d+(?:\.\d+)?)|("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')|([A-Za-z_][A-Za-z0-9_]*))/y;

type Token = { type: "symbol" | "number" | "string" | "name"; text: string };

function tokens(source: string): Token[] {
  const found: Token[] = [];
  const text = source.trim();
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.length) {
    const from = TOKEN.lastIndex;
    const match = TOKEN.exec(text);
    if (!match) throw new SyntaxError(`expression "${source}": cannot read "${text.slice(from, from + 12)}"`);
    const [, symbol, number, string, name] = match;
    if (symbol) found.push({ type: "symbol", text: symbol });
    else if (number) found.push({ type: "number", text: number });
    else if (string) found.push({ type: "string", text: unquote(string) });
    else if (name) found.push({ type: "name", text: name });
  }
  return found;
}

const ESCAPES: Record<string, string> = { n: "\n", t: "\t", r: "\r" };
const unquote = (text: string): string => text.slice(1, -1).replace(/\\(.)/g, (_, char: string) => ESCAPES[char] ?? char);

/** Parses an expression that may speak of the given roots. Throws SyntaxError naming what it does not understand. */
export function parseExpression(source: string, roots: readonly Root[]): Expression {
  const list = tokens(source);
  let position = 0;
  const fail = (why: string): never => {
    throw new SyntaxError(`expression "${source}": ${why}`);
  };
  const peek = () => list[position];
  const take = (symbol: string): boolean => {
    const token = peek();
    if (token?.type !== "symbol" || token.text !== symbol) return false;
    position++;
    return true;
  };

  const path = (root: Root): Expression => {
    const keys: string[] = [];
    for (;;) {
      if (take(".")) {
        const key = list[position++];
        if (key?.type !== "name") return fail("a name must follow the dot");
        keys.push(key.text);
      } else if (take("[")) {
        const key = list[position++];
        if (key?.type !== "string" || !take("]")) return fail('only ["name"] is supported in brackets');
        keys.push(key.text);
      } else return { kind: "path", root, path: keys };
    }
  };

  const operand = (): Expression => {
    if (take("!")) return { kind: "not", of: operand() };
    if (take("(")) {
      const inner = level(0);
      return take(")") ? inner : fail("a bracket is not closed");
    }
    const token = list[position++];
    if (!token) return fail("it ends too early");
    if (token.type === "number") return { kind: "value", value: Number(token.text) };
    if (token.type === "string") return { kind: "value", value: token.text };
    if (token.type === "symbol") return fail(`unexpected "${token.text}"`);
    if (token.text === "true" || token.text === "false") return { kind: "value", value: token.text === "true" };
    if (token.text === "null") return { kind: "value", value: null };
    const root = roots.find((name) => name === token.text);
    return root ? path(root) : fail(`"${token.text}" is not supported; known: ${roots.join(", ")}`);
  };

  const level = (depth: number): Expression => {
    const operators = OPERATORS[depth];
    if (!operators) return operand();
    let left = level(depth + 1);
    for (;;) {
      const op = operators.find((candidate) => take(candidate));
      if (!op) return left;
      left = { kind: "binary", op, left, right: level(depth + 1) };
    }
  };

  const whole = level(0);
  if (position < list.length) fail(`unexpected "${peek()?.text}"`);
  return whole;
}

export type Scope = { event?: Json; async?: Json };

/** Undefined stands for a missing path. */
export function evaluate(expression: Expression, scope: Scope): Json | undefined {
  switch (expression.kind) {
    case "value":
      return expression.value;
    case "missing":
      return undefined;
    case "path":
      return at(scope[expression.root], expression.path);
    case "not":
      return evaluate(expression.of, scope) !== true;
    case "binary":
      return binary(expression.op, expression.left, expression.right, scope);
  }
}

function binary(op: Operator, leftSide: Expression, rightSide: Expression, scope: Scope): Json | undefined {
  const left = evaluate(leftSide, scope);
  if (op === "&&") return left === true && evaluate(rightSide, scope) === true;
  if (op === "||") return left === true || evaluate(rightSide, scope) === true;
  const right = evaluate(rightSide, scope);
  if (op === "==") return same(left, right);
  if (op === "!=") return !same(left, right);
  if (op === "+") {
    if (typeof left === "number" && typeof right === "number") return left + right;
    return left === undefined || right === undefined ? undefined : `${text(left)}${text(right)}`;
  }
  const comparable = (typeof left === "number" && typeof right === "number") || (typeof left === "string" && typeof right === "string");
  if (!comparable) return false;
  if (op === "<") return left < right;
  if (op === "<=") return left <= right;
  return op === ">" ? left > right : left >= right;
}

function same(left: Json | undefined, right: Json | undefined): boolean {
  if (left === undefined || right === undefined) return left === null || right === null;
  // Canonical, because jsonb gives keys back in its own order.
  return canonical(left) === canonical(right);
}

/** A value as part of a key. */
export const text = (value: Json | undefined): string =>
  value === undefined || value === null ? "" : typeof value === "object" ? JSON.stringify(value) : String(value);

/** Puts the run's own event into the expression, so that a listener needs nothing but the arriving event to decide. */
export function bind(expression: Expression, event: Json): Expression {
  if (expression.kind === "path" && expression.root === "event") {
    const value = at(event, expression.path);
    return value === undefined ? { kind: "missing" } : { kind: "value", value };
  }
  if (expression.kind === "not") return { kind: "not", of: bind(expression.of, event) };
  if (expression.kind === "binary")
    return { kind: "binary", op: expression.op, left: bind(expression.left, event), right: bind(expression.right, event) };
  return expression;
}

/** What every matching event contains: the `path == value` terms of a bound conjunction, as an object for jsonb containment. */
export function necessaryFilter(expression: Expression): JsonObject {
  const filter: JsonObject = {};
  const visit = (part: Expression): void => {
    if (part.kind !== "binary") return;
    if (part.op === "&&") {
      visit(part.left);
      visit(part.right);
      return;
    }
    if (part.op !== "==") return;
    const [path, value] = part.left.kind === "path" ? [part.left, part.right] : [part.right, part.left];
    // null also matches a missing path, and containment of objects is looser than equality: both are left to the evaluation.
    if (path.kind !== "path" || value.kind !== "value" || value.value === null || typeof value.value === "object") return;
    let node = filter;
    for (const key of path.path.slice(0, -1)) {
      const next = node[key];
      const child: JsonObject = typeof next === "object" && next !== null && !Array.isArray(next) ? next : {};
      node[key] = child;
      node = child;
    }
    const last = path.path.at(-1);
    if (last !== undefined) node[last] = value.value;
  };
  visit(expression);
  return filter;
}
