import type { Parameter } from "./schema";
import {
  type Clock,
  type DateRange,
  dateBetween,
  dateRange,
  type IntegerRange,
  integerBetween,
  integerRange,
  unknownNode,
} from "./semantics";

/** A function's parameter as the range or list it means; the same for SQL and memory. Pure. */
export function parameterIntegers(parameter: Parameter, scale: number): IntegerRange {
  if (parameter.kind === "compare") return integerRange(parameter.op, parameter.value, scale);
  return parameter.kind === "between" ? integerBetween(parameter.from, parameter.to, scale) : unknownNode(`IN of ${parameter.name}`);
}

export function parameterDates(parameter: Parameter, clock: Clock): DateRange {
  if (parameter.kind === "compare") return dateRange(parameter.op, parameter.value, clock);
  return parameter.kind === "between" ? dateBetween(parameter.from, parameter.to, clock) : unknownNode(`IN of ${parameter.name}`);
}

/** The texts a parameter lists and whether it excludes them: `= 'a'`, `!= 'a'`, `IN (…)`, `NOT IN (…)`. */
export function parameterTexts(parameter: Parameter): { values: string[]; negated: boolean } {
  if (parameter.kind === "in") return { values: parameter.values.map(({ value }) => value), negated: parameter.negated };
  if (parameter.kind === "compare" && parameter.value.type === "text" && (parameter.op === "=" || parameter.op === "!=")) {
    return { values: [parameter.value.value], negated: parameter.op === "!=" };
  }
  return unknownNode(`this form of ${parameter.name}`);
}
