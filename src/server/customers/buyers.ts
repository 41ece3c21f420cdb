import type { Database } from "@db/schema";
import { type RawBuilder, sql, type Transaction } from "kysely";

const CHUNK = 5_000;

/**
 * Brings `product_buyer` of these customers up to date, in the transaction of the change that touched their orders. Like the metrics it
 * is computed anew from the customer's own orders, so late, repeated and reordered changes cannot make it drift; rows that are right
 * already are not written. Call it after `refreshMetrics`, which makes changes of one customer wait for each other. Returns how many
 * rows were written or removed.
 */
export async function refreshBuyers(trx: Transaction<Database>, shopId: string, customerIds: readonly string[]): Promise<number> {
  const ids = [...new Set(customerIds)].sort();
  let changed = 0;
  for (let from = 0; from < ids.length; from += CHUNK) {
    const chunk = ids.slice(from, from + CHUNK);
    // Nothing to compare with, as in a first import: plain rows cost a third less than rows that look for their twin.
    if (!(await haveBought(trx, shopId, chunk))) {
      const inserted = await sql`
        insert into product_buyer (org_id, shop_id, product_id, customer_id, first_day, last_day, orders, quantity)
        select org_id, ${shopId}, product_id, customer_id, first_day, last_day, orders, quantity from (${wanted(shopId, chunk)}) w
        order by product_id, customer_id`.execute(trx);
      changed += Number(inserted.numAffectedRows ?? 0n);
      continue;
    }
    const result = await sql<{ changed: bigint }>`
      with want as materialized (${wanted(shopId, chunk)}),
      gone as (
        delete from product_buyer b where b.shop_id = ${shopId} and b.customer_id = any(${chunk}::uuid[])
          and not exists (select from want w where w.product_id = b.product_id and w.customer_id = b.customer_id) returning 1),
      written as (
        insert into product_buyer as b (org_id, shop_id, product_id, customer_id, first_day, last_day, orders, quantity)
        select org_id, ${shopId}, product_id, customer_id, first_day, last_day, orders, quantity from want order by product_id, customer_id
        on conflict (shop_id, product_id, customer_id) do update
          set first_day = excluded.first_day, last_day = excluded.last_day, orders = excluded.orders, quantity = excluded.quantity
          where (b.first_day, b.last_day, b.orders, b.quantity)
            is distinct from (excluded.first_day, excluded.last_day, excluded.orders, excluded.quantity)
        returning 1)
      select (select count(*) from gone) + (select count(*) from written) as changed`.execute(trx);
    changed += Number(result.rows[0]?.changed ?? 0n);
  }
  return changed;
}

/** What the lines say about these customers, one row per product and customer. */
const wanted = (shopId: string, ids: readonly string[]): RawBuilder<unknown> => sql`
  select (array_agg(i.org_id))[1] as org_id, u.product_id, i.customer_id, min(i.placed_day) as first_day, max(i.placed_day) as last_day,
    count(distinct i.order_id)::integer as orders, sum(u.quantity)::bigint as quantity
  from shop_order o join order_items i on i.shop_id = o.shop_id and i.order_id = o.id,
    unnest(i.product_ids, i.quantities, i.line_counts) as u(product_id, quantity, counts)
  where o.shop_id = ${shopId} and o.customer_id = any(${[...ids]}::uuid[]) and i.customer_id = o.customer_id
    and i.counts and u.counts and u.product_id is not null
  group by u.product_id, i.customer_id`;

async function haveBought(trx: Transaction<Database>, shopId: string, ids: readonly string[]): Promise<boolean> {
  const result = await sql<{ some: boolean }>`
    select exists (select from product_buyer where shop_id = ${shopId} and customer_id = any(${[...ids]}::uuid[])) as some`.execute(trx);
  return result.rows[0]?.some ?? true;
}
