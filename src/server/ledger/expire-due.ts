import { sql } from "kysely";
import { z } from "zod";
import { withoutTenant } from "@/server/db";
import type { ShopContext } from "@/server/tenancy/context";
import { ledgerOperation, moneyAnswer } from "./operation";

const answer = z.object({ visited: z.int(), lots: z.int(), total: moneyAnswer, busy: z.boolean() });

/**
 * Books lapsed credit of at most `limit` lots in one transaction. Nothing depends on when it runs: what has lapsed is not spendable before.
 * @returns visited lots (call again while it equals the limit), lots that had value, the value, and whether another sweep was at work.
 */
export const expireDue = (ctx: ShopContext, { limit = 10_000 }: { limit?: number } = {}) =>
  ledgerOperation(ctx, answer, (actor) => sql`ledger.expire_due(${actor}, ${limit}::int)`);

export type DueShop = { orgId: string; shopId: string };

const dueShops = (table: "system_due_expiries" | "system_due_holds"): Promise<DueShop[]> =>
  withoutTenant(async ({ trx }) => {
    const result = await sql<{ org_id: string; shop_id: string }>`select org_id, shop_id from ${sql.raw(`ledger.${table}()`)}`.execute(trx);
    return result.rows.map((row) => ({ orgId: row.org_id, shopId: row.shop_id }));
  });

/** Shops with lapsed credit that no sweep has visited, or with holds past their time to live. */
export async function shopsWithDueWork(): Promise<DueShop[]> {
  const due = [...(await dueShops("system_due_expiries")), ...(await dueShops("system_due_holds"))];
  return [...new Map(due.map((shop) => [shop.shopId, shop])).values()];
}
