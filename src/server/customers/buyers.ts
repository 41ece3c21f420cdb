import type { Database } from "@db/schema";
import { type RawBuilder, sql, type Transaction } from "kysely";
import type { ShopContext } from "@/server/tenancy/context";

const CHUNK = 5_000;
/** Rows of one round of `removeStrayBuyers`: bounds memory; there are none as long as the maintenance is right. */
const STRAYS = 50_000;

/**
 * Brings `product_buyer` of these customers up to date, in the transaction of the change that touched their orders. Like the metrics it
 * is computed anew from the customer's own orders, so late, repeated and reordered changes cannot make it drift; rows that are right
 * already are not written. `former` selects `product_id, customer_id` of lines as they were before the change: only there can a row have
 * lost its reason. Call it after `refreshMetrics`, which makes changes of one customer wait for each other. Returns how many rows were
 * written or removed.
 */
export async function refreshBuyers(
  trx: Transaction<Database>,
  shopId: string,
  customerIds: readonly string[],
  former?: RawBuilder<unknown>,
): Promise<number> {
  const ids = [...new Set(customerIds)].sort();
  let changed = 0;
  for (let from = 0; from < ids.length; from += CHUNK) {
    const chunk = ids.slice(from, from + CHUNK);
    const before = former
      ? sql`(select array_agg(product_id) as products, array_agg(customer_id) as customers from (${former}) f
          where customer_id = any(${chunk}::uuid[]))`
      : sql`(select null::uuid[] as products, null::uuid[] as customers)`;
    const result = await sql<{ changed: bigint }>`
      select refresh_product_buyers(${shopId}, ${chunk}::uuid[], b.products, b.customers) as changed from ${before} b`.execute(trx);
    changed += Number(result.rows[0]?.changed ?? 0n);
  }
  return changed;
}

/**
 * Removes rows that no line stands behind: the part of the repair that goes by rows and not by customers. One reading of all lines of the
 * shop; what it finds is judged again under the customers' locks, because an order may have come meanwhile.
 */
export async function removeStrayBuyers(trx: Transaction<Database>, { shopId }: ShopContext): Promise<number> {
  await sql`set local enable_nestloop = off`.execute(trx);
  const strays = await sql<{ product_id: string; customer_id: string }>`
    select b.product_id, b.customer_id from product_buyer b where b.shop_id = ${shopId} and not exists (
      select from order_items i, unnest(i.product_ids, i.line_counts) as u (product_id, counts)
      where i.shop_id = ${shopId} and i.counts and u.counts and i.customer_id = b.customer_id and u.product_id = b.product_id)
    limit ${STRAYS}`.execute(trx);
  await sql`set local enable_nestloop to default`.execute(trx);
  if (strays.rows.length === 0) return 0;
  const products = strays.rows.map((row) => row.product_id);
  const customers = strays.rows.map((row) => row.customer_id);
  const ids = [...new Set(customers)].sort();
  await sql`select from customer_metrics where shop_id = ${shopId} and customer_id = any(${ids}::uuid[]) order by customer_id for update`.execute(
    trx,
  );
  return refreshBuyers(
    trx,
    shopId,
    ids,
    sql`select * from unnest(${products}::uuid[], ${customers}::uuid[]) as s (product_id, customer_id)`,
  );
}
