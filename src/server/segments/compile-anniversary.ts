import { type RawBuilder, sql } from "kysely";
import { everywhereAndSomewhere, type MonthDaySpan, type PersonalDays, personalDays } from "./anniversary";
import type { Condition } from "./compile-ranges";
import type { ClauseOf } from "./schema";
import type { Scope } from "./semantics";

type Sql = RawBuilder<unknown>;
type DateColumn = { x: Sql; present: Condition; inMetrics?: true };

/** A date that returns in the clause's days, in each person's own zone. */
export function compileAnniversary(clause: ClauseOf<"anniversary">, column: DateColumn, scope: Scope): Condition {
  const days = personalDays(clause.from, clause.to ?? clause.from, scope);
  if (column.inMetrics) return birthdays(days, scope);
  const onDays = (spans: readonly MonthDaySpan[]) =>
    within(sql`(extract(month from ${column.x}) * 100 + extract(day from ${column.x}))`, spans);
  return sql`(${column.present} and (${inZone(days, onDays, sql`c.time_zone`)}) is true)`;
}

/**
 * Birthdays are in the narrow row; the zone is in the customer's own. It decides only on the few days that are inside here and outside
 * there, so only people born on them are looked for, by their zone: a list of its own, because a look from within each row would keep
 * PostgreSQL from sharing the count among its workers.
 */
function birthdays([own, ...others]: readonly [PersonalDays, ...PersonalDays[]], scope: Scope): Condition {
  const onDays = (spans: readonly MonthDaySpan[]) => within(sql`m.birth_month_day`, spans);
  if (others.length === 0) return onDays(own.spans);
  const { everywhere, somewhere } = everywhereAndSomewhere([own.spans, ...others.map(({ spans }) => spans)]);
  const living = (zones: readonly string[] | null, spans: readonly MonthDaySpan[]): Condition => sql`m.customer_id in (
    select z.id from customer z where z.shop_id = ${scope.shopId} and z.time_zone = any(${zones}::text[]) and z.birth_date is not null
      and ${within(sql`month_day(z.birth_date)`, spans)})`;
  const elsewhere = others.flatMap(({ zones }) => zones ?? []);
  return sql`(${onDays(somewhere)} and (${onDays(everywhere)} or (${onDays(own.spans)} and not ${living(elsewhere, somewhere)})
    or ${sql.join(
      others.map(({ zones, spans }) => living(zones, spans)),
      sql` or `,
    )}))`;
}

function inZone(
  [own, ...others]: readonly [PersonalDays, ...PersonalDays[]],
  onDays: (spans: readonly MonthDaySpan[]) => Condition,
  zone: Sql,
): Condition {
  const elsewhere = others.flatMap(({ zones }) => zones ?? []);
  if (elsewhere.length === 0) return onDays(own.spans);
  const here: Condition = sql`(${onDays(own.spans)} and (${zone} is null or ${zone} <> all(${elsewhere}::text[])))`;
  const there = others.map(({ zones, spans }): Condition => sql`(${onDays(spans)} and ${zone} = any(${zones}::text[]))`);
  return sql`(${sql.join([here, ...there], sql` or `)})`;
}

const within = (x: Sql, spans: readonly MonthDaySpan[]): Condition =>
  spans.length === 0
    ? sql`false`
    : sql`(${sql.join(
        spans.map(({ from, to }) => sql`${x} between ${from}::smallint and ${to}::smallint`),
        sql` or `,
      )})`;
