import { type Kysely, sql } from "kysely";
import { REFRESH_METRICS } from "../customers/refresh";

/** What is kept per customer is refreshed by functions, so that an order pays for running them and not for planning them. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw(REFRESH_METRICS).execute(db);
}
