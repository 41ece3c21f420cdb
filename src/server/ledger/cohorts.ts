import { sql } from "kysely";
import { withTenant } from "@/server/db";
import type { ShopContext } from "@/server/tenancy/context";
import { type ChainLadder, type Cohort, chainLadder } from "./chain-ladder";
import type { OriginClass } from "./schema";

export type CohortReport = { unit: string; origin: OriginClass; cohorts: Cohort[]; ladder: ChainLadder };

type GrantRow = { unit: string; origin: OriginClass; month: number; granted: bigint; lapsed: bigint };
type UseRow = { unit: string; origin: OriginClass; month: number; age: number; amount: bigint };

const monthName = (month: number): string => `${Math.floor(month / 12)}-${String((month % 12) + 1).padStart(2, "0")}`;
const keyOf = (row: { unit: string; origin: string }): string => `${row.unit} ${row.origin}`;

/** Cumulates what was redeemed by age up to the last complete month. Pure. */
export function triangles(grants: readonly GrantRow[], uses: readonly UseRow[], currentMonth: number): CohortReport[] {
  const reports = new Map<string, CohortReport>();
  for (const grant of [...grants].sort((a, b) => a.month - b.month)) {
    const key = keyOf(grant);
    const own = uses.filter((use) => keyOf(use) === key && use.month === grant.month);
    const byAge = new Map(own.map((use) => [use.age, use.amount]));
    let total = 0n;
    const redeemed = Array.from({ length: currentMonth - grant.month }, (_, age) => {
      total += byAge.get(age) ?? 0n;
      return total;
    });
    const report = reports.get(key) ?? { unit: grant.unit, origin: grant.origin, cohorts: [], ladder: chainLadder([]) };
    report.cohorts.push({ month: monthName(grant.month), granted: grant.granted, lapsed: grant.lapsed, redeemed });
    reports.set(key, report);
  }
  return [...reports.values()].map((report) => ({ ...report, ladder: chainLadder(report.cohorts) }));
}

/**
 * The cohort triangle (redeemed by age in months, by month of granting) and the breakage to expect, per unit and origin class. Only
 * complete months count: a month that is not over would look like a month of few redemptions. A restored or merged lot belongs to the
 * cohort of the lot it came from; what was recalled or taken back is no part of what was granted; converting points uses them.
 */
export const cohortReport = (ctx: ShopContext): Promise<CohortReport[]> =>
  withTenant(ctx, async ({ trx, now }) => {
    const shop = await trx.selectFrom("shop").select("time_zone").where("id", "=", ctx.shopId).executeTakeFirstOrThrow();
    const monthOf = (instant: ReturnType<typeof sql>) => sql<number>`(extract(year from ${instant} at time zone ${shop.time_zone}) * 12
      + extract(month from ${instant} at time zone ${shop.time_zone}) - 1)::int`;
    const current = await sql<{ month: number }>`select ${monthOf(sql`${now}::timestamptz`)} as month`.execute(trx);
    const currentMonth = current.rows[0]?.month ?? 0;
    // Lots with a parent are few: walked up to the lot that was granted.
    const born = sql`recursive up as (
        select l.id, l.parent_id from ledger.lot l where l.shop_id = ${ctx.shopId}::uuid and l.parent_id is not null
        union all
        select u.id, p.parent_id from up u join ledger.lot p on p.shop_id = ${ctx.shopId}::uuid and p.id = u.parent_id
        where p.parent_id is not null
      ), root as (
        select u.id, p.created_at from up u join ledger.lot p on p.shop_id = ${ctx.shopId}::uuid and p.id = u.parent_id where p.parent_id is null
      )`;
    // Grouped by instant first: the calendar is asked once per drop and not once per lot.
    const grants = await sql<GrantRow>`with ${born}, at as (
        select unit, origin, created_at, sum(granted - recalled) as granted, sum(expired) as lapsed
        from ledger.lot where shop_id = ${ctx.shopId}::uuid and parent_id is null group by unit, origin, created_at
        union all
        select l.unit, l.origin, r.created_at, -l.recalled, l.expired
        from root r join ledger.lot l on l.shop_id = ${ctx.shopId}::uuid and l.id = r.id
      ), months as (select unit, origin, ${monthOf(sql`created_at`)} as month, granted, lapsed from at)
      select unit, origin, month, sum(granted)::bigint as granted, sum(lapsed)::bigint as lapsed
      from months where month < ${currentMonth} group by unit, origin, month`.execute(trx);
    const uses = await sql<UseRow>`with ${born}, used as (
        select l.unit, l.origin, coalesce(r.created_at, l.created_at) as created_at, t.at,
          sum(case when m.to_bucket = 'redeemed' or m.to_bucket = 'moved' and m.from_bucket <> 'redeemed' then m.amount else -m.amount end) as amount
        from ledger.lot_move m
        join ledger.transfer t on t.shop_id = m.shop_id and t.id = m.transfer_id
        join ledger.lot l on l.shop_id = m.shop_id and l.id = m.lot_id
        left join root r on r.id = l.id
        where m.shop_id = ${ctx.shopId}::uuid
          and (m.to_bucket = 'redeemed' or m.from_bucket = 'redeemed' or m.to_bucket = 'moved' and t.kind = 'convert')
        group by 1, 2, 3, 4
      ), aged as (select unit, origin, ${monthOf(sql`created_at`)} as month, ${monthOf(sql`at`)} as used_in, amount from used)
      select unit, origin, month, used_in - month as age, sum(amount)::bigint as amount from aged where used_in < ${currentMonth}
      group by unit, origin, month, used_in`.execute(trx);
    return triangles(grants.rows, uses.rows, currentMonth);
  });
