import { type RawBuilder, sql } from "kysely";
import { hashed } from "@/server/scoring/hashed";
import { ORDER_NET } from "@/server/scoring/net-revenue";
import type { TenantTrx } from "@/server/tenancy/context";
import { type Assigned, assignedOf } from "./pre-period";
import { sumOf } from "./sums";

/** Which members of which drops of a campaign are measured, and in what. `from`..`to` hold every member's own window. */
export type Measured = {
  shopId: string;
  campaignId: string;
  drops: { id: string; releasedAt: Date; windowEndsAt: Date }[];
  unit: string;
  from: Date;
  to: Date;
  shopMarginBps: number;
  /** Whether products or collections have margins of their own: only then are order lines read. */
  goodsMargins: boolean;
  revenueCap: bigint | null;
  messageCost: bigint;
  /** Of a single drop, once its history is frozen: its members need not be counted again. */
  assigned: Assigned | null;
};

/**
 * Whole-number sums of an arm (or of one amount within it), so that nothing is lost before the statistics. Revenue in minor units;
 * contribution in ten-thousandths of them (margin in basis points × revenue − 10,000 × cost); cost = credit redeemed + messages.
 */
export type ArmSums = {
  arm: "treated" | "control";
  variant: number;
  amount: bigint;
  people: number;
  buyers: number;
  orders: number;
  withBaseline: number;
  revenue: bigint;
  revenue2: bigint;
  capped: bigint;
  capped2: bigint;
  contribution: bigint;
  contribution2: bigint;
  cost: bigint;
  cost2: bigint;
  contributionCost: bigint;
  revenueCost: bigint;
  baseline: bigint;
  baseline2: bigint;
  revenueBaseline: bigint;
};

export type DaySums = { day: number; arm: "treated" | "control"; net: bigint; squares: bigint };

/**
 * The margin of each product in basis points: its own, else the smallest of its collections', else the shop's. Only goods whose margin
 * differs are listed.
 */
const goodsMargins = (shopId: string) => sql`
  select p.id, coalesce(own.margin_bps, (select min(g.margin_bps) from goods_margin g
    where g.shop_id = ${shopId} and g.scope = 'collection' and g.ref = any(p.collections))) as bps
  from product p left join goods_margin own on own.shop_id = p.shop_id and own.scope = 'product' and own.ref = p.external_id
  where p.shop_id = ${shopId}`;

/** Margin of an order by the goods in it, weighted with their value. */
const orderMargin = (m: Measured) =>
  m.goodsMargins
    ? sql`coalesce((select round(sum(u.total * coalesce(g.bps, ${m.shopMarginBps}::int)) / nullif(sum(u.total), 0))
        from order_items i, unnest(i.product_ids, i.totals) as u (product_id, total) left join goods g on g.id = u.product_id
        where i.shop_id = ${m.shopId} and i.order_id = o.id), ${m.shopMarginBps}::int)::bigint`
    : sql`${m.shopMarginBps}::bigint`;

/** Everyone assigned, with the window of the own drop; of a repeated campaign from the first time on to the end of the last. */
function members(m: Measured): RawBuilder<unknown> {
  const [only] = m.drops;
  if (m.drops.length === 1 && only)
    return sql`select customer_id, arm, variant, amount, ${only.releasedAt}::timestamptz as from_at, ${only.windowEndsAt}::timestamptz as to_at
      from drop_member where shop_id = ${m.shopId} and drop_id = ${only.id}`;
  return sql`select x.customer_id, max(x.arm) as arm, min(x.variant)::smallint as variant, sum(x.amount)::bigint as amount,
      min(d.released_at) as from_at, max(d.ends_at) as to_at
    from drop_member x join unnest(${m.drops.map((d) => d.id)}::uuid[], ${m.drops.map((d) => d.releasedAt)}::timestamptz[],
      ${m.drops.map((d) => d.windowEndsAt)}::timestamptz[]) as d (id, released_at, ends_at) on d.id = x.drop_id
    where x.shop_id = ${m.shopId} group by 1`;
}

const dropIds = (m: Measured): string[] => m.drops.map((drop) => drop.id);
const firstDrop = (m: Measured): string | null => m.drops[0]?.id ?? null;

/**
 * All that may concern members, to be joined with them once: orders and refunds of the time (with `at`), and what credit and messages cost.
 * Orders are priced after the join, because most of them are other people's.
 */
function facts(m: Measured): RawBuilder<unknown> {
  const sent =
    m.messageCost > 0n
      ? sql`union all select customer_id, null, null, null, 0, 0, 0, 0, ${m.messageCost}::bigint
          from message where shop_id = ${m.shopId} and campaign_id = ${m.campaignId} and status = 'sent'`
      : sql``;
  return sql`
    select customer_id, placed_at as at, id, currency = ${m.unit} as ours, total, tax, shipping, refunded, 0::bigint as cost
    from shop_order where shop_id = ${m.shopId} and placed_at >= ${m.from} and placed_at < ${m.to} and counts
    union all select customer_id, refunded_at, null, null, -amount, 0, 0, 0, 0 from order_refund
    where shop_id = ${m.shopId} and refunded_at >= ${m.from} and refunded_at < ${m.to} and order_id is null and currency = ${m.unit}
    union all select customer_id, null, null, null, 0, 0, 0, 0, redeemed from ledger.lot
    where shop_id = ${m.shopId} and source_id = any(${dropIds(m)}::uuid[]) and redeemed > 0
    ${sent}`;
}

/**
 * Per member who bought or cost anything in the window: what that was, what it contributed, and what was bought before. Intention to treat:
 * everyone assigned is a member, and those who are missing here are zeros. Only the treated cost anything.
 */
function outcomes(m: Measured): RawBuilder<unknown> {
  const goods = m.goodsMargins ? sql`goods as materialized (${goodsMargins(m.shopId)}),` : sql``;
  const capped = m.revenueCap === null ? sql`a.net` : sql`least(a.net, ${m.revenueCap}::bigint)`;
  return sql`${goods}
    member as (${members(m)}),
    fact as materialized (
      select customer_id, arm, variant, from_at, at, net, net * bps as contribution, orders, others, cost from (
        select o.customer_id, m.arm, m.variant, m.from_at, o.at,
          case when o.id is null then o.total when o.ours then ${ORDER_NET} else 0 end as net,
          case when o.id is null then ${m.shopMarginBps}::bigint else ${orderMargin(m)} end as bps,
          coalesce(o.ours, false)::int as orders, (not coalesce(o.ours, true))::int as others, o.cost
        from (${facts(m)}) o join member m on m.customer_id = o.customer_id
        where case when o.at is null then m.arm = 'treated' else o.at >= m.from_at and o.at < m.to_at end) x),
    outcome as materialized (
      select a.customer_id, a.arm, a.variant, a.net, ${capped} as capped, a.contribution - 10000 * a.cost::numeric as contribution, a.cost,
        a.orders, a.others, coalesce(b.revenue_90, 0) as baseline
      from (
        select customer_id, arm, variant, sum(net)::bigint as net, sum(contribution) as contribution, sum(orders)::int as orders,
          sum(others)::int as others, sum(cost)::bigint as cost
        from fact group by 1, 2, 3) a
      left join drop_baseline b on b.shop_id = ${m.shopId} and b.drop_id = ${firstDrop(m)}::uuid and b.customer_id = a.customer_id)`;
}

/** As JSON. */
type ArmRow = { arm: string; variant: number; buyers: number; orders: number } & Record<(typeof BIG)[number], string>;

const BIG = [
  ...["revenue", "revenue2", "capped", "capped2", "contribution", "contribution2", "cost", "cost2", "contributionCost", "revenueCost"],
  "revenueBaseline",
] as const;

/**
 * Everything a report needs about a campaign's members, in one pass over the orders of the window: sums per arm and amount, and sums per
 * arm and day for the curve. `squares` adds up to Σ(revenue so far)² over people: what a day adds is 2·before·today + today². Sums of
 * the window read only people who bought or cost something, or had before: the others add zeros, and in most campaigns they are nearly all.
 */
export async function readOutcomes(
  handle: TenantTrx,
  m: Measured,
): Promise<{ arms: ArmSums[]; days: DaySums[]; otherCurrencyOrders: number }> {
  const query = sql<{
    assigned: Assigned | null;
    sums: ArmRow[] | null;
    days: { day: number; arm: "treated" | "control"; net: string; squares: string }[] | null;
    others: number;
  }>`
    with ${outcomes(m)},
    sums as (select arm, variant, (count(*) filter (where orders > 0))::int as buyers, coalesce(sum(orders), 0)::int as orders,
        ${sumOf("net")} as revenue, ${sumOf("net", "net")} as revenue2, ${sumOf("capped")} as capped, ${sumOf("capped", "capped")} as capped2,
        ${sumOf("contribution")} as contribution, ${sumOf("contribution", "contribution")} as contribution2, ${sumOf("cost")} as cost,
        ${sumOf("cost", "cost")} as cost2, ${sumOf("contribution", "cost")} as "contributionCost", ${sumOf("net", "cost")} as "revenueCost",
        ${sumOf("net", "baseline")} as "revenueBaseline"
      from outcome group by arm, variant),
    daily as (select customer_id, arm, extract(day from at - from_at)::int as day, sum(net) as net from fact
      where at is not null group by 1, 2, 3),
    running as (select arm, day, net, coalesce(sum(net) over (partition by customer_id order by day rows between unbounded preceding and 1 preceding), 0) as before
      from daily),
    days as (select day, arm, sum(net)::text as net, sum(2 * before * net + net * net)::text as squares from running group by 1, 2 order by 1)
    select ${m.assigned ? sql`null::json` : sql`(select json_agg(a) from (${assignedOf(sql`select * from member`, m.shopId, firstDrop(m))}) a)`} as assigned,
      (select json_agg(s) from sums s) as sums, (select json_agg(d) from days d) as days,
      (select coalesce(sum(others), 0)::int from outcome) as others`;
  const { rows } = await hashed(handle, () => query.execute(handle.trx));
  const row = rows[0];
  return {
    arms: (m.assigned ?? row?.assigned ?? []).map((arm) => toSums(arm, row?.sums ?? [])),
    days: (row?.days ?? []).map((day) => ({ ...day, net: BigInt(day.net), squares: BigInt(day.squares) })),
    otherCurrencyOrders: row?.others ?? 0,
  };
}

/** An arm in which nobody did anything has no sums. */
function toSums(arm: Assigned[number], all: readonly ArmRow[]): ArmSums {
  const row = all.find((sums) => sums.arm === arm.arm && sums.variant === arm.variant);
  const big = Object.fromEntries(BIG.map((key) => [key, BigInt(row?.[key] ?? 0)])) as Record<(typeof BIG)[number], bigint>;
  const before = { baseline: BigInt(arm.baseline), baseline2: BigInt(arm.baseline2) };
  return { ...arm, ...before, ...big, amount: BigInt(arm.amount), buyers: row?.buyers ?? 0, orders: row?.orders ?? 0 };
}

/** [contribution (minor units), cost] of everyone who did or cost anything, per arm: what a bootstrap draws from. */
export async function readPeople(
  handle: TenantTrx,
  m: Measured,
): Promise<Record<"treated" | "control", { n: number; nonZero: number[][] }>> {
  const query = sql<{ arm: "treated" | "control"; n: number; active: [number, number][] | null }>`
    with ${outcomes(m)}
    select arm, count(*)::int as n, (select json_agg(json_build_array((o.contribution / 10000)::float8, o.cost::float8)) from outcome o
      where o.arm = m.arm and (o.contribution <> 0 or o.cost <> 0)) as active
    from member m group by arm`;
  const { rows } = await hashed(handle, () => query.execute(handle.trx));
  const of = (arm: string) => {
    const row = rows.find((r) => r.arm === arm);
    return { n: row?.n ?? 0, nonZero: row?.active ?? [] };
  };
  return { treated: of("treated"), control: of("control") };
}

export type CampaignCredit = {
  granted: bigint;
  redeemed: bigint;
  held: bigint;
  expired: bigint;
  recalled: bigint;
  remaining: bigint;
  redeemers: number;
};

/** What became of the credit of all drops of a campaign. Restored lots count with their source but are not granted again. */
export async function readCredit({ trx }: TenantTrx, m: Pick<Measured, "shopId" | "drops" | "unit">): Promise<CampaignCredit> {
  const { rows } = await sql<CampaignCredit>`
    select coalesce(sum(granted) filter (where parent_id is null), 0)::int8 as granted, coalesce(sum(redeemed), 0)::int8 as redeemed,
      coalesce(sum(held), 0)::int8 as held, coalesce(sum(expired), 0)::int8 as expired, coalesce(sum(recalled), 0)::int8 as recalled,
      coalesce(sum(remaining), 0)::int8 as remaining, (count(distinct customer_id) filter (where redeemed > 0))::int as redeemers
    from ledger.lot where shop_id = ${m.shopId} and source_type = 'drop' and source_id = any(${m.drops.map((d) => d.id)}::uuid[]) and unit = ${m.unit}`.execute(
    trx,
  );
  return rows[0] ?? { granted: 0n, redeemed: 0n, held: 0n, expired: 0n, recalled: 0n, remaining: 0n, redeemers: 0 };
}

/**
 * Orders that were paid with this campaign's credit, whether or not it caused them (the number other tools call return), and how much was
 * redeemed by whom on which day since the release. What a refund brings back is taken off on its own day, so that the days add up to what
 * is redeemed.
 */
export async function readRedemption(
  { trx }: TenantTrx,
  m: Measured,
): Promise<{ attributed: { orders: number; revenue: bigint }; days: { day: number; redeemed: bigint; redeemers: number }[] }> {
  const { rows } = await sql<{ orders: number; revenue: bigint; days: { day: number; redeemed: number; redeemers: number }[] | null }>`
    with moved as materialized (
      select t.order_ref, t.at, l.customer_id, v.to_bucket = 'redeemed' as spent,
        case when v.to_bucket = 'redeemed' then v.amount else -v.amount end as amount
      from ledger.lot l
      join ledger.lot_move v on v.shop_id = l.shop_id and v.lot_id = l.id and 'redeemed' in (v.to_bucket, v.from_bucket)
      join ledger.transfer t on t.shop_id = v.shop_id and t.id = v.transfer_id
      where l.shop_id = ${m.shopId} and l.source_id = any(${dropIds(m)}::uuid[]) and l.granted > l.remaining
    ),
    used as (select *, row_number() over (partition by customer_id, spent order by at) as nth from moved),
    orders as (select count(*)::int as orders, coalesce(sum(${ORDER_NET}), 0)::int8 as revenue
      from (select distinct order_ref from used where spent and order_ref is not null) r
      join shop_order o on o.shop_id = ${m.shopId} and o.external_id = r.order_ref),
    days as (select greatest(0, floor(extract(epoch from at - ${m.from}::timestamptz) / 86400))::int as day, sum(amount) as redeemed,
        count(*) filter (where spent and nth = 1) as redeemers from used group by 1 order by 1)
    select orders, revenue, (select json_agg(d) from days d) as days from orders`.execute(trx);
  const row = rows[0];
  return {
    attributed: { orders: row?.orders ?? 0, revenue: row?.revenue ?? 0n },
    days: (row?.days ?? []).map((day) => ({ ...day, redeemed: BigInt(day.redeemed) })),
  };
}

/** Held-out people who were given credit by hand or by the API meanwhile. They stay in their arm; too many blur the comparison. */
export async function countContaminated(handle: TenantTrx, m: Measured): Promise<number> {
  // From the credit to the people: credit by hand is rare and has an index of its own, the held-out have none.
  const query = sql<{ people: bigint }>`
    select count(distinct m.customer_id) as people from drop_member m join ledger.lot l on l.shop_id = m.shop_id and l.customer_id = m.customer_id
    where m.shop_id = ${m.shopId} and m.drop_id = any(${dropIds(m)}::uuid[]) and m.arm = 'control'
      and l.shop_id = ${m.shopId} and l.source_type in ('manual', 'api') and l.created_at >= ${m.from} and l.created_at < ${m.to}`;
  const { rows } = await hashed(handle, () => query.execute(handle.trx));
  return Number(rows[0]?.people ?? 0n);
}

/** Messages of a campaign that left. */
export async function countSent({ trx }: TenantTrx, shopId: string, campaignId: string): Promise<number> {
  const row = await trx
    .selectFrom("message")
    .select(({ fn }) => fn.countAll<bigint>().as("sent"))
    .where("shop_id", "=", shopId)
    .where("campaign_id", "=", campaignId)
    .where("status", "=", "sent")
    .executeTakeFirst();
  return Number(row?.sent ?? 0n);
}
