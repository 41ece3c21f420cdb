import { sql } from "kysely";
import { z } from "zod";
import { withTenant } from "@/server/db";
import type { ShopContext } from "@/server/tenancy/context";
import { ledgerOperation, moneyAnswer } from "./operation";

const answer = z.object({
  transferId: z.uuid().nullable(),
  amount: moneyAnswer,
  unit: z.string(),
  /** What the order could still get back. */
  refundable: moneyAnswer,
  balance: moneyAnswer.optional(),
  recalled: moneyAnswer.optional(),
  lapsed: moneyAnswer.optional(),
  restoredLots: z.array(z.uuid()).optional(),
  /** More than one when the order was paid by customers who have been merged since. */
  transferIds: z.array(z.uuid()).optional(),
});

export type Refund = {
  key: string;
  orderRef: string;
  /** Only needed when an order was paid with the credit of several customers who are not one by merging. */
  customerId?: string;
  reason?: string;
} & ({ amount: bigint } | { refundTotal: bigint; orderTotal: bigint });

const graceSchema = z.object({
  refundGraceDays: z
    .object({ unpaid: z.int().min(0).max(90), earned: z.int().min(0).max(90), paid: z.int().min(30).max(90) })
    .partial()
    .catch({})
    .default({}),
});

/**
 * Returns credit of an order to its lots, latest-expiring first; expired lots come back as restore lots with the shop's grace (domain.md
 * 1.7). Either the amount, or the order's cumulative refund and total, from which the credit's proportional share follows.
 * REFUND_EXCEEDS_CAPTURE books nothing.
 */
export const refund = (ctx: ShopContext, input: Refund) =>
  withTenant(ctx, async (handle) => {
    const shop = await handle.trx.selectFrom("shop").select("settings").where("id", "=", ctx.shopId).executeTakeFirstOrThrow();
    const grace = JSON.stringify(graceSchema.parse(shop.settings).refundGraceDays);
    const [amount, refundTotal, orderTotal] = "amount" in input ? [input.amount, null, null] : [null, input.refundTotal, input.orderTotal];
    return ledgerOperation(
      { ...ctx, trx: handle },
      answer,
      (actor) => sql`ledger.refund(${input.key}, ${actor}, ${input.orderRef}, ${input.customerId ?? null}::uuid, ${amount}::bigint,
        ${refundTotal}::bigint, ${orderTotal}::bigint, ${input.reason ?? null}, ${grace}::jsonb)`,
    );
  });
