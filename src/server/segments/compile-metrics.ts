import { type RawBuilder, sql } from "kysely";
import { type Condition, integerIn } from "./compile-ranges";
import { parameterDates, parameterIntegers } from "./parameters";
import type { ClauseOf, FunctionName, Parameter } from "./schema";
import { moneyScale, type Scope } from "./semantics";

/**
 * What the narrow row already knows: how many there were at all, and the days of the most recent ones. "At least k since day D" is then
 * one comparison instead of a look at every order or event.
 */
type Known = { count: RawBuilder<unknown>; recentDays: RawBuilder<unknown>[] };

const KNOWN: Partial<Record<FunctionName, Known>> = {
  orders_placed: {
    count: sql`m.orders_count`,
    recentDays: [sql`m.last_order_day`, sql`m.order_day_2`, sql`m.order_day_3`, sql`m.order_day_4`, sql`m.order_day_5`],
  },
  "shopify_email.opened": {
    count: sql`m.opens_count`,
    recentDays: [sql`m.last_open_day`, sql`m.open_day_2`, sql`m.open_day_3`, sql`m.open_day_4`, sql`m.open_day_5`],
  },
  "shopify_email.clicked": {
    count: sql`m.clicks_count`,
    recentDays: [sql`m.last_click_day`, sql`m.click_day_2`, sql`m.click_day_3`],
  },
  "storefront.product_viewed": { count: sql`m.product_views`, recentDays: [sql`m.last_product_view_day`] },
  "storefront.collection_viewed": { count: sql`m.collection_views`, recentDays: [sql`m.last_collection_view_day`] },
};

/** The answer from customer_metrics, or undefined when only the occurrences themselves can tell. */
export function compileFromMetrics(clause: ClauseOf<"matches">, scope: Scope): Condition | undefined {
  const known = KNOWN[clause.function];
  if (!known) return undefined;
  const others = clause.parameters.filter(({ name }) => name !== "date" && name !== "count");
  const date = clause.parameters.find(({ name }) => name === "date");
  const count = clause.parameters.find(({ name }) => name === "count");
  if (others.length > 0) return clause.function === "orders_placed" && !date && !count ? largestOrder(others, scope) : undefined;
  const counts = count ? parameterIntegers(count, 0) : undefined;
  if (!date) return integerIn(known.count, counts ?? { from: 1n, to: null, negated: false });
  const range = parameterDates(date, scope);
  if (range.negated || range.to !== null || range.from?.day == null || range.from.day < 0) return undefined;
  if (counts && (counts.negated || counts.to !== null || counts.from === null || counts.from < 1n)) return undefined;
  const column = known.recentDays[Number(counts?.from ?? 1n) - 1];
  return column && sql`(${column} >= ${range.from.day}::integer)`;
}

/** "An order above X": the largest order tells. From 1 minor unit on, so that orders without an amount here cannot match. */
function largestOrder(others: Parameter[], scope: Scope): Condition | undefined {
  const [amount, ...rest] = others;
  if (amount?.name !== "amount" || rest.length > 0) return undefined;
  const range = parameterIntegers(amount, moneyScale(scope));
  if (range.negated || range.to !== null || range.from === null || range.from < 1n) return undefined;
  return integerIn(sql`m.max_order_total`, range);
}
