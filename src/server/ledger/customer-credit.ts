import { sql } from "kysely";
import { withTenant } from "@/server/db";
import type { ShopContext } from "@/server/tenancy/context";
import type { CreditBalance, CreditLot, CustomerCredit } from "./schema";

const MAX_LOTS = 1_000;

type LotRow = {
  id: string;
  unit: string;
  origin: CreditLot["origin"];
  source_type: string;
  source_id: string;
  parent_id: string | null;
  granted: bigint;
  remaining: bigint;
  held: bigint;
  redeemed: bigint;
  expired: bigint;
  recalled: bigint;
  moved: bigint;
  available_from: Date;
  expires_at: Date | null;
  created_at: Date;
};

const lotState = (row: LotRow, now: Date): CreditLot["state"] => {
  if (row.remaining === 0n && row.held === 0n) return "empty";
  if (row.expires_at && row.expires_at <= now) return "lapsed";
  return row.available_from > now ? "upcoming" : "open";
};

/** Adds lots up to balances per unit as of an instant. Pure. Lots come in spending order. */
export function balancesOf(rows: readonly LotRow[], now: Date): CreditBalance[] {
  const balances = new Map<string, CreditBalance>();
  for (const row of rows) {
    const balance = balances.get(row.unit) ?? { unit: row.unit, available: 0n, held: 0n, upcoming: 0n, lots: [] };
    balances.set(row.unit, balance);
    const state = lotState(row, now);
    if (state === "open") balance.available += row.remaining;
    if (state === "upcoming") balance.upcoming += row.remaining;
    balance.held += row.held;
    const { unit: _unit, source_type, source_id, parent_id, available_from, expires_at, created_at, ...amounts } = row;
    balance.lots.push({
      ...amounts,
      availableFrom: available_from,
      expiresAt: expires_at,
      createdAt: created_at,
      source: { type: source_type, id: source_id },
      parentId: parent_id,
      state,
    });
  }
  return [...balances.values()];
}

/** A customer's credit as of now: spendable, held and upcoming per unit, and every lot in spending order (the first 1,000). */
export const customerCredit = (ctx: ShopContext, customerId: string): Promise<CustomerCredit> =>
  withTenant(ctx, async ({ trx, now }) => {
    const rows = await trx
      .selectFrom("ledger.lot")
      .select(["id", "unit", "origin", "source_type", "source_id", "parent_id", "granted", "remaining", "held", "redeemed"])
      .select(["expired", "recalled", "moved", "available_from", "expires_at", "created_at"])
      .where("shop_id", "=", ctx.shopId)
      .where("customer_id", "=", customerId)
      .orderBy("unit")
      .orderBy(sql`remaining + held > 0`, "desc")
      .orderBy("expires_at", (order) => order.asc().nullsLast())
      .orderBy("created_at")
      .orderBy("id")
      .limit(MAX_LOTS)
      .execute();
    return { customerId, asOf: now, balances: balancesOf(rows, now) };
  });
