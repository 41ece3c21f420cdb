import { type RawBuilder, sql } from "kysely";
import { hashed } from "@/server/scoring/hashed";
import { ORDER_NET } from "@/server/scoring/net-revenue";
import type { TenantTrx } from "@/server/tenancy/context";

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
};

/** What orders are read for: orders placed from..to in `unit`, and refunds in that time that name no order. */
type Span = { shopId: string; unit: string; from: Date; to: Date };

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
        where i.shop_id = o.shop_id and i.order_id = o.id), ${m.shopMarginBps}::int)::bigint`
    : sql`${m.shopMarginBps}::bigint`;

const moves = ({ shopId, unit, from, to }: Span, bps: RawBuilder<unknown>, shopBps: RawBuilder<unknown>): RawBuilder<unknown> => sql`
  select o.customer_id, o.placed_at as at, case when o.currency = ${unit} then ${ORDER_NET} else 0 end as net, ${bps} as bps,
    (o.currency = ${unit})::int as orders, (o.currency <> ${unit})::int as others
  from shop_order o
  where o.shop_id = ${shopId} and o.placed_at >= ${from} and o.placed_at < ${to} and o.counts and o.customer_id is not null
  union all
  select r.customer_id, r.refunded_at, -r.amount, ${shopBps}, 0, 0
  from order_refund r
  where r.shop_id = ${shopId} and r.refunded_at >= ${from} and r.refunded_at < ${to} and r.order_id is null and r.currency = ${unit}
    and r.customer_id is not null`;

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

/** Orders and refunds of members, each within the member's own window. Joined first, priced then: most orders are other people's. */
const memberMoves = (m: Measured): RawBuilder<unknown> => sql`
  select o.customer_id, m.arm, m.variant, m.baseline, m.from_at, o.placed_at as at, case when o.currency = ${m.unit} then ${ORDER_NET} else 0 end as net,
    ${orderMargin(m)} as bps, (o.currency = ${m.unit})::int as orders, (o.currency <> ${m.unit})::int as others
  from shop_order o join member m on m.customer_id = o.customer_id
  where o.shop_id = ${m.shopId} and o.placed_at >= ${m.from} and o.placed_at < ${m.to} and o.counts
    and o.placed_at >= m.from_at and o.placed_at < m.to_at
  union all
  select r.customer_id, m.arm, m.variant, m.baseline, m.from_at, r.refunded_at, -r.amount, ${m.shopMarginBps}::bigint, 0, 0
  from order_refund r join member m on m.customer_id = r.customer_id
  where r.shop_id = ${m.shopId} and r.refunded_at >= ${m.from} and r.refunded_at < ${m.to} and r.order_id is null and r.currency = ${m.unit}
    and r.refunded_at >= m.from_at and r.refunded_at < m.to_at`;

/**
 * Per member who bought or cost anything in the window: what that was, what it contributed, and what was bought before. Intention to treat:
 * everyone assigned is a member, and those who are missing here are zeros.
 */
function outcomes(m: Measured): RawBuilder<unknown> {
  const goods = m.goodsMargins ? sql`goods as materialized (${goodsMargins(m.shopId)}),` : sql``;
  const capped = m.revenueCap === null ? sql`a.net` : sql`least(a.net, ${m.revenueCap}::bigint)`;
  const sent =
    m.messageCost > 0n
      ? sql`union all select customer_id, ${m.messageCost}::bigint from message where shop_id = ${m.shopId} and campaign_id = ${m.campaignId} and status = 'sent'`
      : sql``;
  return sql`${goods}
    member as materialized (select p.*, coalesce(b.revenue_90, 0) as baseline from (${members(m)}) p
      left join drop_baseline b on b.shop_id = ${m.shopId} and b.drop_id = ${m.drops[0]?.id ?? null}::uuid and b.customer_id = p.customer_id),
    move as materialized (
      select customer_id, arm, variant, baseline, from_at, at, net, net * bps as contribution, orders, others from (${memberMoves(m)}) x),
    paid as (select customer_id, sum(amount)::bigint as cost from (
      select customer_id, redeemed as amount from ledger.lot where shop_id = ${m.shopId} and source_id = any(${dropIds(m)}::uuid[]) and redeemed > 0
      ${sent}) k group by 1),
    active as (select customer_id, arm, variant, baseline, sum(net)::bigint as net, sum(contribution) as contribution, sum(orders)::int as orders,
        sum(others)::int as others, sum(cost)::bigint as cost
      from (select customer_id, arm, variant, baseline, net, contribution, orders, others, 0::bigint as cost from move
        union all select p.customer_id, m.arm, m.variant, m.baseline, 0, 0, 0, 0, p.cost from paid p join member m using (customer_id)
          where m.arm = 'treated') u
      group by 1, 2, 3, 4),
    outcome as materialized (
      select a.customer_id, a.arm, a.variant, a.net, ${capped} as capped, a.contribution - 10000 * a.cost::numeric as contribution, a.cost, a.orders, a.others,
        a.baseline
      from active a)`;
}

/** As JSON; an arm in which nobody did anything has no sums. */
type ArmRow = Pick<ArmSums, "arm" | "variant" | "people"> & { amount: string } & {
  [K in Exclude<keyof ArmSums, "arm" | "variant" | "people" | "amount">]: (ArmSums[K] extends bigint ? string : number) | null;
};

const BIG = [
  ...["revenue", "revenue2", "capped", "capped2", "contribution", "contribution2", "cost", "cost2", "contributionCost", "revenueCost"],
  ...["baseline", "baseline2", "revenueBaseline"],
] as const;

/** Sums of a product over the rows where it is not zero: most people of a campaign buy nothing, and numeric arithmetic is slow. */
const sumOf = (a: string, b?: string) => {
  const [x, y] = [sql.ref(a), sql.ref(b ?? a)];
  return b === undefined
    ? sql`coalesce(sum(${x}), 0)::text`
    : sql`coalesce(sum(${x}::numeric * ${y}) filter (where ${x} <> 0 and ${y} <> 0), 0)::text`;
};

/**
 * Everything a report needs about a campaign's members, in one pass over the orders of the window: sums per arm and amount, and sums per
 * arm and day for the curve. `squares` adds up to Σ(revenue so far)² over people: what a day adds is 2·before·today + today². Sums of
 * the window read only people who bought or cost something: the others add zeros, and in most campaigns they are nearly all.
 */
export async function readOutcomes(
  handle: TenantTrx,
  m: Measured,
): Promise<{ arms: ArmSums[]; days: DaySums[]; otherCurrencyOrders: number }> {
  const query = sql<{
    arms: ArmRow[] | null;
    days: { day: number; arm: "treated" | "control"; net: string; squares: string }[] | null;
    others: number;
  }>`
    with ${outcomes(m)},
    people as (select arm, variant, round(avg(amount))::text as amount, count(*)::int as people, (count(*) filter (where baseline > 0))::int as "withBaseline",
        ${sumOf("baseline")} as baseline, ${sumOf("baseline", "baseline")} as baseline2 from member group by arm, variant),
    sums as (select arm, variant, (count(*) filter (where orders > 0))::int as buyers, coalesce(sum(orders), 0)::int as orders,
        ${sumOf("net")} as revenue, ${sumOf("net", "net")} as revenue2, ${sumOf("capped")} as capped, ${sumOf("capped", "capped")} as capped2,
        ${sumOf("contribution")} as contribution, ${sumOf("contribution", "contribution")} as contribution2, ${sumOf("cost")} as cost,
        ${sumOf("cost", "cost")} as cost2, ${sumOf("contribution", "cost")} as "contributionCost", ${sumOf("net", "cost")} as "revenueCost",
        ${sumOf("net", "baseline")} as "revenueBaseline"
      from outcome group by arm, variant),
    arms as (select * from people left join sums using (arm, variant)),
    daily as (select customer_id, arm, floor(extract(epoch from at - from_at) / 86400)::int as day, sum(net) as net from move group by 1, 2, 3),
    running as (select arm, day, net, coalesce(sum(net) over (partition by customer_id order by day rows between unbounded preceding and 1 preceding), 0) as before
      from daily),
    days as (select day, arm, sum(net)::text as net, sum(2 * before * net + net * net)::text as squares from running group by 1, 2 order by 1)
    select (select json_agg(a) from arms a) as arms, (select json_agg(d) from days d) as days,
      (select coalesce(sum(others), 0)::int from outcome) as others`;
  const { rows } = await hashed(handle, () => query.execute(handle.trx));
  const row = rows[0];
  return {
    arms: (row?.arms ?? []).map(toSums),
    days: (row?.days ?? []).map((day) => ({ ...day, net: BigInt(day.net), squares: BigInt(day.squares) })),
    otherCurrencyOrders: row?.others ?? 0,
  };
}

function toSums(row: ArmRow): ArmSums {
  const big = Object.fromEntries(BIG.map((key) => [key, BigInt(row[key] ?? 0)])) as Record<(typeof BIG)[number], bigint>;
  const { arm, variant, people, buyers, orders, withBaseline } = row;
  const counts = { buyers: buyers ?? 0, orders: orders ?? 0, withBaseline: withBaseline ?? 0 };
  return { arm, variant, people, ...counts, amount: BigInt(row.amount), ...big };
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
 * redeemed by whom on which day since the release.
 */
export async function readRedemption(
  { trx }: TenantTrx,
  m: Measured,
): Promise<{ attributed: { orders: number; revenue: bigint }; days: { day: number; redeemed: bigint; redeemers: number }[] }> {
  const { rows } = await sql<{ orders: number; revenue: bigint; days: { day: number; redeemed: number; redeemers: number }[] | null }>`
    with used as materialized (
      select t.order_ref, t.at, v.amount, l.customer_id, row_number() over (partition by l.customer_id order by t.at) as nth
      from ledger.lot l
      join ledger.lot_move v on v.shop_id = l.shop_id and v.lot_id = l.id and v.to_bucket = 'redeemed'
      join ledger.transfer t on t.shop_id = v.shop_id and t.id = v.transfer_id
      where l.shop_id = ${m.shopId} and l.source_id = any(${dropIds(m)}::uuid[]) and l.granted > l.remaining
    ),
    orders as (select count(*)::int as orders, coalesce(sum(${ORDER_NET}), 0)::int8 as revenue
      from (select distinct order_ref from used where order_ref is not null) r
      join shop_order o on o.shop_id = ${m.shopId} and o.external_id = r.order_ref),
    days as (select greatest(0, floor(extract(epoch from at - ${m.from}::timestamptz) / 86400))::int as day, sum(amount) as redeemed,
        count(*) filter (where nth = 1) as redeemers from used group by 1 order by 1)
    select orders, revenue, (select json_agg(d) from days d) as days from orders`.execute(trx);
  const row = rows[0];
  return {
    attributed: { orders: row?.orders ?? 0, revenue: row?.revenue ?? 0n },
    days: (row?.days ?? []).map((day) => ({ ...day, redeemed: BigInt(day.redeemed) })),
  };
}

/** Held-out people who were given credit by hand or by the API meanwhile. They stay in their arm; too many blur the comparison. */
export async function countContaminated({ trx }: TenantTrx, m: Measured): Promise<number> {
  const { rows } = await sql<{ people: bigint }>`
    select count(distinct m.customer_id) as people from drop_member m
    join ledger.lot l on l.shop_id = m.shop_id and l.customer_id = m.customer_id
    where m.shop_id = ${m.shopId} and m.drop_id = any(${dropIds(m)}::uuid[]) and m.arm = 'control' and l.source_type in ('manual', 'api')
      and l.created_at >= ${m.from} and l.created_at < ${m.to}`.execute(trx);
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
      select x.customer_id, sum(x.net) as net from (${moves(window, sql`0`, sql`0`)}) x join audience using (customer_id) group by x.customer_id
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
      from (${moves(span, sql`0`, sql`0`)}) x
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
