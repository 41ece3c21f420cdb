import type { ValueType } from "../fields";
import { attribute, parameterOf } from "../fields";
import { type Ast, type AttributeName, type Clause, customKey, isClause, type Node, type Parameter, type Value } from "../schema";

/** The text of an AST. `parseQuery(print(ast))` gives `ast` for every AST whose groups have two or more parts. Pure. */
export const quote = (text: string): string => `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;

export function printValue(value: Value, type: ValueType): string {
  switch (value.type) {
    case "text":
      return type === "id" && /^\d{1,19}$/.test(value.value) ? value.value : quote(value.value);
    case "number":
      return value.text;
    case "boolean":
      return String(value.value);
    case "day":
      return value.day;
    case "second":
      return value.at;
    case "offset":
      return `${value.amount < 0 ? "-" : "+"}${Math.abs(value.amount)}${value.unit}`;
    case "named":
      return value.name;
  }
}

/** A custom attribute is written as a metafield; the shop's definitions give its type back. */
export function printName(name: AttributeName): string {
  const custom = customKey(name);
  if (!custom) return name;
  return custom.key.includes(".") ? `metafields.${custom.key}` : `metafields.custom.${custom.key}`;
}

function printParameter(parameter: Parameter, type: ValueType): string {
  switch (parameter.kind) {
    case "compare":
      return `${parameter.name} ${parameter.op} ${printValue(parameter.value, type)}`;
    case "between":
      return `${parameter.name} BETWEEN ${printValue(parameter.from, type)} AND ${printValue(parameter.to, type)}`;
    case "in":
      return `${parameter.name} ${parameter.negated ? "NOT IN" : "IN"} (${parameter.values.map((v) => printValue(v, type)).join(", ")})`;
  }
}

export function printClause(clause: Clause): string {
  switch (clause.kind) {
    case "compare":
      return `${printName(clause.attribute)} ${clause.op} ${printValue(clause.value, attribute(clause.attribute).type)}`;
    case "between": {
      const type = attribute(clause.attribute).type;
      return `${printName(clause.attribute)} BETWEEN ${printValue(clause.from, type)} AND ${printValue(clause.to, type)}`;
    }
    case "null":
      return `${printName(clause.attribute)} IS ${clause.negated ? "NOT " : ""}NULL`;
    case "contains":
      return `${printName(clause.attribute)} ${clause.negated ? "NOT " : ""}CONTAINS ${printValue(clause.value, "list")}`;
    case "anniversary": {
      const from = printValue(clause.from, "day");
      const span = clause.to === null ? `= ${from}` : `BETWEEN ${from} AND ${printValue(clause.to, "day")}`;
      return `anniversary('${printName(clause.attribute)}') ${span}`;
    }
    case "matches": {
      const parameters = clause.parameters.map((p) => printParameter(p, parameterOf(clause.function, p.name)?.type ?? "string"));
      return `${clause.function} ${clause.negated ? "NOT " : ""}MATCHES (${parameters.join(", ")})`;
    }
  }
}

function printNode(node: Node, inGroup: boolean): string {
  if (isClause(node)) return printClause(node);
  if (node.kind === "not") return `NOT ${printNode(node.child, true)}`;
  const [only, ...rest] = node.children;
  if (!only) return "";
  if (rest.length === 0) return printNode(only, inGroup);
  const text = node.children.map((child) => printNode(child, true)).join(node.kind === "and" ? " AND " : " OR ");
  return inGroup ? `(${text})` : text;
}

export const print = (ast: Ast): string => printNode(ast, false);

/**
 * One form for queries that mean the same by construction: groups of one part are unwrapped, groups within a group of their own
 * kind are merged, a double NOT is dropped. The order stays, because people read it.
 */
export function canonical(node: Node): Node {
  if (isClause(node)) return node;
  if (node.kind === "not") {
    const child = canonical(node.child);
    return child.kind === "not" ? child.child : { kind: "not", child };
  }
  const children = node.children.map(canonical).flatMap((child) => (child.kind === node.kind ? child.children : [child]));
  const [only, ...rest] = children;
  return only && rest.length === 0 ? only : { kind: node.kind, children };
}
