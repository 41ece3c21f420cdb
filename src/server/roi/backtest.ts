import { sql } from "kysely";
import { audienceSql } from "@/server/campaigns/audience";
import { planSql } from "@/server/campaigns/plan-members";
import { readCampaign, readShop } from "@/server/campaigns/read-campaigns";
import { backtestSchema } from "@/server/campaigns/schema";
import { withTenant } from "@/server/db";
import { AppError, parseInput } from "@/server/errors";
import type { ShopContext } from "@/server/tenancy/context";
import { asOf } from "./as-of";

/** "Had this run then": who would have got it and what they spent anyway. Money in minor units of `unit`. */
export type Backtest = {
  from: Date;
  to: Date;
  unit: string;
  people: number;
  cost: bigint;
  /** What these people spent in the period without any of it. */
  spentAnyway: bigint;
  buyers: number;
  perPerson: bigint;
  /** The most of the credit that their orders could have used up: it would have paid for what they bought anyway. */
  wouldRedeem: bigint;
  /** Of them, who is in the audience today too. */
  overlap: number;
};

const DAY_MS = 86_400_000;

/**
 * Looks back a period: who was in the segment at its beginning, by the orders and events of before. What these people spent in the period
 * is what a campaign would have competed with. Attributes without a history (tags, consent, scores) are today's.
 */
export async function backtestCampaign(ctx: ShopContext, input: unknown): Promise<Backtest> {
  const { id, days } = parseInput(backtestSchema, input);
  return withTenant(ctx, async (handle) => {
    const campaign = await readCampaign(handle, ctx.shopId, id);
    const shop = await readShop(handle, ctx.shopId);
    const row = campaign.segment
      ? await handle.trx
          .selectFrom("segment")
          .select("query")
          .where("shop_id", "=", ctx.shopId)
          .where("id", "=", campaign.segment.id)
          .executeTakeFirst()
      : null;
    const query = campaign.segmentQuery ?? row?.query;
    if (query === undefined) throw new AppError("VALIDATION", { problems: "segmentMissing" });
    const to = handle.now;
    const from = new Date(to.getTime() - days * DAY_MS);
    const then = await audienceSql({ ...handle, now: from }, ctx.shopId, query, shop);
    const plan = planSql({
      ...{ shopId: ctx.shopId, timeZone: campaign.timeZone, unit: campaign.unit, now: from, audience: then },
      ...{ offer: campaign.offer, amount: campaign.amount, salt: campaign.id, holdoutBps: campaign.holdoutBps, globalHoldout: null },
    });
    const today = await audienceSql(handle, ctx.shopId, query, shop);
    const { rows } = await sql<{ people: bigint; cost: string; spent: string; buyers: bigint; redeem: string; members: string[] }>`
      with ${asOf({ shopId: ctx.shopId, timeZone: campaign.timeZone, currency: campaign.unit, at: from })}, member as materialized (
        select p.customer_id, p.amount from (${plan}) p where p.reason is null and not p.held_out
      ), spent as (
        select o.customer_id, sum(greatest(o.total - o.refunded, 0)) as total from public.shop_order o join member m using (customer_id)
        where o.shop_id = ${ctx.shopId} and o.counts and o.currency = ${campaign.unit} and o.placed_at >= ${from} and o.placed_at < ${to}
        group by o.customer_id
      )
      select count(*) as people, coalesce(sum(m.amount), 0)::text as cost, coalesce(sum(s.total), 0)::text as spent,
        count(*) filter (where s.total > 0) as buyers, coalesce(sum(least(m.amount, coalesce(s.total, 0))), 0)::text as redeem,
        coalesce(jsonb_agg(m.customer_id), '[]') as members
      from member m left join spent s using (customer_id)`.execute(handle.trx);
    const found = rows[0];
    if (!found) throw new Error("a backtest gave no row");
    const still = await sql<{ overlap: bigint }>`
      select count(*) as overlap from (${today}) t where t.customer_id = any(${found.members}::uuid[])`.execute(handle.trx);
    const people = Number(found.people);
    const spentAnyway = BigInt(found.spent);
    return {
      ...{ from, to, unit: campaign.unit, people, cost: BigInt(found.cost), spentAnyway, buyers: Number(found.buyers) },
      perPerson: people === 0 ? 0n : spentAnyway / BigInt(people),
      wouldRedeem: BigInt(found.redeem),
      overlap: Number(still.rows[0]?.overlap ?? 0n),
    };
  });
}
