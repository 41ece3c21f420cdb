import type { ValueType } from "../fields";
import { type DateValue, type Expected, type IssueCode, LIMITS, MAX_OFFSET, NUMBER_TEXT, type Value } from "../schema";
import type { Token } from "./tokenize";

/** The reading of one value token: the value, or what is wrong with it. Pure. */
export type Reading<V> = { value: V } | { code: IssueCode; params?: Record<string, string | number> };

const INT64_MAX = 9_223_372_036_854_775_807n;

/** `+007.50` → `7.5`; null when the number has too many digits to be exact here. */
export function canonicalNumber(text: string): string | null {
  const match = text.length <= 40 ? /^([+-]?)0*(\d+?)(?:\.(\d*?)0*)?$/.exec(text) : null;
  if (!match) return null;
  const digits = `${match[2]}${match[3] ? `.${match[3]}` : ""}`;
  const canonical = match[1] === "-" && digits !== "0" ? `-${digits}` : digits;
  return NUMBER_TEXT.test(canonical) ? canonical : null;
}

const isDay = (day: string): boolean => {
  const date = new Date(`${day}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().slice(0, 10) === day && day >= "1000-01-01" && day < "9000-01-01";
};

const SECOND = /^(\d{4}-\d{2}-\d{2})T([01]\d|2[0-3]):([0-5]\d)(?::([0-5]\d))?$/;
const UNITS: Record<string, "d" | "w" | "m" | "y"> = { d: "d", w: "w", m: "m", y: "y" };

function readOffset(token: Token): Reading<DateValue> {
  const match = /^([+-]?)(\d+)(?:([dwmy])|_([dwmy])[a-z]+_ago)$/.exec(token.text);
  const unit = UNITS[match?.[3] ?? match?.[4] ?? ""];
  const old = match?.[4] !== undefined;
  // "30d" could mean both directions; the sign says which.
  if (!match || !unit || (!old && match[1] === "")) return { code: "badDate" };
  const size = Number(match[2]);
  if (size > MAX_OFFSET[unit]) return { code: "badDate" };
  const amount = (old || match[1] === "-") && size > 0 ? -size : size;
  return { value: { type: "offset", amount, unit } };
}

export function readDate(token: Token, timeAllowed: boolean): Reading<DateValue> {
  const word = token.text.toLowerCase();
  if (token.kind === "word" && (word === "today" || word === "yesterday")) return { value: { type: "named", name: word } };
  if (token.kind === "offset") return readOffset(token);
  if (token.kind === "day") return isDay(token.text) ? { value: { type: "day", day: token.text } } : { code: "badDate" };
  if (token.kind === "second") {
    const match = SECOND.exec(token.text);
    if (!match?.[1] || !isDay(match[1])) return { code: "badDate" };
    if (!timeAllowed) return { code: "timeNotAllowed" };
    return { value: { type: "second", at: `${match[1]}T${match[2]}:${match[3]}:${match[4] ?? "00"}` } };
  }
  return { code: "wrongValue" };
}

function readNumber(token: Token, integer: boolean): Reading<Value> {
  if (token.kind !== "number") return { code: "wrongValue" };
  const text = canonicalNumber(token.text);
  if (text === null) return { code: "badNumber" };
  if (integer) {
    if (text.includes(".")) return { code: "integerNeeded" };
    const value = BigInt(text);
    if (value > INT64_MAX || value < -INT64_MAX) return { code: "badNumber" };
  }
  return { value: { type: "number", text } };
}

/** A text that PostgreSQL can store: no NUL, no half surrogate pair, and not longer than the bound. */
const readText = (value: string): Reading<Value> =>
  value.length > LIMITS.string || value.includes("\0") || !value.isWellFormed()
    ? { code: "badText", params: { max: LIMITS.string } }
    : { value: { type: "text", value } };

function readBoolean(token: Token): Reading<Value> {
  const word = token.text.toLowerCase();
  return token.kind === "word" && (word === "true" || word === "false")
    ? { value: { type: "boolean", value: word === "true" } }
    : { code: "wrongValue" };
}

function readEnum(token: Token, values: readonly string[]): Reading<Value> {
  if (token.kind !== "string" && token.kind !== "word") return { code: "wrongValue" };
  const value = token.kind === "string" ? token.value : token.text;
  return values.includes(value) ? { value: { type: "text", value } } : { code: "notInEnum", params: { allowed: values.join(", ") } };
}

/** Product numbers may be digits as in Shopify, or any quoted text as in other shops. Digits are kept as written. */
function readId(token: Token): Reading<Value> {
  if (token.kind === "string") return readText(token.value);
  return token.kind === "number" && /^\d+$/.test(token.text) ? readText(token.text) : { code: "wrongValue" };
}

export function readValue(token: Token, type: ValueType, values: readonly string[] = []): Reading<Value> {
  switch (type) {
    case "money":
      return readNumber(token, false);
    case "integer":
      return readNumber(token, true);
    case "decimal":
      return readNumber(token, false);
    case "boolean":
      return readBoolean(token);
    case "date":
      return readDate(token, true);
    case "day":
      return readDate(token, false);
    case "enum":
      return readEnum(token, values);
    case "string":
    case "list":
      return token.kind === "string" ? readText(token.value) : { code: "wrongValue" };
    case "id":
      return readId(token);
  }
}

export const EXPECTED_VALUE: Record<ValueType, Expected> = {
  money: "number",
  integer: "integer",
  decimal: "number",
  boolean: "boolean",
  date: "date",
  day: "date",
  enum: "enum",
  string: "text",
  list: "text",
  id: "id",
};
