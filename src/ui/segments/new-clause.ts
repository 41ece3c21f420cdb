import {
  attribute,
  isFunction,
  type Operator,
  operatorsOf,
  type ParameterField,
  parameterOf,
  parameterOperators,
  type ValueType,
} from "@/server/segments/fields";
import {
  type AttributeName,
  type Clause,
  COMPARISONS,
  type FunctionName,
  PARAMETER_NAMES,
  type Parameter,
  type ParameterName,
  type TextValue,
  type Value,
} from "@/server/segments/schema";

/** Complete conditions to begin with, and changes of operator that keep the value. Pure: the visual editor never holds half a condition. */
export function firstValue(type: ValueType, values: readonly string[] = []): Value {
  switch (type) {
    case "money":
      return { type: "number", text: "50" };
    case "integer":
      return { type: "number", text: "1" };
    case "decimal":
      return { type: "number", text: "0.5" };
    case "boolean":
      return { type: "boolean", value: true };
    case "date":
    case "day":
      return { type: "offset", amount: -30, unit: "d" };
    case "enum":
      return { type: "text", value: values[0] ?? "" };
    default:
      return { type: "text", value: "" };
  }
}

const isComparison = (operator: Operator) => COMPARISONS.find((comparison) => comparison === operator);

export function newAttributeClause(name: AttributeName): Clause {
  const field = attribute(name);
  const operators = operatorsOf(name);
  const first = operators.includes(">=") ? ">=" : (operators[0] ?? "=");
  return withOperator(name, first, firstValue(field.type, field.values), null);
}

export const newAnniversary = (): Clause => ({
  kind: "anniversary",
  attribute: "metafields.facts.birth_date",
  from: { type: "named", name: "today" },
  to: { type: "offset", amount: 30, unit: "d" },
});

/** Parameters without which a function means nothing come with it. */
export const newFunctionClause = (name: FunctionName): Clause => ({
  kind: "matches",
  function: name,
  negated: false,
  parameters: PARAMETER_NAMES.filter((parameter) => parameterOf(name, parameter)?.needed).map((parameter) => newParameter(name, parameter)),
});

/** A condition about something else, complete from the start. */
export function clauseFor(subject: AttributeName | FunctionName | "anniversary"): Clause {
  if (subject === "anniversary") return newAnniversary();
  return isFunction(subject) ? newFunctionClause(subject) : newAttributeClause(subject);
}

const asText = (value: Value): TextValue => (value.type === "text" ? value : { type: "text", value: "" });

/** The clause of an attribute with an operator; `second` is the upper end of a span. */
export function withOperator(name: AttributeName, operator: Operator, value: Value, second: Value | null): Clause {
  if (operator === "BETWEEN") return { kind: "between", attribute: name, from: value, to: second ?? laterOf(value) };
  if (operator === "IS NULL" || operator === "IS NOT NULL") return { kind: "null", attribute: name, negated: operator === "IS NOT NULL" };
  if (operator === "CONTAINS" || operator === "NOT CONTAINS") {
    return { kind: "contains", attribute: name, negated: operator === "NOT CONTAINS", value: asText(value) };
  }
  return { kind: "compare", attribute: name, op: isComparison(operator) ?? "=", value };
}

/** A span from a date usually ends today; from a number, with the number. */
const laterOf = (value: Value): Value =>
  value.type === "number" || value.type === "text" || value.type === "boolean" ? value : { type: "named", name: "today" };

/** The operator of an attribute's clause as the operator list names it, and its values. */
export function partsOf(clause: Exclude<Clause, { kind: "matches" | "anniversary" }>): {
  operator: Operator;
  value: Value;
  second: Value | null;
} {
  const field = attribute(clause.attribute);
  switch (clause.kind) {
    case "compare":
      return { operator: clause.op, value: clause.value, second: null };
    case "between":
      return { operator: "BETWEEN", value: clause.from, second: clause.to };
    case "contains":
      return { operator: clause.negated ? "NOT CONTAINS" : "CONTAINS", value: clause.value, second: null };
    case "null":
      return { operator: clause.negated ? "IS NOT NULL" : "IS NULL", value: firstValue(field.type, field.values), second: null };
  }
}

export function newParameter(fn: FunctionName, name: ParameterName): Parameter {
  const field = fieldOf(fn, name);
  const operators = parameterOperators(field);
  const operator = operators.includes(">=") ? ">=" : operators.includes("IN") ? "IN" : (operators[0] ?? "=");
  return withParameterOperator(name, operator, [firstValue(field.type)], null);
}

export function fieldOf(fn: FunctionName, name: ParameterName): ParameterField {
  const field = parameterOf(fn, name);
  if (!field) throw new Error(`${fn} has no parameter ${name}`);
  return field;
}

export function withParameterOperator(name: ParameterName, operator: Operator, values: readonly Value[], second: Value | null): Parameter {
  const [value] = values;
  if (!value) throw new Error("a parameter has a value");
  if (operator === "BETWEEN") return { kind: "between", name, from: value, to: second ?? laterOf(value) };
  if (operator === "IN" || operator === "NOT IN") return { kind: "in", name, negated: operator === "NOT IN", values: values.map(asText) };
  return { kind: "compare", name, op: isComparison(operator) ?? "=", value };
}

export function parameterParts(parameter: Parameter): { operator: Operator; values: readonly Value[]; second: Value | null } {
  switch (parameter.kind) {
    case "compare":
      return { operator: parameter.op, values: [parameter.value], second: null };
    case "between":
      return { operator: "BETWEEN", values: [parameter.from], second: parameter.to };
    case "in":
      return { operator: parameter.negated ? "NOT IN" : "IN", values: parameter.values, second: null };
  }
}
