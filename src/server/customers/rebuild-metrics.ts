import { withTenant } from "@/server/db";
import type { ShopContext } from "@/server/tenancy/context";
import { refreshMetrics } from "./metrics";

/** Customers per transaction: locks are short, and a crash loses little. */
export const REBUILD_CHUNK = 5_000;

/** Rebuilds one chunk of a shop's metrics, customers after `after` in id order. `next` is null at the end. */
export function rebuildMetricsChunk(
  ctx: ShopContext,
  after: string | null,
): Promise<{ next: string | null; customers: number; changed: number }> {
  return withTenant(ctx, async ({ trx }) => {
    const rows = await trx
      .selectFrom("customer")
      .select("id")
      .where("shop_id", "=", ctx.shopId)
      .$if(after !== null, (query) => query.where("id", ">", after ?? ""))
      .orderBy("id")
      .limit(REBUILD_CHUNK)
      .execute();
    const ids = rows.map((row) => row.id);
    const changed = await refreshMetrics(trx, ctx.shopId, ids);
    return { next: ids.length === REBUILD_CHUNK ? (ids.at(-1) ?? null) : null, customers: ids.length, changed };
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
