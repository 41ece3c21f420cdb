import { type Kysely, sql } from "kysely";
import { REFRESH_BUYERS, REFRESH_METRICS } from "../customers/refresh";

/** Once more, with plans that do not become quadratic for many customers on tables without statistics. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const part of [REFRESH_METRICS, REFRESH_BUYERS]) await sql.raw(part).execute(db);
}
