import { sql } from "kysely";
import { beforeAll, describe, expect, test } from "vitest";
import { withSnapshot, withTenant } from "@/server/db";
import type { ShopContext } from "@/server/tenancy/context";
import { checkPart, finishCheck, lastChecks, openCheck, requestCheck } from "./check";
import { expireDue } from "./expire-due";
import { grantMany } from "./grant-many";
import { hold } from "./hold";
import { liability } from "./liability";
import { exportOwed, owedCustomers, owedLots, owedMatrix } from "./owed";
import { cohortRates } from "./rates";
import { agreements, orderDifferences, orderSums } from "./reconcile";
import { redeem } from "./redeem";
import { refund } from "./refund";
import { CHECK_PARTS, INVARIANTS, type OriginClass } from "./schema";
import { at, createLedgerShop } from "./testing";
import { vatReport } from "./vat";

const ALL = { names: true, ids: true, full: true };
const NOTHING = { names: false, ids: false, full: false };

const give = async (
  ctx: ShopContext,
  grants: [string, bigint][],
  originClass: OriginClass,
  expiresAt: string | null,
  reason = "because",
): Promise<string> => {
  const id = crypto.randomUUID();
  await grantMany(ctx, {
    source: { type: "drop", id },
    chunkKey: `drop:${id}`,
    unit: "EUR",
    originClass,
    availableFrom: null,
    expiresAt: expiresAt ? new Date(expiresAt) : null,
    grants: grants.map(([customerId, amount]) => ({ customerId, amount })),
    reason,
  });
  return id;
};

describe("who is owed what", () => {
  let ctx: ShopContext;
  let customers: string[];

  beforeAll(async () => {
    await at("2026-03-10T12:00:00Z");
    ({ ctx, customers } = await createLedgerShop(3));
    const [one = "", two = "", three = ""] = customers;
    // Local midnight of Berlin on 1 April: the last day is 31 March.
    await give(
      ctx,
      [
        [one, 1000n],
        [two, 500n],
        [three, 500n],
      ],
      "unpaid",
      "2026-03-31T22:00:00Z",
      "spring",
    );
    await at("2026-03-10T13:00:00Z");
    await give(ctx, [[two, 700n]], "paid", null);
    await give(ctx, [[two, 300n]], "unpaid", "2026-04-20T22:00:00Z");
    await give(ctx, [[three, 50n]], "unpaid", "2026-03-11T00:00:00Z");
    await hold(ctx, { key: "h", customerId: one, unit: "EUR", amount: 300n, orderRef: "o", ttlSeconds: 604_800 });
    await at("2026-03-12T12:00:00Z");
  });

  test("every cent stands in one cell, and the cells add up to what is outstanding", async () => {
    const cells = await owedMatrix(ctx);
    expect(cells.map(({ bucket, origin, amount, lots }) => [bucket, origin, amount, lots])).toEqual([
      ["2026-03", "unpaid", 1700n, 3],
      ["2026-04", "unpaid", 300n, 1],
      ["held", "unpaid", 300n, 1],
      ["none", "paid", 700n, 1],
      ["unbooked", "unpaid", 50n, 1],
    ]);
    expect(cells[0]?.since.toISOString()).toMatch(/^2026-03-10T12:00/);
    const [eur] = await liability(ctx);
    expect(cells.reduce((total, cell) => total + cell.amount, 0n)).toBe(eur?.outstanding);
  });

  test("behind each cell: the customers, largest first, page by page, and their lots with the reason", async () => {
    const [one = "", two = "", three = ""] = customers;
    const cell = { unit: "EUR", bucket: "2026-03", origin: "unpaid" as const };
    const first = await owedCustomers(ctx, { ...cell, limit: 2 }, ALL);
    const rest = await owedCustomers(ctx, { ...cell, limit: 2, cursor: first.nextCursor }, ALL);
    expect([...first.items, ...rest.items].map(({ amount }) => amount)).toEqual([700n, 500n, 500n]);
    expect(new Set([...first.items, ...rest.items].map(({ customerId }) => customerId))).toEqual(new Set([one, two, three]));
    expect(rest.nextCursor).toBeNull();
    const lots = [];
    for (let cursor: string | null = null, n = 0; n < 5; n++) {
      const page: Awaited<ReturnType<typeof owedLots>> = await owedLots(ctx, { ...cell, limit: 1, cursor }, ALL);
      lots.push(...page.items);
      cursor = page.nextCursor;
      if (!cursor) break;
    }
    expect(lots.map(({ amount, granted, reason }) => [amount, granted, reason])).toEqual(
      expect.arrayContaining([
        [700n, 1000n, "spring"],
        [500n, 500n, "spring"],
      ]),
    );
    expect(lots).toHaveLength(3);
    // Cells of all kinds agree with the matrix.
    for (const { bucket, origin, amount } of await owedMatrix(ctx)) {
      const { items } = await owedLots(ctx, { unit: "EUR", bucket, origin }, ALL);
      expect(items.reduce((total, lot) => total + lot.amount, 0n)).toBe(amount);
    }
    expect((await owedCustomers(ctx, { unit: "EUR", withinDays: 7 }, ALL)).items).toEqual([]);
    expect((await owedCustomers(ctx, { unit: "EUR", withinDays: 30 }, ALL)).items.map(({ amount }) => amount)).toEqual([700n, 500n, 500n]);
    expect((await owedCustomers(ctx, { unit: "EUR" }, ALL)).items.map(({ amount }) => amount)).toEqual([1500n, 1000n, 550n]);
  });

  test("who may not know customers learns none; the file has every lot", async () => {
    const { items } = await owedLots(ctx, { unit: "EUR" }, NOTHING);
    expect(items.every(({ externalId, name }) => externalId === null && name === null)).toBe(true);
    let text = "";
    for await (const part of exportOwed(ctx, { unit: "EUR" }, ALL)) text += part;
    expect(text.trim().split("\r\n")).toHaveLength(7);
    expect(text).toContain(",10.00,EUR,unpaid,10.00,2026-03-10T12:00");
    await expect(owedLots(ctx, { unit: "EUR", cursor: "nonsense" }, ALL)).rejects.toMatchObject({ code: "VALIDATION" });
    await expect(owedCustomers(ctx, { unit: "EUR", cursor: "1 2" }, ALL)).rejects.toMatchObject({ code: "VALIDATION" });
  });

  test("rates by value and by count; a restored lot belongs to the month of its first granting", async () => {
    await at("2026-05-10T12:00:00Z");
    const shop = await createLedgerShop(2);
    const [one = "", two = ""] = shop.customers;
    await give(
      shop.ctx,
      [
        [one, 1000n],
        [two, 1000n],
      ],
      "earned",
      "2026-05-20T00:00:00Z",
    );
    await redeem(shop.ctx, { key: "r", customerId: one, unit: "EUR", amount: 400n, orderRef: "r" });
    await at("2026-06-02T12:00:00Z");
    await expireDue(shop.ctx);
    await refund(shop.ctx, { key: "b", orderRef: "r", amount: 100n });
    expect(await cohortRates(shop.ctx)).toEqual([
      {
        unit: "EUR",
        origin: "earned",
        month: "2026-05",
        granted: 2000n,
        redeemed: 300n,
        expired: 1600n,
        open: 100n,
        lots: 2,
        lotsRedeemed: 1,
        lotsUnused: 1,
      },
    ]);
  });
});

const order = (ctx: ShopContext, ref: string, total: bigint, tax: bigint, used: bigint) =>
  withTenant(ctx, ({ trx }) =>
    sql`insert into shop_order (org_id, shop_id, external_id, placed_at, currency, total, tax, credit_used, status, counts, source)
      values (${ctx.orgId}::uuid, ${ctx.shopId}::uuid, ${ref}, ${new Date("2026-03-10T12:00:00Z")}, 'EUR', ${total}, ${tax}, ${used}, 'paid', true, 'test')`.execute(
      trx,
    ),
  );

describe("reconciliation", () => {
  test("orders that say otherwise than the ledger are named; the sums agree after everything has happened", async () => {
    await at("2026-03-10T12:00:00Z");
    const { ctx, customers } = await createLedgerShop(1);
    const customerId = customers[0] ?? "";
    await give(ctx, [[customerId, 5000n]], "unpaid", "2026-04-01T00:00:00Z");
    for (const [ref, amount] of [
      ["same", 100n],
      ["less", 200n],
      ["gone", 300n],
    ] as const)
      await redeem(ctx, { key: ref, customerId, unit: "EUR", amount, orderRef: ref });
    await refund(ctx, { key: "back", orderRef: "same", amount: 40n });
    await order(ctx, "same", 9900n, 0n, 100n);
    await order(ctx, "less", 9900n, 0n, 0n);
    await order(ctx, "more", 9900n, 0n, 77n);
    expect(await orderSums(ctx)).toEqual({ compared: 4, differing: 3 });
    const first = await orderDifferences(ctx, { limit: 2 });
    const rest = await orderDifferences(ctx, { limit: 2, cursor: first.nextCursor });
    expect([...first.items, ...rest.items].map(({ orderRef, used, booked }) => [orderRef, used, booked])).toEqual([
      ["gone", null, 300n],
      ["less", 0n, 200n],
      ["more", 77n, 0n],
    ]);
    // A clock that is set back is no incident: what it left in the future is owed as well.
    await at("2026-03-08T12:00:00Z");
    for (const { name, left, right } of (await agreements(ctx)).agreements) expect(left, name).toBe(right);
    await at("2026-04-01T00:00:00Z");
    await expireDue(ctx);
    const sums = await agreements(ctx);
    expect(sums.agreements).toHaveLength(12);
    for (const { name, left, right } of sums.agreements) expect(left, name).toBe(right);
    expect(sums.accounts.find(({ account }) => account === "promo_unused")?.amount).toBe("4440");
  });

  test("the books are compared as of one moment, whatever is granted or expires meanwhile", async () => {
    await at("2026-03-10T12:00:00Z");
    const { ctx, customers } = await createLedgerShop(1);
    await give(ctx, [[customers[0] ?? "", 5000n]], "unpaid", null);
    const [before, after] = await withSnapshot(ctx, async (handle) => {
      const sums = () => agreements({ ...ctx, trx: handle });
      const first = await sums();
      await give(ctx, [[customers[0] ?? "", 700n]], "unpaid", null);
      return [first, await sums()];
    });
    expect(after).toEqual(before);
    expect(await agreements(ctx)).not.toEqual(before);
  });

  test("a check is worked off part by part, asked for once at a time, and an incident goes to the audit log", async () => {
    await at("2026-03-10T12:00:00Z");
    const { ctx, customers } = await createLedgerShop(1);
    await give(ctx, [[customers[0] ?? "", 5000n]], "unpaid", null);
    expect(await lastChecks(ctx)).toEqual({ running: null, finished: null });
    const { id } = await requestCheck(ctx);
    expect(await requestCheck(ctx)).toEqual({ id });
    for (const part of CHECK_PARTS.slice(0, 5)) await checkPart(ctx, id, part);
    await checkPart(ctx, id, "accounts");
    expect(await lastChecks(ctx)).toMatchObject({ running: { id, done: 1, total: CHECK_PARTS.length }, finished: null });
    for (const part of CHECK_PARTS) await checkPart(ctx, id, part);
    expect(await finishCheck(ctx, id)).toBe(0);
    const { running, finished } = await lastChecks(ctx);
    expect(running).toBeNull();
    expect(finished).toMatchObject({ id, done: CHECK_PARTS.length, violations: 0, result: { orders: { compared: 0, differing: 0 } } });
    expect(Object.values(finished?.result.invariants ?? {}).map((found) => found?.count)).toEqual(INVARIANTS.map(() => 0));

    // What a defect would leave: a request without an answer (I9). The owner of the tables plays the defect.
    const broken = await openCheck(ctx);
    await withTenant(ctx, ({ trx }) =>
      trx
        .updateTable("ledger_check")
        .set({ result: JSON.stringify({ invariants: { I9: { count: 1, first: [{ subject: "key", detail: {} }] } } }) })
        .where("id", "=", broken.id)
        .execute(),
    );
    expect(await finishCheck(ctx, broken.id)).toBe(1);
    expect(await finishCheck(ctx, broken.id)).toBe(1);
    const entries = await withTenant(ctx, ({ trx }) =>
      trx.selectFrom("audit").select("after").where("action", "=", "ledger.violated").where("shop_id", "=", ctx.shopId).execute(),
    );
    expect(entries).toEqual([{ after: { check: broken.id, count: 1, first: ["I9 key"] } }]);
  });
});

test("L10: promotional credit reduces the taxed consideration, paid credit pays like money", async () => {
  await at("2026-03-10T12:00:00Z");
  const { ctx, customers } = await createLedgerShop(1);
  const customerId = customers[0] ?? "";
  const spend = async (origin: OriginClass, ref: string, tax: bigint) => {
    await give(ctx, [[customerId, 1190n]], origin, null);
    await redeem(ctx, { key: ref, customerId, unit: "EUR", amount: 1190n, orderRef: ref });
    if (tax >= 0n) await order(ctx, ref, 11_900n, tax, 1190n);
  };
  await spend("unpaid", "promo", 1900n);
  await spend("paid", "paid", 1900n);
  await spend("earned", "unknown", -1n);
  expect((await vatReport(ctx, {})).rows).toEqual([
    // 119.00 − 11.90 = 107.10 gross, 19.00 − 1.90 = 17.10 tax.
    { unit: "EUR", origin: "unpaid", rate: 190, orders: 1, redeemed: 1190n, net: 1000n, tax: 190n },
    { unit: "EUR", origin: "earned", rate: null, orders: 1, redeemed: 1190n, net: 0n, tax: 0n },
    { unit: "EUR", origin: "paid", rate: 190, orders: 1, redeemed: 1190n, net: 0n, tax: 0n },
  ]);
});
