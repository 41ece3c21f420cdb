import { sql } from "kysely";
import { withTenant } from "@/server/db";
import { AppError } from "@/server/errors";
import type { ShopContext } from "@/server/tenancy/context";
import { dayToIsoDate, isoDateToDay, localDay, startOfLocalDay } from "@/server/time";
import type { OriginClass, PeriodInput } from "./schema";

/** What changed a shop's credit between two instants, per unit and origin: opening + all others = closing. Held credit is part of it. */
export type RollForwardRow = {
  unit: string;
  origin: OriginClass;
  opening: bigint;
  granted: bigint;
  /** Came back from orders, also what lapsed in the same moment (then it is in `expired` too). */
  restored: bigint;
  /** The next three are taken off, hence negative; corrections have either sign. */
  redeemed: bigint;
  expired: bigint;
  /** Recalled or clawed back. */
  recalled: bigint;
  /** Corrections with a reason: what was taken by hand, and what adjustments gave or took. */
  adjusted: bigint;
  /** Merges and conversions: out of one lot, into another. */
  moved: bigint;
  closing: bigint;
};

/*
 * What a move does to outstanding credit (remaining + held), by kind of change. A refund to an expired lot goes redeemed → moved there and
 * granted → remaining in the restore lot, which is "restored"; one that lapses at once (grace 0) is restored and expired and adds nothing.
 */
const CHANGES = sql`
  case when from_bucket = 'granted' and kind in ('merge', 'convert') then 'moved'
       when from_bucket = 'granted' and kind = 'refund' then 'restored'
       when kind = 'adjust' or from_bucket = 'granted' and source_type = 'adjustment' then 'adjusted'
       when from_bucket = 'granted' then 'granted'
       when from_bucket = 'redeemed' then 'restored'
       when to_bucket = 'redeemed' then 'redeemed'
       when to_bucket = 'expired' then 'expired'
       when to_bucket = 'recalled' then 'recalled'
       else 'moved' end`;

export type RollForward = { fromDay: number; toDay: number; rows: RollForwardRow[] };

/** The asked period in whole local days; the running month up to today for what is not given. */
export function periodDays(period: PeriodInput, now: Date, zone: string): { fromDay: number; toDay: number } {
  const today = localDay(now, zone);
  const toDay = period.toDay ?? today + 1;
  const fromDay = period.fromDay ?? isoDateToDay(`${dayToIsoDate(Math.min(today, toDay - 1)).slice(0, 7)}-01`);
  if (toDay <= fromDay) throw new AppError("VALIDATION", { field: "to" });
  return { fromDay, toDay };
}

/** Reads the lots and the moves since the period's begin only, in one snapshot; the opening follows from what is there now. */
export const rollForward = (ctx: ShopContext, period: PeriodInput): Promise<RollForward> =>
  withTenant(ctx, async ({ trx, now }) => {
    const shop = await trx.selectFrom("shop").select("time_zone").where("id", "=", ctx.shopId).executeTakeFirstOrThrow();
    const { fromDay, toDay } = periodDays(period, now, shop.time_zone);
    const from = startOfLocalDay(fromDay, shop.time_zone);
    const to = startOfLocalDay(toDay, shop.time_zone);
    const result = await sql<RollForwardRow>`
      with moves as (
        select m.lot_id, m.from_bucket, m.to_bucket, m.amount, t.kind, t.source_type, t.at < ${to} as inside
        from ledger.transfer t join ledger.lot_move m on m.shop_id = t.shop_id and m.transfer_id = t.id
        where t.shop_id = ${ctx.shopId}::uuid and t.at >= ${from}
          and not (m.from_bucket in ('remaining', 'held') and m.to_bucket in ('remaining', 'held'))
      ), effects as (
        -- redeemed → moved changes nothing outstanding: the restore lot beside it does.
        select lot_id, inside, ${CHANGES} as change,
          case when from_bucket in ('remaining', 'held') then -amount else amount end as amount
        from moves where not (from_bucket = 'redeemed' and to_bucket = 'moved')
        union all
        select lot_id, inside, 'expired', -amount from moves where from_bucket = 'redeemed' and to_bucket = 'expired'
      ), changed as (
        select l.unit, l.origin,
          coalesce(sum(e.amount), 0) as since,
          coalesce(sum(e.amount) filter (where not e.inside), 0) as after,
          ${sql.join(
            (["granted", "restored", "redeemed", "expired", "recalled", "adjusted", "moved"] as const).map(
              (change) => sql`coalesce(sum(e.amount) filter (where e.inside and e.change = ${change}), 0)::bigint as ${sql.ref(change)}`,
            ),
          )}
        from effects e join ledger.lot l on l.shop_id = ${ctx.shopId}::uuid and l.id = e.lot_id group by l.unit, l.origin
      ), open as (
        select unit, origin, sum(remaining + held) as total from ledger.lot
        where shop_id = ${ctx.shopId}::uuid group by unit, origin
      )
      select o.unit, o.origin, (o.total - coalesce(c.since, 0))::bigint as opening,
        coalesce(c.granted, 0) as granted, coalesce(c.restored, 0) as restored, coalesce(c.redeemed, 0) as redeemed,
        coalesce(c.expired, 0) as expired, coalesce(c.recalled, 0) as recalled,
        coalesce(c.adjusted, 0) as adjusted, coalesce(c.moved, 0) as moved,
        (o.total - coalesce(c.after, 0))::bigint as closing
      from open o left join changed c on c.unit = o.unit and c.origin = o.origin
      where o.total <> 0 or c.since is not null
      order by o.unit, o.origin`.execute(trx);
    return { fromDay, toDay, rows: result.rows };
  });
