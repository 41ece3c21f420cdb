import { sql } from "kysely";
import { withoutTenant } from "@/server/db";

/**
 * Writes the customers' figures of all shops anew where mass changes left much of their table empty, which every segment would read. Done
 * only when it is worth it and nobody holds the table for long (db/migrations/0027). Returns whether it was.
 */
export function compactMetrics(): Promise<boolean> {
  return withoutTenant(async ({ trx }) => {
    const { rows } = await sql<{ done: boolean }>`select compact_customer_metrics() as done`.execute(trx);
    return rows[0]?.done ?? false;
  });
}
