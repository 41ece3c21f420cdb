import { sql } from "kysely";
import { z } from "zod";
import { withTenant } from "@/server/db";
import { parseInput } from "@/server/errors";
import type { ChainLadder, Cohort } from "@/server/ledger/chain-ladder";
import { cohortReport } from "@/server/ledger/cohorts";
import type { OriginClass } from "@/server/ledger/schema";
import type { ShopContext, TenantTrx } from "@/server/tenancy/context";

export const liabilitySchema = z.object({ unit: z.string().max(20).optional() });

type Side = { lots: number; granted: bigint; redeemed: bigint };

export type LiabilitySeries = {
  asOf: Date;
  unit: string;
  units: string[];
  /** Outstanding (available and upcoming) by the Monday of the shop's week in which it expires, 52 weeks. */
  weeks: { week: string; amount: bigint; customers: number }[];
  later: bigint;
  noExpiry: bigint;
  held: bigint;
  outstanding: bigint;
  months: {
    month: string;
    opening: bigint;
    granted: bigint;
    redeemed: bigint;
    expired: bigint;
    recalled: bigint;
    other: bigint;
    closing: bigint;
  }[];
  /** Redeemed so far by month of granting and age in months, and expected breakage, per origin (the ledger's own report). */
  cohorts: { origin: OriginClass; cohorts: Cohort[]; ladder: ChainLadder }[];
  /** Lots that lapsed in the last year with and without a reminder before. Observed, not caused. */
  reminders: { reminded: Side; notReminded: Side } | null;
};

type Week = { week: string | null; amount: bigint; customers: number; later: boolean };

async function weeks({ trx, now }: TenantTrx, shopId: string, unit: string, zone: string): Promise<Week[]> {
  const { rows } = await sql<Week>`
    select case when expires_at < ${now}::timestamptz + interval '364 days' then to_char(date_trunc('week', (expires_at - interval '1 microsecond') at time zone ${zone}), 'YYYY-MM-DD') end as week,
      sum(remaining)::int8 as amount, count(distinct customer_id)::int as customers, expires_at is not null and expires_at >= ${now}::timestamptz + interval '364 days' as later
    from ledger.lot where shop_id = ${shopId} and unit = ${unit} and remaining > 0 and (expires_at is null or expires_at > ${now}::timestamptz)
    group by 1, 4 order by 1`.execute(trx);
  return rows;
}

type MonthRow = { month: string; granted: bigint; redeemed: bigint; expired: bigint; recalled: bigint; net: bigint };

/** What customers were owed at the end of each month: every posting to their accounts, by kind of transfer. */
async function months({ trx }: TenantTrx, shopId: string, unit: string, zone: string): Promise<LiabilitySeries["months"]> {
  const { rows } = await sql<MonthRow>`
    select to_char(t.at at time zone ${zone}, 'YYYY-MM') as month,
      coalesce(sum(p.amount) filter (where t.kind = 'grant'), 0)::int8 as granted,
      coalesce(-sum(p.amount) filter (where t.kind in ('redeem', 'capture')), 0)::int8 as redeemed,
      coalesce(-sum(p.amount) filter (where t.kind = 'expire'), 0)::int8 as expired,
      coalesce(-sum(p.amount) filter (where t.kind = 'recall'), 0)::int8 as recalled, sum(p.amount)::int8 as net
    from ledger.transfer t join ledger.posting p on p.shop_id = t.shop_id and p.transfer_id = t.id
    where t.shop_id = ${shopId} and t.unit = ${unit} and p.account in ('customer_credit', 'customer_held') group by 1 order by 1`.execute(
    trx,
  );
  let closing = 0n;
  const series = rows.map((row) => {
    const opening = closing;
    closing += row.net;
    const { month, granted, redeemed, expired, recalled } = row;
    return { month, opening, granted, redeemed, expired, recalled, other: row.net - granted + redeemed + expired + recalled, closing };
  });
  return series.slice(-24);
}

async function reminders({ trx, now }: TenantTrx, shopId: string, unit: string): Promise<LiabilitySeries["reminders"]> {
  const { rows } = await sql<{ reminded: boolean; lots: number; granted: bigint; redeemed: bigint }>`
    with lapsed as (select l.customer_id, l.granted, l.redeemed, l.available_from, l.expires_at from ledger.lot l
      where l.shop_id = ${shopId} and l.unit = ${unit} and l.parent_id is null and l.expires_at < ${now}::timestamptz and l.expires_at >= ${now}::timestamptz - interval '365 days')
    select exists (select from message m where m.shop_id = ${shopId} and m.customer_id = l.customer_id and m.kind = 'credit_expiring' and m.status = 'sent'
        and m.sent_at >= l.available_from and m.sent_at < l.expires_at) as reminded,
      count(*)::int as lots, sum(l.granted)::int8 as granted, sum(l.redeemed)::int8 as redeemed
    from lapsed l group by 1`.execute(trx);
  const side = (reminded: boolean): Side => rows.find((row) => row.reminded === reminded) ?? { lots: 0, granted: 0n, redeemed: 0n };
  const pick = ({ lots, granted, redeemed }: Side): Side => ({ lots, granted, redeemed });
  return rows.length === 0 ? null : { reminded: pick(side(true)), notReminded: pick(side(false)) };
}

/** Liability and breakage of one unit over time. */
export function liabilitySeries(ctx: ShopContext, input: unknown): Promise<LiabilitySeries> {
  const wanted = parseInput(liabilitySchema, input).unit;
  return withTenant(ctx, async (handle) => {
    const shop = await handle.trx
      .selectFrom("shop")
      .select(["currency", "time_zone"])
      .where("id", "=", ctx.shopId)
      .executeTakeFirstOrThrow();
    const found = await sql<{ unit: string; held: bigint }>`
      select unit, sum(held)::int8 as held from ledger.account where shop_id = ${ctx.shopId} group by 1 order by 1`.execute(handle.trx);
    const units = found.rows.map((row) => row.unit);
    const unit = wanted ?? (units.includes(shop.currency) || units.length === 0 ? shop.currency : (units[0] ?? shop.currency));
    const rows = await weeks(handle, ctx.shopId, unit, shop.time_zone);
    const sum = (own: Week[]): bigint => own.reduce((total, row) => total + row.amount, 0n);
    const held = found.rows.find((row) => row.unit === unit)?.held ?? 0n;
    return {
      asOf: handle.now,
      unit,
      units,
      weeks: rows.flatMap(({ week, amount, customers }) => (week === null ? [] : [{ week, amount, customers }])),
      later: sum(rows.filter((row) => row.later)),
      noExpiry: sum(rows.filter((row) => row.week === null && !row.later)),
      held,
      outstanding: sum(rows) + held,
      months: await months(handle, ctx.shopId, unit, shop.time_zone),
      cohorts: (await cohortReport({ ...ctx, trx: handle }))
        .filter((report) => report.unit === unit)
        .map(({ origin, cohorts, ladder }) => ({ origin, cohorts, ladder })),
      reminders: await reminders(handle, ctx.shopId, unit),
    };
  });
}
