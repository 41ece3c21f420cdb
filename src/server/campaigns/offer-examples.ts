import { sql } from "kysely";
import { withTenant } from "@/server/db";
import { parseInput } from "@/server/errors";
import type { ShopContext } from "@/server/tenancy/context";
import { planOf, prepareLaunch } from "./prepare-launch";
import { readCampaign } from "./read-campaigns";
import { campaignIdSchema, RFM_GROUPS } from "./schema";

/** What one person of the audience would get, and what that comes from. Money in minor units. */
export type OfferExample = {
  customerId: string;
  /** Null for those who may not see single customers. */
  name: string | null;
  /** Last order, average order or net spend, as the offer counts it; null where it does not count. */
  basis: bigint | null;
  group: (typeof RFM_GROUPS)[number] | null;
  amount: bigint;
};

type Row = { customer_id: string; name: string; amount: bigint; last: bigint; spent: bigint; orders: number; rfm_group: string | null };

/**
 * Three people whose amounts differ most: the least, the middle and the most of a sample, by the same query a drop is planned with. The
 * same draft always names the same people.
 */
export async function offerExamples(ctx: ShopContext, input: unknown, viewer: { names: boolean }): Promise<OfferExample[]> {
  const { id } = parseInput(campaignIdSchema, input);
  return withTenant(ctx, async (handle) => {
    const campaign = await readCampaign(handle, ctx.shopId, id);
    const { query, shop, summary } = await prepareLaunch(handle, ctx, campaign);
    // A segment that cannot be read is a problem of another step; here it has no people.
    if (query === null || summary === null) return [];
    const plan = await planOf(handle, ctx, { campaign, query, shop, release: handle.now });
    const { rows } = await sql<Row>`
      with people as materialized (select customer_id, amount from (${plan}) p where reason is null or reason = 'noAmount'),
      sample as (select customer_id, amount, row_number() over (order by amount, customer_id) as place, count(*) over () as size from people)
      select s.customer_id, s.amount, coalesce(nullif(concat_ws(' ', c.first_name, c.last_name), ''), c.external_id) as name,
        coalesce(m.last_order_total, 0) as last, coalesce(m.net_spent, 0) as spent, coalesce(m.orders_count, 0) as orders, r.rfm_group
      from sample s
      join customer c on c.shop_id = ${ctx.shopId} and c.id = s.customer_id
      left join customer_metrics m on m.shop_id = ${ctx.shopId} and m.customer_id = s.customer_id
      left join customer_score r on r.shop_id = ${ctx.shopId} and r.customer_id = s.customer_id
      where s.place in (1, (s.size + 1) / 2, s.size) order by s.place`.execute(handle.trx);
    return rows.map((row) => ({
      customerId: row.customer_id,
      name: viewer.names ? row.name : null,
      basis: basisOf(row, campaign.offer),
      group: RFM_GROUPS.find((group) => group === row.rfm_group) ?? null,
      amount: row.amount,
    }));
  });
}

function basisOf(row: Row, offer: { type: string; base?: string; windowDays?: number | null }): bigint | null {
  if (offer.type === "variable" && offer.base === "lastOrder") return row.last;
  if (offer.type === "variable" && offer.base === "averageOrder") return row.orders > 0 ? row.spent / BigInt(row.orders) : 0n;
  // A window of days is counted in the plan only; the all-time sum would be another number.
  if (["none", "fixed", "arms"].includes(offer.type) || (offer.windowDays ?? null) !== null) return null;
  return row.spent;
}
