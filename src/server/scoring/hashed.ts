import { sql } from "kysely";
import type { TenantTrx } from "@/server/tenancy/context";

/**
 * Runs a statement over whole tables without nested loops. Its parts are intermediate results of unknown size, which a planner without
 * statistics takes for one row each: every row of one would be compared with every row of the other.
 */
export async function hashed<T>({ trx }: TenantTrx, work: () => Promise<T>): Promise<T> {
  await sql`select set_config('enable_nestloop', 'off', true)`.execute(trx);
  const result = await work();
  await sql`select set_config('enable_nestloop', 'on', true)`.execute(trx);
  return result;
}
