import { beforeAll, describe, expect, test } from "vitest";
import { withTenant } from "@/server/db";
import { AppError } from "@/server/errors";
import type { ShopContext } from "@/server/tenancy/context";
import { getBudget, listBudgets, setBudget } from "./budget";
import { customerCredit } from "./customer-credit";
import { deduct } from "./deduct";
import { expireDue } from "./expire-due";
import { type GrantMany, grantMany } from "./grant-many";
import { capture, hold } from "./hold";
import { mergeCustomerCredit } from "./merge-customers";
import { redeem } from "./redeem";
import { refund } from "./refund";
import { createTerms } from "./terms";
import type { OrderFacts } from "./terms-schema";
import { at, createLedgerShop, violationsOf } from "./testing";

const NOW = "2026-03-01T12:00:00Z";
beforeAll(() => at(NOW));

type Conditions = Parameters<typeof createTerms>[2];
const termsOf = (ctx: ShopContext, terms: Conditions) => withTenant(ctx, ({ trx }) => createTerms(trx, ctx, terms));

const give = (ctx: ShopContext, customers: string[], amount: bigint, rest: Partial<GrantMany> = {}) =>
  grantMany(ctx, {
    ...{ source: { type: "api", id: crypto.randomUUID() }, chunkKey: crypto.randomUUID(), unit: "EUR", originClass: "unpaid" },
    ...{ availableFrom: null, expiresAt: null, grants: customers.map((customerId) => ({ customerId, amount })) },
    ...rest,
  });

const order = (facts: Partial<OrderFacts> = {}): OrderFacts => ({ total: 10_000n, discounted: false, lines: [], ...facts });
const line = (total: bigint, productId: string, collections: string[] = []) => ({ total, productId, collections });

const rejected = async (work: Promise<unknown>) => {
  try {
    await work;
  } catch (error) {
    if (error instanceof AppError) return { code: error.code, ...error.params };
    throw error;
  }
  throw new Error("expected a rejection");
};

/** A customer with 5.00 without terms and 20.00 with them. */
async function wallet(terms: Conditions) {
  const { ctx, customers } = await createLedgerShop(1);
  const customerId = customers[0] ?? "";
  const termsId = await termsOf(ctx, terms);
  await give(ctx, [customerId], 2000n, { termsId, expiresAt: new Date("2026-04-01T00:00:00Z") });
  await give(ctx, [customerId], 500n);
  let n = 0;
  const spend = (amount: bigint, facts?: OrderFacts, verb: typeof redeem | typeof hold = redeem) => {
    const key = `k${n++}`;
    return verb(ctx, { key, customerId, unit: "EUR", amount, orderRef: key, ...(facts ? { order: facts } : {}) });
  };
  const left = async () => (await customerCredit(ctx, customerId)).balances[0]?.lots.map((lot) => lot.remaining);
  return { ctx, customerId, termsId, spend, left };
}

describe("terms of spending", () => {
  test("without the order only credit without terms is spent; the refusal says what is missing and why", async () => {
    const { spend, left, ctx, termsId } = await wallet({ minOrder: 5000n });
    const unmet = await rejected(spend(501n));
    expect(unmet).toMatchObject({ code: "CREDIT_TERMS_UNMET", unit: "EUR", requested: "501", available: "500", missing: "1" });
    expect(JSON.parse(String("terms" in unmet ? unmet.terms : ""))).toEqual([
      { id: termsId, minOrder: "5000", include: null, exclude: null, firstOrderOnly: false, noDiscounts: false },
    ]);
    expect(await rejected(spend(2501n))).toEqual({
      ...{ code: "INSUFFICIENT_CREDIT", unit: "EUR", requested: "2501", available: "500", missing: "2001" },
    });
    expect(await rejected(spend(501n, order({ total: 4999n })))).toMatchObject({ code: "CREDIT_TERMS_UNMET", missing: "1" });
    expect(await rejected(spend(501n, undefined, hold))).toMatchObject({ code: "CREDIT_TERMS_UNMET" });
    await spend(400n);
    expect(await left()).toEqual([2000n, 100n]);
    // The lot with terms lapses sooner, so it goes first where it may.
    await spend(1500n, order({ total: 5000n }));
    expect(await left()).toEqual([500n, 100n]);
    expect(await violationsOf(ctx)).toEqual([]);
  });

  test("first orders: said by the caller, or known from the orders; discounted orders", async () => {
    const { spend, ctx, customerId } = await wallet({ firstOrderOnly: true, noDiscounts: true });
    expect(await rejected(spend(501n, order({ discounted: true })))).toMatchObject({ code: "CREDIT_TERMS_UNMET" });
    expect(await rejected(spend(501n, order({ firstOrder: false })))).toMatchObject({ code: "CREDIT_TERMS_UNMET" });
    await spend(501n, order());
    await withTenant(ctx, ({ trx }) =>
      trx
        .insertInto("shop_order")
        .values({
          ...{ org_id: ctx.orgId, shop_id: ctx.shopId, external_id: "earlier", customer_id: customerId, placed_at: new Date(NOW) },
          ...{ currency: "EUR", total: 100n, status: "paid", counts: true, source: "test" },
        })
        .execute(),
    );
    expect(await rejected(spend(600n, order()))).toMatchObject({ code: "CREDIT_TERMS_UNMET", available: "500" });
    await spend(600n, order({ firstOrder: true }));
  });

  test("products and collections: up to the lines they name, exclusions win, no line pays twice", async () => {
    const { spend, left, ctx, customerId } = await wallet({
      include: { products: ["shoe"], collections: ["sale"] },
      exclude: { products: ["gift"], collections: [] },
    });
    const facts = order({ lines: [line(300n, "shoe"), line(200n, "hat", ["sale"]), line(900n, "gift", ["sale"]), line(8600n, "coat")] });
    expect(await rejected(spend(1001n, facts))).toMatchObject({ code: "CREDIT_TERMS_UNMET", available: "1000", missing: "1" });
    await spend(1000n, facts);
    expect(await left()).toEqual([1500n, 0n]);
    // A second scope over the same line: together they cover it once.
    const overlap = await termsOf(ctx, { include: { products: ["shoe", "sock"], collections: [] } });
    await give(ctx, [customerId], 1000n, { termsId: overlap });
    const shared = order({ lines: [line(300n, "shoe"), line(200n, "sock")] });
    expect(await rejected(spend(501n, shared))).toMatchObject({ available: "500", missing: "1" });
    // The first scope reaches only the shoe: the second must still be able to take the sock, and not the shoe as well.
    await spend(500n, shared);
    expect(await left()).toEqual([1200n, 800n, 0n]);
    const exclusion = await termsOf(ctx, { exclude: { products: ["gift"], collections: [] } });
    await give(ctx, [customerId], 1000n, { termsId: exclusion });
    expect(await rejected(spend(701n, order({ lines: [line(700n, "coat"), line(900n, "gift")] })))).toMatchObject({ available: "700" });
    expect(await violationsOf(ctx)).toEqual([]);
  });

  test("terms follow a lot through holds, refunds, restore lots and merges; taking by hand ignores them", async () => {
    const { ctx, customers } = await createLedgerShop(2);
    const [one = "", two = ""] = customers;
    const termsId = await termsOf(ctx, { minOrder: 5000n });
    await give(ctx, [one], 1000n, { termsId, expiresAt: new Date("2026-03-02T00:00:00Z") });
    const held = await hold(ctx, { ...{ key: "h", customerId: one, unit: "EUR", amount: 800n, orderRef: "o" }, order: order() });
    await capture(ctx, { key: "c", holdId: held.holdId, amount: 700n });
    await at("2026-03-03T00:00:00Z");
    await refund(ctx, { key: "r", orderRef: "o", amount: 700n });
    await expireDue(ctx);
    await mergeCustomerCredit(ctx, { key: "m", fromCustomerId: one, intoCustomerId: two, reason: "same" });
    const lots = await withTenant(ctx, ({ trx }) =>
      trx
        .selectFrom("ledger.lot")
        .select(["customer_id", "granted", "remaining", "terms_id"])
        .orderBy("created_at")
        .orderBy("id")
        .execute(),
    );
    expect(lots.map((lot) => [lot.customer_id, lot.granted, lot.remaining, lot.terms_id])).toEqual([
      [one, 1000n, 0n, termsId],
      [one, 700n, 0n, termsId],
      [two, 700n, 700n, termsId],
    ]);
    const spend = { key: "s", customerId: two, unit: "EUR", amount: 100n, orderRef: "s" };
    expect(await rejected(redeem(ctx, spend))).toMatchObject({ code: "CREDIT_TERMS_UNMET" });
    await redeem(ctx, { ...spend, order: order() });
    await deduct(ctx, { key: "d", sourceType: "adjustment", customerId: two, unit: "EUR", amount: 600n, reason: "x" });
    expect(await violationsOf(ctx)).toEqual([]);
    await at(NOW);
  });

  test("the same terms have one id; none at all, foreign ones, and another order under the same key are refused", async () => {
    const { ctx, customers } = await createLedgerShop(1);
    const first = await termsOf(ctx, { include: { products: ["b", "a", "a"], collections: [] } });
    expect(await termsOf(ctx, { include: { products: ["a", "b"], collections: [] } })).toBe(first);
    await expect(termsOf(ctx, {})).rejects.toMatchObject({ code: "VALIDATION" });
    await expect(termsOf(ctx, { include: { products: [], collections: [] } })).rejects.toMatchObject({ code: "VALIDATION" });
    const other = await createLedgerShop(1);
    await expect(give(other.ctx, other.customers, 100n, { termsId: first })).rejects.toMatchObject({ code: "NOT_FOUND" });
    await give(ctx, customers, 100n, { termsId: first });
    const input = { key: "k", customerId: customers[0] ?? "", unit: "EUR", amount: 50n, orderRef: "o" };
    const facts = order({ lines: [line(60n, "a")] });
    const done = await redeem(ctx, { ...input, order: facts });
    expect(await redeem(ctx, { ...input, order: facts })).toEqual(done);
    expect(await rejected(redeem(ctx, { ...input, order: order({ lines: [line(61n, "a")] }) }))).toMatchObject({
      code: "IDEMPOTENCY_CONFLICT",
    });
  });
});

describe("what one call may carry", () => {
  test("each grant its own availability and expiry", async () => {
    const { ctx, customers } = await createLedgerShop(3);
    const [one = "", two = "", three = ""] = customers;
    const days = (n: number) => new Date(Date.parse(NOW) + n * 86_400_000);
    await give(ctx, [], 0n, {
      expiresAt: days(5),
      grants: [
        { customerId: one, amount: 1n },
        { customerId: two, amount: 2n, availableFrom: days(2), expiresAt: days(9) },
        { customerId: three, amount: 3n, expiresAt: null },
      ],
    });
    const dates = async (customerId: string) => {
      const lot = (await customerCredit(ctx, customerId)).balances[0]?.lots[0];
      return [lot?.granted, lot?.state, lot?.expiresAt?.toISOString() ?? null];
    };
    expect(await dates(one)).toEqual([1n, "open", days(5).toISOString()]);
    expect(await dates(two)).toEqual([2n, "upcoming", days(9).toISOString()]);
    expect(await dates(three)).toEqual([3n, "open", null]);
    const late = give(ctx, [], 0n, { grants: [{ customerId: one, amount: 1n, availableFrom: days(3), expiresAt: days(3) }] });
    expect(await rejected(late)).toMatchObject({ code: "EXPIRES_IN_PAST" });
  });

  test("a cap per customer over all sources; taken back does not count, bought does not count, before `since` does not count", async () => {
    const { ctx, customers } = await createLedgerShop(5);
    const [old = "", fresh = "", taken = "", bought = "", merged = ""] = customers;
    await at("2026-02-01T00:00:00Z");
    await give(ctx, [old], 900n);
    await at(NOW);
    await give(ctx, [fresh, taken, merged], 900n);
    await give(ctx, [bought], 900n, { originClass: "paid" });
    await deduct(ctx, { key: "d", sourceType: "adjustment", customerId: taken, unit: "EUR", amount: 900n, reason: "x" });
    const customerCap = { amount: 1000n, since: new Date("2026-03-01T00:00:00Z") };
    const input = { customerCap, chunkKey: "cap", source: { type: "drop" as const, id: crypto.randomUUID() } };
    const done = await give(ctx, [old, fresh, taken, bought], 101n, input);
    expect(done).toMatchObject({ granted: 3, total: 303n, skipped: [{ customerId: fresh, reason: "customerCap" }] });
    expect(await give(ctx, [old, fresh, taken, bought], 101n, input)).toEqual(done);
    // Exactly the cap is within it; and who was merged away brings what he got.
    expect(await give(ctx, [fresh], 100n, { customerCap })).toMatchObject({ granted: 1 });
    await mergeCustomerCredit(ctx, { key: "m", fromCustomerId: merged, intoCustomerId: old, reason: "same" });
    expect(await give(ctx, [old], 1n, { customerCap })).toMatchObject({
      granted: 0,
      skipped: [{ customerId: old, reason: "customerCap" }],
    });
    expect(await violationsOf(ctx)).toEqual([]);
  });

  test("budgets bring their cap or have one; several count together; a raised cap does not break a replay", async () => {
    const { ctx, customers } = await createLedgerShop(4);
    const budgets = (cap?: bigint): GrantMany["budgets"] => [
      { scope: "shop", key: "campaign:x", unit: "EUR", ...(cap === undefined ? {} : { cap }) },
      { scope: "organisation", key: "month", unit: "EUR", cap: 250n },
    ];
    expect(await rejected(give(ctx, customers.slice(0, 1), 100n, { budgets: budgets() }))).toMatchObject({ code: "NOT_FOUND" });
    expect(await getBudget(ctx, { scope: "organisation", key: "month", unit: "EUR" })).toBeNull();
    const first = { chunkKey: "one", source: { type: "api" as const, id: crypto.randomUUID() } };
    const done = await give(ctx, customers.slice(0, 2), 100n, { ...first, budgets: budgets(200n) });
    expect(await give(ctx, customers.slice(0, 2), 100n, { ...first, budgets: budgets(900n) })).toEqual(done);
    expect(await rejected(give(ctx, customers.slice(2, 4), 100n, { budgets: budgets(900n) }))).toMatchObject({
      ...{ code: "BUDGET_EXCEEDED", scope: "organisation", budget: "month", left: "50", missing: "150", requested: "200" },
    });
    // A refused grant changes no cap either.
    expect(await listBudgets(ctx)).toEqual([
      { scope: "shop", key: "campaign:x", unit: "EUR", cap: 200n, granted: 200n },
      { scope: "organisation", key: "month", unit: "EUR", cap: 250n, granted: 200n },
    ]);
    expect(await rejected(give(ctx, customers, 1n, { unit: "USD", budgets: budgets(9n) }))).toMatchObject({ code: "VALIDATION" });
    await setBudget(ctx, { scope: "shop", key: "campaign:x", unit: "EUR", cap: 100n });
    expect(await rejected(give(ctx, customers.slice(2, 3), 50n, { budgets: budgets() }))).toMatchObject({ left: "0", missing: "50" });
    // Whom the cap of the customer leaves out costs no budget.
    const customerCap = { amount: 120n, since: new Date("2026-03-01T00:00:00Z") };
    expect(await give(ctx, customers, 25n, { budgets: budgets(250n), customerCap })).toMatchObject({ granted: 2, total: 50n });
    expect((await getBudget(ctx, { scope: "shop", key: "campaign:x", unit: "EUR" }))?.granted).toBe(250n);
    expect(await violationsOf(ctx)).toEqual([]);
  });

  test("customers who were merged away: the one who has their credit gets it, once per drop", async () => {
    const { ctx, customers } = await createLedgerShop(6);
    const [a = "", b = "", c = "", d = "", e = "", f = ""] = customers;
    const merge = (from: string, into: string) =>
      mergeCustomerCredit(ctx, { key: `${from}${into}`, fromCustomerId: from, intoCustomerId: into, reason: "same" });
    await merge(a, b);
    await merge(b, c);
    const drop = { type: "drop" as const, id: crypto.randomUUID() };
    const first = await give(ctx, [a, d], 100n, { source: drop });
    expect(first).toMatchObject({ granted: 2, skipped: [] });
    expect((await customerCredit(ctx, c)).balances[0]?.available).toBe(100n);
    await merge(d, e);
    expect(await give(ctx, [b, d, f], 100n, { source: drop })).toMatchObject({
      ...{ granted: 1, total: 100n },
      skipped: [
        { customerId: b, reason: "merged" },
        { customerId: d, reason: "merged" },
      ].sort((x, y) => (x.customerId === b ? c : e).localeCompare(y.customerId === b ? c : e)),
    });
    expect(await give(ctx, [a, b, c], 7n)).toMatchObject({ granted: 1, total: 7n });
    expect(await redeem(ctx, { key: "s", customerId: a, unit: "EUR", amount: 107n, orderRef: "o" })).toMatchObject({ balance: 0n });
    expect(await refund(ctx, { key: "b", orderRef: "o", amount: 50n })).toMatchObject({ balance: 50n });
    const held = await hold(ctx, { key: "h", customerId: b, unit: "EUR", amount: 50n, orderRef: "h" });
    await capture(ctx, { key: "cap", holdId: held.holdId });
    expect(await violationsOf(ctx)).toEqual([]);
  });
});

test("an order paid by one customer before a merge and by the other after it gets back what both paid, the last first", async () => {
  const { ctx, customers } = await createLedgerShop(3);
  const [a = "", b = "", stranger = ""] = customers;
  await give(ctx, [a, b, stranger], 1000n);
  const pay = (customerId: string, amount: bigint, orderRef = "o") =>
    redeem(ctx, { key: crypto.randomUUID(), customerId, unit: "EUR", amount, orderRef });
  await pay(a, 300n);
  await mergeCustomerCredit(ctx, { key: "m", fromCustomerId: a, intoCustomerId: b, reason: "same" });
  await pay(b, 200n);
  expect(await refund(ctx, { key: "r0", orderRef: "o", refundTotal: 50n, orderTotal: 100n })).toMatchObject({
    amount: 250n,
    refundable: 250n,
  });
  expect((await customerCredit(ctx, a)).balances[0]?.available).toBe(0n);
  expect((await customerCredit(ctx, b)).balances[0]?.available).toBe(1750n);
  const rest = await refund(ctx, { key: "r1", orderRef: "o", customerId: a, amount: 250n });
  expect(rest).toMatchObject({ amount: 250n, refundable: 0n, balance: 2000n });
  expect(rest.transferIds).toHaveLength(1);
  expect(await refund(ctx, { key: "r1", orderRef: "o", customerId: a, amount: 250n })).toEqual(rest);
  // Two people who are still two: somebody has to say whose part goes back.
  await pay(b, 10n, "shared");
  await pay(stranger, 20n, "shared");
  await expect(refund(ctx, { key: "r2", orderRef: "shared", amount: 5n })).rejects.toMatchObject({ code: "CONFLICT" });
  expect(await refund(ctx, { key: "r3", orderRef: "shared", customerId: stranger, amount: 20n })).toMatchObject({ refundable: 0n });
  expect(await violationsOf(ctx)).toEqual([]);
});
