import { type RawBuilder, sql } from "kysely";
import { compileBuyers } from "./compile-buyers";
import { campaignLots, compileCredit } from "./compile-credit";
import { compileFromMetrics } from "./compile-metrics";
import { type Condition, dayNumberIn, foldedEquals, instantIn, integerIn } from "./compile-ranges";
import { EVENT_KINDS } from "./event-kinds";
import { FUNCTIONS, parameterOf } from "./fields";
import { among, type ListedPeople } from "./listed-people";
import { parameterDates, parameterIntegers, parameterTexts } from "./parameters";
import type { ClauseOf, Parameter } from "./schema";
import { fold, inIntegerRange, isWholeDays, moneyScale, type Scope, unknownNode } from "./semantics";

type Sql = RawBuilder<unknown>;
type Matches = ClauseOf<"matches">;

/** `MATCHES (…)` as SQL: from the narrow row where it knows the answer, else over the orders, lines, events or lots themselves. */
export function compileFunction(clause: Matches, scope: Scope): Condition {
  checkParameters(clause);
  const matches =
    compileFromMetrics(clause, scope) ??
    (clause.function === "store_credit_accounts" ? compileCredit(clause, scope) : among(peopleOf(clause, scope)));
  return clause.negated ? sql`(not ${matches})` : matches;
}

/** The list itself, where the clause is nothing but one. */
export function listedBy(clause: Matches, scope: Scope): RawBuilder<unknown> | undefined {
  checkParameters(clause);
  if (clause.negated || clause.function === "store_credit_accounts" || compileFromMetrics(clause, scope)) return undefined;
  const { rows, outside } = peopleOf(clause, scope);
  return outside ? undefined : rows;
}

/** An AST that no parser made may name an unknown function, a parameter twice or one of another function: refuse instead of ignoring it. */
function checkParameters(clause: Matches): void {
  if (!Object.hasOwn(FUNCTIONS, clause.function)) unknownNode(`the function ${clause.function}`);
  const seen = new Set<string>();
  for (const parameter of clause.parameters) {
    if (!parameterOf(clause.function, parameter.name) || seen.has(parameter.name)) {
      unknownNode(`the parameter ${parameter.name} of ${clause.function}`);
    }
    seen.add(parameter.name);
  }
}

/** Where occurrences are: rows, whose they are, and how they are counted and summed. */
type Source = { from: Sql; customer: Sql; where: Condition[]; count: Sql; sum: Sql };

function peopleOf(clause: Matches, scope: Scope): ListedPeople {
  switch (clause.function) {
    case "orders_placed":
      return inSource(ordersOf(clause, scope), clause, scope);
    case "products_purchased":
      return (
        compileBuyers(clause, scope, (parameter) => sql`select p.id ${products(parameter, scope)}`) ??
        inSource(linesOf(clause, scope), clause, scope)
      );
    case "shopify_email.opened":
    case "shopify_email.clicked":
    case "shopify_email.delivered":
    case "shopify_email.bounced":
    case "shopify_email.marked_as_spam":
    case "shopify_email.unsubscribed":
    case "storefront.product_viewed":
    case "storefront.collection_viewed":
      return inSource(eventsOf(EVENT_KINDS[clause.function], clause, scope), clause, scope);
    case "received_campaign":
      return inSource(campaignsOf(clause, scope), clause, scope);
    case "custom_event":
      return inSource(eventsOf(null, clause, scope), clause, scope);
    default:
      return unknownNode(`data of the function ${clause.function}`);
  }
}

/** Aggregates look at all chosen occurrences of a person; of none they are 0, so `count = 0` and `count < 3` hold without any. */
function inSource(source: Source, clause: Matches, scope: Scope): ListedPeople {
  const having: Condition[] = [];
  let holdsForNone = true;
  for (const parameter of clause.parameters) {
    if (parameterOf(clause.function, parameter.name)?.role !== "aggregate") continue;
    const range = parameterIntegers(parameter, parameter.name === "sum_amount" ? moneyScale(scope) : 0);
    having.push(integerIn(parameter.name === "count" ? source.count : source.sum, range));
    holdsForNone &&= inIntegerRange(0n, range);
  }
  const rows = sql`select ${source.customer} ${source.from} where ${sql.join(source.where, sql` and `)}`;
  if (having.length === 0) return { rows, outside: false };
  const all = sql.join(having, sql` and `);
  return { rows: sql`${rows} group by ${source.customer} having ${holdsForNone ? sql`not (${all})` : all}`, outside: holdsForNone };
}

function ordersOf(clause: Matches, scope: Scope): Source {
  const where: Condition[] = [sql`o.shop_id = ${scope.shopId}`, sql`o.customer_id is not null`, sql`o.counts`];
  for (const parameter of clause.parameters) {
    if (parameter.name === "date") where.push(instantIn(sql`o.placed_at`, parameterDates(parameter, scope)));
    if (parameter.name === "amount") {
      where.push(sql`o.currency = ${scope.currency}`, integerIn(sql`o.total`, parameterIntegers(parameter, moneyScale(scope))));
    }
  }
  return {
    from: sql`from shop_order o`,
    customer: sql`o.customer_id`,
    where,
    count: sql`count(*)`,
    sum: sql`coalesce(sum(o.total) filter (where o.currency = ${scope.currency}), 0)`,
  };
}

function linesOf(clause: Matches, scope: Scope): Source {
  const where: Condition[] = [sql`l.shop_id = ${scope.shopId}`, sql`l.customer_id is not null`, sql`l.counts`];
  let from = sql`from order_line l`;
  for (const parameter of clause.parameters) {
    if (parameter.name === "id" || parameter.name === "tag") where.push(sql`l.product_id in (select p.id ${products(parameter, scope)})`);
    if (parameter.name === "quantity") where.push(integerIn(sql`l.quantity`, parameterIntegers(parameter, 0)));
    if (parameter.name !== "date") continue;
    const range = parameterDates(parameter, scope);
    if (isWholeDays(range)) where.push(dayNumberIn(sql`l.placed_day`, range));
    else {
      from = sql`from order_line l join shop_order o on o.shop_id = l.shop_id and o.id = l.order_id`;
      where.push(instantIn(sql`o.placed_at`, range));
    }
  }
  return { from, customer: sql`l.customer_id`, where, count: sql`count(distinct l.order_id)`, sum: sql`coalesce(sum(l.quantity), 0)` };
}

/** The products a parameter names. A line or view whose product is unknown matches neither the list nor its complement. */
function products(parameter: Parameter, scope: Scope): Sql {
  const { values, negated } = parameterTexts(parameter);
  const named: Condition =
    parameter.name === "id"
      ? sql`p.external_id = any(${values}::text[])`
      : sql`exists (select from unnest(p.tags) as t(tag) where ${sql.join(
          values.map((value) => foldedEquals(sql`t.tag`, fold(value))),
          sql` or `,
        )})`;
  return sql`from product p where p.shop_id = ${scope.shopId} and ${negated ? sql`not (${named})` : named}`;
}

function campaignsOf(clause: Matches, scope: Scope): Source {
  const { from, where } = campaignLots(scope);
  for (const parameter of clause.parameters) {
    if (parameter.name === "date") where.push(instantIn(sql`k.created_at`, parameterDates(parameter, scope)));
    if (parameter.name === "id") where.push(textsIn(sql`d.campaign_id::text`, parameter));
  }
  return { from, customer: sql`k.customer_id`, where, count: sql`count(*)`, sum: sql`0` };
}

function textsIn(x: Sql, parameter: Parameter): Condition {
  const { values, negated } = parameterTexts(parameter);
  return negated ? sql`((${x} <> all(${values}::text[])) is true)` : sql`(${x} = any(${values}::text[]))`;
}

/** `kind` null: of any kind, or of those the parameter `name` says. */
function eventsOf(kind: string | null, clause: Matches, scope: Scope): Source {
  const where: Condition[] = [sql`e.shop_id = ${scope.shopId}`, ...(kind === null ? [] : [sql<boolean>`e.kind = ${kind}`])];
  for (const parameter of clause.parameters) {
    if (parameter.name === "date") where.push(instantIn(sql`e.occurred_at`, parameterDates(parameter, scope)));
    if (parameter.name === "tag") where.push(sql`e.ref_id in (select p.external_id ${products(parameter, scope)})`);
    if (parameter.name === "name") where.push(textsIn(sql`e.kind`, parameter));
    if (parameter.name === "id" || parameter.name === "activity_id") where.push(textsIn(sql`e.ref_id`, parameter));
  }
  return { from: sql`from activity_event e`, customer: sql`e.customer_id`, where, count: sql`count(*)`, sum: sql`0` };
}
