import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { clawback } from "./clawback";
import { expireDue } from "./expire-due";
import { grantMany } from "./grant-many";
import { capture, hold } from "./hold";
import { mergeCustomerCredit } from "./merge-customers";
import { redeem } from "./redeem";
import { refund } from "./refund";
import { at, createLedgerShop, type LedgerShop, violationsOf } from "./testing";

/** Every invariant can be seen to fail: the database's owner damages sound books past all locks, and the view names what is broken. */
let owner: pg.Client;
let shop: LedgerShop;
beforeAll(async () => {
  owner = new pg.Client({ connectionString: process.env.DATABASE_URL });
  await owner.connect();
  await at("2026-03-01T12:00:00Z");
  shop = await createLedgerShop(3);
  const { ctx, customers } = shop;
  const [one = "", two = "", gone = ""] = customers;
  const give = (who: string[], key: string, days: number | null) =>
    grantMany(ctx, {
      source: { type: "drop", id: crypto.randomUUID() },
      chunkKey: key,
      unit: "EUR",
      originClass: "earned",
      availableFrom: null,
      expiresAt: days === null ? null : new Date(Date.parse("2026-03-01T12:00:00Z") + days * 86_400_000),
      grants: who.map((customerId) => ({ customerId, amount: 1000n })),
      budgets: [
        { scope: "shop", key: "month", unit: "EUR", cap: 10_000n },
        { scope: "organisation", key: "month", unit: "EUR", cap: 10_000n },
      ],
    });
  await give(customers, "all", 10);
  await give([one], "more", null);
  await redeem(ctx, { key: "r", customerId: one, unit: "EUR", amount: 100n, orderRef: "o" });
  await refund(ctx, { key: "b", orderRef: "o", amount: 40n });
  const held = await hold(ctx, { key: "h1", customerId: two, unit: "EUR", amount: 200n, orderRef: "p" });
  await capture(ctx, { key: "c", holdId: held.holdId, amount: 150n });
  await hold(ctx, { key: "h2", customerId: two, unit: "EUR", amount: 200n, orderRef: "q", ttlSeconds: 604_800 });
  await clawback(ctx, { key: "cb", customerId: gone, unit: "EUR", amount: 1500n, reason: "x" });
  await mergeCustomerCredit(ctx, { key: "m", fromCustomerId: gone, intoCustomerId: one, reason: "same" });
  await at("2026-03-11T12:00:00Z");
  await expireDue(ctx, { limit: 1 });
});
afterAll(() => owner.end());

const TABLES = ["account", "transfer", "posting", "lot", "lot_move", "request", "hold", "merged", "budget", "budget_use"];
const anyOf = (table: string, where: string) => `(select ctid from ledger.${table} where ${where} order by ctid limit 1)`;

const DAMAGE: [invariant: string, what: string, sql: string[]][] = [
  ["I1", "a posting changed", [`update ledger.posting set amount = amount + 1 where ctid = ${anyOf("posting", "customer_id is null")}`]],
  [
    "I1",
    "a posting gone",
    [`delete from ledger.posting where ctid = ${anyOf("posting", "account = 'promo_expense' or account = 'earned_deferral'")}`],
  ],
  ["I2", "a balance changed", ["update ledger.account set credit = credit + 1 where credit > 0"]],
  ["I2", "a debt changed", ["update ledger.account set debt = debt + 1 where debt > 0"]],
  ["I2", "an account gone", [`delete from ledger.account where ctid = ${anyOf("account", "credit > 0")}`]],
  ["I3", "a lot of somebody else", [`update ledger.lot set customer_id = gen_random_uuid() where ctid = ${anyOf("lot", "remaining > 0")}`]],
  [
    "I4",
    "a negative balance",
    ["alter table ledger.account drop constraint account_credit_check", "update ledger.account set credit = -1"],
  ],
  [
    "I5",
    "a lot that moved by itself",
    [`update ledger.lot set remaining = remaining - 1, redeemed = redeemed + 1 where ctid = ${anyOf("lot", "remaining > 0")}`],
  ],
  ["I5", "a move gone", [`delete from ledger.lot_move where ctid = ${anyOf("lot_move", "to_bucket = 'redeemed'")}`]],
  ["I5", "a lot gone", [`delete from ledger.lot where ctid = ${anyOf("lot", "remaining > 0")}`]],
  ["I6", "value from nowhere", ["update ledger.posting set amount = amount + 1 where customer_id is null"]],
  ["I8", "more refunded than redeemed", ["update ledger.lot_move set amount = amount + 100 where from_bucket = 'redeemed'"]],
  ["I9", "a request without an answer", [`update ledger.request set response = null where idem_key = 'r'`]],
  [
    "I10",
    "spent after expiry",
    ["update ledger.lot set expires_at = '2026-03-01T12:00:00Z', available_from = '2026-01-01' where redeemed > 0"],
  ],
  ["I10", "spent before it began", ["update ledger.lot set available_from = '2026-03-05' where redeemed > 0 and expires_at is not null"]],
  ["I11", "a budget that forgot", ["update ledger.budget set granted = granted - 1 where shop_id is not null"]],
  ["I11", "an organisation's budget that forgot", ["update ledger.budget set granted = granted - 1 where shop_id is null"]],
  ["I11", "a use of another amount", [`update ledger.budget_use set amount = amount + 1 where ctid = ${anyOf("budget_use", "true")}`]],
  ["I13", "expired before its time", ["update ledger.lot set expires_at = '2027-01-01' where expired > 0"]],
  ["I13", "settled with value", ["update ledger.lot set settled = true where remaining > 0"]],
  ["I14", "a hold closed by itself", ["update ledger.hold set status = 'released' where status = 'open'"]],
  [
    "I15",
    "credit at somebody who was merged away",
    ["update ledger.account set credit = credit + 1 where customer_id in (select customer_id from ledger.merged)"],
  ],
];

test("the books are sound before anybody damages them", async () => {
  expect(await violationsOf(shop.ctx)).toEqual([]);
});

test.each(DAMAGE)("%s notices %s", async (invariant, _what, damage) => {
  await owner.query("begin");
  try {
    // Past the triggers and policies that refuse it, as only the tables' owner can.
    for (const table of TABLES) await owner.query(`alter table ledger.${table} disable trigger user, no force row level security`);
    for (const statement of damage) expect((await owner.query(statement)).rowCount).not.toBe(0);
    await owner.query("select set_config('app.org_id', $1, true), set_config('app.shop_id', $2, true)", [shop.ctx.orgId, shop.ctx.shopId]);
    for (const table of TABLES) await owner.query(`alter table ledger.${table} force row level security`);
    await owner.query("set local role guthaben_app");
    const { rows } = await owner.query<{ invariant: string; shop_id: string }>("select * from ledger.violation");
    expect(new Set(rows.map((row) => row.invariant))).toContain(invariant);
    expect(new Set(rows.map((row) => row.shop_id))).toEqual(new Set([shop.ctx.shopId]));
    const alone = await owner.query("select * from ledger.violation where invariant = $1", [invariant]);
    expect(alone.rows).toEqual(rows.filter((row) => row.invariant === invariant));
  } finally {
    await owner.query("rollback");
  }
});
