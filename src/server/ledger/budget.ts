import { sql } from "kysely";
import { z } from "zod";
import { withTenant } from "@/server/db";
import type { ShopContext } from "@/server/tenancy/context";
import { ledgerOperation, moneyAnswer } from "./operation";

/** `organisation`: one counter over all shops of the organisation. */
export type BudgetScope = "shop" | "organisation";
export type Budget = { scope: BudgetScope; key: string; unit: string; cap: bigint; granted: bigint };

const answer = z.object({
  scope: z.enum(["shop", "organisation"]),
  key: z.string(),
  unit: z.string(),
  cap: moneyAnswer,
  granted: moneyAnswer,
});

/** Opens a budget or changes its cap; what was granted stays. A key counts each unit by itself. */
export const setBudget = (ctx: ShopContext, { scope, key, unit, cap }: Omit<Budget, "granted">): Promise<Budget> =>
  ledgerOperation(ctx, answer, () => sql`ledger.set_budget(${scope}, ${key}, ${unit}, ${cap}::bigint)`);

const MAX_BUDGETS = 500;

/** Budgets of the shop and of its organisation by key, at most 500. Campaigns' own ones are `campaign:<id>`. */
export const listBudgets = (ctx: ShopContext, { prefix = "" }: { prefix?: string } = {}): Promise<Budget[]> =>
  withTenant(ctx, ({ trx }) =>
    trx
      .selectFrom("ledger.budget")
      .select([sql<BudgetScope>`case when shop_id is null then 'organisation' else 'shop' end`.as("scope")])
      .select(["key", "unit", "cap", "granted"])
      .where("org_id", "=", ctx.orgId)
      .where((eb) => eb.or([eb("shop_id", "is", null), eb("shop_id", "=", ctx.shopId)]))
      .where(sql<boolean>`starts_with(key, ${prefix})`)
      .orderBy("key")
      .orderBy("scope")
      .orderBy("unit")
      .limit(MAX_BUDGETS)
      .execute(),
  );

/** A budget as it stands; null when nobody has opened it. */
export const getBudget = (ctx: ShopContext, { scope, key, unit }: Pick<Budget, "scope" | "key" | "unit">): Promise<Budget | null> =>
  withTenant(ctx, async ({ trx }) => {
    const row = await trx
      .selectFrom("ledger.budget")
      .select(["key", "unit", "cap", "granted"])
      .where("org_id", "=", ctx.orgId)
      .where("shop_id", scope === "shop" ? "=" : "is", scope === "shop" ? ctx.shopId : null)
      .where("key", "=", key)
      .where("unit", "=", unit)
      .executeTakeFirst();
    return row ? { scope, ...row } : null;
  });
