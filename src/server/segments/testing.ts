import fc from "fast-check";
import { attribute, FUNCTIONS, operatorsOf, parameterOf, parameterOperators, segmentFunction, type ValueType } from "./fields";
import {
  type Ast,
  ATTRIBUTE_NAMES,
  type AttributeName,
  type Clause,
  COMPARISONS,
  type Comparison,
  customKey,
  type DateValue,
  FUNCTION_NAMES,
  type FunctionName,
  type Node,
  type Parameter,
  type ParameterName,
  type TextValue,
  type Value,
} from "./schema";

/** Random queries of the whole language, for the property tests. Small pools of values, so that clauses hit people of a small shop. */
const DAYS = ["2025-10-26", "2026-01-01", "2026-02-28", "2026-03-01", "2026-03-28", "2026-03-29", "2026-03-30", "2026-04-15"];
const SECONDS = ["2026-03-29T01:59:59", "2026-03-29T02:30:00", "2026-03-29T03:00:00", "2025-10-26T02:30:00", "2026-04-01T00:00:00"];

export const someDay: fc.Arbitrary<DateValue> = fc.oneof(
  fc.constantFrom(...DAYS).map((day): DateValue => ({ type: "day", day })),
  fc.constantFrom<DateValue>({ type: "named", name: "today" }, { type: "named", name: "yesterday" }),
  fc
    .tuple(fc.integer({ min: -40, max: 40 }), fc.constantFrom("d" as const, "w" as const, "m" as const))
    .map(([amount, unit]): DateValue => ({ type: "offset", amount, unit })),
  fc.integer({ min: -2, max: 2 }).map((amount): DateValue => ({ type: "offset", amount, unit: "y" })),
);
const someSecond = fc.constantFrom(...SECONDS).map((at): DateValue => ({ type: "second", at }));

const someText = (pool: readonly string[]): fc.Arbitrary<TextValue> =>
  fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...pool) }, fc.string({ unit: "grapheme", maxLength: 12 })).map((value) => ({
    type: "text",
    value: value.replaceAll("\0", ""),
  }));

const POOLS: Partial<Record<AttributeName | ParameterName, readonly string[]>> = {
  customer_tags: ["VIP", "vip", "Öko", "öKO", "it's", "a\\b", "neu"],
  customer_countries: ["DE", "at", "FR"],
  customer_regions: ["BE", "DE-BE", "by"],
  customer_cities: ["Berlin", "DE-BE-Berlin", "bad tölz", "DE-BY-BadTölz"],
  customer_email_domain: ["example.de", "xn--exmple-cua.de", "nowhere.test"],
  customer_language: ["de", "en", "fr"],
  id: ["1012132033639", "85123A", "301", "p-1", "p-2", "p-3"],
  activity_id: ["m1", "m2", "7"],
  tag: ["Sports wear", "sports WEAR", "Öko"],
  currency: ["EUR", "GBP"],
  name: ["product.viewed", "wishlist.added", "email.opened"],
  rfm_score: ["555", "111", "413"],
};

/** The shop's own attributes in these tests: every type, one with a namespace. */
export const CUSTOM = { shoe_size: "number", "club.joined": "date", newsletter: "boolean", hobbies: "list", nickname: "text" } as const;
const CUSTOM_NAMES = Object.entries(CUSTOM).map(([key, type]): AttributeName => `custom.${type}.${key}`);
const CUSTOM_POOL = ["Klettern", "klettern", "Öl", "it's", "42", "true"];

/** With `asWritten` only what the parser can produce; the money pool holds half minor units on purpose. */
function someValue(type: ValueType, name: AttributeName | ParameterName, values: readonly string[] = []): fc.Arbitrary<Value> {
  const pool = POOLS[name] ?? (customKey(name) ? CUSTOM_POOL : ["a"]);
  switch (type) {
    case "money":
      return fc
        .constantFrom("0", "10", "49.99", "50", "50.005", "99.9", "120.5", "500", "-3", "99999999999999")
        .map((text) => ({ type: "number", text }));
    case "decimal":
      return fc.constantFrom("0", "0.5", "0.35", "0.1", "1", "41.5", "42", "-1.5").map((text) => ({ type: "number", text }));
    case "boolean":
      return fc.boolean().map((value) => ({ type: "boolean", value }));
    case "integer":
      return fc.constantFrom("0", "1", "2", "3", "4", "5", "6", "-1", "123456789012345678").map((text) => ({ type: "number", text }));
    case "date":
      return fc.oneof({ weight: 3, arbitrary: someDay }, someSecond);
    case "day":
      return someDay;
    case "enum":
      return fc.constantFrom(...values).map((value) => ({ type: "text", value }));
    default:
      return someText(pool);
  }
}

const someComparison = (type: ValueType): fc.Arbitrary<Comparison> =>
  ["enum", "string", "boolean"].includes(type)
    ? fc.constantFrom("=", "!=")
    : type === "id"
      ? fc.constant("=")
      : fc.constantFrom(...COMPARISONS);

const someParameter = (fn: FunctionName, name: ParameterName): fc.Arbitrary<Parameter> => {
  const field = parameterOf(fn, name);
  if (!field) throw new Error(`${fn} has no parameter ${name}`);
  const value = someValue(field.type, name);
  const operators = parameterOperators(field);
  const forms: fc.Arbitrary<Parameter>[] = [
    fc.tuple(someComparison(field.type), value).map(([op, v]): Parameter => ({ kind: "compare", name, op, value: v })),
  ];
  if (operators.includes("BETWEEN"))
    forms.push(fc.tuple(value, value).map(([from, to]): Parameter => ({ kind: "between", name, from, to })));
  if (operators.includes("IN")) {
    const values = fc.array(someText(POOLS[name] ?? ["a"]), { minLength: 1, maxLength: 4 });
    forms.push(fc.tuple(fc.boolean(), values).map(([negated, list]): Parameter => ({ kind: "in", name, negated, values: list })));
  }
  return fc.oneof(...forms);
};

const isParameter = (name: string): name is ParameterName => FUNCTION_NAMES.some((fn) => parameterOf(fn, name) !== undefined);

const someFunction = (fn: FunctionName): fc.Arbitrary<Clause> =>
  fc
    .tuple(
      fc.boolean(),
      fc.subarray(
        Object.keys(FUNCTIONS[fn].parameters)
          .filter(isParameter)
          .filter((name) => !parameterOf(fn, name)?.unavailable),
      ),
    )
    .chain(([negated, names]) =>
      fc
        .tuple(...names.map((name) => someParameter(fn, name)))
        .map((parameters): Clause => ({ kind: "matches", function: fn, negated, parameters })),
    );

function someAttribute(name: AttributeName): fc.Arbitrary<Clause> {
  const field = attribute(name);
  const operators = operatorsOf(name);
  const value = someValue(field.type, name, field.values);
  const forms: fc.Arbitrary<Clause>[] = [];
  if (operators.includes("=")) {
    forms.push(fc.tuple(someComparison(field.type), value).map(([op, v]): Clause => ({ kind: "compare", attribute: name, op, value: v })));
  }
  if (operators.includes("BETWEEN"))
    forms.push(fc.tuple(value, value).map(([from, to]): Clause => ({ kind: "between", attribute: name, from, to })));
  if (operators.includes("IS NULL")) forms.push(fc.boolean().map((negated): Clause => ({ kind: "null", attribute: name, negated })));
  if (operators.includes("CONTAINS")) {
    const text = someText(POOLS[name] ?? CUSTOM_POOL);
    forms.push(fc.tuple(fc.boolean(), text).map(([negated, v]): Clause => ({ kind: "contains", attribute: name, negated, value: v })));
  }
  if (field.yearly) {
    const span = fc.tuple(someDay, fc.option(someDay)).map(([from, to]): Clause => ({ kind: "anniversary", attribute: name, from, to }));
    forms.push(span, span);
  }
  return fc.oneof(...forms);
}

export const someClause: fc.Arbitrary<Clause> = fc.oneof(
  ...[...ATTRIBUTE_NAMES, ...CUSTOM_NAMES].filter((name) => !attribute(name).unavailable).map(someAttribute),
  // in_segment means nothing without the segments it names; segments.db.test.ts and segment-in-segment tests ask about it.
  ...FUNCTION_NAMES.filter((name) => !segmentFunction(name).unavailable && name !== "in_segment").map((name) => ({
    weight: 2,
    arbitrary: someFunction(name),
  })),
);

export const someAst: fc.Arbitrary<Ast> = fc.letrec<{ node: Node }>((tie) => ({
  node: fc.oneof(
    { maxDepth: 4, depthIdentifier: "ast", withCrossShrink: true },
    { weight: 3, arbitrary: someClause },
    {
      weight: 2,
      arbitrary: fc
        .tuple(fc.constantFrom("and" as const, "or" as const), fc.array(tie("node"), { minLength: 2, maxLength: 4 }))
        .map(([kind, children]): Node => ({ kind, children })),
    },
    { weight: 1, arbitrary: tie("node").map((child): Node => ({ kind: "not", child })) },
  ),
})).node;
