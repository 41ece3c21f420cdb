import { isoDateToDay } from "@/server/time";
import type { CustomValue, Person } from "./person";
import { type AttributeName, customKey } from "./schema";
import { unknownNode } from "./semantics";

/** A stored value in the form its type is compared in. */
export type Stored =
  | { type: "missing" }
  | { type: "integer"; value: bigint; money: boolean }
  | { type: "fraction"; of: bigint; by: bigint }
  /** A decimal text, compared without rounding. */
  | { type: "decimal"; value: string }
  | { type: "boolean"; value: boolean }
  | { type: "instant"; at: Date }
  | { type: "day"; day: number }
  | { type: "text"; value: string }
  | { type: "list"; values: string[] };

export const MISSING: Stored = { type: "missing" };
export const orMissing = <T>(value: T | null, stored: (value: T) => Stored): Stored => (value === null ? MISSING : stored(value));
export const text = (value: string | null): Stored => orMissing(value, (v) => ({ type: "text", value: v }));

/** The shop's own attributes; the same readings as custom_number … custom_list in SQL. What does not fit the type is missing. */
export function storedCustom(name: AttributeName, person: Person): Stored {
  const custom = customKey(name);
  if (!custom) return unknownNode(`the attribute ${name}`);
  const value = Object.hasOwn(person.custom, custom.key) ? person.custom[custom.key] : undefined;
  if (!value) return MISSING;
  switch (custom.type) {
    case "text":
      return text(textOf(value));
    case "number":
      return orMissing(numberOf(value), (v) => ({ type: "decimal", value: v }));
    case "boolean":
      return value.text === "true" || value.text === "false" ? { type: "boolean", value: value.text === "true" } : MISSING;
    case "date":
      return orMissing(dayOfText(value), (day) => ({ type: "day", day }));
    case "list":
      return orMissing(listOf(value), (values) => ({ type: "list", values }));
  }
}

const SCALARS = new Set(["string", "number", "boolean"]);
const textOf = ({ type, text: scalar }: CustomValue): string | null => (SCALARS.has(type) ? scalar : null);

function numberOf({ type, text: scalar }: CustomValue): string | null {
  if (type === "number") return scalar;
  return type === "string" && scalar !== null && /^-?[0-9]{1,15}([.][0-9]{1,6})?$/.test(scalar) ? scalar : null;
}

function dayOfText({ type, text: scalar }: CustomValue): number | null {
  const day =
    type === "string"
      ? /^([1-8][0-9]{3}-[0-9]{2}-[0-9]{2})(T[0-9:.]{5,12}(Z|[+-][0-9]{2}:[0-9]{2})?)?$/.exec(scalar ?? "")?.[1]
      : undefined;
  if (!day) return null;
  const at = new Date(`${day}T00:00:00Z`);
  return Number.isNaN(at.getTime()) || at.toISOString().slice(0, 10) !== day ? null : isoDateToDay(day);
}

function listOf(value: CustomValue): string[] | null {
  if (value.type !== "array") return value.type === "string" && value.text !== null ? [value.text] : null;
  const texts = value.texts.filter((entry) => entry !== null);
  return texts.length === 0 ? null : texts;
}
