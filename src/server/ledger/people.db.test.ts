import { beforeAll, describe, expect, test } from "vitest";
import { withTenant } from "@/server/db";
import type { ShopContext } from "@/server/tenancy/context";
import { clawback } from "./clawback";
import { convert } from "./convert";
import { customerCredit } from "./customer-credit";
import { expireDue } from "./expire-due";
import { grantMany } from "./grant-many";
import { capture, hold } from "./hold";
import { manualRefund, previewRefund, refundableOrders } from "./manual-refund";
import { mergeCustomerCredit } from "./merge-customers";
import { redeem } from "./redeem";
import { refund } from "./refund";
import { rollForward } from "./roll-forward";
import type { OriginClass } from "./schema";
import { at, createLedgerShop, shopBalances, violationsOf } from "./testing";

type Give = { unit?: string; origin?: OriginClass; until?: string; drop?: string };
const give = async (ctx: ShopContext, customers: string[], amount: bigint, { unit = "EUR", origin = "unpaid", until, drop }: Give = {}) => {
  const id = drop ?? crypto.randomUUID();
  const result = await grantMany(ctx, {
    source: { type: drop ? "drop" : "api", id },
    chunkKey: crypto.randomUUID(),
    unit,
    originClass: origin,
    availableFrom: null,
    expiresAt: until ? new Date(until) : null,
    grants: customers.map((customerId) => ({ customerId, amount })),
  });
  return { ...result, id };
};
const balanceOf = async (ctx: ShopContext, customerId: string, unit = "EUR") =>
  (await customerCredit(ctx, customerId)).balances.find((balance) => balance.unit === unit);
const debtOf = (ctx: ShopContext, customerId: string, unit = "EUR") =>
  withTenant(ctx, async ({ trx }) => {
    const row = await trx
      .selectFrom("ledger.account")
      .select("debt")
      .where("customer_id", "=", customerId)
      .where("unit", "=", unit)
      .executeTakeFirst();
    return row?.debt ?? 0n;
  });
const spend = (ctx: ShopContext, customerId: string, amount: bigint, orderRef: string, unit = "EUR") =>
  redeem(ctx, { key: `redeem ${orderRef}`, customerId, unit, amount, orderRef });

beforeAll(() => at("2026-03-01T12:00:00Z"));

describe("claw-back of earned credit", () => {
  test("takes what is left, of the source first; the rest is debt and comes off the next grants, but not off paid credit", async () => {
    const { ctx, customers } = await createLedgerShop(2);
    const [one = "", two = ""] = customers;
    await give(ctx, [one], 100n, { origin: "earned", until: "2026-04-01T00:00:00Z" });
    const later = await give(ctx, [one], 300n, { origin: "earned" });
    await give(ctx, [one], 50n, { origin: "unpaid" });
    const input = { customerId: one, unit: "EUR", sourceId: later.id, reason: "returned" };
    const first = { ...input, key: "c1", amount: 250n };
    expect(await clawback(ctx, first)).toMatchObject({ taken: 250n, debt: 0n, balance: 200n });
    const lots = (await balanceOf(ctx, one))?.lots ?? [];
    expect(lots.map((lot) => [lot.granted, lot.remaining, lot.recalled])).toEqual([
      [100n, 100n, 0n],
      [300n, 50n, 250n],
      [50n, 50n, 0n],
    ]);
    // 150 of earned credit are left; promotional credit is not touched.
    expect(await clawback(ctx, { ...input, key: "c2", amount: 400n })).toMatchObject({ taken: 150n, debt: 250n, balance: 50n });
    expect(await clawback(ctx, first)).toMatchObject({ taken: 250n, debt: 0n, balance: 200n });
    await give(ctx, [one], 1000n, { origin: "paid" });
    expect(await debtOf(ctx, one)).toBe(250n);
    const chunk = await give(ctx, [one, two], 100n);
    expect(chunk).toMatchObject({ granted: 2, total: 200n, netted: 100n });
    expect([await debtOf(ctx, one), (await balanceOf(ctx, one))?.available, (await balanceOf(ctx, two))?.available]).toEqual([
      150n,
      1050n,
      100n,
    ]);
    expect(await give(ctx, [one], 400n)).toMatchObject({ netted: 150n });
    expect([await debtOf(ctx, one), (await balanceOf(ctx, one))?.available]).toEqual([0n, 1300n]);
    expect(await shopBalances(ctx)).toMatchObject({ customer_debt: 0n, earned_deferral: 250n });
    expect(await violationsOf(ctx)).toEqual([]);
  });

  test("a customer who never had credit owes all of it; a foreign one does not exist; a lapsed lot gives nothing", async () => {
    const { ctx, customers } = await createLedgerShop(2);
    const [one = "", two = ""] = customers;
    const input = { unit: "EUR", amount: 10n, reason: "x" };
    expect(await clawback(ctx, { ...input, key: "a", customerId: one })).toMatchObject({ taken: 0n, debt: 10n, balance: 0n });
    const foreign = (await createLedgerShop(1)).customers[0] ?? "";
    await expect(clawback(ctx, { ...input, key: "b", customerId: foreign })).rejects.toMatchObject({ code: "NOT_FOUND" });
    await give(ctx, [two], 10n, { origin: "earned", until: "2026-03-02T00:00:00Z" });
    await at("2026-03-02T00:00:00Z");
    expect(await clawback(ctx, { ...input, key: "c", customerId: two })).toMatchObject({ taken: 0n, debt: 10n });
    expect(await expireDue(ctx)).toMatchObject({ total: 10n });
    expect(await violationsOf(ctx)).toEqual([]);
  });
});

describe("conversion of points", () => {
  const POINTS = "PTS:club";

  test("two linked transfers, both or neither; points go soonest-expiring first; debt comes off at once", async () => {
    await at("2026-03-01T12:00:00Z");
    const { ctx, customers } = await createLedgerShop(1);
    const customerId = customers[0] ?? "";
    await give(ctx, [customerId], 500n, { unit: POINTS, origin: "earned", until: "2026-05-01T00:00:00Z" });
    await give(ctx, [customerId], 500n, { unit: POINTS, origin: "earned", until: "2026-04-01T00:00:00Z" });
    await clawback(ctx, { key: "c", customerId, unit: "EUR", amount: 100n, reason: "x" });
    const input = {
      key: "convert",
      customerId,
      from: { unit: POINTS, amount: 600n },
      to: { unit: "EUR", amount: 300n },
      expiresAt: new Date("2026-06-01T00:00:00Z"),
    };
    const done = await convert(ctx, input);
    expect(done).toMatchObject({ points: 600n, amount: 300n, netted: 100n, left: 400n });
    expect(await convert(ctx, input)).toEqual(done);
    await expect(convert(ctx, { ...input, to: { unit: "EUR", amount: 301n } })).rejects.toMatchObject({ code: "IDEMPOTENCY_CONFLICT" });
    expect((await balanceOf(ctx, customerId, POINTS))?.lots.map((lot) => [lot.remaining, lot.moved])).toEqual([
      [400n, 100n],
      [0n, 500n],
    ]);
    expect(await balanceOf(ctx, customerId)).toMatchObject({
      available: 200n,
      lots: [{ origin: "earned", granted: 300n, source: { id: done.linkId } }],
    });
    const linked = await withTenant(ctx, ({ trx }) =>
      trx.selectFrom("ledger.transfer").select(["id", "kind", "unit"]).where("link_id", "=", done.linkId).orderBy("part").execute(),
    );
    expect(linked).toEqual([
      { id: done.transferIds[0], kind: "convert", unit: POINTS },
      { id: done.transferIds[1], kind: "convert", unit: "EUR" },
    ]);
    await expect(convert(ctx, { ...input, key: "more", from: { unit: POINTS, amount: 401n } })).rejects.toMatchObject({
      code: "INSUFFICIENT_CREDIT",
      params: { unit: POINTS, missing: "1" },
    });
    await expect(
      convert(ctx, { ...input, key: "late", from: { unit: POINTS, amount: 1n }, expiresAt: new Date("2026-03-01T12:00:00Z") }),
    ).rejects.toMatchObject({
      code: "EXPIRES_IN_PAST",
    });
    expect((await balanceOf(ctx, customerId, POINTS))?.available).toBe(400n);
    expect((await rollForward(ctx, {})).rows).toMatchObject([
      { unit: "EUR", origin: "earned", granted: 0n, moved: 300n, recalled: -100n, closing: 200n },
      { unit: POINTS, origin: "earned", granted: 1000n, moved: -600n, closing: 400n },
    ]);
    expect(await violationsOf(ctx)).toEqual([]);
  });
});

describe("B20: merging customers", () => {
  test("lots keep origin, source, expiry; holds keep their id and can be captured; debt follows; refunds of old orders too", async () => {
    await at("2026-03-01T12:00:00Z");
    const { ctx, customers } = await createLedgerShop(2);
    const [from = "", into = ""] = customers;
    await give(ctx, [from], 1000n, { origin: "earned", until: "2026-04-01T00:00:00Z" });
    await give(ctx, [from], 500n, { origin: "paid" });
    await give(ctx, [into], 70n, { until: "2026-03-20T00:00:00Z" });
    await spend(ctx, from, 200n, "old");
    const held = await hold(ctx, { key: "h", customerId: from, unit: "EUR", amount: 900n, orderRef: "open" }); // 800 earned + 100 paid
    await clawback(ctx, { key: "c", customerId: from, unit: "EUR", amount: 30n, reason: "x" });
    const input = { key: "merge", fromCustomerId: from, intoCustomerId: into, reason: "duplicate" };
    const done = await mergeCustomerCredit(ctx, input);
    expect(done.units).toEqual([{ unit: "EUR", moved: 400n, held: 900n, recalled: 0n, debt: 30n }]);
    expect(await mergeCustomerCredit(ctx, input)).toEqual(done);
    expect([await debtOf(ctx, from), await debtOf(ctx, into)]).toEqual([0n, 30n]);
    expect(await balanceOf(ctx, from)).toMatchObject({ available: 0n, held: 0n });
    expect(await balanceOf(ctx, into)).toMatchObject({ available: 470n, held: 900n });
    const moved = (await balanceOf(ctx, into))?.lots.filter((lot) => lot.parentId !== null) ?? [];
    expect(moved.map((lot) => [lot.origin, lot.remaining, lot.held, lot.expiresAt?.toISOString() ?? null]).sort()).toEqual([
      ["earned", 0n, 800n, "2026-04-01T00:00:00.000Z"],
      ["paid", 0n, 100n, null],
      ["paid", 400n, 0n, null],
    ]);
    expect(await violationsOf(ctx)).toEqual([]);

    expect(await capture(ctx, { key: "cap", holdId: held.holdId, amount: 850n })).toMatchObject({ captured: 850n, released: 50n });
    expect(await refund(ctx, { key: "back", orderRef: "open", amount: 850n })).toMatchObject({ refundable: 0n });
    // The old order was redeemed from lots that have become the other customer's.
    expect(await refund(ctx, { key: "old", orderRef: "old", amount: 150n })).toMatchObject({
      amount: 150n,
      refundable: 50n,
      balance: 1520n,
    });
    expect(await balanceOf(ctx, from)).toMatchObject({ available: 0n });
    expect(await balanceOf(ctx, into)).toMatchObject({ available: 1520n, held: 0n });
    expect((await rollForward(ctx, {})).rows.map((row) => row.moved)).toEqual([0n, 0n, 0n]);
    expect(await violationsOf(ctx)).toEqual([]);
  });

  test("a drop that gave to both is kept once: the unspent one goes; and the drop cannot give again", async () => {
    await at("2026-03-01T12:00:00Z");
    const { ctx, customers } = await createLedgerShop(6);
    const [a = "", b = "", c = "", d = "", e = "", f = ""] = customers;
    const drop = crypto.randomUUID();
    await give(ctx, [a, b, c, d, e], 1000n, { drop });
    const merge = (fromCustomerId: string, intoCustomerId: string) =>
      mergeCustomerCredit(ctx, { key: `${fromCustomerId}${intoCustomerId}`, fromCustomerId, intoCustomerId, reason: "duplicate" });
    expect((await merge(a, b)).units).toMatchObject([{ moved: 0n, recalled: 1000n }]);
    expect((await balanceOf(ctx, b))?.available).toBe(1000n);
    await spend(ctx, c, 400n, "c"); // c's is begun, d's untouched: d's goes
    expect((await merge(c, d)).units).toMatchObject([{ moved: 600n, recalled: 1000n }]);
    expect((await balanceOf(ctx, d))?.available).toBe(600n);
    expect((await merge(e, f)).units).toMatchObject([{ moved: 1000n, recalled: 0n }]);
    for (const customerId of [b, d, f]) await expect(give(ctx, [customerId], 1000n, { drop })).rejects.toMatchObject({ code: "CONFLICT" });
    expect(await violationsOf(ctx)).toEqual([]);
  });

  test("chains lead to their end; circles, second homes, strangers and oneself are refused", async () => {
    await at("2026-03-01T12:00:00Z");
    const { ctx, customers } = await createLedgerShop(3);
    const [a = "", b = "", c = ""] = customers;
    await give(ctx, [a], 100n);
    await spend(ctx, a, 100n, "o");
    const merge = (fromCustomerId: string, intoCustomerId: string) =>
      mergeCustomerCredit(ctx, { key: crypto.randomUUID(), fromCustomerId, intoCustomerId, reason: "duplicate" });
    await merge(a, b);
    await merge(b, c);
    await refund(ctx, { key: "r", orderRef: "o", amount: 60n });
    expect([(await balanceOf(ctx, b))?.available ?? 0n, (await balanceOf(ctx, c))?.available]).toEqual([0n, 60n]);
    await expect(merge(c, a)).rejects.toMatchObject({ code: "CONFLICT" });
    await expect(merge(a, c)).rejects.toMatchObject({ code: "CONFLICT" });
    await expect(merge(c, c)).rejects.toMatchObject({ code: "VALIDATION" });
    const foreign = (await createLedgerShop(1)).customers[0] ?? "";
    await expect(merge(c, foreign)).rejects.toMatchObject({ code: "NOT_FOUND" });
    expect(await violationsOf(ctx)).toEqual([]);
  });
});

describe("refund by hand", () => {
  test("the preview books nothing and says exactly what the refund then does", async () => {
    await at("2026-03-01T12:00:00Z");
    const { ctx, customers } = await createLedgerShop(2);
    const [one = "", two = ""] = customers;
    await give(ctx, [one], 100n, { until: "2026-03-10T00:00:00Z" });
    await give(ctx, [one], 200n);
    await spend(ctx, one, 250n, "web-1");
    await at("2026-03-11T12:00:00Z");
    const input = { customerId: one, orderRef: "web-1", amount: 220n };
    const before = await customerCredit(ctx, one);
    expect(await previewRefund(ctx, input)).toEqual({
      amount: 220n,
      unit: "EUR",
      refundable: 30n,
      recalled: 0n,
      parts: [
        { way: "restored", expiresAt: expect.any(Date), amount: 70n },
        { way: "back", expiresAt: null, amount: 150n },
      ],
    });
    expect((await customerCredit(ctx, one)).balances).toEqual(before.balances);
    const order = { orderRef: "web-1", unit: "EUR", redeemed: 250n, refundable: 250n };
    expect(await refundableOrders(ctx, one)).toMatchObject([order]);
    await expect(previewRefund(ctx, { ...input, amount: 251n })).rejects.toMatchObject({ code: "REFUND_EXCEEDS_CAPTURE" });
    const book = { ...input, reason: "returned", key: crypto.randomUUID() };
    await expect(manualRefund(ctx, { ...book, customerId: two })).rejects.toMatchObject({ code: "NOT_FOUND" });
    expect(await manualRefund(ctx, book)).toEqual(await manualRefund(ctx, book));
    expect((await balanceOf(ctx, one))?.available).toBe(270n);
    expect(await refundableOrders(ctx, one)).toMatchObject([{ ...order, refundable: 30n }]);
    const audited = await withTenant(ctx, ({ trx }) =>
      trx.selectFrom("audit").select("id").where("action", "=", "credit.refunded").execute(),
    );
    expect(audited).toHaveLength(1);
    // After a merge the orders are the other customer's business.
    await mergeCustomerCredit(ctx, { key: "m", fromCustomerId: one, intoCustomerId: two, reason: "duplicate" });
    expect(await refundableOrders(ctx, two)).toMatchObject([{ orderRef: "web-1", refundable: 30n }]);
    await manualRefund(ctx, { ...book, customerId: two, amount: 30n, key: crypto.randomUUID() });
    expect([(await balanceOf(ctx, one))?.available, (await balanceOf(ctx, two))?.available]).toEqual([0n, 300n]);
    expect(await violationsOf(ctx)).toEqual([]);
  });
});
