import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { withTenant } from "@/server/db";
import type { ShopContext } from "@/server/tenancy/context";
import { getBudget, setBudget } from "./budget";
import { customerCredit } from "./customer-credit";
import { expireDue } from "./expire-due";
import { grantMany } from "./grant-many";
import { capture, hold, releaseOverdueHolds } from "./hold";
import { recallSource } from "./recall-source";
import { redeem } from "./redeem";
import { refund } from "./refund";
import { at, createLedgerShop, type LedgerShop, secondShop, violationsOf } from "./testing";
import { interleave, type Settled, settle, someoneWaits, startWatching, stopWatching } from "./testing-races";

/**
 * Two connections in a fixed order: the first does its work and keeps its transaction open until the second is seen waiting for it.
 * Seen to fail: the clock read before the account's lock (B03 "clock passes"); the balance update without its condition (B05, B06, B09:
 * a CHECK error instead of a rejection); a look at the lots before the claim (B09 "no-op twins").
 */
beforeAll(startWatching);
afterAll(stopWatching);

const EXPIRY = "2026-05-01T00:00:00Z";
async function customerWith(amount: bigint, expiresAt: string | null = EXPIRY) {
  await at("2026-04-01T00:00:00Z");
  const { ctx, customers } = await createLedgerShop(1);
  const customerId = customers[0] ?? "";
  const drop = crypto.randomUUID();
  await grantMany(ctx, {
    source: { type: "drop", id: drop },
    chunkKey: "grant",
    unit: "EUR",
    originClass: "unpaid",
    availableFrom: null,
    expiresAt: expiresAt ? new Date(expiresAt) : null,
    grants: [{ customerId, amount }],
  });
  const spend = (key: string, value: bigint) => ({ key, customerId, unit: "EUR", amount: value, orderRef: key });
  const lot = async () => (await customerCredit(ctx, customerId)).balances[0]?.lots[0];
  return { ctx, customerId, drop, spend, lot };
}

describe("B03: the sweep and a hold at the expiry instant", () => {
  test("the sweep first: the hold finds nothing", async () => {
    const { ctx, spend, lot } = await customerWith(1000n);
    await at(EXPIRY);
    const { second } = await interleave(
      ctx,
      (inner) => expireDue(inner),
      () => hold(ctx, spend("h", 400n)),
    );
    expect(second).toEqual({ code: "INSUFFICIENT_CREDIT" });
    expect(await lot()).toMatchObject({ remaining: 0n, held: 0n, expired: 1000n });
    expect(await violationsOf(ctx)).toEqual([]);
  });

  test("a capture first: the sweep waits for it, takes only the rest, and takes it once", async () => {
    const { ctx, spend, lot } = await customerWith(1000n);
    await at("2026-04-30T23:59:00Z");
    const held = await hold(ctx, spend("h", 400n));
    await at(EXPIRY);
    const { second } = await interleave(
      ctx,
      (inner) => capture(inner, { key: "c", holdId: held.holdId, amount: 300n }),
      () => expireDue(ctx),
    );
    expect(second).toMatchObject({ ok: { lots: 1, total: 700n } });
    expect(await lot()).toMatchObject({ remaining: 0n, held: 0n, redeemed: 300n, expired: 700n });
    expect(await expireDue(ctx)).toMatchObject({ visited: 0 });
    expect(await violationsOf(ctx)).toEqual([]);
  });

  test("two sweeps: the second is told that one is at work and books nothing", async () => {
    const { ctx, lot } = await customerWith(1000n);
    await at(EXPIRY);
    const { second } = await withTenant(ctx, async (handle) => {
      await expireDue({ ...ctx, trx: handle });
      return { second: await expireDue(ctx) };
    });
    expect(second).toEqual({ visited: 0, lots: 0, total: 0n, busy: true });
    expect(await lot()).toMatchObject({ expired: 1000n });
  });

  test("the clock passes the expiry while a hold waits for the lock: the hold fails", async () => {
    const { ctx, spend, lot } = await customerWith(1000n);
    await at("2026-04-30T23:59:00Z");
    const { second } = await interleave(
      ctx,
      (inner) => redeem(inner, spend("r", 1n)),
      () => hold(ctx, spend("h", 400n)),
      { between: () => at(EXPIRY) },
    );
    expect(second).toEqual({ code: "INSUFFICIENT_CREDIT" });
    expect(await lot()).toMatchObject({ remaining: 999n, held: 0n, redeemed: 1n });
    expect(await violationsOf(ctx)).toEqual([]);
  });
});

describe("B05: two checkouts spend the last 10.00", () => {
  test.each(["redeem", "hold"] as const)("%s: one succeeds, the other is told what is missing", async (kind) => {
    const { ctx, spend, lot } = await customerWith(1000n);
    const verb = { redeem, hold }[kind];
    const { second } = await interleave(
      ctx,
      (inner) => verb(inner, spend("one", 1000n)),
      () => verb(ctx, spend("two", 1000n)),
    );
    expect(second).toEqual({ code: "INSUFFICIENT_CREDIT" });
    expect((await lot())?.remaining).toBe(0n);
    expect(await violationsOf(ctx)).toEqual([]);
  });

  test("the first one gives up: the second gets it", async () => {
    const { ctx, spend, lot } = await customerWith(1000n);
    const gaveUp = new Error("gave up");
    let late: Promise<Settled> | undefined;
    await withTenant(ctx, async (handle) => {
      await redeem({ ...ctx, trx: handle }, spend("one", 1000n));
      late = settle(redeem(ctx, spend("two", 1000n)));
      await someoneWaits();
      throw gaveUp;
    }).catch((error: unknown) => {
      if (error !== gaveUp) throw error;
    });
    expect(await late).toMatchObject({ ok: { balance: 0n } });
    expect((await lot())?.redeemed).toBe(1000n);
  });
});

describe("B06: recall while a customer redeems", () => {
  test("the redemption first: the recall takes the rest and reports what it really took", async () => {
    const { ctx, drop, spend, lot } = await customerWith(1000n);
    const { second } = await interleave(
      ctx,
      (inner) => redeem(inner, spend("r", 350n)),
      () => recallSource(ctx, { key: "rc", source: { type: "drop", id: drop }, reason: "mistake" }),
    );
    expect(second).toMatchObject({ ok: { lots: 1, total: 650n } });
    expect(await lot()).toMatchObject({ remaining: 0n, redeemed: 350n, recalled: 650n });
    expect(await violationsOf(ctx)).toEqual([]);
  });

  test("the recall first: the redemption finds nothing", async () => {
    const { ctx, drop, spend, lot } = await customerWith(1000n);
    const { second } = await interleave(
      ctx,
      (inner) => recallSource(inner, { key: "rc", source: { type: "drop", id: drop }, reason: "mistake" }),
      () => redeem(ctx, spend("r", 350n)),
    );
    expect(second).toEqual({ code: "INSUFFICIENT_CREDIT" });
    expect(await lot()).toMatchObject({ redeemed: 0n, recalled: 1000n });
  });
});

describe("B09: the same key at the same time", () => {
  test("twins: one effect, equal answers", async () => {
    const { ctx, spend, lot } = await customerWith(1000n);
    const { first, second } = await interleave(
      ctx,
      (inner) => redeem(inner, spend("k", 300n)),
      () => redeem(ctx, spend("k", 300n)),
    );
    expect(second).toEqual({ ok: first });
    expect((await lot())?.redeemed).toBe(300n);
  });

  test("another amount under the same key is a conflict", async () => {
    const { ctx, spend } = await customerWith(1000n);
    const { second } = await interleave(
      ctx,
      (inner) => redeem(inner, spend("k", 300n)),
      () => redeem(ctx, { ...spend("k", 301n), orderRef: "k" }),
    );
    expect(second).toEqual({ code: "IDEMPOTENCY_CONFLICT" });
  });

  test("no-op twins: a refund that came to nothing and an empty recall are replayed, not worked out again", async () => {
    const { ctx, spend, drop } = await customerWith(1000n);
    await redeem(ctx, spend("o", 100n));
    const nothing = { key: "rf", orderRef: "o", refundTotal: 0n, orderTotal: 100n };
    const twins = await interleave(
      ctx,
      (inner) => refund(inner, nothing),
      () => refund(ctx, nothing),
    );
    expect(twins.second).toEqual({ ok: twins.first });
    expect(twins.first).toMatchObject({ amount: 0n, refundable: 100n });
    await refund(ctx, { key: "rf2", orderRef: "o", amount: 40n });
    expect(await refund(ctx, nothing)).toEqual(twins.first);
    const input = { key: "rc", source: { type: "drop" as const, id: drop }, reason: "mistake" };
    const recall = await recallSource(ctx, input);
    expect(recall.total).toBe(940n);
    expect(await recallSource(ctx, input)).toEqual(recall);
  });

  test("a rejected operation leaves its key free", async () => {
    const { ctx, spend, customerId } = await customerWith(100n);
    expect(await settle(redeem(ctx, spend("k", 300n)))).toEqual({ code: "INSUFFICIENT_CREDIT" });
    await grantMany(ctx, {
      source: { type: "drop", id: crypto.randomUUID() },
      chunkKey: "more",
      unit: "EUR",
      originClass: "unpaid",
      availableFrom: null,
      expiresAt: null,
      grants: [{ customerId, amount: 200n }],
    });
    expect(await settle(redeem(ctx, spend("k", 300n)))).toMatchObject({ ok: { balance: 0n } });
  });
});

describe("B16: one budget, several grants", () => {
  async function shopWithBudget(cap: bigint) {
    await at("2026-04-01T00:00:00Z");
    const { ctx, customers } = await createLedgerShop(8);
    await setBudget(ctx, { scope: "shop", key: "month", unit: "EUR", cap });
    const give = (to: string[], key: string, inner: ShopContext = ctx, budgets: string[] = ["month"]) =>
      grantMany(inner, {
        source: { type: "drop", id: crypto.randomUUID() },
        chunkKey: key,
        unit: "EUR",
        originClass: "unpaid",
        availableFrom: null,
        expiresAt: null,
        grants: to.map((customerId) => ({ customerId, amount: 100n })),
        budgets: budgets.map((name) => ({ scope: "shop" as const, key: name, unit: "EUR" })),
      });
    return { ctx, customers, give };
  }
  const granted = async (ctx: ShopContext) => (await getBudget(ctx, { scope: "shop", key: "month", unit: "EUR" }))?.granted;
  const outstanding = (ctx: ShopContext) =>
    withTenant(ctx, async ({ trx }) =>
      (await trx.selectFrom("ledger.lot").select("granted").execute()).reduce((sum, lot) => sum + lot.granted, 0n),
    );

  test("two drops at once: the second waits, sees what is left, and books nothing at all", async () => {
    const { ctx, customers, give } = await shopWithBudget(500n);
    const { first, second } = await interleave(
      ctx,
      (inner) => give(customers.slice(0, 3), "first", inner),
      () => give(customers.slice(3, 6), "second"),
    );
    expect(first).toMatchObject({ granted: 3 });
    expect(second).toEqual({ code: "BUDGET_EXCEEDED" });
    expect([await granted(ctx), await outstanding(ctx)]).toEqual([300n, 300n]);
    // The key stayed free; with a higher cap the same call goes through, once.
    await setBudget(ctx, { scope: "shop", key: "month", unit: "EUR", cap: 600n });
    expect(await settle(give(customers.slice(3, 6), "third"))).toMatchObject({ ok: { granted: 3 } });
    expect([await granted(ctx), await outstanding(ctx)]).toEqual([600n, 600n]);
    expect(await violationsOf(ctx)).toEqual([]);
  });

  test("the first rolls back: the second gets its place", async () => {
    const { ctx, customers, give } = await shopWithBudget(300n);
    let late: Promise<Settled> | undefined;
    const failed = withTenant(ctx, async (handle) => {
      await give(customers.slice(0, 3), "first", { ...ctx, trx: handle });
      late = settle(give(customers.slice(3, 6), "second"));
      await someoneWaits();
      throw new Error("crash");
    });
    await expect(failed).rejects.toThrow("crash");
    expect(await late).toMatchObject({ ok: { granted: 3 } });
    expect([await granted(ctx), await outstanding(ctx)]).toEqual([300n, 300n]);
  });

  test("eight at once against two budgets in any order: never above a cap, no deadlock, replays count once", async () => {
    const { ctx, customers, give } = await shopWithBudget(500n);
    await setBudget(ctx, { scope: "shop", key: "campaign", unit: "EUR", cap: 10_000n });
    const results = await Promise.all(
      customers.map((customerId, n) => settle(give([customerId], `g${n}`, ctx, n % 2 ? ["month", "campaign"] : ["campaign", "month"]))),
    );
    expect(results.filter((result) => "ok" in result)).toHaveLength(5);
    expect(results.filter((result) => "code" in result && result.code === "BUDGET_EXCEEDED")).toHaveLength(3);
    expect([
      await granted(ctx),
      (await getBudget(ctx, { scope: "shop", key: "campaign", unit: "EUR" }))?.granted,
      await outstanding(ctx),
    ]).toEqual([500n, 500n, 500n]);
    await setBudget(ctx, { scope: "shop", key: "month", unit: "EUR", cap: 2_000n });
    const source = { type: "api" as const, id: crypto.randomUUID() };
    const again = () =>
      grantMany(ctx, {
        ...{ source, chunkKey: "twice", unit: "EUR", originClass: "unpaid" as const, availableFrom: null, expiresAt: null },
        grants: [{ customerId: customers[0] ?? "", amount: 100n }],
        budgets: [{ scope: "shop", key: "month", unit: "EUR" }],
      });
    expect(await again()).toEqual(await again());
    expect(await granted(ctx)).toBe(600n);
  });

  test("an unknown budget or one of another unit grants nothing", async () => {
    const { ctx, customers, give } = await shopWithBudget(500n);
    await setBudget(ctx, { scope: "shop", key: "points", unit: "PTS:club", cap: 500n });
    expect(await settle(give(customers.slice(0, 1), "a", ctx, ["month", "typo"]))).toEqual({ code: "NOT_FOUND" });
    expect(await settle(give(customers.slice(0, 1), "b", ctx, ["points"]))).toEqual({ code: "NOT_FOUND" });
    expect([await granted(ctx), await outstanding(ctx)]).toEqual([0n, 0n]);
  });

  test("an organisation's budget counts the grants of all its shops, at once and in a row", async () => {
    const one = await shopWithBudget(10_000n);
    const two = await secondShop(one.ctx, 8);
    const give = ({ ctx, customers }: LedgerShop, n: number, key: string, inner = ctx) =>
      grantMany(inner, {
        ...{ source: { type: "drop" as const, id: crypto.randomUUID() }, chunkKey: key, unit: "EUR", originClass: "unpaid" as const },
        ...{ availableFrom: null, expiresAt: null },
        grants: [{ customerId: customers[n] ?? "", amount: 100n }],
        budgets: [
          { scope: "organisation", key: "month", unit: "EUR", cap: 500n },
          { scope: "shop", key: "month", unit: "EUR" },
        ],
      });
    await setBudget(two.ctx, { scope: "shop", key: "month", unit: "EUR", cap: 10_000n });
    const { second } = await interleave(
      one.ctx,
      (inner) => give(one, 0, "a", inner),
      () => give(two, 0, "b"),
    );
    expect(second).toMatchObject({ ok: { granted: 1 } });
    const rest = await Promise.all([1, 2, 3, 4].flatMap((n) => [settle(give(one, n, `o${n}`)), settle(give(two, n, `t${n}`))]));
    expect(rest.filter((result) => "ok" in result)).toHaveLength(3);
    expect(await getBudget(two.ctx, { scope: "organisation", key: "month", unit: "EUR" })).toMatchObject({ cap: 500n, granted: 500n });
    expect(((await granted(one.ctx)) ?? 0n) + ((await granted(two.ctx)) ?? 0n)).toBe(500n);
    expect([await violationsOf(one.ctx), await violationsOf(two.ctx)]).toEqual([[], []]);
    await expect(give(two, 6, "full")).rejects.toMatchObject({
      code: "BUDGET_EXCEEDED",
      params: { scope: "organisation", budget: "month", cap: "500", left: "0", missing: "100", requested: "100" },
    });
    // A stranger's organisation has a budget of the same name and its own counter.
    const other = await shopWithBudget(10_000n);
    expect(await getBudget(other.ctx, { scope: "organisation", key: "month", unit: "EUR" })).toBeNull();
  });

  test("two drops of one cap per customer at once: the second sees what the first gave", async () => {
    const { ctx, customers } = await shopWithBudget(10_000n);
    const since = new Date("2026-03-01T00:00:00Z");
    const give = (key: string, inner = ctx) =>
      grantMany(inner, {
        ...{ source: { type: "drop" as const, id: crypto.randomUUID() }, chunkKey: key, unit: "EUR", originClass: "unpaid" as const },
        ...{ availableFrom: null, expiresAt: null },
        grants: customers.slice(0, 2).map((customerId) => ({ customerId, amount: 100n })),
        customerCap: { amount: 150n, since },
      });
    const { first, second } = await interleave(
      ctx,
      (inner) => give("one", inner),
      () => give("two"),
    );
    expect(first).toMatchObject({ granted: 2, skipped: [] });
    expect(second).toMatchObject({ ok: { granted: 0, total: 0n, transferId: null } });
    expect(await outstanding(ctx)).toBe(200n);
  });
});

test("a hold past its time neither blocks its order nor waits for the sweep", async () => {
  const { ctx, spend, lot } = await customerWith(1000n);
  await hold(ctx, { ...spend("h1", 1000n), orderRef: "o", ttlSeconds: 60 });
  await at("2026-04-01T00:02:00Z");
  await hold(ctx, { ...spend("h2", 1000n), orderRef: "o", ttlSeconds: 60 });
  expect(await releaseOverdueHolds(ctx)).toBe(0);
  await at("2026-04-01T00:04:00Z");
  expect(await releaseOverdueHolds(ctx)).toBe(1);
  expect(await releaseOverdueHolds(ctx)).toBe(0);
  expect(await lot()).toMatchObject({ remaining: 1000n, held: 0n });
  expect(await violationsOf(ctx)).toEqual([]);
});
