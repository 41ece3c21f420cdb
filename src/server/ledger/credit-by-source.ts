import { sql } from "kysely";
import { withTenant } from "@/server/db";
import type { ShopContext } from "@/server/tenancy/context";
import type { Source } from "./schema";

export type SourceCredit = {
  unit: string;
  customers: number;
  granted: bigint;
  redeemed: bigint;
  held: bigint;
  expired: bigint;
  recalled: bigint;
  remaining: bigint;
  /** Customers who redeemed something, and how much in all. */
  redeemers: { customerId: string; redeemed: bigint }[];
};

/** What became of a source's credit, per unit. Restore lots count with their source but are not granted again. */
export const creditBySource = (ctx: ShopContext, source: Source): Promise<SourceCredit[]> =>
  withTenant(ctx, async ({ trx }) => {
    const lots = trx
      .selectFrom("ledger.lot")
      .where("shop_id", "=", ctx.shopId)
      .where("source_id", "=", source.id)
      .where("source_type", "=", source.type);
    const totals = await lots
      .select([
        "unit",
        sql<number>`count(distinct customer_id)::int`.as("customers"),
        sql<bigint>`coalesce(sum(granted) filter (where parent_id is null), 0)::bigint`.as("granted"),
        sql<bigint>`sum(redeemed)::bigint`.as("redeemed"),
        sql<bigint>`sum(held)::bigint`.as("held"),
        sql<bigint>`sum(expired)::bigint`.as("expired"),
        sql<bigint>`sum(recalled)::bigint`.as("recalled"),
        sql<bigint>`sum(remaining)::bigint`.as("remaining"),
      ])
      .groupBy("unit")
      .orderBy("unit")
      .execute();
    const redeemers = await lots
      .select(["unit", "customer_id as customerId", sql<bigint>`sum(redeemed)::bigint`.as("redeemed")])
      .where("redeemed", ">", 0n)
      .groupBy(["unit", "customer_id"])
      .execute();
    return totals.map((total) => ({
      ...total,
      redeemers: redeemers.filter((row) => row.unit === total.unit).map(({ customerId, redeemed }) => ({ customerId, redeemed })),
    }));
  });
