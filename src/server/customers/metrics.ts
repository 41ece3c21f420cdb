import type { Database } from "@db/schema";
import { sql, type Transaction } from "kysely";
import { AppError } from "@/server/errors";

/** What the metrics of a shop are measured in. */
export type MetricsScale = { timeZone: string; currency: string };

/** The shop's zone and currency, which decide days and amounts. */
export async function metricsScale(trx: Transaction<Database>, shopId: string): Promise<MetricsScale> {
  const shop = await trx.selectFrom("shop").select(["time_zone", "currency"]).where("id", "=", shopId).executeTakeFirst();
  if (!shop) throw new AppError("NOT_FOUND");
  return { timeZone: shop.time_zone, currency: shop.currency };
}

const CHUNK = 5_000;

/**
 * Brings the metrics of these customers up to date, in the transaction of the change that touched them. Each row is computed anew from
 * the customer's own orders, refunds and events (indexed by customer), so late, repeated and reordered changes cannot make it drift.
 * A row that is right already is not written. Changes of one customer wait here for each other (db/customers/refresh.ts).
 */
export async function refreshMetrics(trx: Transaction<Database>, shopId: string, customerIds: readonly string[]): Promise<number> {
  const ids = [...new Set(customerIds)].sort();
  let changed = 0;
  for (let from = 0; from < ids.length; from += CHUNK) {
    const chunk = ids.slice(from, from + CHUNK);
    const result = await sql<{ changed: bigint | null }>`select refresh_customer_metrics(${shopId}, ${chunk}::uuid[]) as changed`.execute(
      trx,
    );
    const rows = result.rows[0]?.changed ?? null;
    if (rows === null) throw new AppError("NOT_FOUND");
    changed += Number(rows);
  }
  return changed;
}
