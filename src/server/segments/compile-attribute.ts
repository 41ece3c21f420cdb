import { type RawBuilder, sql } from "kysely";
import { personalDays } from "./anniversary";
import { type Condition, dateIn, dayNumberIn, foldedEquals, instantIn, integerIn } from "./compile-ranges";
import type { AttributeName, Clause, ClauseOf, Comparison, Value } from "./schema";
import { dateBetween, dateRange, fold, integerBetween, integerRange, moneyScale, type Scope, unknownNode } from "./semantics";

type Sql = RawBuilder<unknown>;

/** How one attribute is stored. `present` is false where the value is missing. */
type Column =
  | { kind: "integer"; x: Sql; money: boolean }
  | { kind: "average" }
  | { kind: "instant"; x: Sql; present: Condition }
  | { kind: "dayNumber"; x: Sql; present: Condition }
  | { kind: "date"; x: Sql; present: Condition }
  | { kind: "text"; x: Sql }
  | { kind: "list"; contains: (folded: string) => Condition; present: Condition }
  | { kind: "none" };

const COLUMNS: Record<AttributeName, Column> = {
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
  "metafields.facts.birth_date": { kind: "date", x: sql`c.birth_date`, present: sql`c.birth_date is not null` },
  predicted_spend_tier: { kind: "none" },
  rfm_group: { kind: "none" },
  product_subscription_status: { kind: "none" },
  companies: { kind: "none" },
  created_by_app_id: { kind: "none" },
};

type AttributeClause = Exclude<Clause, { kind: "matches" }>;

export function compileAttribute(clause: AttributeClause, scope: Scope): Condition {
  // An attribute that is no key of the table (an AST from elsewhere) must not become a property lookup on the prototype.
  if (!Object.hasOwn(COLUMNS, clause.attribute)) return unknownNode(`the attribute ${clause.attribute}`);
  const column = COLUMNS[clause.attribute];
  switch (clause.kind) {
    case "compare":
      return compileRange(column, clause, scope);
    case "between":
      return compileRange(column, clause, scope);
    case "null":
      return clause.negated ? isPresent(column) : sql`(not ${isPresent(column)})`;
    case "contains": {
      if (column.kind !== "list") return unknownNode(`CONTAINS of ${clause.attribute}`);
      const inside: Condition = sql`(${column.present} and ${column.contains(fold(clause.value.value))} is true)`;
      return clause.negated ? sql`(not ${inside})` : inside;
    }
    case "anniversary":
      return compileAnniversary(clause, column, scope);
  }
}

function isPresent(column: Column): Condition {
  switch (column.kind) {
    case "integer":
      return sql`true`;
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

function compileRange(column: Column, clause: ClauseOf<"compare"> | ClauseOf<"between">, scope: Scope): Condition {
  const dates = () => (clause.kind === "between" ? dateBetween(clause.from, clause.to, scope) : dateRange(clause.op, clause.value, scope));
  switch (column.kind) {
    case "integer": {
      const scale = column.money ? moneyScale(scope) : 0;
      const range =
        clause.kind === "between" ? integerBetween(clause.from, clause.to, scale) : integerRange(clause.op, clause.value, scale);
      return integerIn(column.x, range);
    }
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
    default:
      return unknownNode(`a comparison of ${clause.attribute}`);
  }
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
function average(clause: ClauseOf<"compare"> | ClauseOf<"between">, scale: number): Condition {
  const side = (op: Comparison, value: Value): Condition => {
    if (value.type !== "number") return unknownNode(`a ${value.type} where a number belongs`);
    if (!Object.hasOwn(COMPARE, op)) return unknownNode(`the comparison ${op}`);
    return sql`(m.gross_spent::numeric ${COMPARE[op]} ${value.text}::numeric * ${10 ** scale}::numeric * m.orders_count)`;
  };
  return clause.kind === "between" ? sql`(${side(">=", clause.from)} and ${side("<=", clause.to)})` : side(clause.op, clause.value);
}

function compileAnniversary(clause: ClauseOf<"anniversary">, column: Column, scope: Scope): Condition {
  if (column.kind !== "date") return unknownNode(`the anniversary of ${clause.attribute}`);
  const [own, ...others] = personalDays(clause.from, clause.to ?? clause.from, scope);
  // Rows of (month, day), because that is what the index on birthdays holds.
  const onDays = (spans: (typeof own)["spans"]): Condition =>
    spans.length === 0
      ? sql`false`
      : sql`(${sql.join(
          spans.map(
            ({ from, to }) => sql`((extract(month from c.birth_date), extract(day from c.birth_date))
              between (${Math.floor(from / 100)}::numeric, ${from % 100}::numeric) and (${Math.floor(to / 100)}::numeric, ${to % 100}::numeric))`,
          ),
          sql` or `,
        )})`;
  const elsewhere = others.flatMap(({ zones }) => zones ?? []);
  const here: Condition =
    elsewhere.length === 0
      ? onDays(own.spans)
      : sql`(${onDays(own.spans)} and (c.time_zone is null or c.time_zone <> all(${elsewhere}::text[])))`;
  const parts = [here, ...others.map(({ zones, spans }): Condition => sql`(${onDays(spans)} and c.time_zone = any(${zones}::text[]))`)];
  return sql`(c.birth_date is not null and (${sql.join(parts, sql` or `)}) is true)`;
}
