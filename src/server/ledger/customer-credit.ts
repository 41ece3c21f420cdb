import { sql } from "kysely";
import { z } from "zod";
import { withTenant } from "@/server/db";
import type { ShopContext } from "@/server/tenancy/context";
import { heirOf } from "./heir";
import type { CreditBalance, CreditLot, CustomerCredit, LotTerms } from "./schema";

const MAX_LOTS = 1_000;

type LotRow = {
  terms: LotTerms | null;
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

const emptyBalance = (unit: string): CreditBalance => ({
  unit,
  available: 0n,
  held: 0n,
  upcoming: 0n,
  conditional: 0n,
  debt: 0n,
  lots: [],
});

/** Adds lots up to balances per unit as of an instant. Pure. Lots come in spending order. */
export function balancesOf(rows: readonly LotRow[], now: Date): CreditBalance[] {
  const balances = new Map<string, CreditBalance>();
  for (const row of rows) {
    const balance = balances.get(row.unit) ?? emptyBalance(row.unit);
    balances.set(row.unit, balance);
    const state = lotState(row, now);
    if (state === "open") balance.available += row.remaining;
    if (state === "open" && row.terms) balance.conditional += row.remaining;
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

const termsJson = z
  .object({
    id: z.string(),
    minOrder: z.string().transform(BigInt).nullable(),
    include: z.object({ products: z.array(z.string()), collections: z.array(z.string()) }).nullable(),
    exclude: z.object({ products: z.array(z.string()), collections: z.array(z.string()) }).nullable(),
    firstOrderOnly: z.boolean(),
    noDiscounts: z.boolean(),
  })
  .nullable();

/**
 * A customer's credit as of now: spendable, held and upcoming per unit, what the customer owes, and every lot in spending order (the first
 * 1,000) with its terms.
 */
export const customerCredit = (ctx: ShopContext, customerId: string): Promise<CustomerCredit> =>
  withTenant(ctx, async (handle) => {
    const { trx, now } = handle;
    const rows = await trx
      .selectFrom("ledger.lot as l")
      .leftJoin("ledger.terms as t", (join) => join.onRef("t.shop_id", "=", "l.shop_id").onRef("t.id", "=", "l.terms_id"))
      .select([
        "l.id",
        "l.unit",
        "l.origin",
        "l.source_type",
        "l.source_id",
        "l.parent_id",
        "l.granted",
        "l.remaining",
        "l.held",
        "l.redeemed",
      ])
      .select(["l.expired", "l.recalled", "l.moved", "l.available_from", "l.expires_at", "l.created_at"])
      .select(
        sql<unknown>`case when t.id is not null then jsonb_build_object('id', t.id, 'minOrder', t.min_order::text, 'include', t.include,
        'exclude', t.exclude, 'firstOrderOnly', t.first_order_only, 'noDiscounts', t.no_discounts) end`.as("terms"),
      )
      .where("l.shop_id", "=", ctx.shopId)
      .where("l.customer_id", "=", customerId)
      .orderBy("l.unit")
      .orderBy(sql`l.remaining + l.held > 0`, "desc")
      .orderBy("l.expires_at", (order) => order.asc().nullsLast())
      .orderBy("l.created_at")
      .orderBy("l.id")
      .limit(MAX_LOTS)
      .execute();
    const balances = balancesOf(
      rows.map((row) => ({ ...row, terms: termsJson.parse(row.terms) })),
      now,
    );
    const debts = await trx
      .selectFrom("ledger.account")
      .select(["unit", "debt"])
      .where("shop_id", "=", ctx.shopId)
      .where("customer_id", "=", customerId)
      .where("debt", ">", 0n)
      .execute();
    for (const { unit, debt } of debts) {
      const known = balances.find((balance) => balance.unit === unit);
      if (known) known.debt = debt;
      else balances.push({ ...emptyBalance(unit), debt });
    }
    const heir = await heirOf(handle, ctx, customerId);
    return { customerId, asOf: now, mergedInto: heir?.id ?? null, balances };
  });

/** What can be spent in a customer's name: after a merge that is the other one's credit, as for every booking in the ledger. */
export const spendableCredit = (ctx: ShopContext, customerId: string) =>
  withTenant(ctx, async (handle) => {
    const inner = { ...ctx, trx: handle };
    const heir = await heirOf(handle, ctx, customerId);
    const { asOf, balances } = await customerCredit(inner, heir?.id ?? customerId);
    return { asOf, balances, mergedInto: heir?.externalId ?? null };
  });
