import type { Database } from "@db/schema";
import { sql, type Transaction } from "kysely";
import { withTenant } from "@/server/db";
import type { ShopContext } from "@/server/tenancy/context";
import { refreshBuyers, removeStrayBuyers } from "./buyers";
import { metricsScale, refreshMetrics } from "./metrics";

/** Customers per transaction: locks are short, and a crash loses little. */
export const REBUILD_CHUNK = 5_000;

/**
 * Computes all that is kept about these customers anew: the days of their lines (the zone may have changed), metrics, what other tables
 * own of them, buyers. Returns the rows that were wrong.
 */
export async function repairCustomers(trx: Transaction<Database>, shopId: string, ids: readonly string[]): Promise<number> {
  const { timeZone } = await metricsScale(trx, shopId);
  const days = await sql`
    update order_items i set placed_day = d.day, customer_id = d.customer_id, counts = d.counts
    from (select id, customer_id, counts, (placed_at at time zone ${timeZone})::date - date '1970-01-01' as day from shop_order
          where shop_id = ${shopId} and customer_id = any(${[...ids]}::uuid[])) d
    where i.shop_id = ${shopId} and i.order_id = d.id and (i.placed_day, i.customer_id, i.counts) is distinct from (d.day, d.customer_id, d.counts)`.execute(
    trx,
  );
  const known = await sql`
    update customer_metrics m set email_reach = n.email_reach, sms_reach = n.sms_reach, erased = n.erased, rfm_group = n.rfm_group,
      rfm_shopify = n.rfm_shopify, spend_tier = n.spend_tier, birth_month_day = n.birth_month_day
    from (
      select c.id, c.email_consent = 'SUBSCRIBED' and c.email is not null as email_reach, month_day(c.birth_date) as birth_month_day,
        c.sms_consent = 'SUBSCRIBED' and c.phone is not null as sms_reach, c.erased_at is not null as erased,
        rfm_group_code(s.rfm_group) as rfm_group, rfm_shopify_code(s.rfm_shopify_group) as rfm_shopify,
        spend_tier_code(s.predicted_spend_tier) as spend_tier
      from customer c left join customer_score s on s.shop_id = c.shop_id and s.customer_id = c.id
      where c.shop_id = ${shopId} and c.id = any(${[...ids]}::uuid[])) n
    where m.shop_id = ${shopId} and m.customer_id = n.id
      and (m.email_reach, m.sms_reach, m.erased, m.rfm_group, m.rfm_shopify, m.spend_tier, m.birth_month_day)
        is distinct from (n.email_reach, n.sms_reach, n.erased, n.rfm_group, n.rfm_shopify, n.spend_tier, n.birth_month_day)`.execute(trx);
  const written = await refreshMetrics(trx, shopId, ids);
  return written + (await refreshBuyers(trx, shopId, ids)) + Number(days.numAffectedRows ?? 0n) + Number(known.numAffectedRows ?? 0n);
}

/** Where the last chunk begins: after all customers, the rows about nobody. */
const STRAYS = "strays";

/** Rebuilds one chunk of a shop's metrics, customers after `after` in id order. `next` is null at the end. */
export function rebuildMetricsChunk(
  ctx: ShopContext,
  after: string | null,
): Promise<{ next: string | null; customers: number; changed: number }> {
  return withTenant(ctx, async ({ trx }) => {
    if (after === STRAYS) {
      const removed = await removeStrayBuyers(trx, ctx);
      return { next: removed > 0 ? STRAYS : null, customers: 0, changed: removed };
    }
    const rows = await trx
      .selectFrom("customer")
      .select("id")
      .where("shop_id", "=", ctx.shopId)
      .$if(after !== null, (query) => query.where("id", ">", after ?? ""))
      .orderBy("id")
      .limit(REBUILD_CHUNK)
      .execute();
    const ids = rows.map((row) => row.id);
    const changed = await repairCustomers(trx, ctx.shopId, ids);
    return { next: ids.length === REBUILD_CHUNK ? (ids.at(-1) ?? STRAYS) : STRAYS, customers: ids.length, changed };
  });
}

/** Rebuilds all metrics of a shop from its orders, refunds and events: after a change of its time zone or currency, or a bulk load. */
export async function rebuildMetrics(ctx: ShopContext): Promise<{ customers: number; changed: number }> {
  const total = { customers: 0, changed: 0 };
  let after: string | null = null;
  do {
    const chunk = await rebuildMetricsChunk(ctx, after);
    total.customers += chunk.customers;
    total.changed += chunk.changed;
    after = chunk.next;
  } while (after !== null);
  return total;
}
