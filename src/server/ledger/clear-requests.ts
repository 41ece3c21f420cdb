import { sql } from "kysely";
import { z } from "zod";
import { withoutTenant } from "@/server/db";
import type { ShopContext } from "@/server/tenancy/context";
import type { DueShop } from "./expire-due";
import { ledgerOperation } from "./operation";

const PER_TRANSACTION = 10_000;
const MAX_TRANSACTIONS = 100;

/** Shops with answers older than 400 days. */
export const shopsWithOldRequests = (): Promise<DueShop[]> =>
  withoutTenant(async ({ trx }) => {
    const result = await sql<DueShop>`select org_id as "orgId", shop_id as "shopId" from ledger.system_old_requests()`.execute(trx);
    return result.rows;
  });

/**
 * Clears kept answers of requests away after 400 days, at most a million per call, in transactions of 10,000. A key whose answer is gone still
 * books nothing twice: CONFLICT instead of the answer. @returns how many.
 */
export async function clearOldRequests(ctx: ShopContext): Promise<number> {
  let cleared = 0;
  for (let n = 0; n < MAX_TRANSACTIONS; n++) {
    const count = await ledgerOperation(ctx, z.int(), () => sql`ledger.clear_requests(${PER_TRANSACTION}::int)`);
    cleared += count;
    if (count < PER_TRANSACTION) break;
  }
  return cleared;
}
