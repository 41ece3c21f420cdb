import { type RawBuilder, sql } from "kysely";
import { type Condition, instantIn, integerIn } from "./compile-ranges";
import { parameterDates, parameterIntegers, parameterTexts } from "./parameters";
import { POINTS_PREFIX } from "./points";
import type { ClauseOf } from "./schema";
import { type IntegerRange, inIntegerRange, moneyScale, type Scope } from "./semantics";

/** What a lot `k` still holds while it is available and not expired: a time predicate, so no sweep has to have run. */
function spendableNow(scope: Scope): RawBuilder<unknown> {
  const now = sql`${scope.now.toISOString()}::timestamptz`;
  return sql`k.available_from <= ${now} and (k.expires_at is null or k.expires_at > ${now}) and k.remaining > 0`;
}

/** Spendable points over all programmes; nobody's balance is missing, it is 0. */
export function compilePoints(range: IntegerRange, scope: Scope): Condition {
  const holders = (having: Condition): Condition =>
    sql`(m.customer_id in (select k.customer_id from ledger.lot k
      where k.shop_id = ${scope.shopId} and starts_with(k.unit, ${POINTS_PREFIX}) and ${spendableNow(scope)}
      group by k.customer_id having ${having}))`;
  const within = integerIn(sql`sum(k.remaining)`, range);
  return inIntegerRange(0n, range) ? sql`(not ${holders(sql`not ${within}`)})` : holders(within);
}

/** People with credit from these campaigns' drops, at the instants it was booked. */
export function campaignLots(scope: Scope): { from: RawBuilder<unknown>; where: Condition[] } {
  return {
    from: sql`from ledger.lot k join campaign_drop d on d.shop_id = k.shop_id and d.id = k.source_id`,
    where: [sql`k.shop_id = ${scope.shopId}`, sql`k.source_type = 'drop'`],
  };
}

/** One account per unit. Spendable is what a lot still holds while it is available and not expired: a time predicate, not a sweep. */
export function compileCredit(clause: ClauseOf<"matches">, scope: Scope): Condition {
  const spendable = spendableNow(scope);
  const where: Condition[] = [sql`k.shop_id = ${scope.shopId}`];
  const having: Condition[] = [];
  for (const parameter of clause.parameters) {
    if (parameter.name === "currency") {
      const { values, negated } = parameterTexts(parameter);
      where.push(negated ? sql`k.unit <> all(${values}::text[])` : sql`k.unit = any(${values}::text[])`);
    }
    if (parameter.name === "balance") {
      having.push(
        integerIn(sql`coalesce(sum(k.remaining) filter (where ${spendable}), 0)`, parameterIntegers(parameter, moneyScale(scope))),
      );
    }
    if (parameter.name === "next_expiry_date") {
      having.push(sql`coalesce(${instantIn(sql`min(k.expires_at) filter (where ${spendable})`, parameterDates(parameter, scope))}, false)`);
    }
    if (parameter.name === "last_credit_date") having.push(instantIn(sql`max(k.created_at)`, parameterDates(parameter, scope)));
  }
  // Amounts are in the shop's currency, so without a currency the question is about that account.
  if (!clause.parameters.some(({ name }) => name === "currency")) where.push(sql`k.unit = ${scope.currency}`);
  const rows = sql`select k.customer_id from ledger.lot k where ${sql.join(where, sql` and `)}`;
  if (having.length === 0) return sql`(m.customer_id in (${rows}))`;
  return sql`(m.customer_id in (${rows} group by k.customer_id, k.unit having ${sql.join(having, sql` and `)}))`;
}
