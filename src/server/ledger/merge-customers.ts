import { sql } from "kysely";
import { z } from "zod";
import { recordAudit } from "@/server/audit/record-audit";
import { withTenant } from "@/server/db";
import type { ShopContext } from "@/server/tenancy/context";
import { ledgerOperation, moneyAnswer } from "./operation";

export type MergeCustomers = { key: string; fromCustomerId: string; intoCustomerId: string; reason: string };

const answer = z.object({
  units: z.array(
    z.object({
      unit: z.string(),
      moved: moneyAnswer,
      held: moneyAnswer,
      /** Taken back because one drop had given to both. */
      recalled: moneyAnswer,
      debt: moneyAnswer,
    }),
  ),
});

/**
 * Moves all credit, holds and debt of one customer to another, with origin, source and expiry (domain.md B20). Later refunds of the first
 * one's orders go to the other. Cannot be undone. CONFLICT when the first went elsewhere before, or the second is merged away.
 */
export const mergeCustomerCredit = (ctx: ShopContext, input: MergeCustomers) =>
  withTenant(ctx, async (handle) => {
    const replayed = await handle.trx
      .selectFrom("ledger.request")
      .select("op")
      .where("shop_id", "=", ctx.shopId)
      .where("idem_key", "=", input.key)
      .executeTakeFirst();
    const result = await ledgerOperation(
      { ...ctx, trx: handle },
      answer,
      (actor) =>
        sql`ledger.merge_customers(${input.key}, ${actor}, ${input.fromCustomerId}::uuid, ${input.intoCustomerId}::uuid, ${input.reason})`,
    );
    // A replay moved nothing, so it has nothing to tell.
    if (replayed) return result;
    await recordAudit(handle.trx, ctx, {
      action: "credit.merged",
      entity: "customer",
      entityId: input.intoCustomerId,
      after: { from: input.fromCustomerId, units: result.units.map(({ unit, moved, held }) => `${unit} ${moved} ${held}`) },
    });
    return result;
  });
