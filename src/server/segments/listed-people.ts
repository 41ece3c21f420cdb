import { type RawBuilder, sql } from "kysely";
import type { Condition } from "./compile-ranges";

/** People as a list of ids with repeats: those on it, or (`outside`) everyone else. */
export type ListedPeople = { rows: RawBuilder<unknown>; outside: boolean };

export const among = ({ rows, outside }: ListedPeople): Condition =>
  outside ? sql`(not m.customer_id in (${rows}))` : sql`(m.customer_id in (${rows}))`;
