import type { ClauseOf, Parameter } from "./schema";
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

/** The segments an in_segment clause names, and whether it means the people outside them. */
export function segmentsNamed(clause: ClauseOf<"matches">): { ids: string[]; negated: boolean } {
  const [parameter, ...others] = clause.parameters;
  if (parameter?.name !== "id" || others.length > 0) return unknownNode("in_segment without one id");
  const { values, negated } = parameterTexts(parameter);
  return { ids: values, negated: negated !== clause.negated };
}
