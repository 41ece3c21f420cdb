import { beforeAll, describe, expect, test } from "vitest";
import { AppError } from "@/server/errors";
import type { ShopContext } from "@/server/tenancy/context";
import { customerCredit } from "./customer-credit";
import { expireDue } from "./expire-due";
import { grantMany } from "./grant-many";
import { capture, hold, release } from "./hold";
import { recallSource } from "./recall-source";
import { redeem } from "./redeem";
import { refund } from "./refund";
import { at, createLedgerShop, shopBalances, violationsOf } from "./testing";

/** Vectors L1, L2, L5 of domain.md 1.12 and bugs B04, B07, B08 of section 6 against the real database. */

const rejection = async (work: Promise<unknown>): Promise<{ code: string; params: Record<string, unknown> }> => {
  try {
    await work;
  } catch (error) {
    if (error instanceof AppError) return { code: error.code, params: error.params };
    throw error;
  }
  throw new Error("expected a rejection");
};

async function give(ctx: ShopContext, customerId: string, amount: bigint, expires: string | null, drop: string = crypto.randomUUID()) {
  const result = await grantMany(ctx, {
    source: { type: "drop", id: drop },
    chunkKey: `drop:${drop}:${customerId}`,
    unit: "EUR",
    originClass: "unpaid",
    availableFrom: null,
    expiresAt: expires ? new Date(expires) : null,
    grants: [{ customerId, amount }],
  });
  return { ...result, drop };
}

const lotsOf = async (ctx: ShopContext, customerId: string) => (await customerCredit(ctx, customerId)).balances[0]?.lots ?? [];
const availableOf = async (ctx: ShopContext, customerId: string) => (await customerCredit(ctx, customerId)).balances[0]?.available ?? 0n;

describe("L1: FIFO, partial capture, restore, expiry, recall", () => {
  let ctx: ShopContext;
  let customer: string;
  let dropC: string;
  let holdId: string;
  const lot = async (granted: bigint, parent = false) => {
    const found = (await lotsOf(ctx, customer)).find((l) => l.granted === granted && (l.parentId !== null) === parent);
    if (!found) throw new Error(`no lot of ${granted}`);
    return found;
  };

  beforeAll(async () => {
    await at("2026-02-01T00:00:00Z");
    const shop = await createLedgerShop(1);
    ctx = shop.ctx;
    customer = shop.customers[0] ?? "";
    await give(ctx, customer, 1000n, "2026-03-01T00:00:00Z");
    await give(ctx, customer, 2000n, "2026-04-01T00:00:00Z");
    dropC = (await give(ctx, customer, 3000n, null)).drop;
  });

  test("a hold takes the soonest-expiring lots first and is replayed by its key", async () => {
    const input = { key: "h1", customerId: customer, unit: "EUR", amount: 2500n, orderRef: "o1", ttlSeconds: 60 };
    const first = await hold(ctx, input);
    holdId = first.holdId;
    expect(await lot(1000n)).toMatchObject({ remaining: 0n, held: 1000n });
    expect(await lot(2000n)).toMatchObject({ remaining: 500n, held: 1500n });
    expect(await lot(3000n)).toMatchObject({ remaining: 3000n, held: 0n });
    expect(await hold(ctx, input)).toEqual(first);
    expect(await rejection(hold(ctx, { ...input, amount: 2600n }))).toMatchObject({ code: "IDEMPOTENCY_CONFLICT" });
    expect(await rejection(hold(ctx, { ...input, key: "h2", amount: 1n }))).toMatchObject({ code: "HOLD_EXISTS" });
  });

  test("capture takes all of it; a closed hold is no longer open", async () => {
    expect(await rejection(capture(ctx, { key: "c0", holdId, amount: 2501n }))).toMatchObject({ code: "CAPTURE_EXCEEDS_HOLD" });
    expect(await capture(ctx, { key: "c1", holdId, amount: 2500n })).toMatchObject({ captured: 2500n, released: 0n, balance: 3500n });
    expect(await rejection(capture(ctx, { key: "c2", holdId }))).toMatchObject({ code: "NO_OPEN_HOLD" });
    expect(await rejection(release(ctx, { key: "c3", holdId }))).toMatchObject({ code: "NO_OPEN_HOLD" });
  });

  test("refunds go back latest-expiring first; expired lots come back as restore lots with 14 days", async () => {
    await at("2026-03-02T00:00:00Z");
    await refund(ctx, { key: "r1", orderRef: "o1", amount: 1200n });
    expect((await lot(2000n)).remaining).toBe(1700n);
    await refund(ctx, { key: "r2", orderRef: "o1", amount: 800n });
    expect((await lot(2000n)).remaining).toBe(2000n);
    const restored = await lot(500n, true);
    expect(restored.remaining).toBe(500n);
    expect(restored.expiresAt?.toISOString().slice(0, 10)).toBe("2026-03-16");
    expect(await rejection(refund(ctx, { key: "r3", orderRef: "o1", amount: 600n }))).toEqual({
      code: "REFUND_EXCEEDS_CAPTURE",
      params: { unit: "EUR", requested: "600", refundable: "500" },
    });
    await refund(ctx, { key: "r4", orderRef: "o1", amount: 500n });
    expect((await lotsOf(ctx, customer)).filter((l) => l.parentId)).toHaveLength(2);
    expect(await shopBalances(ctx)).toMatchObject({ customer_credit: 6000n, promo_expense: -6000n, redemption_clearing: 0n });
    expect(await violationsOf(ctx)).toEqual([]);
  });

  test("expiry at exactly the instant, once", async () => {
    await at("2026-04-01T00:00:00Z");
    expect(await expireDue(ctx)).toMatchObject({ lots: 3, total: 3000n });
    expect(await expireDue(ctx)).toMatchObject({ visited: 0, lots: 0, total: 0n });
    expect(await rejection(redeem(ctx, { key: "x1", customerId: customer, unit: "EUR", amount: 3001n, orderRef: "o2" }))).toEqual({
      code: "INSUFFICIENT_CREDIT",
      params: { unit: "EUR", requested: "3001", available: "3000", missing: "1" },
    });
  });

  test("recall takes the rest; the books end at zero", async () => {
    expect(await recallSource(ctx, { key: "rc", source: { type: "drop", id: dropC }, reason: "wrong audience" })).toMatchObject({
      total: 3000n,
    });
    expect(await shopBalances(ctx)).toMatchObject({ promo_unused: 3000n, promo_expense: -3000n, customer_credit: 0n });
    expect(await recallSource(ctx, { key: "rc", source: { type: "drop", id: dropC }, reason: "wrong audience" })).toMatchObject({
      total: 3000n,
    });
    expect(await recallSource(ctx, { key: "rc2", source: { type: "drop", id: dropC }, reason: "wrong audience" })).toMatchObject({
      total: 0n,
    });
    expect(await violationsOf(ctx)).toEqual([]);
  });
});

describe("L2, B08: proportional refunds", () => {
  test.each([
    { total: 9999n, credit: 2500n, refunds: [3333n, 3333n, 3333n], expected: [833n, 833n, 834n] },
    { total: 10000n, credit: 3000n, refunds: [1n, 1n, 9998n], expected: [0n, 0n, 3000n] },
    { total: 5000n, credit: 5000n, refunds: [1250n, 3750n], expected: [1250n, 3750n] },
  ])("$credit of $total", async ({ total, credit, refunds, expected }) => {
    const { ctx, customers } = await createLedgerShop(1);
    const customer = customers[0] ?? "";
    await give(ctx, customer, 9000n, null);
    await redeem(ctx, { key: "pay", customerId: customer, unit: "EUR", amount: credit, orderRef: "o" });
    let sum = 0n;
    for (const [index, amount] of refunds.entries()) {
      sum += amount;
      const input = { key: `refund:${index}`, orderRef: "o", refundTotal: sum, orderTotal: total };
      const first = await refund(ctx, input);
      expect(first.amount).toBe(expected[index]);
      // The webhook delivered twice, and a replay of a refund that came to nothing.
      expect(await refund(ctx, input)).toEqual(first);
    }
    expect(await availableOf(ctx, customer)).toBe(9000n);
    expect(await violationsOf(ctx)).toEqual([]);
  });
});

test("L5: amounts above 2^53 survive", async () => {
  const { ctx, customers } = await createLedgerShop(1);
  const customer = customers[0] ?? "";
  await give(ctx, customer, 9007199254740993n, null);
  expect(await availableOf(ctx, customer)).toBe(9007199254740993n);
  expect((await redeem(ctx, { key: "a", customerId: customer, unit: "EUR", amount: 9007199254740992n, orderRef: "o" })).balance).toBe(1n);
});

describe("B04: holds across the expiry instant", () => {
  test("capture after expiry succeeds; a release after expiry gives nothing to spend and lapses once", async () => {
    await at("2026-01-01T00:00:00Z");
    const { ctx, customers } = await createLedgerShop(1);
    const customer = customers[0] ?? "";
    await give(ctx, customer, 1000n, "2026-01-02T00:00:00Z");
    await at("2026-01-01T23:59:00Z");
    const one = await hold(ctx, { key: "h1", customerId: customer, unit: "EUR", amount: 400n, orderRef: "o1" });
    const two = await hold(ctx, { key: "h2", customerId: customer, unit: "EUR", amount: 300n, orderRef: "o2" });
    const three = await hold(ctx, { key: "h3", customerId: customer, unit: "EUR", amount: 100n, orderRef: "o3", ttlSeconds: 61 });
    await at("2026-01-02T00:00:00Z");
    expect(await rejection(hold(ctx, { key: "h4", customerId: customer, unit: "EUR", amount: 1n, orderRef: "o4" }))).toMatchObject({
      code: "INSUFFICIENT_CREDIT",
      params: { available: "0", missing: "1" },
    });
    expect(await expireDue(ctx)).toMatchObject({ total: 200n });
    expect(await capture(ctx, { key: "c1", holdId: one.holdId })).toMatchObject({ captured: 400n });
    await release(ctx, { key: "l2", holdId: two.holdId });
    expect(await availableOf(ctx, customer)).toBe(0n);
    expect(await expireDue(ctx)).toMatchObject({ total: 300n });
    expect(await expireDue(ctx)).toMatchObject({ visited: 0 });
    // Past the hold's own time: closed, whether the sweep has come by or not.
    await at("2026-01-02T00:00:02Z");
    expect(await rejection(capture(ctx, { key: "c3", holdId: three.holdId }))).toMatchObject({ code: "NO_OPEN_HOLD" });
    expect(await violationsOf(ctx)).toEqual([]);
  });
});

describe("B07: refunds into recalled and lapsed credit", () => {
  test("what returns to a recalled drop is recalled in the same transaction", async () => {
    await at("2026-01-01T00:00:00Z");
    const { ctx, customers } = await createLedgerShop(1);
    const customer = customers[0] ?? "";
    const { drop } = await give(ctx, customer, 1000n, "2026-02-01T00:00:00Z");
    await redeem(ctx, { key: "pay", customerId: customer, unit: "EUR", amount: 600n, orderRef: "o" });
    expect(await recallSource(ctx, { key: "rc", source: { type: "drop", id: drop }, reason: "price error" })).toMatchObject({
      total: 400n,
      lots: 1,
    });
    expect(await refund(ctx, { key: "r", orderRef: "o", amount: 600n })).toMatchObject({ amount: 600n, recalled: 600n, balance: 0n });
    expect((await lotsOf(ctx, customer))[0]).toMatchObject({ remaining: 0n, redeemed: 0n, recalled: 1000n });
    expect(await shopBalances(ctx)).toMatchObject({ promo_expense: 0n, redemption_clearing: 0n, customer_credit: 0n });
    expect(await violationsOf(ctx)).toEqual([]);
  });
});

test("one drop reaches a customer once, even under another key", async () => {
  const { ctx, customers } = await createLedgerShop(2);
  const drop = crypto.randomUUID();
  const input = {
    source: { type: "drop" as const, id: drop },
    chunkKey: "k1",
    unit: "EUR",
    originClass: "unpaid" as const,
    availableFrom: null,
    expiresAt: null,
    grants: customers.map((customerId) => ({ customerId, amount: 500n })),
  };
  expect(await grantMany(ctx, input)).toMatchObject({ granted: 2, total: 1000n });
  expect(await grantMany(ctx, input)).toMatchObject({ granted: 2, total: 1000n });
  expect(await rejection(grantMany(ctx, { ...input, chunkKey: "k2" }))).toMatchObject({ code: "CONFLICT" });
  expect(await rejection(grantMany(ctx, { ...input, chunkKey: "k3", unit: "XXX" }))).toMatchObject({ code: "UNKNOWN_UNIT" });
  expect(await grantMany(ctx, { ...input, chunkKey: "k4", grants: [] })).toMatchObject({ granted: 0, total: 0n });
  expect(await availableOf(ctx, customers[0] ?? "")).toBe(500n);
  expect(await violationsOf(ctx)).toEqual([]);
});
