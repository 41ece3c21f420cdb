/**
 * What redeemed credit means for value added tax (domain.md 1.11, L10): promotional and earned credit reduces the consideration, spread over
 * the order's rates; paid credit is a multi-purpose voucher and pays like money.
 */
import { sql } from "kysely";
import { withTenant } from "@/server/db";
import type { ShopContext } from "@/server/tenancy/context";
import { startOfLocalDay } from "@/server/time";
import { periodDays } from "./roll-forward";
import type { OriginClass, PeriodInput } from "./schema";

export type VatRow = {
  unit: string;
  origin: OriginClass;
  /** The orders' tax on their net amount, in tenths of a percent: 190 is 19 %. Null: the order is not known here, or has no tax. */
  rate: number | null;
  orders: number;
  /** Redeemed less what refunds gave back. */
  redeemed: bigint;
  /** Of a discount: its net amount and the tax that falls away. Zero for paid credit, which is a means of payment. */
  net: bigint;
  tax: bigint;
};

export type VatReport = { fromDay: number; toDay: number; rows: VatRow[] };

/** Credit redeemed in a period by origin and the effective rate of its orders. Orders of mixed rates have a rate in between. */
export const vatReport = (ctx: ShopContext, period: PeriodInput): Promise<VatReport> =>
  withTenant(ctx, async ({ trx, now }) => {
    const shop = await trx.selectFrom("shop").select("time_zone").where("id", "=", ctx.shopId).executeTakeFirstOrThrow();
    const { fromDay, toDay } = periodDays(period, now, shop.time_zone);
    const [from, to] = [fromDay, toDay].map((day) => startOfLocalDay(day, shop.time_zone));
    const result = await sql<VatRow>`
      with spent as (
        select t.order_ref, t.unit, l.origin,
          sum(case when m.to_bucket = 'redeemed' then m.amount when m.from_bucket = 'redeemed' then -m.amount else 0 end) as amount
        from ledger.transfer t
        join ledger.lot_move m on m.shop_id = t.shop_id and m.transfer_id = t.id
        join ledger.lot l on l.shop_id = m.shop_id and l.id = m.lot_id
        where t.shop_id = ${ctx.shopId}::uuid and t.at >= ${from} and t.at < ${to} and t.kind in ('redeem', 'capture', 'refund')
          and t.order_ref is not null and t.unit !~ '^PTS:'
        group by t.order_ref, t.unit, l.origin
      ), taxed as (
        select s.unit, s.origin, s.amount, o.tax, o.total,
          case when o.total > o.tax and o.tax > 0 then round(o.tax * 1000.0 / (o.total - o.tax))::int end as rate
        from spent s left join shop_order o on o.shop_id = ${ctx.shopId}::uuid and o.external_id = s.order_ref and o.currency = s.unit
        where s.amount <> 0
      )
      select unit, origin, rate, count(*)::int as orders, sum(amount)::bigint as redeemed,
        coalesce(sum(amount - round(amount * tax / total)) filter (where rate is not null and origin <> 'paid'), 0)::bigint as net,
        coalesce(sum(round(amount * tax / total)) filter (where rate is not null and origin <> 'paid'), 0)::bigint as tax
      from taxed group by unit, origin, rate order by unit, origin, rate desc nulls last`.execute(trx);
    return { fromDay, toDay, rows: result.rows };
  });
