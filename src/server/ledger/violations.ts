import { sql } from "kysely";
import { withoutTenant, withTenant } from "@/server/db";
import type { ShopContext } from "@/server/tenancy/context";

const MAX_VIOLATIONS = 100;

export type Violation = { invariant: string; subject: string; detail: unknown };

/** Breaches of the ledger's invariants in this shop (domain.md 1.9), at most 100. Always empty; anything else is an incident. */
export const listViolations = (ctx: ShopContext): Promise<{ checkedAt: Date; violations: Violation[] }> =>
  withTenant(ctx, async ({ trx, now }) => ({
    checkedAt: now,
    violations: await trx
      .selectFrom("ledger.violation")
      .select(["invariant", "subject", "detail"])
      .where("shop_id", "=", ctx.shopId)
      .limit(MAX_VIOLATIONS)
      .execute(),
  }));

/** Every shop in service, for the nightly check. */
export const allShops = (): Promise<{ orgId: string; shopId: string }[]> =>
  withoutTenant(async ({ trx }) => {
    const result = await sql<{ orgId: string; shopId: string }>`
      select org_id as "orgId", shop_id as "shopId" from system_shops()`.execute(trx);
    return result.rows;
  });
