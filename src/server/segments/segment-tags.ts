import { sql } from "kysely";
import { withTenant } from "@/server/db";
import type { ShopContext } from "@/server/tenancy/context";

const LISTED = 200;

/** The tags of live segments, most used first. */
export async function segmentTags(ctx: ShopContext): Promise<{ tag: string; count: number }[]> {
  const result = await withTenant(ctx, ({ trx }) =>
    sql<{ tag: string; n: bigint }>`
      select min(t.tag) as tag, count(*) as n from segment s, unnest(s.tags) t(tag)
      where s.shop_id = ${ctx.shopId} and s.archived_at is null group by lower(t.tag) order by 2 desc, 1 limit ${LISTED}`.execute(trx),
  );
  return result.rows.map(({ tag, n }) => ({ tag, count: Number(n) }));
}
