import { sql } from "kysely";
import { withoutTenant } from "./db";
import { env } from "./env";
import { AppError } from "./errors";

/** The one clock of the product: the database's (domain.md B21), moved by the test clock where that is allowed. */
export const databaseNow = (): Promise<Date> => withoutTenant(async ({ now }) => now);

/** Sets (or with null releases) the test clock for app, engine and database alike. Refused unless GUTHABEN_TEST_CLOCK=1. */
export async function setTestClock(now: Date | null): Promise<Date> {
  if (env().GUTHABEN_TEST_CLOCK !== "1") throw new AppError("NOT_FOUND");
  return withoutTenant(async ({ trx }) => {
    const result = await sql<{ now: Date }>`select set_test_clock(${now}) as now`.execute(trx);
    const row = result.rows[0];
    if (!row) throw new Error("set_test_clock gave no row");
    return row.now;
  });
}
