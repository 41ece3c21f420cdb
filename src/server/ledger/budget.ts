import { sql } from "kysely";
import { z } from "zod";
import { withTenant } from "@/server/db";
import type { ShopContext } from "@/server/tenancy/context";
import { ledgerOperation, moneyAnswer } from "./operation";

export type Budget = { key: string; unit: string; cap: bigint; granted: bigint };

const answer = z.object({ key: z.string(), unit: z.string(), cap: moneyAnswer, granted: moneyAnswer });

/** Opens a budget or changes its cap; what was granted stays. CONFLICT when the budget counts in another unit. */
export const setBudget = (ctx: ShopContext, { key, unit, cap }: Omit<Budget, "granted">): Promise<Budget> =>
  ledgerOperation(ctx, answer, () => sql`ledger.set_budget(${key}, ${unit}, ${cap}::bigint)`);

/** A budget as it stands; null when nobody has opened it. */
export const getBudget = (ctx: ShopContext, key: string): Promise<Budget | null> =>
  withTenant(ctx, async ({ trx }) => {
    const row = await trx
      .selectFrom("ledger.budget")
      .select(["key", "unit", "cap", "granted"])
      .where("shop_id", "=", ctx.shopId)
      .where("key", "=", key)
      .executeTakeFirst();
    return row ?? null;
  });
