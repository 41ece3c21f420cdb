import { type RawBuilder, sql } from "kysely";
import { z } from "zod";
import { hashed } from "@/server/scoring/hashed";
import { ORDER_NET } from "@/server/scoring/net-revenue";
import type { TenantTrx } from "@/server/tenancy/context";
import { sumOf } from "./sums";

/** What orders are read for: orders placed from..to in `unit`, and refunds in that time that name no order. */
type Span = { shopId: string; unit: string; from: Date; to: Date };

const moves = ({ shopId, unit, from, to }: Span): RawBuilder<unknown> => sql`
  select o.customer_id, o.placed_at as at, case when o.currency = ${unit} then ${ORDER_NET} else 0 end as net
  from shop_order o
  where o.shop_id = ${shopId} and o.placed_at >= ${from} and o.placed_at < ${to} and o.counts and o.customer_id is not null
  union all
  select r.customer_id, r.refunded_at, -r.amount
  from order_refund r
  where r.shop_id = ${shopId} and r.refunded_at >= ${from} and r.refunded_at < ${to} and r.order_id is null and r.currency = ${unit}
    and r.customer_id is not null`;

/**
 * Revenue per person of an audience in the days before, capped at the 99.5 % quantile of buyers, so that one huge order does not decide
 * what a campaign can show (domain.md 2.2, 8 and 12).
 */
export async function readPrePeriod(
  { trx }: TenantTrx,
  audience: RawBuilder<{ customer_id: string }>,
  window: Span,
): Promise<{ people: number; sum: bigint; sumOfSquares: bigint }> {
  const { rows } = await sql<{ people: bigint; sum: string; squares: string }>`
    with audience as materialized (${audience}), person as (
      select x.customer_id, sum(x.net) as net from (${moves(window)}) x join audience using (customer_id) group by x.customer_id
    ), cap as (select percentile_cont(0.995) within group (order by net) filter (where net > 0) as at from person),
    capped as (select round(least(p.net, coalesce(c.at, 0)::numeric)) as net from person p, cap c)
    select (select count(*) from audience) as people, coalesce(sum(net), 0)::text as sum, coalesce(sum(net * net), 0)::text as squares
    from capped`.execute(trx);
  const row = rows[0];
  return { people: Number(row?.people ?? 0n), sum: BigInt(row?.sum ?? "0"), sumOfSquares: BigInt(row?.squares ?? "0") };
}

/**
 * Freezes what a drop's members bought before its release: 30 and 90 days, and the cap from the non-zero 30 days (domain.md 2.2, 7 and 8).
 * Once; later orders and corrections change nothing.
 */
export async function writeBaseline(
  handle: TenantTrx,
  orgId: string,
  drop: { shopId: string; id: string; unit: string; at: Date },
): Promise<void> {
  const from = new Date(drop.at.getTime() - 90 * 86_400_000);
  const recent = new Date(drop.at.getTime() - 30 * 86_400_000);
  const span = { shopId: drop.shopId, unit: drop.unit, from, to: drop.at };
  const query = sql`
    with bought as (
      select x.customer_id, coalesce(sum(x.net) filter (where x.at >= ${recent}), 0)::int8 as d30, sum(x.net)::int8 as d90
      from (${moves(span)}) x
      join drop_member m on m.shop_id = ${drop.shopId} and m.drop_id = ${drop.id} and m.customer_id = x.customer_id group by 1),
    written as (
      insert into drop_baseline (org_id, shop_id, drop_id, customer_id, revenue_30, revenue_90)
      select ${orgId}::uuid, ${drop.shopId}::uuid, ${drop.id}::uuid, customer_id, d30, d90 from bought where d90 <> 0 on conflict do nothing)
    insert into drop_measure (org_id, shop_id, drop_id, revenue_cap, frozen_at)
    select ${orgId}::uuid, ${drop.shopId}::uuid, ${drop.id}::uuid,
      (select round(percentile_cont(0.995) within group (order by d30))::int8 from bought where d30 <> 0), app_now()
    on conflict do nothing`;
  // The members were written a moment ago: no statistics know them yet.
  await hashed(handle, () => query.execute(handle.trx));
}

/** An arm (or one amount within it) as it was assigned, and what its people had bought before. */
export const assignedSchema = z.array(
  z.object({
    ...{ arm: z.enum(["treated", "control"]), variant: z.int(), people: z.int(), amount: z.string() },
    ...{ withBaseline: z.int(), baseline: z.string(), baseline2: z.string() },
  }),
);
export type Assigned = z.output<typeof assignedSchema>;

/** Sums over members (`customer_id`, `arm`, `variant`, `amount`) per arm and amount. */
export const assignedOf = (members: RawBuilder<unknown>, shopId: string, dropId: string | null): RawBuilder<unknown> => sql`
  select p.arm, p.variant, round(avg(p.amount))::text as amount, count(*)::int as people,
    (count(*) filter (where b.revenue_90 > 0))::int as "withBaseline", ${sumOf("b.revenue_90")} as baseline,
    ${sumOf("b.revenue_90", "b.revenue_90")} as baseline2
  from (${members}) p left join drop_baseline b on b.shop_id = ${shopId} and b.drop_id = ${dropId}::uuid and b.customer_id = p.customer_id
  group by p.arm, p.variant`;

/**
 * Keeps those sums of a drop. Its members and their baseline never change from here on, and adding them up for every report took a third of
 * its time.
 */
export async function writeAssigned(handle: TenantTrx, drop: { shopId: string; id: string }): Promise<void> {
  const members = sql`select customer_id, arm, variant, amount from drop_member where shop_id = ${drop.shopId} and drop_id = ${drop.id}`;
  const query = sql`update drop_measure set assigned = (select coalesce(json_agg(a), '[]') from (${assignedOf(members, drop.shopId, drop.id)}) a)
    where shop_id = ${drop.shopId} and drop_id = ${drop.id}`;
  await hashed(handle, () => query.execute(handle.trx));
}
