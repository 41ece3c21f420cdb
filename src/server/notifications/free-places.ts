import { sql } from "kysely";
import type { ShopContext, TenantTrx } from "@/server/tenancy/context";

/**
 * Messages that were certainly not accepted give their places under the frequency cap back, each its own: several of one person that were
 * decided about in one moment have equal ones. With `claim`, only of messages that are still this sender's.
 */
export async function freePlaces({ trx }: TenantTrx, ctx: ShopContext, ids: readonly string[], claim: string | null = null): Promise<void> {
  if (ids.length === 0) return;
  await sql`
    with freed as (
      select m.customer_id, m.channel, m.slot_at, count(*) as places from message m
      where m.shop_id = ${ctx.shopId} and m.id = any(${[...ids]}::uuid[]) and m.slot_at is not null
        and (${claim}::uuid is null or m.claim = ${claim}::uuid)
      group by 1, 2, 3
    )
    update send_window w set recent = coalesce((
      select array_agg(r.at order by r.at)
      from (select at, row_number() over (partition by at) as no from unnest(w.recent) at) r
      where r.no > coalesce((select f.places from freed f
        where f.customer_id = w.customer_id and f.channel = w.channel and f.slot_at = r.at), 0)), '{}')
    from (select distinct customer_id, channel from freed) f
    where w.shop_id = ${ctx.shopId} and w.customer_id = f.customer_id and w.channel = f.channel`.execute(trx);
}
