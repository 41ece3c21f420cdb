import type { z } from "zod";
import { recordAudit } from "@/server/audit/record-audit";
import { withTenant } from "@/server/db";
import { AppError, parseInput } from "@/server/errors";
import type { ShopContext } from "@/server/tenancy/context";
import { type Budget, getBudget, setBudget } from "./budget";
import { budgetSchema } from "./schema";

/**
 * Sets a budget's cap and writes down who did and what it was before. What is granted already stays granted. FORBIDDEN for a budget of the
 * whole organisation unless the caller works for all its shops.
 */
export const changeBudget = (ctx: ShopContext, raw: z.input<typeof budgetSchema>, { allShops }: { allShops: boolean }): Promise<Budget> =>
  withTenant(ctx, async (handle) => {
    const inner = { ...ctx, trx: handle };
    const input = parseInput(budgetSchema, raw);
    if (input.scope === "organisation" && !allShops) throw new AppError("FORBIDDEN");
    const before = await getBudget(inner, input);
    const budget = await setBudget(inner, input);
    if (before?.cap === budget.cap) return budget;
    const { scope, key, unit } = budget;
    await recordAudit(handle.trx, ctx, {
      action: "budget.set",
      entity: "ledger",
      entityId: ctx.shopId,
      ...(before ? { before: { scope, key, unit, cap: before.cap.toString() } } : {}),
      after: { scope, key, unit, cap: budget.cap.toString(), granted: budget.granted.toString() },
    });
    return budget;
  });
