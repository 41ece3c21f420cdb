import { type RawBuilder, sql } from "kysely";
import type { TenantTrx } from "@/server/tenancy/context";

/** What one arm did. Money in minor units; sums are whole numbers, so nothing is lost before the statistics. */
export type ArmSums = { people: number; buyers: number; orders: number; sum: bigint; sumOfSquares: bigint };

export type Window = { shopId: string; dropId: string; unit: string; from: Date; to: Date };

/**
 * Net revenue of an order: without tax and shipping, in the proportion that was not refunded, before credit is taken off (credit is a cost,
 * once). Refunds count whenever they happen: the order is what belongs to the window.
 */
const ORDER_NET = sql<bigint>`round((o.total - o.tax - o.shipping)::numeric * greatest(o.total - o.refunded, 0) / greatest(o.total, 1))::bigint`;

/** Every payment into and out of the window by a customer: orders placed in it, and refunds in it that name no order. */
const moves = ({ shopId, unit, from, to }: Window): RawBuilder<unknown> => sql`
  select o.customer_id, o.placed_at as at, ${ORDER_NET} as net, 1 as orders
  from shop_order o
  where o.shop_id = ${shopId} and o.placed_at >= ${from} and o.placed_at < ${to} and o.counts and o.currency = ${unit} and o.customer_id is not null
  union all
  select r.customer_id, r.refunded_at, -r.amount, 0
  from order_refund r
  where r.shop_id = ${shopId} and r.refunded_at >= ${from} and r.refunded_at < ${to} and r.order_id is null and r.currency = ${unit}
    and r.customer_id is not null`;

/** Outcome per arm over everyone assigned, buyers or not (intention to treat). */
export async function readArms({ trx }: TenantTrx, window: Window): Promise<{ treated: ArmSums; control: ArmSums }> {
  const { rows } = await sql<{ arm: "treated" | "control"; people: bigint; buyers: bigint; orders: bigint; sum: string; squares: string }>`
    with person as (select customer_id, sum(net) as net, sum(orders) as orders from (${moves(window)}) x group by customer_id)
    select m.arm, count(*) as people, count(*) filter (where p.orders > 0) as buyers, coalesce(sum(p.orders), 0)::bigint as orders,
           coalesce(sum(p.net), 0)::text as sum, coalesce(sum(p.net::numeric * p.net), 0)::text as squares
    from drop_member m left join person p on p.customer_id = m.customer_id
    where m.shop_id = ${window.shopId} and m.drop_id = ${window.dropId} group by m.arm`.execute(trx);
  const arm = (name: "treated" | "control"): ArmSums => {
    const row = rows.find((r) => r.arm === name);
    if (!row) return { people: 0, buyers: 0, orders: 0, sum: 0n, sumOfSquares: 0n };
    return {
      people: Number(row.people),
      buyers: Number(row.buyers),
      orders: Number(row.orders),
      sum: BigInt(row.sum),
      sumOfSquares: BigInt(row.squares),
    };
  };
  return { treated: arm("treated"), control: arm("control") };
}

/** Net revenue per arm and day since the release (day 0 = the first 24 hours). */
export async function readDays({ trx }: TenantTrx, window: Window): Promise<{ day: number; arm: "treated" | "control"; net: bigint }[]> {
  const { rows } = await sql<{ day: number; arm: "treated" | "control"; net: bigint }>`
    select floor(extract(epoch from x.at - ${window.from}::timestamptz) / 86400)::int as day, m.arm, sum(x.net)::bigint as net
    from (${moves(window)}) x
    join drop_member m on m.shop_id = ${window.shopId} and m.drop_id = ${window.dropId} and m.customer_id = x.customer_id
    group by 1, 2 order by 1`.execute(trx);
  return rows;
}

/** Orders that were paid with this drop's credit, whether or not it caused them: the number other tools call return. */
export async function readAttributed({ trx }: TenantTrx, shopId: string, dropId: string): Promise<{ orders: number; revenue: bigint }> {
  const { rows } = await sql<{ orders: bigint; revenue: bigint }>`
    with ref as (
      select distinct t.order_ref
      from ledger.lot l
      join ledger.lot_move v on v.shop_id = l.shop_id and v.lot_id = l.id and v.to_bucket = 'redeemed'
      join ledger.transfer t on t.shop_id = v.shop_id and t.id = v.transfer_id
      where l.shop_id = ${shopId} and l.source_id = ${dropId} and t.order_ref is not null
    )
    select count(*) as orders, coalesce(sum(${ORDER_NET}), 0)::bigint as revenue
    from ref join shop_order o on o.shop_id = ${shopId} and o.external_id = ref.order_ref`.execute(trx);
  return { orders: Number(rows[0]?.orders ?? 0n), revenue: rows[0]?.revenue ?? 0n };
}

/** Held-out people who were given credit by hand or by the API meanwhile. They stay in their arm; too many blur the comparison. */
export async function countContaminated({ trx }: TenantTrx, window: Window): Promise<number> {
  const { rows } = await sql<{ people: bigint }>`
    select count(distinct m.customer_id) as people from drop_member m
    join ledger.lot l on l.shop_id = m.shop_id and l.customer_id = m.customer_id
    where m.shop_id = ${window.shopId} and m.drop_id = ${window.dropId} and m.arm = 'control' and l.source_type in ('manual', 'api')
      and l.created_at >= ${window.from} and l.created_at < ${window.to}`.execute(trx);
  return Number(rows[0]?.people ?? 0n);
}

/** Orders of members in the window in another currency: they are not in the result, which is said. */
export async function countOtherCurrency({ trx }: TenantTrx, window: Window): Promise<number> {
  const { rows } = await sql<{ orders: bigint }>`
    select count(*) as orders from shop_order o
    join drop_member m on m.shop_id = o.shop_id and m.drop_id = ${window.dropId} and m.customer_id = o.customer_id
    where o.shop_id = ${window.shopId} and o.placed_at >= ${window.from} and o.placed_at < ${window.to} and o.counts
      and o.currency <> ${window.unit}`.execute(trx);
  return Number(rows[0]?.orders ?? 0n);
}

/**
 * Revenue per person of an audience in the days before, capped at the 99.5 % quantile of buyers, so that one huge order does not decide
 * what a campaign can show (domain.md 2.2, 8 and 12).
 */
export async function readPrePeriod(
  { trx }: TenantTrx,
  audience: RawBuilder<{ customer_id: string }>,
  window: Omit<Window, "dropId">,
): Promise<{ people: number; sum: bigint; sumOfSquares: bigint }> {
  const { rows } = await sql<{ people: bigint; sum: string; squares: string }>`
    with audience as materialized (${audience}), person as (
      select x.customer_id, sum(x.net) as net from (${moves({ ...window, dropId: "" })}) x join audience using (customer_id) group by x.customer_id
    ), cap as (select percentile_cont(0.995) within group (order by net) filter (where net > 0) as at from person),
    capped as (select round(least(p.net, coalesce(c.at, 0)::numeric)) as net from person p, cap c)
    select (select count(*) from audience) as people, coalesce(sum(net), 0)::text as sum, coalesce(sum(net * net), 0)::text as squares
    from capped`.execute(trx);
  const row = rows[0];
  return { people: Number(row?.people ?? 0n), sum: BigInt(row?.sum ?? "0"), sumOfSquares: BigInt(row?.squares ?? "0") };
}
