import { dayToIsoDate, isoDateToDay } from "@/server/time";
import { isAnniversary } from "./anniversary";
import { matchesFunction, occurrencesOf } from "./evaluate-function";
import type { Person } from "./person";
import {
  type Actual,
  type Ast,
  type AttributeName,
  type Clause,
  type ClauseOf,
  type Explanation,
  isClause,
  type Node,
  type Value,
} from "./schema";
import {
  type Clock,
  citiesOf,
  dateBetween,
  dateRange,
  domainOf,
  fold,
  inDateRange,
  inDayRange,
  inIntegerRange,
  integerBetween,
  integerRange,
  languageOf,
  moneyScale,
  regionsOf,
  unknownNode,
} from "./semantics";

/**
 * The language in memory, with the meaning of `compile.ts`: for "why is this person in or out?" and for the parity test, which asks both
 * about random queries and random people on a real PostgreSQL. Pure.
 */
export function evaluate(ast: Ast, person: Person, clock: Clock): boolean {
  return !person.erased && isMember(ast, person, clock);
}

function isMember(node: Node, person: Person, clock: Clock): boolean {
  switch (node.kind) {
    case "and":
      return node.children.every((child) => isMember(child, person, clock));
    case "or":
      return node.children.length === 0 ? unknownNode("an empty OR") : node.children.some((child) => isMember(child, person, clock));
    case "not":
      return !isMember(node.child, person, clock);
    default:
      return holds(node, person, clock);
  }
}

/** Clause by clause, with the value that decided it. */
export function explain(node: Node, person: Person, clock: Clock): Explanation {
  if (isClause(node)) return { kind: "clause", result: holds(node, person, clock), clause: node, actual: actualOf(node, person, clock) };
  if (node.kind === "not") {
    const child = explain(node.child, person, clock);
    return { kind: "not", result: !child.result, child };
  }
  const children = node.children.map((child) => explain(child, person, clock));
  const result = node.kind === "and" ? children.every((child) => child.result) : children.some((child) => child.result);
  return { kind: node.kind, result, children };
}

/** A stored value in the form its type is compared in. */
export type Stored =
  | { type: "missing" }
  | { type: "integer"; value: bigint; money: boolean }
  | { type: "fraction"; of: bigint; by: bigint }
  | { type: "instant"; at: Date }
  | { type: "day"; day: number }
  | { type: "text"; value: string }
  | { type: "list"; values: string[] };

const MISSING: Stored = { type: "missing" };
const orMissing = <T>(value: T | null, stored: (value: T) => Stored): Stored => (value === null ? MISSING : stored(value));
const text = (value: string | null): Stored => orMissing(value, (v) => ({ type: "text", value: v }));
const instant = (at: Date | null): Stored => orMissing(at, (v) => ({ type: "instant", at: v }));
const list = (values: string[]): Stored => (values.length === 0 ? MISSING : { type: "list", values });
const noData = (name: string) => () => unknownNode(`data of ${name}`);

const STORED: Record<AttributeName, (person: Person) => Stored> = {
  amount_spent: ({ metrics }) => ({ type: "integer", value: metrics.netSpent, money: true }),
  average_order_value: ({ metrics }) =>
    metrics.orders === 0 ? MISSING : { type: "fraction", of: metrics.grossSpent, by: BigInt(metrics.orders) },
  number_of_orders: ({ metrics }) => ({ type: "integer", value: BigInt(metrics.orders), money: false }),
  first_order_date: ({ metrics }) => instant(metrics.firstOrderAt),
  last_order_date: ({ metrics }) => instant(metrics.lastOrderAt),
  abandoned_checkout_date: ({ metrics }) => orMissing(metrics.abandonedCheckoutDay, (day) => ({ type: "day", day })),
  customer_added_date: ({ addedAt }) => instant(addedAt),
  customer_account_status: ({ accountStatus }) => text(accountStatus),
  customer_tags: ({ tags }) => list(tags),
  customer_countries: ({ country }) => list(country === null ? [] : [country]),
  customer_regions: ({ country, region }) => list(regionsOf(country, region)),
  customer_cities: ({ country, region, city }) => list(citiesOf(country, region, city)),
  customer_email_domain: ({ emailKey }) => text(domainOf(emailKey)),
  customer_language: ({ locale }) => text(languageOf(locale)),
  email_subscription_status: ({ emailConsent }) => text(emailConsent),
  sms_subscription_status: ({ smsConsent }) => text(smsConsent),
  "metafields.facts.birth_date": ({ birthDate }) => orMissing(birthDate, (day) => ({ type: "day", day: isoDateToDay(day) })),
  predicted_spend_tier: noData("predicted_spend_tier"),
  rfm_group: noData("rfm_group"),
  product_subscription_status: noData("product_subscription_status"),
  companies: noData("companies"),
  created_by_app_id: noData("created_by_app_id"),
};

function stored(name: AttributeName, person: Person): Stored {
  return Object.hasOwn(STORED, name) ? STORED[name](person) : unknownNode(`the attribute ${name}`);
}

/** Two values only: what is missing makes a comparison false, and NOT CONTAINS its complement true. */
function holds(clause: Clause, person: Person, clock: Clock): boolean {
  switch (clause.kind) {
    case "matches":
      return matchesFunction(clause, person, clock) !== clause.negated;
    case "null":
      return (stored(clause.attribute, person).type === "missing") !== clause.negated;
    case "contains": {
      const value = stored(clause.attribute, person);
      if (value.type !== "list" && value.type !== "missing") return unknownNode(`CONTAINS of ${clause.attribute}`);
      const wanted = fold(clause.value.value);
      return (value.type === "list" && value.values.some((entry) => fold(entry) === wanted)) !== clause.negated;
    }
    case "anniversary":
      if (clause.attribute !== "metafields.facts.birth_date") return unknownNode(`the anniversary of ${clause.attribute}`);
      return person.birthDate !== null && isAnniversary(person.birthDate, person.timeZone, clause.from, clause.to ?? clause.from, clock);
    case "compare":
    case "between":
      return inRange(stored(clause.attribute, person), clause, clock);
    default:
      return unknownNode(`the node ${JSON.stringify(clause)}`);
  }
}

function inRange(value: Stored, clause: ClauseOf<"compare"> | ClauseOf<"between">, clock: Clock): boolean {
  const dates = () => (clause.kind === "between" ? dateBetween(clause.from, clause.to, clock) : dateRange(clause.op, clause.value, clock));
  switch (value.type) {
    case "missing":
      return false;
    case "integer": {
      const scale = value.money ? moneyScale(clock) : 0;
      return inIntegerRange(
        value.value,
        clause.kind === "between" ? integerBetween(clause.from, clause.to, scale) : integerRange(clause.op, clause.value, scale),
      );
    }
    case "fraction": {
      const [of, by, scale] = [value.of * FRACTION, value.by, moneyScale(clock)];
      const limit = (v: Value) => integerRange("=", v, scale + FRACTION_DIGITS).from ?? unknownNode("an open number");
      if (clause.kind === "between") return of >= limit(clause.from) * by && of <= limit(clause.to) * by;
      return compareBigint(of, clause.op, limit(clause.value) * by);
    }
    case "instant":
      return inDateRange(value.at, dates());
    case "day":
      return inDayRange(value.day, dates());
    case "text": {
      if (clause.kind !== "compare" || clause.value.type !== "text") return unknownNode(`this comparison of ${clause.attribute}`);
      if (clause.op !== "=" && clause.op !== "!=") return unknownNode(`${clause.op} of a text`);
      return (value.value === clause.value.value) === (clause.op === "=");
    }
    case "list":
      return unknownNode(`a comparison of ${clause.attribute}`);
  }
}

// Number values have at most six decimals, so this scale loses none of them.
const FRACTION_DIGITS = 6;
const FRACTION = 10n ** BigInt(FRACTION_DIGITS);

function compareBigint(a: bigint, op: ClauseOf<"compare">["op"], b: bigint): boolean {
  switch (op) {
    case "=":
      return a === b;
    case "!=":
      return a !== b;
    case ">":
      return a > b;
    case ">=":
      return a >= b;
    case "<":
      return a < b;
    case "<=":
      return a <= b;
  }
}

function actualOf(clause: Clause, person: Person, clock: Clock): Actual {
  if (clause.kind === "matches") {
    const found = occurrencesOf(clause, person, clock);
    return { type: "occurrences", count: found.count, lastAt: found.lastAt, sum: found.sum };
  }
  const value = stored(clause.attribute, person);
  switch (value.type) {
    case "missing":
      return value;
    case "integer":
      return value.money ? { type: "money", minor: value.value } : { type: "number", value: Number(value.value) };
    case "fraction":
      return { type: "money", minor: (value.of + value.by / 2n) / value.by };
    case "instant":
      return value;
    case "day":
      return { type: "day", day: dayToIsoDate(value.day) };
    case "text":
      return value;
    case "list":
      return value;
  }
}
