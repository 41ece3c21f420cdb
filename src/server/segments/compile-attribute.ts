import { type RawBuilder, sql } from "kysely";
import { compileAnniversary } from "./compile-anniversary";
import { compilePoints } from "./compile-credit";
import { type Condition, dateIn, dayNumberIn, foldedEquals, instantIn, integerIn } from "./compile-ranges";
import { hasScore, inScores, SCORES, type ScoreName, SHOPIFY_RFM_CODES } from "./compile-score";
import { RFM_GROUPS, SPEND_TIERS } from "./fields";
import { type AttributeName, type Clause, type ClauseOf, type Comparison, customKey, type StaticAttributeName, type Value } from "./schema";
import {
  dateBetween,
  dateRange,
  decimalText,
  fold,
  type IntegerRange,
  integerBetween,
  integerRange,
  moneyScale,
  type Scope,
  unknownNode,
} from "./semantics";

type Sql = RawBuilder<unknown>;

/** How one attribute is stored. `present` is false where the value is missing. */
type Column =
  | { kind: "integer"; x: Sql; money: boolean }
  | { kind: "average" }
  | { kind: "instant"; x: Sql; present: Condition }
  | { kind: "dayNumber"; x: Sql; present: Condition }
  /** `inMetrics`: its return every year is in the narrow row, too. */
  | { kind: "date"; x: Sql; present: Condition; inMetrics?: true }
  | { kind: "text"; x: Sql }
  | { kind: "decimal"; x: Sql }
  | { kind: "boolean"; x: Sql }
  /** A small number for each value of an enum, 0 for none. */
  | { kind: "code"; x: Sql; values: readonly string[] }
  | { kind: "rfmGroup" }
  | { kind: "score"; name: ScoreName; form: "integer" | "decimal" | "money" | "text" }
  | { kind: "points" }
  | { kind: "list"; contains: (folded: string) => Condition; present: Condition }
  | { kind: "none" };

const score = (name: ScoreName, form: "integer" | "decimal" | "money" | "text"): Column => ({ kind: "score", name, form });

const COLUMNS: Record<StaticAttributeName, Column> = {
  amount_spent: { kind: "integer", x: sql`m.net_spent`, money: true },
  average_order_value: { kind: "average" },
  number_of_orders: { kind: "integer", x: sql`m.orders_count`, money: false },
  first_order_date: { kind: "instant", x: sql`m.first_order_at`, present: sql`m.first_order_at > '-infinity'` },
  last_order_date: { kind: "instant", x: sql`m.last_order_at`, present: sql`m.last_order_at > '-infinity'` },
  abandoned_checkout_date: { kind: "dayNumber", x: sql`m.abandoned_checkout_day`, present: sql`m.abandoned_checkout_day >= 0` },
  customer_added_date: { kind: "instant", x: sql`c.added_at`, present: sql`true` },
  customer_account_status: { kind: "text", x: sql`c.account_status` },
  customer_tags: {
    kind: "list",
    contains: (folded) => sql`exists (select from unnest(c.tags) as t(tag) where ${foldedEquals(sql`t.tag`, folded)})`,
    present: sql`cardinality(c.tags) > 0`,
  },
  customer_countries: { kind: "list", contains: (folded) => foldedEquals(sql`c.country`, folded), present: sql`c.country is not null` },
  customer_regions: {
    kind: "list",
    contains: (folded) => sql`(${foldedEquals(sql`c.region`, folded)} or ${foldedEquals(sql`(c.country || '-' || c.region)`, folded)})`,
    present: sql`c.region is not null`,
  },
  customer_cities: {
    kind: "list",
    contains: (folded) =>
      sql`(${foldedEquals(sql`c.city`, folded)}
           or ${foldedEquals(sql`concat_ws('-', c.country, c.region, replace(c.city, ' ', ''))`, folded)})`,
    present: sql`c.city is not null`,
  },
  customer_email_domain: { kind: "text", x: sql`nullif(split_part(c.email_key, '@', 2), '')` },
  customer_language: { kind: "text", x: sql`nullif(lower(split_part(replace(c.locale, '_', '-'), '-', 1) collate "C"), '')` },
  email_subscription_status: { kind: "text", x: sql`c.email_consent` },
  sms_subscription_status: { kind: "text", x: sql`c.sms_consent` },
  "metafields.facts.birth_date": { kind: "date", x: sql`c.birth_date`, present: sql`c.birth_date is not null`, inMetrics: true },
  rfm_group: { kind: "rfmGroup" },
  rfm_score: score("rfm_score", "text"),
  rfm_recency: score("rfm_recency", "integer"),
  rfm_frequency: score("rfm_frequency", "integer"),
  rfm_monetary: score("rfm_monetary", "integer"),
  predicted_spend_tier: { kind: "code", x: sql`m.spend_tier`, values: SPEND_TIERS },
  predicted_orders: score("predicted_orders", "decimal"),
  predicted_value: score("predicted_value", "money"),
  churn_probability: score("churn_probability", "decimal"),
  points_balance: { kind: "points" },
  loyalty_tier: { kind: "none" },
  product_subscription_status: { kind: "none" },
  companies: { kind: "none" },
  created_by_app_id: { kind: "none" },
};

type Range = ClauseOf<"compare"> | ClauseOf<"between">;
type ScoreColumn = Extract<Column, { kind: "score" }>;
type AttributeClause = Exclude<Clause, { kind: "matches" }>;

/** One of the shop's own attributes. The key is a bound value like any other. */
function customColumn(name: AttributeName): Column {
  const custom = customKey(name);
  if (!custom) return unknownNode(`the attribute ${name}`);
  const value = sql`(c.custom -> ${custom.key}::text)`;
  switch (custom.type) {
    case "text":
      return { kind: "text", x: sql`custom_text(${value})` };
    case "number":
      return { kind: "decimal", x: sql`custom_number(${value})` };
    case "boolean":
      return { kind: "boolean", x: sql`custom_boolean(${value})` };
    case "date":
      return { kind: "date", x: sql`custom_day(${value})`, present: sql`custom_day(${value}) is not null` };
    case "list":
      return {
        kind: "list",
        contains: (folded) => sql`exists (select from unnest(custom_list(${value})) as t(tag) where ${foldedEquals(sql`t.tag`, folded)})`,
        present: sql`custom_list(${value}) is not null`,
      };
  }
}

const isColumn = (name: string): name is StaticAttributeName => Object.hasOwn(COLUMNS, name);

export function compileAttribute(clause: AttributeClause, scope: Scope): Condition {
  // An attribute that is no key of the table (an AST from elsewhere) must not become a property lookup on the prototype.
  const column = isColumn(clause.attribute) ? COLUMNS[clause.attribute] : customColumn(clause.attribute);
  switch (clause.kind) {
    case "compare":
      return compileRange(column, clause, scope);
    case "between":
      return compileRange(column, clause, scope);
    case "null":
      return clause.negated ? isPresent(column, scope) : sql`(not ${isPresent(column, scope)})`;
    case "contains": {
      if (column.kind !== "list") return unknownNode(`CONTAINS of ${clause.attribute}`);
      const inside: Condition = sql`(${column.present} and ${column.contains(fold(clause.value.value))} is true)`;
      return clause.negated ? sql`(not ${inside})` : inside;
    }
    case "anniversary":
      return column.kind === "date" ? compileAnniversary(clause, column, scope) : unknownNode(`the anniversary of ${clause.attribute}`);
  }
}

function isPresent(column: Column, scope: Scope): Condition {
  switch (column.kind) {
    case "integer":
    case "points":
      return sql`true`;
    case "code":
      return sql`(${column.x} > 0)`;
    case "rfmGroup":
      return sql`(m.rfm_group > 0)`;
    case "score":
      return hasScore(column.name, scope);
    case "decimal":
    case "boolean":
      return sql`(${column.x} is not null)`;
    case "average":
      return sql`(m.orders_count > 0)`;
    case "text":
      return sql`(${column.x} is not null)`;
    case "none":
      return unknownNode("an attribute without data");
    default:
      return sql`(${column.present})`;
  }
}

function compileRange(column: Column, clause: Range, scope: Scope): Condition {
  const dates = () => (clause.kind === "between" ? dateBetween(clause.from, clause.to, scope) : dateRange(clause.op, clause.value, scope));
  switch (column.kind) {
    case "integer":
      return integerIn(column.x, integers(clause, column.money ? moneyScale(scope) : 0));
    case "average":
      return sql`(m.orders_count > 0 and ${average(clause, moneyScale(scope))})`;
    case "instant":
      return sql`(${column.present} and ${instantIn(column.x, dates())})`;
    case "dayNumber":
      return sql`(${column.present} and ${dayNumberIn(column.x, dates())})`;
    case "date":
      return sql`(${column.present} and ${dateIn(column.x, dates())})`;
    case "text":
      return clause.kind === "compare" ? textEquals(column.x, clause.op, clause.value) : unknownNode("BETWEEN of a text");
    case "decimal":
      return sql`(${decimalIn(column.x, clause)} is true)`;
    case "points":
      return compilePoints(integers(clause, 0), scope);
    case "score":
      return compileScoreRange(column, clause, scope);
    case "code":
    case "rfmGroup":
    case "boolean":
      return clause.kind === "compare" ? compileChoice(column, clause) : unknownNode(`BETWEEN of ${clause.attribute}`);
    default:
      return unknownNode(`a comparison of ${clause.attribute}`);
  }
}

const integers = (clause: Range, scale: number): IntegerRange =>
  clause.kind === "between" ? integerBetween(clause.from, clause.to, scale) : integerRange(clause.op, clause.value, scale);

/** NULL where `x` is. */
function decimalIn(x: Sql, clause: Range): Condition {
  if (clause.kind === "between") return sql`(${x} between ${decimalText(clause.from)}::numeric and ${decimalText(clause.to)}::numeric)`;
  return Object.hasOwn(COMPARE, clause.op)
    ? sql`(${x} ${COMPARE[clause.op]} ${decimalText(clause.value)}::numeric)`
    : unknownNode(`the comparison ${clause.op}`);
}

function compileScoreRange(column: ScoreColumn, clause: Range, scope: Scope): Condition {
  const x = SCORES[column.name];
  if (column.form === "decimal") return inScores(sql`${decimalIn(x, clause)} is true`, scope);
  if (column.form !== "text") {
    return inScores(sql`${x} is not null and ${integerIn(x, integers(clause, column.form === "money" ? moneyScale(scope) : 0))}`, scope);
  }
  return clause.kind === "compare" ? inScores(textEquals(x, clause.op, clause.value), scope) : unknownNode("BETWEEN of a text");
}

/** One of a few values, which the narrow row keeps as small numbers. */
function compileChoice(column: Column, { op, value, attribute }: ClauseOf<"compare">): Condition {
  if (op !== "=" && op !== "!=") return unknownNode(`${op} of ${attribute}`);
  if (column.kind === "boolean") {
    if (value.type !== "boolean") return unknownNode(`a ${value.type} where true or false belongs`);
    return sql`((${column.x} = ${value.value === (op === "=")}::boolean) is true)`;
  }
  if (value.type !== "text") return unknownNode(`a ${value.type} where a text belongs`);
  if (column.kind === "rfmGroup" && !RFM_GROUPS.some((group) => group === value.value)) return shopifyGroup(op, value.value);
  const [x, values] = column.kind === "code" ? [column.x, column.values] : [sql`m.rfm_group`, RFM_GROUPS];
  const code = values.indexOf(value.value) + 1;
  if (code === 0) return unknownNode(`the value ${value.value} of ${attribute}`);
  return op === "=" ? sql`(${x} = ${code}::smallint)` : sql`(${x} > 0 and ${x} <> ${code}::smallint)`;
}

/** Shopify's names: everyone has one, because who was never scored is a prospect (0). */
function shopifyGroup(op: "=" | "!=", value: string): Condition {
  const at = SHOPIFY_RFM_CODES.indexOf(value);
  if (at < 0) return unknownNode(`the RFM group ${value}`);
  return op === "=" ? sql`(m.rfm_shopify = ${at}::smallint)` : sql`(m.rfm_shopify <> ${at}::smallint)`;
}

function textEquals(x: Sql, op: Comparison, value: Value): Condition {
  if (value.type !== "text") return unknownNode(`a ${value.type} where a text belongs`);
  if (op === "=") return sql`((${x} = ${value.value}) is true)`;
  return op === "!=" ? sql`((${x} <> ${value.value}) is true)` : unknownNode(`${op} of a text`);
}

const COMPARE: Record<Comparison, Sql> = {
  "=": sql`=`,
  "!=": sql`<>`,
  ">": sql`>`,
  ">=": sql`>=`,
  "<": sql`<`,
  "<=": sql`<=`,
};

/** Spent per order against a decimal, without division and rounding: gross against value × 10^scale × orders. */
function average(clause: Range, scale: number): Condition {
  const side = (op: Comparison, value: Value): Condition => {
    if (value.type !== "number") return unknownNode(`a ${value.type} where a number belongs`);
    if (!Object.hasOwn(COMPARE, op)) return unknownNode(`the comparison ${op}`);
    return sql`(m.gross_spent::numeric ${COMPARE[op]} ${value.text}::numeric * ${10 ** scale}::numeric * m.orders_count)`;
  };
  return clause.kind === "between" ? sql`(${side(">=", clause.from)} and ${side("<=", clause.to)})` : side(clause.op, clause.value);
}
