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
    const open = trx.selectFrom("ledger.lot").where("shop_id", "=", ctx.shopId);
    const live = sql`remaining > 0 and (expires_at is null or expires_at > ${now})`;
    const within = (days: number) => sql`(${live} and expires_at <= ${now}::timestamptz + make_interval(days => ${days}))`;
    const totals = await open
      .where(sql<boolean>`remaining + held > 0`)
      .select([
        "unit",
        sql<bigint>`coalesce(sum(remaining) filter (where ${live} and available_from <= ${now}), 0)::bigint`.as("available"),
        sql<bigint>`coalesce(sum(remaining) filter (where ${live} and available_from > ${now}), 0)::bigint`.as("upcoming"),
        sql<bigint>`coalesce(sum(remaining) filter (where expires_at <= ${now}), 0)::bigint`.as("unbooked"),
        sql<bigint>`sum(held)::bigint`.as("held"),
        sql<number>`count(distinct customer_id)::int`.as("customers"),
        ...([7, 30, 90] as const).flatMap((days) => [
          sql<bigint>`coalesce(sum(remaining) filter (where ${within(days)}), 0)::bigint`.as(`d${days}` as const),
          sql<number>`(count(distinct customer_id) filter (where ${within(days)}))::int`.as(`c${days}` as const),
        ]),
      ])
      .groupBy("unit")
      .orderBy("unit")
      .$castTo<TotalRow>()
      .execute();
    // The last instant before the exclusive end lies in the last month in which the credit can be spent.
    const months = await open
      .where(sql<boolean>`${live}`)
      .select([
        "unit",
        "origin",
        sql<string | null>`to_char((expires_at - interval '1 microsecond') at time zone ${shop.time_zone}, 'YYYY-MM')`.as("month"),
        sql<bigint>`sum(remaining)::bigint`.as("amount"),
        sql<number>`count(*)::int`.as("lots"),
      ])
      .groupBy(["unit", "origin", sql`3`])
      .execute();
    return totals.map((total) =>
      assemble(
        total,
        months.filter((row) => row.unit === total.unit),
      ),
    );
  });
