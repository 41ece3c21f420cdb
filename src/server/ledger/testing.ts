import { sql } from "kysely";
import { setTestClock } from "@/server/clock";
import { withTenant } from "@/server/db";
import { type ShopContext, systemContext } from "@/server/tenancy/context";

/** A shop with customers for ledger tests. */
export type LedgerShop = { ctx: ShopContext; customers: string[] };

export async function createLedgerShop(customers: number, currency = "EUR"): Promise<LedgerShop> {
  const orgId = crypto.randomUUID();
  const ctx = systemContext(orgId, crypto.randomUUID(), "test");
  await withTenant(ctx, ({ trx }) => trx.insertInto("organisation").values({ id: orgId, name: "Test" }).execute());
  return addShop(ctx, customers, currency);
}

/** Another shop of the same organisation. */
export const secondShop = (first: ShopContext, customers: number): Promise<LedgerShop> =>
  addShop(systemContext(first.orgId, crypto.randomUUID(), "test"), customers, "EUR");

async function addShop(ctx: ShopContext, customers: number, currency: string): Promise<LedgerShop> {
  const { orgId, shopId } = ctx;
  const ids = await withTenant(ctx, async ({ trx }) => {
    await trx
      .insertInto("shop")
      .values({ org_id: orgId, id: shopId, name: "Test", currency, time_zone: "Europe/Berlin", country: "DE" })
      .execute();
    const result = await sql<{ id: string }>`insert into customer (org_id, shop_id, external_id)
      select ${orgId}::uuid, ${shopId}::uuid, 'c' || i from generate_series(1, ${customers}) i returning id`.execute(trx);
    return result.rows.map((row) => row.id);
  });
  return { ctx, customers: ids };
}

export const at = (iso: string) => setTestClock(new Date(iso));

/** Every violation of the shop's invariants; a test expects none. */
export const violationsOf = (ctx: ShopContext) =>
  withTenant(ctx, ({ trx }) => trx.selectFrom("ledger.violation").select(["invariant", "subject", "detail"]).execute());

/** Shop-side balances by account, which exist only as sums of postings. */
export const shopBalances = (ctx: ShopContext): Promise<Record<string, bigint>> =>
  withTenant(ctx, async ({ trx }) => {
    const rows = await trx
      .selectFrom("ledger.posting")
      .select(["account", sql<bigint>`sum(amount)::bigint`.as("total")])
      .groupBy("account")
      .execute();
    return Object.fromEntries(rows.map((row) => [row.account, row.total]));
  });
