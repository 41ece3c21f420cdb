import { type RawBuilder, sql } from "kysely";
import { dayToIsoDate } from "@/server/time";
import { type DateRange, dayBorders, FOLD_FROM, FOLD_TO, type IntegerRange } from "./semantics";

/** A boolean SQL expression over `m` (customer_metrics) and, where used, `c` (customer). Never NULL: logic has two values. */
export type Condition = RawBuilder<boolean>;

/** Ranges as SQL over an expression that is never NULL. Values are bound; `x` is SQL written in this folder. */
type Sql = RawBuilder<unknown>;

const INT8_MAX = 9_223_372_036_854_775_807n;
const INT8_MIN = -INT8_MAX - 1n;

function within(parts: Condition[], negated: boolean): Condition {
  const inside: Condition = parts.length === 0 ? sql`true` : sql`(${sql.join(parts, sql` and `)})`;
  return negated ? sql`(not ${inside})` : inside;
}

export function integerIn(x: Sql, range: IntegerRange): Condition {
  const { from, to, negated } = range;
  // No bigint lies beyond int8, so such a border says all or nothing without being sent.
  if ((from !== null && from > INT8_MAX) || (to !== null && to < INT8_MIN) || (from !== null && to !== null && from > to)) {
    return negated ? sql`true` : sql`false`;
  }
  const parts: Condition[] = [];
  if (from !== null && from > INT8_MIN) parts.push(sql`${x} >= ${from}::bigint`);
  if (to !== null && to < INT8_MAX) parts.push(sql`${x} <= ${to}::bigint`);
  return within(parts, negated);
}

export function instantIn(x: Sql, range: DateRange): Condition {
  const parts: Condition[] = [];
  if (range.from) parts.push(sql`${x} >= ${range.from.at.toISOString()}::timestamptz`);
  if (range.to) parts.push(sql`${x} < ${range.to.at.toISOString()}::timestamptz`);
  return within(parts, range.negated);
}

/** `x` counts days since 1970-01-01. */
export function dayNumberIn(x: Sql, range: DateRange): Condition {
  const { from, to } = dayBorders(range);
  const parts: Condition[] = [];
  if (from !== null) parts.push(sql`${x} >= ${from}::integer`);
  if (to !== null) parts.push(sql`${x} < ${to}::integer`);
  return within(parts, range.negated);
}

/** `x` is a date. */
export function dateIn(x: Sql, range: DateRange): Condition {
  const { from, to } = dayBorders(range);
  const parts: Condition[] = [];
  if (from !== null) parts.push(sql`${x} >= ${dayToIsoDate(from)}::date`);
  if (to !== null) parts.push(sql`${x} < ${dayToIsoDate(to)}::date`);
  return within(parts, range.negated);
}

/** `fold(x) = folded`. A folded text without other letters can only come from ASCII, which is cheaper to lower. */
export function foldedEquals(x: Sql, folded: string): Condition {
  const ascii = [...folded].every((char) => char <= "\x7f");
  return ascii
    ? sql`(lower(${x} collate "C") = ${folded})`
    : sql`(lower(translate(${x} collate "C", ${FOLD_FROM}, ${FOLD_TO}) collate "C") = ${folded})`;
}
