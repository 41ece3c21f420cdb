import { sql } from "kysely";
import type { z } from "zod";
import { recordAudit } from "@/server/audit/record-audit";
import { withTenant } from "@/server/db";
import { AppError, parseInput } from "@/server/errors";
import type { ShopContext, TenantTrx } from "@/server/tenancy/context";
import { refund } from "./refund";
import { rehearse } from "./rehearse";
import { manualRefundSchema, type refundPreviewSchema } from "./schema";

export type RefundableOrder = {
  orderRef: string;
  unit: string;
  redeemed: bigint;
  /** Redeemed and not given back yet. */
  refundable: bigint;
  lastAt: Date;
};

const MAX_ORDERS = 100;

/** The customer's orders that credit was redeemed for and can go back from, newest first; those of customers merged into this one, too. */
async function ordersOf({ trx }: TenantTrx, ctx: ShopContext, customerId: string, orderRef: string | null): Promise<RefundableOrder[]> {
  const result = await sql<RefundableOrder>`
    with recursive same as (
      select ${customerId}::uuid as id
      union
      select m.customer_id from same s join ledger.merged m on m.shop_id = ${ctx.shopId}::uuid and m.into_id = s.id
    )
    select t.order_ref as "orderRef", t.unit,
      (sum(t.amount) filter (where t.kind <> 'refund'))::bigint as redeemed,
      sum(case when t.kind = 'refund' then -t.amount else t.amount end)::bigint as refundable,
      max(t.at) filter (where t.kind <> 'refund') as "lastAt"
    from ledger.transfer t
    where t.shop_id = ${ctx.shopId}::uuid and t.customer_id in (select id from same) and t.kind in ('redeem', 'capture', 'refund')
      and t.order_ref is not null ${orderRef === null ? sql`` : sql`and t.order_ref = ${orderRef}`}
    group by t.order_ref, t.unit
    having sum(case when t.kind = 'refund' then -t.amount else t.amount end) > 0
    order by max(t.at) desc limit ${MAX_ORDERS}`.execute(trx);
  return result.rows;
}

export const refundableOrders = (ctx: ShopContext, customerId: string): Promise<RefundableOrder[]> =>
  withTenant(ctx, (handle) => ordersOf(handle, ctx, customerId, null));

/** The order must be this customer's: the page of one customer gives nothing to another. */
async function requireOrder(handle: TenantTrx, ctx: ShopContext, customerId: string, orderRef: string): Promise<void> {
  const [order] = await ordersOf(handle, ctx, customerId, orderRef);
  if (!order) throw new AppError("NOT_FOUND", { entity: "order", orderRef });
}

export type RefundPart = {
  /** `back` into its lot, `restored` as a new lot with grace because it had expired, `lapsed` at once (no grace). */
  way: "back" | "restored" | "lapsed";
  expiresAt: Date | null;
  amount: bigint;
};
export type RefundPreview = { amount: bigint; unit: string; refundable: bigint; recalled: bigint; parts: RefundPart[] };

/** What a refund would do, from doing it and rolling it back (REFUND_EXCEEDS_CAPTURE as it would be). */
export const previewRefund = (ctx: ShopContext, input: z.output<typeof refundPreviewSchema>): Promise<RefundPreview> =>
  rehearse(ctx, (inner, key) =>
    withTenant(inner, async (handle) => {
      await requireOrder(handle, ctx, input.customerId, input.orderRef);
      const done = await refund(inner, { key, orderRef: input.orderRef, amount: input.amount });
      const parts = await sql<RefundPart>`
        select case when m.to_bucket = 'expired' then 'lapsed' when m.from_bucket = 'granted' then 'restored' else 'back' end as way,
          case when m.to_bucket = 'expired' then null else l.expires_at end as "expiresAt", sum(m.amount)::bigint as amount
        from ledger.lot_move m join ledger.lot l on l.shop_id = m.shop_id and l.id = m.lot_id
        where m.shop_id = ${ctx.shopId}::uuid and m.transfer_id = ${done.transferId}::uuid and m.to_bucket <> 'moved'
        group by 1, 2 order by 2 nulls last, 1`.execute(handle.trx);
      const { amount, unit, refundable, recalled = 0n } = done;
      return { amount, unit, refundable, recalled, parts: parts.rows };
    }),
  );

/** Gives credit of an order back by hand, with a reason, audited. At most what the order redeemed, so it needs no limit of its own. */
export const manualRefund = (ctx: ShopContext, raw: z.input<typeof manualRefundSchema>) =>
  withTenant(ctx, async (handle) => {
    const { key: clientKey, customerId, orderRef, amount, reason } = parseInput(manualRefundSchema, raw);
    const key = `manual-refund:${clientKey}`;
    const replayed = await handle.trx
      .selectFrom("ledger.request")
      .select("op")
      .where("shop_id", "=", ctx.shopId)
      .where("idem_key", "=", key)
      .executeTakeFirst();
    if (!replayed) await requireOrder(handle, ctx, customerId, orderRef);
    const { transferId, unit } = await refund({ ...ctx, trx: handle }, { key, orderRef, amount, reason });
    // A replay moved nothing, so it has nothing to tell.
    if (!replayed)
      await recordAudit(handle.trx, ctx, {
        action: "credit.refunded",
        entity: "customer",
        entityId: customerId,
        after: { transferId, amount: amount.toString(), unit },
      });
    return { transferId };
  });
