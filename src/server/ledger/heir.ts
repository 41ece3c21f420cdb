import { sql } from "kysely";
import type { ShopContext, TenantTrx } from "@/server/tenancy/context";

/** Where a customer's credit has gone by merging, at the end of the chain, by both ids; null when it stayed. */
export async function heirOf({ trx }: TenantTrx, ctx: ShopContext, customerId: string): Promise<{ id: string; externalId: string } | null> {
  const { rows } = await sql<{ id: string; externalId: string }>`
    with recursive chain as (
      select into_id, 1 as depth from ledger.merged where shop_id = ${ctx.shopId}::uuid and customer_id = ${customerId}::uuid
      union all
      select m.into_id, c.depth + 1 from chain c
        join ledger.merged m on m.shop_id = ${ctx.shopId}::uuid and m.customer_id = c.into_id where c.depth < 100
    )
    select c.id, c.external_id as "externalId" from chain
      join customer c on c.shop_id = ${ctx.shopId}::uuid and c.id = chain.into_id order by chain.depth desc limit 1`.execute(trx);
  return rows[0] ?? null;
}
