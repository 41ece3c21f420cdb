import type { z } from "zod";
import { refreshMetrics } from "@/server/customers/metrics";
import { withTenant } from "@/server/db";
import { AppError, parseInput } from "@/server/errors";
import type { ShopContext } from "@/server/tenancy/context";
import { isAhead } from "@/server/time";
import { settleRefunds, writeRefund } from "./refunds";
import { type RefundInput, refundInput } from "./schema";

/** Takes a refund that comes on its own. Without its order it is kept and waits; the order picks it up when it arrives. */
export const recordRefund = async (ctx: ShopContext, raw: RefundInput): Promise<{ waiting: boolean }> =>
  recordParsedRefund(ctx, parseInput(refundInput, raw));

/** The same for input that was parsed at the boundary already. */
export function recordParsedRefund(ctx: ShopContext, refund: z.output<typeof refundInput>): Promise<{ waiting: boolean }> {
  return withTenant(ctx, async ({ trx, now }) => {
    if (isAhead(refund.refundedAt, now)) throw new AppError("VALIDATION", { field: "refundedAt" });
    const row = await trx
      .selectFrom("shop_order")
      .select(["id", "customer_id"])
      .where("shop_id", "=", ctx.shopId)
      .where("external_id", "=", refund.orderExternalId)
      .forUpdate()
      .executeTakeFirst();
    const order = row ? { id: row.id, customerId: row.customer_id } : null;
    const former = await writeRefund(trx, ctx, refund, order);
    if (order) await settleRefunds(trx, ctx, refund.orderExternalId, order);
    await refreshMetrics(
      trx,
      ctx.shopId,
      [order?.customerId, former].filter((id) => id !== null && id !== undefined),
    );
    return { waiting: order === null };
  });
}
