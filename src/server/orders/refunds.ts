import type { Database } from "@db/schema";
import { sql, type Transaction } from "kysely";
import type { z } from "zod";
import type { ShopContext } from "@/server/tenancy/context";
import type { refundInput } from "./schema";

type Refund = z.output<typeof refundInput>;
type Order = { id: string; customerId: string | null };

/**
 * Writes one refund; `order` is null while it has not arrived. The same refund again changes nothing. One that is corrected to belong to
 * another order is taken from the former one; returns that order's customer, whose metrics change too.
 */
export async function writeRefund(
  trx: Transaction<Database>,
  ctx: ShopContext,
  refund: Refund,
  order: Order | null,
): Promise<string | null> {
  const former = await trx
    .selectFrom("order_refund")
    .select(["order_id", "customer_id"])
    .where("shop_id", "=", ctx.shopId)
    .where("external_id", "=", refund.externalId)
    .forUpdate()
    .executeTakeFirst();
  await trx
    .insertInto("order_refund")
    .values({
      org_id: ctx.orgId,
      shop_id: ctx.shopId,
      external_id: refund.externalId,
      order_external_id: refund.orderExternalId,
      order_id: order?.id ?? null,
      customer_id: order?.customerId ?? null,
      currency: refund.currency,
      amount: refund.amount,
      refunded_at: refund.refundedAt,
      source: refund.source,
    })
    .onConflict((conflict) =>
      conflict
        .columns(["shop_id", "external_id"])
        .doUpdateSet((eb) => ({
          order_external_id: eb.ref("excluded.order_external_id"),
          order_id: eb.ref("excluded.order_id"),
          customer_id: eb.ref("excluded.customer_id"),
          currency: eb.ref("excluded.currency"),
          amount: eb.ref("excluded.amount"),
          refunded_at: eb.ref("excluded.refunded_at"),
          updated_at: sql<Date>`app_now()`,
        }))
        .where(
          sql<boolean>`(order_refund.order_external_id, order_refund.order_id, order_refund.customer_id, order_refund.currency, order_refund.amount, order_refund.refunded_at)
            is distinct from (excluded.order_external_id, excluded.order_id, excluded.customer_id, excluded.currency, excluded.amount, excluded.refunded_at)`,
        ),
    )
    .execute();
  if (former?.order_id && former.order_id !== order?.id) await sumRefunds(trx, ctx, former.order_id);
  return former?.customer_id ?? null;
}

/** What an order knows of its refunds. */
const sumRefunds = (trx: Transaction<Database>, ctx: ShopContext, orderId: string) =>
  sql`
    update shop_order o set refunded = s.amount, updated_at = app_now()
    from (select coalesce(sum(r.amount), 0)::int8 as amount from order_refund r join shop_order x on x.shop_id = r.shop_id and x.id = r.order_id
          where r.shop_id = ${ctx.shopId} and r.order_id = ${orderId} and r.currency = x.currency) s
    where o.shop_id = ${ctx.shopId} and o.id = ${orderId} and o.refunded <> s.amount`.execute(trx);

/** Gives an order the refunds that waited for it, makes its refunds follow its customer, and sums them up on the order. */
export async function settleRefunds(trx: Transaction<Database>, ctx: ShopContext, externalId: string, order: Order): Promise<void> {
  await trx
    .updateTable("order_refund")
    .set({ order_id: order.id, customer_id: order.customerId, updated_at: sql<Date>`app_now()` })
    .where("shop_id", "=", ctx.shopId)
    .where((eb) => eb.or([eb("order_id", "=", order.id), eb.and([eb("order_id", "is", null), eb("order_external_id", "=", externalId)])]))
    .where(sql<boolean>`(order_id, customer_id) is distinct from (${order.id}::uuid, ${order.customerId}::uuid)`)
    .execute();
  await sumRefunds(trx, ctx, order.id);
}
