import { dayToIsoDate, isoDateToDay } from "@/server/time";
import { isAnniversary } from "./anniversary";
import { MISSING, orMissing, type Stored, storedCustom, text } from "./evaluate-custom";
import { matchesFunction, occurrencesOf, pointsOf } from "./evaluate-function";
import { RFM_GROUPS } from "./fields";
import { segmentsNamed } from "./parameters";
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
  type StaticAttributeName,
  type Value,
} from "./schema";
import {
  type Clock,
  citiesOf,
  dateBetween,
  dateRange,
  decimalHolds,
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
  segmentNamed,
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

const instant = (at: Date | null): Stored => orMissing(at, (v) => ({ type: "instant", at: v }));
const list = (values: string[]): Stored => (values.length === 0 ? MISSING : { type: "list", values });
const noData = (name: string) => () => unknownNode(`data of ${name}`);

const integer = (value: number | null | undefined): Stored =>
  orMissing(value ?? null, (v) => ({ type: "integer", value: BigInt(v), money: false }));
const decimal = (value: string | null | undefined): Stored => orMissing(value ?? null, (v) => ({ type: "decimal", value: v }));

const STORED: Record<StaticAttributeName, (person: Person, clock: Clock) => Stored> = {
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
  // Which of the two sets of names is asked decides the value: see groupOf.
  rfm_group: ({ score }) => text(score?.group ?? null),
  rfm_score: ({ score }) => text(score?.recency ? `${score.recency}${score.frequency}${score.monetary}` : null),
  rfm_recency: ({ score }) => integer(score?.recency),
  rfm_frequency: ({ score }) => integer(score?.frequency),
  rfm_monetary: ({ score }) => integer(score?.monetary),
  predicted_spend_tier: ({ score }) => text(score?.tier ?? null),
  predicted_orders: ({ score }) => decimal(score?.orders),
  predicted_value: ({ score }) => orMissing(score?.value ?? null, (value) => ({ type: "integer", value, money: true })),
  churn_probability: ({ score }) => decimal(score?.churn),
  points_balance: (person, clock) => ({ type: "integer", value: pointsOf(person, clock), money: false }),
  loyalty_tier: noData("loyalty_tier"),
  product_subscription_status: noData("product_subscription_status"),
  companies: noData("companies"),
  created_by_app_id: noData("created_by_app_id"),
};

const isStored = (name: string): name is StaticAttributeName => Object.hasOwn(STORED, name);

function stored(name: AttributeName, person: Person, clock: Clock): Stored {
  return isStored(name) ? STORED[name](person, clock) : storedCustom(name, person);
}

/** The group under the set of names that the asked value belongs to. */
function groupOf(asked: Value, { score }: Person): Stored {
  const ours = asked.type === "text" && RFM_GROUPS.some((group) => group === asked.value);
  return ours ? text(score?.group ?? null) : text(score?.shopifyGroup ?? "PROSPECTS");
}

/** Two values only: what is missing makes a comparison false, and NOT CONTAINS its complement true. */
function holds(clause: Clause, person: Person, clock: Clock): boolean {
  switch (clause.kind) {
    case "matches":
      return clause.function === "in_segment"
        ? isInSegment(clause, person, clock)
        : matchesFunction(clause, person, clock) !== clause.negated;
    case "null":
      return (stored(clause.attribute, person, clock).type === "missing") !== clause.negated;
    case "contains": {
      const value = stored(clause.attribute, person, clock);
      if (value.type !== "list" && value.type !== "missing") return unknownNode(`CONTAINS of ${clause.attribute}`);
      const wanted = fold(clause.value.value);
      return (value.type === "list" && value.values.some((entry) => fold(entry) === wanted)) !== clause.negated;
    }
    case "anniversary": {
      const value = stored(clause.attribute, person, clock);
      if (value.type === "missing") return false;
      if (value.type !== "day") return unknownNode(`the anniversary of ${clause.attribute}`);
      return isAnniversary(dayToIsoDate(value.day), person.timeZone, clause.from, clause.to ?? clause.from, clock);
    }
    case "compare":
      if (clause.attribute === "rfm_group") return inRange(groupOf(clause.value, person), clause, clock);
      return inRange(stored(clause.attribute, person, clock), clause, clock);
    case "between":
      return inRange(stored(clause.attribute, person, clock), clause, clock);
    default:
      return unknownNode(`the node ${JSON.stringify(clause)}`);
  }
}

function isInSegment(clause: ClauseOf<"matches">, person: Person, clock: Clock): boolean {
  const { ids, negated } = segmentsNamed(clause);
  return ids.map((id) => isMember(segmentNamed(id, clock), person, clock)).includes(true) !== negated;
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
    case "decimal":
      if (clause.kind === "between") return decimalHolds(value.value, ">=", clause.from) && decimalHolds(value.value, "<=", clause.to);
      return decimalHolds(value.value, clause.op, clause.value);
    case "boolean": {
      if (clause.kind !== "compare" || clause.value.type !== "boolean") return unknownNode(`this comparison of ${clause.attribute}`);
      if (clause.op !== "=" && clause.op !== "!=") return unknownNode(`${clause.op} of true or false`);
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
    if (clause.function === "in_segment") return { type: "boolean", value: isInSegment({ ...clause, negated: false }, person, clock) };
    const found = occurrencesOf(clause, person, clock);
    return { type: "occurrences", count: found.count, lastAt: found.lastAt, sum: found.sum };
  }
  const asksGroup = clause.kind === "compare" && clause.attribute === "rfm_group";
  const value = asksGroup ? groupOf(clause.value, person) : stored(clause.attribute, person, clock);
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
    case "decimal":
      return { type: "number", value: Number(value.value) };
    case "boolean":
      return value;
    case "text":
      return value;
    case "list":
      return value;
  }
}
