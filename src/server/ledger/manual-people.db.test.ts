import { describe, expect, test } from "vitest";
import { withTenant } from "@/server/db";
import type { ShopContext } from "@/server/tenancy/context";
import { customerCredit } from "./customer-credit";
import { grantMany } from "./grant-many";
import { hold } from "./hold";
import {
  manualClawback,
  manualConvert,
  manualMerge,
  manualRecall,
  previewClawback,
  previewConvert,
  previewMerge,
  previewRecall,
} from "./manual-people";
import { redeem } from "./redeem";
import type { OriginClass, SourceType } from "./schema";
import { changeBudget } from "./set-budget";
import { at, createLedgerShop, violationsOf } from "./testing";

const give = async (
  ctx: ShopContext,
  customerId: string,
  amount: bigint,
  over: { unit?: string; origin?: OriginClass; type?: SourceType } = {},
) => {
  const id = crypto.randomUUID();
  await grantMany(ctx, {
    source: { type: over.type ?? "api", id },
    chunkKey: id,
    unit: over.unit ?? "EUR",
    originClass: over.origin ?? "earned",
    availableFrom: null,
    expiresAt: null,
    grants: [{ customerId, amount }],
  });
  return id;
};
const available = async (ctx: ShopContext, customerId: string) =>
  Object.fromEntries(
    (await customerCredit(ctx, customerId)).balances.map(({ unit, available: minor, held, debt }) => [unit, [minor, held, debt]]),
  );
const audited = (ctx: ShopContext, action: string) =>
  withTenant(ctx, ({ trx }) =>
    trx.selectFrom("audit").select("after").where("action", "=", action).where("shop_id", "=", ctx.shopId).execute(),
  );
const allow = async () => {};
const key = () => crypto.randomUUID();

describe("a preview is the booking without its effect", () => {
  test("merge: what is shown is what happens, once; nothing before", async () => {
    await at("2026-03-10T12:00:00Z");
    const { ctx, customers } = await createLedgerShop(2);
    const [from = "", into = ""] = customers;
    await give(ctx, from, 1000n);
    await hold(ctx, { key: "h", customerId: from, unit: "EUR", amount: 300n, orderRef: "o" });
    const input = { fromCustomerId: from, intoCustomerId: into };
    const told = await previewMerge(ctx, input);
    expect(told).toEqual({ lots: 1, units: [{ unit: "EUR", moved: 700n, held: 300n, recalled: 0n, debt: 0n }] });
    expect(await available(ctx, into)).toEqual({});
    expect(await audited(ctx, "credit.merged")).toEqual([]);
    const merge = { ...input, reason: "one person", key: key() };
    const done = await manualMerge(ctx, merge);
    expect(done.units).toEqual(told.units);
    expect(await manualMerge(ctx, merge)).toEqual(done);
    expect(await available(ctx, into)).toEqual({ EUR: [700n, 300n, 0n] });
    expect((await customerCredit(ctx, from)).mergedInto).toBe(into);
    expect(await audited(ctx, "credit.merged")).toHaveLength(1);
    await expect(previewMerge(ctx, { fromCustomerId: into, intoCustomerId: from })).rejects.toMatchObject({ code: "CONFLICT" });
    expect(() => previewMerge(ctx, { fromCustomerId: into, intoCustomerId: into })).toThrow(
      expect.objectContaining({ code: "VALIDATION" }),
    );
    expect(await violationsOf(ctx)).toEqual([]);
  });

  test("claw-back: what is spent becomes debt; above the limit only with the right and the proof", async () => {
    const { ctx, customers } = await createLedgerShop(1);
    const customerId = customers[0] ?? "";
    await give(ctx, customerId, 6000n);
    await redeem(ctx, { key: "r", customerId, unit: "EUR", amount: 5500n, orderRef: "o" });
    const input = { customerId, unit: "EUR", amount: 5200n };
    expect(await previewClawback(ctx, input)).toMatchObject({ taken: 500n, debt: 4700n, balance: 0n });
    expect(await available(ctx, customerId)).toEqual({ EUR: [500n, 0n, 0n] });
    const booked = { ...input, reason: "returned", key: key() };
    await expect(manualClawback(ctx, booked)).rejects.toMatchObject({ code: "LIMIT_EXCEEDED" });
    const done = await manualClawback(ctx, booked, allow);
    // The replay needs no proof: it moves nothing.
    expect(await manualClawback(ctx, booked)).toEqual(done);
    expect(await available(ctx, customerId)).toEqual({ EUR: [0n, 0n, 4700n] });
    expect(await audited(ctx, "credit.clawedBack")).toEqual([{ after: expect.objectContaining({ amount: "5200", taken: "500" }) }]);
    expect(await violationsOf(ctx)).toEqual([]);
  });

  test("conversion of points at named amounts, to the end of a local day", async () => {
    await at("2026-03-20T12:00:00Z");
    const { ctx, customers } = await createLedgerShop(1);
    const customerId = customers[0] ?? "";
    await give(ctx, customerId, 500n, { unit: "PTS:star" });
    const input = { customerId, fromUnit: "PTS:star", points: 400n, amount: 200n, expiryDays: 14 };
    const told = await previewConvert(ctx, input);
    expect(told).toMatchObject({ points: 400n, amount: 200n, left: 100n, netted: 0n });
    // T8 again: summer time begins in between.
    expect(told.expiresAt?.toISOString()).toBe("2026-04-03T22:00:00.000Z");
    const booked = { ...input, reason: "asked on the phone", key: key() };
    const done = await manualConvert(ctx, booked);
    expect(await manualConvert(ctx, booked)).toEqual(done);
    expect(await available(ctx, customerId)).toEqual({ EUR: [200n, 0n, 0n], "PTS:star": [100n, 0n, 0n] });
    await expect(previewConvert(ctx, { ...input, points: 101n })).rejects.toMatchObject({
      code: "INSUFFICIENT_CREDIT",
      params: { missing: "1" },
    });
    expect(await audited(ctx, "credit.converted")).toHaveLength(1);
  });

  test("recall of one grant: only this customer's, only what is unspent, never a campaign's", async () => {
    const { ctx, customers } = await createLedgerShop(2);
    const [one = "", two = ""] = customers;
    const sourceId = await give(ctx, one, 1000n, { origin: "unpaid" });
    await redeem(ctx, { key: "r", customerId: one, unit: "EUR", amount: 300n, orderRef: "o" });
    const input = { customerId: one, sourceType: "api" as const, sourceId };
    expect(await previewRecall(ctx, input)).toEqual([{ unit: "EUR", customers: 1, lots: 1, total: 700n, kept: 300n }]);
    await expect(previewRecall(ctx, { ...input, customerId: two })).rejects.toMatchObject({ code: "NOT_FOUND" });
    await expect(manualRecall(ctx, { ...input, customerId: two, reason: "r", key: key() })).rejects.toMatchObject({ code: "NOT_FOUND" });
    const booked = { ...input, reason: "mistake", key: key() };
    expect(await manualRecall(ctx, booked)).toEqual({ lots: 1, total: 700n });
    expect(await manualRecall(ctx, booked)).toEqual({ lots: 1, total: 700n });
    expect(await available(ctx, one)).toEqual({ EUR: [0n, 0n, 0n] });
    expect(await audited(ctx, "credit.recalled")).toHaveLength(1);
    expect(await violationsOf(ctx)).toEqual([]);
  });
});

test("a budget's change is written down with what it was; one of all shops is not for everybody", async () => {
  const { ctx } = await createLedgerShop(1);
  const budget = { scope: "organisation" as const, key: "month:2026-03", unit: "EUR", cap: "100000" };
  await expect(changeBudget(ctx, budget, { allShops: false })).rejects.toMatchObject({ code: "FORBIDDEN" });
  expect(await changeBudget(ctx, budget, { allShops: true })).toMatchObject({ cap: 100_000n, granted: 0n });
  await changeBudget(ctx, budget, { allShops: true });
  await changeBudget(ctx, { ...budget, cap: "5" }, { allShops: true });
  // In no order: rows of one instant have none.
  const told = await audited(ctx, "budget.set");
  expect(told).toHaveLength(2);
  for (const cap of ["100000", "5"])
    expect(told).toContainEqual({ after: { cap, granted: "0", key: "month:2026-03", scope: "organisation", unit: "EUR" } });
});
