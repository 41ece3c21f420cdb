import { type Kysely, sql } from "kysely";
import { REFRESH_BUYERS, REFRESH_METRICS } from "../customers/refresh";

/**
 * What is kept per customer is refreshed by functions, so that an order pays for running them and not for planning them. Who bought a
 * product loses its index by customer: keeping it took as long as the table and its key together, and only the refresh read it.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const part of [REFRESH_METRICS, REFRESH_BUYERS, "drop index product_buyer_customer"]) await sql.raw(part).execute(db);
}
