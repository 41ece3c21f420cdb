import {
  type Attribute,
  attribute,
  isAttribute,
  isFunction,
  type Operator,
  operatorsOf,
  type ParameterField,
  parameterOf,
  parameterOperators,
  segmentFunction,
  type ValueType,
} from "../fields";
import {
  type AttributeName,
  type Clause,
  COMPARISONS,
  type Comparison,
  type DateValue,
  type Expected,
  type FunctionName,
  type Issue,
  LIMITS,
  PARAMETER_NAMES,
  type Parameter,
  type ParameterName,
  type TextValue,
  type Value,
} from "../schema";
import { ClauseFailure, type Cursor, clip } from "./cursor";
import { attributeNamed, type CustomTypes } from "./custom-name";
import type { Token } from "./tokenize";
import { EXPECTED_VALUE, readDate, readValue } from "./values";

/** Where the reader is, for the recovery after an error: parentheses of this condition still open; before the AND of a BETWEEN. */
export type Open = { parentheses: number; between: boolean };

/** What a value or operator belongs to, for the error's words and for completion. */
type Subject = { attribute: string } | { function: string; parameter: string };

/** Reads one condition whose name was just read. Throws ClauseFailure after reporting. */
export function readClause(cursor: Cursor, name: string, token: Token, open: Open, custom: CustomTypes): Clause {
  if (name === "anniversary") return readAnniversary(cursor, open, custom);
  if (isFunction(name)) return readFunction(cursor, name, token, open);
  if (isAttribute(name)) return readAttribute(cursor, name, token, open);
  throw new Error(`no attribute or function ${name}`);
}

const EXPECTED_OPERATOR: Partial<Record<Operator, Expected>> = {
  "=": "comparison",
  BETWEEN: "between",
  "IS NULL": "is",
  CONTAINS: "contains",
  MATCHES: "matches",
};

const expectedOperators = (allowed: readonly Operator[]): Expected[] => allowed.flatMap((operator) => EXPECTED_OPERATOR[operator] ?? []);

const isComparison = (operator: Operator): operator is Comparison => COMPARISONS.some((comparison) => comparison === operator);

/** Reads an operator in any spelling; undefined (and nothing consumed) when there is none. */
function takeOperator(cursor: Cursor): Operator | undefined {
  const token = cursor.peek();
  if (token.kind === "operator") {
    cursor.next();
    return COMPARISONS.find((comparison) => comparison === (token.text === "<>" ? "!=" : token.text));
  }
  const negated = cursor.isWord("NOT");
  const at = negated ? 1 : 0;
  for (const word of ["CONTAINS", "MATCHES", "IN"] as const) {
    if (!cursor.isWord(word, at)) continue;
    cursor.at += at + 1;
    return negated ? `NOT ${word}` : word;
  }
  for (const word of ["CONTAINS", "MATCHES"] as const) if (cursor.takeWord(`NOT_${word}`)) return `NOT ${word}`;
  if (cursor.takeWord("BETWEEN")) return "BETWEEN";
  if (!cursor.takeWord("IS")) return undefined;
  const not = cursor.takeWord("NOT");
  if (!cursor.takeWord("NULL")) cursor.failExpected(not ? ["null"] : ["null", "not"]);
  return not ? "IS NOT NULL" : "IS NULL";
}

function readOperator(cursor: Cursor, allowed: readonly Operator[], subject: Subject): Operator {
  const token = cursor.peek();
  const operator = takeOperator(cursor);
  if (!operator) cursor.failExpected(expectedOperators(allowed), subject);
  if (allowed.includes(operator)) return operator;
  const span = { from: token.from, to: cursor.tokens[cursor.at - 1]?.to ?? token.to };
  const isMatches = operator === "MATCHES" || operator === "NOT MATCHES";
  const params = { ...subject, operator, allowed: allowed.join(", ") };
  return cursor.fail(isMatches ? "attributeHasNoMatches" : "operatorNotAllowed", span, params, expectedOperators(allowed));
}

function readTyped(cursor: Cursor, type: ValueType, subject: Subject, values: readonly string[] = []): Value {
  const token = cursor.peek();
  const reading = readValue(token, type, values);
  if ("value" in reading) {
    if (token.flaw) cursor.fail(token.flaw, token, { found: clip(token.text) });
    cursor.next();
    return reading.value;
  }
  const params: Issue["params"] = { ...subject, allowed: values.join(", ") };
  if (reading.code === "wrongValue") cursor.failExpected([EXPECTED_VALUE[type]], params);
  return cursor.fail(reading.code, token, { ...params, found: clip(token.text), ...reading.params }, [EXPECTED_VALUE[type]]);
}

function readRange<V>(cursor: Cursor, open: Open, read: () => V): { from: V; to: V } {
  open.between = true;
  const from = read();
  open.between = false;
  if (!cursor.takeWord("AND")) cursor.failExpected(["and"]);
  return { from, to: read() };
}

function readAttribute(cursor: Cursor, name: AttributeName, token: Token, open: Open): Clause {
  const field: Attribute = attribute(name);
  const subject = { attribute: name };
  if (field.unavailable) cursor.report("unavailable", token, { name, reason: field.unavailable });
  const operator = readOperator(cursor, operatorsOf(name), subject);
  const read = () => readTyped(cursor, field.type, subject, field.values);
  if (operator === "BETWEEN") return { kind: "between", attribute: name, ...readRange(cursor, open, read) };
  if (operator === "IS NULL" || operator === "IS NOT NULL") return { kind: "null", attribute: name, negated: operator === "IS NOT NULL" };
  if (operator === "CONTAINS" || operator === "NOT CONTAINS") {
    return { kind: "contains", attribute: name, negated: operator === "NOT CONTAINS", value: asText(read()) };
  }
  if (isComparison(operator)) return { kind: "compare", attribute: name, op: operator, value: read() };
  throw new Error(`operator ${operator} is not handled`);
}

function asText(value: Value): TextValue {
  if (value.type !== "text") throw new Error("a list, text or id is read as text");
  return value;
}

/** `anniversary('metafields.facts.birth_date') = today` or `… BETWEEN today AND +30d`. */
function readAnniversary(cursor: Cursor, open: Open, custom: CustomTypes): Clause {
  if (!cursor.take("(")) cursor.failExpected(["openParen"]);
  open.parentheses += 1;
  const token = cursor.peek();
  if (token.flaw || (token.kind !== "string" && token.kind !== "word")) cursor.failExpected(["attribute"], { attribute: "anniversary" });
  const name = attributeNamed(token.value.toLowerCase(), custom);
  if (!name || !attribute(name).yearly) {
    return cursor.fail("anniversaryNotAllowed", token, { name: clip(token.value), allowed: "metafields.facts.birth_date" }, ["attribute"]);
  }
  cursor.next();
  if (!cursor.take(")")) cursor.failExpected(["closeParen"]);
  open.parentheses -= 1;
  const subject = { attribute: "anniversary" };
  const operator = readOperator(cursor, ["=", "BETWEEN"], subject);
  const read = (): DateValue => {
    const at = cursor.peek();
    const reading = readDate(at, false);
    if ("value" in reading) {
      cursor.next();
      return reading.value;
    }
    if (reading.code === "wrongValue") cursor.failExpected(["date"], subject);
    return cursor.fail(reading.code, at, { ...subject, found: clip(at.text) }, ["date"]);
  };
  if (operator === "BETWEEN") return { kind: "anniversary", attribute: name, ...readRange(cursor, open, read) };
  return { kind: "anniversary", attribute: name, from: read(), to: null };
}

function readFunction(cursor: Cursor, name: FunctionName, token: Token, open: Open): Clause {
  const field = segmentFunction(name);
  // What it would take makes no difference: one sentence says that there is no answer.
  if (field.unavailable) cursor.fail("unavailable", token, { name, reason: field.unavailable });
  if (name === "in_segment" && cursor.peek().kind === "(" && cursor.peek(1).kind === "string") return readInSegment(cursor, open);
  const old = cursor.peek().kind === "(";
  let negated = false;
  if (!old) {
    const at = cursor.peek();
    const operator = takeOperator(cursor);
    if (!operator) cursor.failExpected(["matches"], { function: name });
    if (operator !== "MATCHES" && operator !== "NOT MATCHES") cursor.fail("functionNeedsMatches", at, { name, operator }, ["matches"]);
    negated = operator === "NOT MATCHES";
  }
  const parameters = readParameters(cursor, name, open, old);
  for (const [needed, { needed: isNeeded }] of Object.entries<ParameterField>(field.parameters)) {
    if (isNeeded && !parameters.some((parameter) => parameter.name === needed)) {
      cursor.fail("parameterNeeded", token, { name: needed, function: name }, ["parameter"]);
    }
  }
  if (!old) return { kind: "matches", function: name, negated, parameters };
  // Shopify's former spelling: products_purchased(id: 1) = true.
  if (cursor.peek().text !== "=") cursor.failExpected(["matches"], { function: name });
  cursor.next();
  if (cursor.takeWord("TRUE")) return { kind: "matches", function: name, negated: false, parameters };
  if (!cursor.takeWord("FALSE")) cursor.failExpected(["matches"], { function: name });
  return { kind: "matches", function: name, negated: true, parameters };
}

/** `in_segment('…')`, short for `in_segment MATCHES (id = '…')`. */
function readInSegment(cursor: Cursor, open: Open): Clause {
  cursor.next();
  open.parentheses += 1;
  const value = asText(readTyped(cursor, "id", { function: "in_segment", parameter: "id" }));
  if (!cursor.take(")")) cursor.failExpected(["closeParen"], { function: "in_segment" });
  open.parentheses -= 1;
  return { kind: "matches", function: "in_segment", negated: false, parameters: [{ kind: "compare", name: "id", op: "=", value }] };
}

function readParameters(cursor: Cursor, name: FunctionName, open: Open, old: boolean): Parameter[] {
  if (!cursor.take("(")) cursor.failExpected(["openParen"], { function: name });
  open.parentheses += 1;
  const parameters: Parameter[] = [];
  let failed = false;
  while (cursor.peek().kind !== ")") {
    try {
      const parameter = readParameter(cursor, name, parameters, open, old);
      parameters.push(parameter);
    } catch (error) {
      if (!(error instanceof ClauseFailure)) throw error;
      failed = true;
      skipParameter(cursor, open);
    }
    if (cursor.take(",")) {
      if (cursor.peek().kind === ")") cursor.failExpected(["parameter"], { function: name });
    } else if (cursor.peek().kind !== ")") {
      if (failed && cursor.peek().kind === "end") throw new ClauseFailure();
      cursor.failExpected(["comma", "closeParen"], { function: name });
    }
  }
  cursor.next();
  open.parentheses -= 1;
  if (failed) throw new ClauseFailure();
  return parameters;
}

/** After an error within a parameter: on to the comma or parenthesis that ends it. */
function skipParameter(cursor: Cursor, open: Open): void {
  let depth = open.parentheses - 1;
  open.between = false;
  for (;;) {
    const { kind } = cursor.peek();
    if (kind === "end") return;
    if (kind === "(") depth += 1;
    if (kind === ")" && depth-- === 0) break;
    if (kind === "," && depth === 0) break;
    cursor.next();
  }
  open.parentheses = 1;
}

function readParameter(cursor: Cursor, fn: FunctionName, before: readonly Parameter[], open: Open, old: boolean): Parameter {
  const token = cursor.peek();
  const known = Object.keys(segmentFunction(fn).parameters)
    .filter((parameter) => !parameterOf(fn, parameter)?.unavailable)
    .join(", ");
  if (token.kind !== "word") cursor.failExpected(["parameter"], { function: fn, allowed: known });
  const written = token.text.toLowerCase();
  const name: ParameterName | undefined = PARAMETER_NAMES.find((candidate) => candidate === written);
  const field = name && parameterOf(fn, name);
  if (!name || !field)
    return cursor.fail("unknownParameter", token, { name: clip(token.text), function: fn, allowed: known }, ["parameter"]);
  if (before.some((parameter) => parameter.name === name)) cursor.fail("parameterRepeated", token, { name, function: fn });
  if (field.unavailable) cursor.fail("unavailable", token, { name, reason: field.unavailable });
  cursor.next();
  const subject = { function: fn, parameter: name };
  const read = () => readTyped(cursor, field.type, subject);
  if (old) {
    if (!cursor.take(":")) cursor.failExpected(["comparison"], subject);
    return { kind: "compare", name, op: field.type === "date" ? ">=" : "=", value: read() };
  }
  const operator = readOperator(cursor, parameterOperators(field), subject);
  if (operator === "BETWEEN") return { kind: "between", name, ...readRange(cursor, open, read) };
  if (operator === "IN" || operator === "NOT IN") {
    return { kind: "in", name, negated: operator === "NOT IN", values: readList(cursor, () => asText(read()), open, subject) };
  }
  if (isComparison(operator)) return { kind: "compare", name, op: operator, value: read() };
  throw new Error(`operator ${operator} is not handled`);
}

function readList(cursor: Cursor, read: () => TextValue, open: Open, subject: Subject): TextValue[] {
  if (!cursor.take("(")) cursor.failExpected(["list"], subject);
  open.parentheses += 1;
  const values = [read()];
  while (cursor.take(",")) {
    if (values.length >= LIMITS.listValues) cursor.fail("tooManyValues", cursor.peek(), { max: LIMITS.listValues });
    values.push(read());
  }
  if (!cursor.take(")")) cursor.failExpected(["comma", "closeParen"], subject);
  open.parentheses -= 1;
  return values;
}
