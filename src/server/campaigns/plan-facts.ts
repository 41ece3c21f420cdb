import { sql } from "kysely";
import type { ShopContext, TenantTrx } from "@/server/tenancy/context";
import type { Campaign } from "./campaign";
import { daysBefore, type PlanScope, planOf } from "./prepare-launch";

/** What a plan looks like from inside. Money in minor units; people of the treated arm unless it says otherwise. */
export type PlanFacts = {
  /** Account that can sign in at a checkout, and the terms' "first order only" met. */
  spendable: number;
  /** Whose average order is below the minimum of the terms; null without a minimum. */
  belowMinOrder: number | null;
  /** Whom the cap per customer would leave out. */
  capped: number;
  distinct: { amount: bigint; people: number }[];
  variants: { variant: number; amount: bigint; people: number }[];
  byZone: { zoneNo: number; amount: bigint; people: number }[];
};

const MAX_DISTINCT = 12;

type Json = {
  spendable: number;
  below: number | null;
  capped: number;
  distinct: { amount: string; people: number }[] | null;
  variants: { variant: number; amount: string; people: number }[] | null;
  zones: { zoneNo: number; amount: string; people: number }[] | null;
};

/** One pass over the plan; every figure of it is a group of the same rows. */
export async function planFacts(
  handle: TenantTrx,
  ctx: ShopContext,
  scope: PlanScope,
  customerCap: { amount: bigint; days: number } | null,
): Promise<PlanFacts> {
  const { campaign } = scope;
  const minOrder = campaign.terms?.minOrder ?? null;
  const first = campaign.terms?.firstOrderOnly ? sql`and m.orders_count = 0` : sql``;
  const since = customerCap ? daysBefore(handle.now, customerCap.days, campaign.timeZone) : null;
  const had = since
    ? sql`coalesce((select sum(l.granted - l.recalled) from ledger.lot l where l.shop_id = ${ctx.shopId} and l.customer_id = p.customer_id
        and l.unit = ${campaign.unit} and l.created_at >= ${since} and l.origin <> 'paid' and l.parent_id is null), 0)`
    : sql`0`;
  const result = await sql<{ facts: Json }>`
    with treated as materialized (
      select p.customer_id, p.amount, p.variant, p.zone_no, c.account_status in ('ENABLED', 'INVITED') ${first} as spendable,
        ${minOrder === null ? sql`false` : sql`m.orders_count > 0 and m.net_spent < ${minOrder}::bigint * m.orders_count`} as below,
        ${customerCap ? sql`${had} + p.amount > ${customerCap.amount}::bigint` : sql`false`} as capped
      from (${await planOf(handle, ctx, scope)}) p
      join customer c on c.shop_id = ${ctx.shopId} and c.id = p.customer_id
      join customer_metrics m on m.shop_id = ${ctx.shopId} and m.customer_id = p.customer_id
      where p.reason is null and not p.held_out
    )
    select jsonb_build_object(
      'spendable', (select count(*) from treated where spendable), 'below', (select count(*) from treated where below),
      'capped', (select count(*) from treated where capped),
      'distinct', (select jsonb_agg(d) from (select amount::text as amount, count(*) as people from treated group by treated.amount
        order by count(*) desc, treated.amount limit ${MAX_DISTINCT}) d),
      'variants', (select jsonb_agg(v) from (select variant, min(amount)::text as amount, count(*) as people from treated group by variant order by variant) v),
      'zones', (select jsonb_agg(z) from (select zone_no as "zoneNo", sum(amount)::text as amount, count(*) as people from treated group by zone_no order by zone_no) z)
    ) as facts`.execute(handle.trx);
  const facts = result.rows[0]?.facts;
  if (!facts) throw new Error("the facts of a plan gave no row");
  const money = <T extends { amount: string }>(rows: T[] | null) => (rows ?? []).map((row) => ({ ...row, amount: BigInt(row.amount) }));
  return {
    spendable: facts.spendable,
    belowMinOrder: minOrder === null ? null : (facts.below ?? 0),
    capped: facts.capped,
    distinct: money(facts.distinct),
    variants: money(facts.variants),
    byZone: money(facts.zones),
  };
}

/**
 * How much of credit that is over people of this shop spent, in hundredths of a percent. `sameKind`: from campaigns of the same strategy
 * only.
 */
export type Redemption = {
  rateBps: number;
  lowBps: number;
  highBps: number;
  source: "history" | "prior";
  campaigns: number;
  sameKind: boolean;
};

/** What people spend of a gift where nothing is known: ours, to be said with every number that comes from it. */
const PRIOR: Redemption = { rateBps: 3_000, lowBps: 1_500, highBps: 5_000, source: "prior", campaigns: 0, sameKind: false };
/** The newest drops that are over, as far as they can be read in a moment. */
const MAX_MEMBERS = 300_000;
const MIN_MEMBERS = 50;
/** So many campaigns of one strategy say more about the next of its kind than all campaigns of the shop together. */
const MIN_OF_KIND = 2;

type Spent = { strategy: string | null; granted: bigint; redeemed: bigint };

/** The drops of a repeated campaign count as the one campaign they are. */
async function spentByCampaign({ trx, now }: TenantTrx, ctx: ShopContext, unit: string): Promise<Spent[]> {
  const { rows } = await sql<{ strategy: string | null; granted: string; redeemed: string }>`
    with over as (
      select id, campaign_id, sum(granted_count) over (order by released_at desc, id) as reached from campaign_drop
      where shop_id = ${ctx.shopId} and unit = ${unit} and frozen_at is not null and granted_count >= ${MIN_MEMBERS} and granted_total > 0
        and (expires_at <= ${now} or released_at < ${new Date(now.getTime() - 60 * 86_400_000)})
    )
    select c.strategy, sum(l.granted)::text as granted, sum(l.redeemed)::text as redeemed
    from over o join campaign c on c.shop_id = ${ctx.shopId} and c.id = o.campaign_id
    join ledger.lot l on l.shop_id = ${ctx.shopId} and l.source_id = o.id and l.unit = ${unit}
    where o.reached <= ${MAX_MEMBERS} and l.parent_id is null group by c.id, c.strategy`.execute(trx);
  return rows
    .map((row) => ({ ...row, granted: BigInt(row.granted), redeemed: BigInt(row.redeemed) }))
    .filter((campaign) => campaign.granted > 0n);
}

export async function readRedemption(
  handle: TenantTrx,
  ctx: ShopContext,
  { unit, strategy }: Pick<Campaign, "unit" | "strategy">,
): Promise<Redemption> {
  const all = await spentByCampaign(handle, ctx, unit);
  const same = strategy === null ? [] : all.filter((campaign) => campaign.strategy === strategy);
  const sameKind = same.length >= MIN_OF_KIND;
  const campaigns = sameKind ? same : all;
  if (campaigns.length === 0) return PRIOR;
  const bps = ({ granted, redeemed }: Pick<Spent, "granted" | "redeemed">): number => Number((redeemed * 10_000n) / granted);
  const rates = campaigns.map(bps);
  const rateBps = bps({
    granted: campaigns.reduce((sum, campaign) => sum + campaign.granted, 0n),
    redeemed: campaigns.reduce((sum, campaign) => sum + campaign.redeemed, 0n),
  });
  // One campaign says little about the next: half and one and a half times of it, until there are several to span a range.
  const single = campaigns.length === 1;
  const lowBps = single ? Math.floor(rateBps / 2) : Math.min(...rates);
  const highBps = single ? Math.min(10_000, Math.ceil(rateBps * 1.5)) : Math.max(...rates);
  return { rateBps, lowBps, highBps, source: "history", campaigns: campaigns.length, sameKind };
}
