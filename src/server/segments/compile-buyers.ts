import { type RawBuilder, sql } from "kysely";
import { type Condition, integerIn } from "./compile-ranges";
import type { ListedPeople } from "./listed-people";
import { parameterDates, parameterIntegers, parameterTexts } from "./parameters";
import type { ClauseOf, Parameter } from "./schema";
import { inIntegerRange, isWholeDays, type Scope } from "./semantics";

/**
 * products_purchased from `product_buyer`, which knows per product and person the first and last day, the number of orders and the
 * quantity. Undefined where only the lines themselves can tell.
 */
export function compileBuyers(
  clause: ClauseOf<"matches">,
  scope: Scope,
  productIds: (parameter: Parameter) => RawBuilder<unknown>,
): ListedPeople | undefined {
  const of = (name: Parameter["name"]) => clause.parameters.find((parameter) => parameter.name === name);
  const named = clause.parameters.filter(({ name }) => name === "id" || name === "tag");
  const [date, count, sum] = [of("date"), of("count"), of("sum_quantity")];
  if (named.length === 0 || of("quantity") || (date && (count || sum))) return undefined;
  const rows = sql`from product_buyer b where b.shop_id = ${scope.shopId}
    and ${sql.join(
      named.map((parameter) => sql`b.product_id = any(array(${productIds(parameter)}))`),
      sql` and `,
    )}`;
  if (date) return boughtWithin(date, rows, scope);
  if (!count && !sum) return { rows: sql`select b.customer_id ${rows}`, outside: false };
  // An order with two of the products counts once; added up per product it would count twice.
  if (count && !namesOne(named)) return undefined;
  const having: Condition[] = [];
  let holdsForNone = true;
  for (const [parameter, x] of [
    [count, sql`sum(b.orders)`],
    [sum, sql`sum(b.quantity)`],
  ] as const) {
    if (!parameter) continue;
    const range = parameterIntegers(parameter, 0);
    having.push(integerIn(x, range));
    holdsForNone &&= inIntegerRange(0n, range);
  }
  const all = sql.join(having, sql` and `);
  return {
    rows: sql`select b.customer_id ${rows} group by b.customer_id having ${holdsForNone ? sql`not (${all})` : all}`,
    outside: holdsForNone,
  };
}

function namesOne(named: readonly Parameter[]): boolean {
  const [only, ...others] = named;
  if (only?.name !== "id" || others.length > 0) return false;
  const { values, negated } = parameterTexts(only);
  return !negated && values.length === 1;
}

/** First and last day decide for almost everyone; the lines are read only for those who bought before and after but maybe not within. */
function boughtWithin(date: Parameter, rows: RawBuilder<unknown>, scope: Scope): ListedPeople | undefined {
  const range = parameterDates(date, scope);
  if (range.negated || !isWholeDays(range)) return undefined;
  const [from, to] = [range.from?.day ?? null, range.to?.day ?? null];
  const conditions: Condition[] = [];
  if (from !== null) conditions.push(sql`b.last_day >= ${from}::integer`);
  if (to !== null) conditions.push(sql`b.first_day < ${to}::integer`);
  if (from !== null && to !== null) {
    conditions.push(sql`(b.first_day >= ${from}::integer or b.last_day < ${to}::integer or exists (
      select from shop_order o join order_items i on i.shop_id = o.shop_id and i.order_id = o.id,
        unnest(i.product_ids, i.line_counts) as u(product_id, counts)
      where o.shop_id = b.shop_id and o.customer_id = b.customer_id and i.customer_id = b.customer_id and i.counts and u.counts
        and u.product_id = b.product_id and i.placed_day >= ${from}::integer and i.placed_day < ${to}::integer))`);
  }
  return { rows: sql`select b.customer_id ${rows} and ${sql.join(conditions, sql` and `)}`, outside: false };
}
