import { sql } from "kysely";
import { withTenant } from "@/server/db";
import type { ShopContext } from "@/server/tenancy/context";
import type { OriginClass } from "./schema";

export type LapsingRow = {
  /** `YYYY-MM-DD`: the last local day on which the credit can be spent. */
  day: string;
  unit: string;
  origin: OriginClass;
  sourceType: string;
  lots: number;
  customers: number;
  amount: bigint;
};

const MAX_ROWS = 500;

/** Credit that lapses within so many days from now and is not spent or held, by last day, origin and source. Soonest first. */
export const lapsingLots = (ctx: ShopContext, { days }: { days: 7 | 30 | 90 }): Promise<LapsingRow[]> =>
  withTenant(ctx, async ({ trx, now }) => {
    const shop = await trx.selectFrom("shop").select("time_zone").where("id", "=", ctx.shopId).executeTakeFirstOrThrow();
    return trx
      .selectFrom("ledger.lot")
      .select([
        sql<string>`to_char((expires_at - interval '1 microsecond') at time zone ${shop.time_zone}, 'YYYY-MM-DD')`.as("day"),
        "unit",
        "origin",
        "source_type as sourceType",
        sql<number>`count(*)::int`.as("lots"),
        sql<number>`count(distinct customer_id)::int`.as("customers"),
        sql<bigint>`sum(remaining)::bigint`.as("amount"),
      ])
      .where("shop_id", "=", ctx.shopId)
      .where("settled", "=", false)
      .where("remaining", ">", 0n)
      .where("expires_at", ">", now)
      .where(sql<boolean>`expires_at <= ${now}::timestamptz + make_interval(days => ${days})`)
      .groupBy([sql`1`, "unit", "origin", "source_type"])
      .orderBy(sql`1`)
      .orderBy("unit")
      .orderBy("origin")
      .orderBy("source_type")
      .limit(MAX_ROWS)
      .execute();
  });
