import { sql } from "kysely";
import { withTenant } from "@/server/db";
import type { ShopContext } from "@/server/tenancy/context";
import type { OriginClass } from "./schema";

export type Liability = {
  unit: string;
  /** Owed to customers by the books: available + upcoming + held + lapsed but not yet booked. */
  outstanding: bigint;
  available: bigint;
  held: bigint;
  upcoming: bigint;
  /** Lapsed by the clock; the sweep books it within a minute. */
  unbooked: bigint;
  customers: number;
  noExpiry: bigint;
  /** `YYYY-MM` of the last day on which the credit can be spent, shop time; without held credit, which may be captured after expiry. */
  byExpiryMonth: { month: string; amount: bigint; lots: number }[];
  byOrigin: { origin: OriginClass; amount: bigint }[];
  /** Spendable or upcoming credit that lapses within so many days from now. */
  lapsing: { days: 7 | 30 | 90; amount: bigint; customers: number }[];
};

const WINDOWS = [7, 30, 90] as const;

type MonthRow = { unit: string; origin: OriginClass; month: string | null; amount: bigint; lots: number };
type TotalRow = {
  unit: string;
  available: bigint;
  held: bigint;
  upcoming: bigint;
  unbooked: bigint;
  customers: number;
  d7: bigint;
  d30: bigint;
  d90: bigint;
  c7: number;
  c30: number;
  c90: number;
};

function assemble(total: TotalRow, months: MonthRow[]): Liability {
  const byMonth = new Map<string, { month: string; amount: bigint; lots: number }>();
  const byOrigin = new Map<OriginClass, bigint>();
  let noExpiry = 0n;
  for (const row of months) {
    byOrigin.set(row.origin, (byOrigin.get(row.origin) ?? 0n) + row.amount);
    if (row.month === null) noExpiry += row.amount;
    else {
      const known = byMonth.get(row.month) ?? { month: row.month, amount: 0n, lots: 0 };
      byMonth.set(row.month, { month: row.month, amount: known.amount + row.amount, lots: known.lots + row.lots });
    }
  }
  return {
    unit: total.unit,
    outstanding: total.available + total.upcoming + total.held + total.unbooked,
    available: total.available,
    held: total.held,
    upcoming: total.upcoming,
    unbooked: total.unbooked,
    customers: total.customers,
    noExpiry,
    byExpiryMonth: [...byMonth.values()].sort((a, b) => a.month.localeCompare(b.month)),
    byOrigin: [...byOrigin].map(([origin, amount]) => ({ origin, amount })),
    lapsing: [
      { days: 7, amount: total.d7, customers: total.c7 },
      { days: 30, amount: total.d30, customers: total.c30 },
      { days: 90, amount: total.d90, customers: total.c90 },
    ],
  };
}

/** What the shop owes, per unit, as of now (domain.md 1.11 b and h). */
export const liability = (ctx: ShopContext): Promise<Liability[]> =>
  withTenant(ctx, async ({ trx, now }) => {
    const shop = await trx.selectFrom("shop").select("time_zone").where("id", "=", ctx.shopId).executeTakeFirstOrThrow();
    const live = sql`remaining > 0 and (expires_at is null or expires_at > ${now})`;
    const within = (days: number) => sql`(${live} and expires_at <= ${now}::timestamptz + make_interval(days => ${days}))`;
    const perWindow = (name: (days: number) => ReturnType<typeof sql>) => sql.join(WINDOWS.map(name));
    // Customers first: counting them apart in each window would sort all lots once per window.
    const totals = await sql<TotalRow>`
      with customers as (
        select unit, customer_id, sum(held) as held,
          coalesce(sum(remaining) filter (where ${live} and available_from <= ${now}), 0) as available,
          coalesce(sum(remaining) filter (where ${live} and available_from > ${now}), 0) as upcoming,
          coalesce(sum(remaining) filter (where expires_at <= ${now}), 0) as unbooked,
          ${perWindow((days) => sql`coalesce(sum(remaining) filter (where ${within(days)}), 0) as ${sql.ref(`d${days}`)}`)}
        from ledger.lot where shop_id = ${ctx.shopId}::uuid and (remaining > 0 or held > 0) group by unit, customer_id
      )
      select unit, sum(available)::bigint as available, sum(upcoming)::bigint as upcoming, sum(unbooked)::bigint as unbooked,
        sum(held)::bigint as held, count(*)::int as customers,
        ${perWindow((days) => {
          const sum = sql.ref(`d${days}`);
          return sql`sum(${sum})::bigint as ${sum}, (count(*) filter (where ${sum} > 0))::int as ${sql.ref(`c${days}`)}`;
        })}
      from customers group by unit order by unit`.execute(trx);
    // The last instant before the exclusive end lies in the last month in which the credit can be spent. Grouped by instant first: the
    // calendar is asked once per drop and not once per lot.
    const months = await sql<MonthRow>`
      with ends as (
        select unit, origin, expires_at, sum(remaining) as amount, count(*) as lots from ledger.lot
        where shop_id = ${ctx.shopId}::uuid and ${live} group by unit, origin, expires_at
      )
      select unit, origin, to_char((expires_at - interval '1 microsecond') at time zone ${shop.time_zone}, 'YYYY-MM') as month,
        sum(amount)::bigint as amount, sum(lots)::int as lots
      from ends group by 1, 2, 3`.execute(trx);
    return totals.rows.map((total) =>
      assemble(
        total,
        months.rows.filter((row) => row.unit === total.unit),
      ),
    );
  });
