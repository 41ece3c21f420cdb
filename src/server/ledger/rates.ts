import { sql } from "kysely";
import { withTenant } from "@/server/db";
import type { ShopContext } from "@/server/tenancy/context";
import type { OriginClass } from "./schema";

/** What became of the lots that one month granted: by value and by count (domain.md 1.11 d). */
export type CohortRates = {
  unit: string;
  origin: OriginClass;
  /** `YYYY-MM` of granting, shop time. */
  month: string;
  /** Granted and not taken back. */
  granted: bigint;
  redeemed: bigint;
  expired: bigint;
  /** Still to be spent, held credit included. */
  open: bigint;
  lots: number;
  /** Lots of which something was redeemed. */
  lotsRedeemed: number;
  /** Lots that are closed and of which nothing was redeemed. */
  lotsUnused: number;
};

/*
 * Every lot with the month its cohort was granted in: a restored, merged or converted lot belongs to the lot it came from. Lots with a
 * parent are few, so only they are walked up. `grp` stands for all parentless lots of one instant: a drop is one row and not a million.
 */
export const cohortRates = (ctx: ShopContext): Promise<CohortRates[]> =>
  withTenant(ctx, async ({ trx }) => {
    const shop = await trx.selectFrom("shop").select("time_zone").where("id", "=", ctx.shopId).executeTakeFirstOrThrow();
    const result = await sql<CohortRates>`
      with recursive up as (
        select l.id, l.parent_id from ledger.lot l where l.shop_id = ${ctx.shopId}::uuid and l.parent_id is not null
        union all
        select u.id, p.parent_id from up u join ledger.lot p on p.shop_id = ${ctx.shopId}::uuid and p.id = u.parent_id
        where p.parent_id is not null
      ), root as (
        select u.id, p.created_at from up u join ledger.lot p on p.shop_id = ${ctx.shopId}::uuid and p.id = u.parent_id where p.parent_id is null
      ), grp as (
        select unit, origin, created_at, sum(granted - recalled) as granted, sum(redeemed) as redeemed, sum(expired) as expired,
          sum(remaining + held) as open, count(*) filter (where granted > recalled) as lots, count(*) filter (where redeemed > 0) as lots_redeemed,
          count(*) filter (where redeemed = 0 and remaining = 0 and held = 0 and moved = 0 and granted > recalled) as lots_unused
        from ledger.lot where shop_id = ${ctx.shopId}::uuid and parent_id is null group by unit, origin, created_at
        union all
        -- Of a lot with a parent only what became of it counts: it was granted once already.
        select l.unit, l.origin, r.created_at, -l.recalled, l.redeemed, l.expired, l.remaining + l.held, 0, 0, 0
        from root r join ledger.lot l on l.shop_id = ${ctx.shopId}::uuid and l.id = r.id
      )
      select unit, origin, to_char(created_at at time zone ${shop.time_zone}, 'YYYY-MM') as month, sum(granted)::bigint as granted,
        sum(redeemed)::bigint as redeemed, sum(expired)::bigint as expired, sum(open)::bigint as open, sum(lots)::int as lots,
        sum(lots_redeemed)::int as "lotsRedeemed", sum(lots_unused)::int as "lotsUnused"
      from grp group by 1, 2, 3 having sum(granted) > 0 order by 1, 2, 3`.execute(trx);
    return result.rows;
  });
