import { sql } from "kysely";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { withTenant } from "@/server/db";
import { clearOldRequests, shopsWithOldRequests } from "./clear-requests";
import { grantMany } from "./grant-many";
import { redeem } from "./redeem";
import { at, createLedgerShop, type LedgerShop, violationsOf } from "./testing";

/** What the database refuses, tried as each role: as the app, as the ledger's own role, and as the owner of the tables. */
let shop: LedgerShop;
let other: LedgerShop;
let owner: pg.Client;

beforeAll(async () => {
  shop = await createLedgerShop(2);
  other = await createLedgerShop(1);
  for (const { ctx, customers } of [shop, other]) {
    await grantMany(ctx, {
      source: { type: "drop", id: crypto.randomUUID() },
      chunkKey: "grant",
      unit: "EUR",
      originClass: "unpaid",
      availableFrom: null,
      expiresAt: null,
      grants: customers.map((customerId) => ({ customerId, amount: 1000n })),
    });
  }
  owner = new pg.Client({ connectionString: process.env.DATABASE_URL });
  await owner.connect();
});
afterAll(() => owner.end());

const asApp = (statement: string) => withTenant(shop.ctx, ({ trx }) => sql.raw(statement).execute(trx));

/** As the owner of the tables, or with `role` as that role, bound to the first shop. */
async function as(role: string | null, ...statements: string[]): Promise<void> {
  await owner.query("begin");
  try {
    await owner.query("select set_config('app.org_id', $1, true), set_config('app.shop_id', $2, true)", [shop.ctx.orgId, shop.ctx.shopId]);
    if (role) await owner.query(`set local role ${role}`);
    for (const statement of statements) await owner.query(statement);
    await owner.query("commit");
  } catch (error) {
    await owner.query("rollback");
    throw error;
  }
}

const HISTORY = ["ledger.transfer", "ledger.posting", "ledger.lot_move"];

describe("history", () => {
  test.each(HISTORY)("%s: nobody updates, deletes or truncates", async (table) => {
    for (const statement of [`update ${table} set shop_id = shop_id`, `delete from ${table}`]) {
      await expect(asApp(statement)).rejects.toMatchObject({ code: "42501" });
      await expect(as("guthaben_ledger", statement)).rejects.toMatchObject({ code: "42501" });
      await expect(as(null, statement)).rejects.toThrow(/append-only/);
    }
    await expect(as(null, `truncate ${table} cascade`)).rejects.toThrow(/append-only/);
  });

  test("lots and accounts cannot be deleted; what a lot is cannot be changed", async () => {
    for (const table of ["ledger.lot", "ledger.account"]) await expect(as(null, `delete from ${table}`)).rejects.toThrow(/append-only/);
    for (const column of ["origin = 'paid'", "granted = granted + 1", "expires_at = null", "customer_id = customer_id", "unit = 'USD'"])
      await expect(as("guthaben_ledger", `update ledger.lot set ${column}`)).rejects.toMatchObject({ code: "42501" });
  });
});

describe("writes", () => {
  test("the app writes no ledger table and calls no inner function", async () => {
    for (const table of ["account", "transfer", "posting", "lot", "lot_move", "request", "hold", "recall", "unit"])
      await expect(asApp(`insert into ledger.${table} select * from ledger.${table} limit 1`)).rejects.toMatchObject({ code: "42501" });
    await expect(asApp("update ledger.account set credit = credit + 1")).rejects.toMatchObject({ code: "42501" });
    await expect(asApp("update ledger.lot set remaining = remaining + 1, granted = granted + 1")).rejects.toMatchObject({ code: "42501" });
    for (const inner of ["claim('x', 'k', 'a')", "answer('k', '{}')", "spendable(null, 'EUR', app_now(), null)"])
      await expect(asApp(`select ledger.${inner}`)).rejects.toMatchObject({ code: "42501" });
  });

  const transfer = (id: string, entries: number) =>
    `insert into ledger.transfer (org_id, shop_id, id, kind, unit, amount, entries, at, actor_type, actor_label, request_id, idem_key)
     values ('${shop.ctx.orgId}', '${shop.ctx.shopId}', '${id}', 'adjust', 'EUR', 5, ${entries}, app_now(), 'system', 'x', 'x', '${id}')`;
  const posting = (id: string, ...legs: [string, number][]) =>
    `insert into ledger.posting (org_id, shop_id, transfer_id, no, account, amount) values ${legs
      .map(
        ([account, amount], no) =>
          `('${shop.ctx.orgId}', '${shop.ctx.shopId}', '${id}', ${no + Math.floor(Math.random() * 1e6) * 10}, '${account}', ${amount})`,
      )
      .join(", ")}`;

  test("an unbalanced transfer, even by the ledger's own role", async () => {
    const id = crypto.randomUUID();
    await expect(as("guthaben_ledger", transfer(id, 2), posting(id, ["adjustment", 5], ["promo_expense", -4]))).rejects.toMatchObject({
      constraint: "posting_balanced",
    });
  });

  test("a transfer without its postings, at commit", async () => {
    await expect(as("guthaben_ledger", transfer(crypto.randomUUID(), 2))).rejects.toMatchObject({ constraint: "transfer_complete" });
  });

  test("postings that come later show as a violation", async () => {
    const id = crypto.randomUUID();
    await as("guthaben_ledger", transfer(id, 2), posting(id, ["adjustment", 5], ["promo_expense", -5]));
    expect(await violationsOf(shop.ctx)).toEqual([]);
    await as("guthaben_ledger", posting(id, ["adjustment", 7], ["promo_expense", -7]));
    expect(await violationsOf(shop.ctx)).toMatchObject([{ invariant: "I1", subject: id }]);
  });

  test("a lot whose parts do not add up, a negative balance", async () => {
    await expect(as("guthaben_ledger", "update ledger.lot set remaining = remaining + 1")).rejects.toMatchObject({ code: "23514" });
    await expect(as("guthaben_ledger", "update ledger.account set credit = -1")).rejects.toMatchObject({ code: "23514" });
  });
});

describe("another tenant", () => {
  test("sees nothing and reaches nothing", async () => {
    const { customers } = other;
    const foreign = customers[0] ?? "";
    const input = { key: "steal", customerId: foreign, unit: "EUR", amount: 1n, orderRef: "o" };
    await expect(redeem(shop.ctx, input)).rejects.toMatchObject({ code: "INSUFFICIENT_CREDIT", params: { available: "0" } });
    await expect(
      grantMany(shop.ctx, {
        source: { type: "drop", id: crypto.randomUUID() },
        chunkKey: "foreign",
        unit: "EUR",
        originClass: "unpaid",
        availableFrom: null,
        expiresAt: null,
        grants: [...shop.customers, foreign].map((customerId) => ({ customerId, amount: 1n })),
      }),
    ).rejects.toMatchObject({ code: "NOT_FOUND", params: { missing: 1 } });
    const seen = await withTenant(shop.ctx, ({ trx }) =>
      trx.selectFrom("ledger.lot").select("customer_id").where("shop_id", "=", other.ctx.shopId).execute(),
    );
    expect(seen).toEqual([]);
  });

  test("the ledger's own role cannot write into another shop than the transaction's", async () => {
    await expect(
      as(
        "guthaben_ledger",
        `insert into ledger.account (org_id, shop_id, customer_id, unit) values ('${other.ctx.orgId}', '${other.ctx.shopId}', gen_random_uuid(), 'EUR')`,
      ),
    ).rejects.toMatchObject({ code: "42501" });
  });

  test("without a tenant no operation runs", async () => {
    await owner.query("begin");
    await owner.query("set local role guthaben_app");
    await expect(owner.query("select ledger.expire_due('{}', 1)")).rejects.toMatchObject({ code: "42501" });
    await owner.query("rollback");
  });
});

test("every operation runs as the ledger's role with a fixed search path", async () => {
  const { rows } = await owner.query(`
    select p.proname, r.rolname, p.proconfig from pg_proc p join pg_roles r on r.oid = p.proowner
    where p.pronamespace = 'ledger'::regnamespace and p.prosecdef`);
  expect(rows.length).toBeGreaterThan(8);
  for (const row of rows) {
    expect(row.rolname).toBe(row.proname.startsWith("system_") ? "guthaben_system" : "guthaben_ledger");
    expect(String(row.proconfig)).toContain("pg_temp");
  }
  const { rows: roles } = await owner.query("select rolcanlogin, rolbypassrls, rolsuper from pg_roles where rolname = 'guthaben_ledger'");
  expect(roles).toEqual([{ rolcanlogin: false, rolbypassrls: false, rolsuper: false }]);
});

test("answers are cleared after 400 days; their keys still book nothing twice", async () => {
  await at("2024-01-01T00:00:00Z");
  const { ctx, customers } = await createLedgerShop(1);
  const input = { key: "old", customerId: customers[0] ?? "", unit: "EUR", amount: 10n, orderRef: "o" };
  await grantMany(ctx, {
    ...{ source: { type: "api" as const, id: crypto.randomUUID() }, chunkKey: "g", unit: "EUR", originClass: "unpaid" as const },
    ...{ availableFrom: null, expiresAt: null, grants: [{ customerId: input.customerId, amount: 100n }] },
  });
  const answer = await redeem(ctx, input);
  // The clock runs on from where it is set: a minute to either side of the 400 days is more than any machine takes between two lines.
  await at("2025-02-03T23:59:00Z");
  expect(await clearOldRequests(ctx)).toBe(0);
  expect(await redeem(ctx, input)).toEqual(answer);
  await at("2025-02-04T00:01:00Z");
  expect(await shopsWithOldRequests()).toEqual([{ orgId: ctx.orgId, shopId: ctx.shopId }]);
  expect(await clearOldRequests(ctx)).toBe(2);
  await expect(redeem(ctx, input)).rejects.toMatchObject({ code: "CONFLICT" });
  expect(await redeem(ctx, { ...input, key: "new" })).toMatchObject({ balance: 80n });
  expect([await clearOldRequests(ctx), await shopsWithOldRequests(), await violationsOf(ctx)]).toEqual([0, [], []]);
  await at("2026-01-01T00:00:00Z");
});
