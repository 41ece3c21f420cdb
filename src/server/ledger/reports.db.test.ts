import { beforeAll, describe, expect, test } from "vitest";
import { withTenant } from "@/server/db";
import type { ShopContext } from "@/server/tenancy/context";
import { isoDateToDay } from "@/server/time";
import { cohortReport } from "./cohorts";
import { deduct } from "./deduct";
import { expireDue } from "./expire-due";
import { grantMany } from "./grant-many";
import { hold } from "./hold";
import { lapsingLots } from "./lapsing-lots";
import { recallSource } from "./recall-source";
import { redeem } from "./redeem";
import { refund } from "./refund";
import { rollForward } from "./roll-forward";
import type { OriginClass } from "./schema";
import { at, createLedgerShop, violationsOf } from "./testing";

const give = async (ctx: ShopContext, customerId: string, amount: bigint, originClass: OriginClass, expiresAt: string | null) => {
  const id = crypto.randomUUID();
  await grantMany(ctx, {
    source: { type: "drop", id },
    chunkKey: `drop:${id}`,
    unit: "EUR",
    originClass,
    availableFrom: null,
    expiresAt: expiresAt ? new Date(expiresAt) : null,
    grants: [{ customerId, amount }],
  });
  return id;
};
const days = (from: string, to: string) => ({ fromDay: isoDateToDay(from), toDay: isoDateToDay(to) });
const rowsOf = async (ctx: ShopContext, from: string, to: string) => {
  const { rows } = await rollForward(ctx, days(from, to));
  return rows;
};

describe("roll-forward", () => {
  let ctx: ShopContext;
  let customerId: string;

  beforeAll(async () => {
    await at("2026-01-10T12:00:00Z");
    const shop = await createLedgerShop(1);
    ctx = shop.ctx;
    customerId = shop.customers[0] ?? "";
    const spend = (key: string, amount: bigint) => redeem(ctx, { key, customerId, unit: "EUR", amount, orderRef: key });
    await give(ctx, customerId, 1000n, "unpaid", "2026-02-15T00:00:00Z");
    await give(ctx, customerId, 500n, "paid", null);
    await spend("jan", 400n); // unpaid: 600 left
    await at("2026-02-05T12:00:00Z");
    const recalled = await give(ctx, customerId, 300n, "unpaid", "2026-03-20T00:00:00Z");
    await recallSource(ctx, { key: "recall", source: { type: "drop", id: recalled }, reason: "mistake" });
    await refund(ctx, { key: "back", orderRef: "jan", amount: 100n }); // into the lot: 700 left
    await hold(ctx, { key: "held", customerId, unit: "EUR", amount: 50n, orderRef: "held", ttlSeconds: 604_800 }); // stays outstanding
    await deduct(ctx, { key: "minus", sourceType: "adjustment", customerId, unit: "EUR", amount: 30n, reason: "mistake" });
    await at("2026-02-15T00:00:00Z");
    await expireDue(ctx); // 620 unpaid; 50 stay held
    await at("2026-02-20T12:00:00Z");
    await refund(ctx, { key: "late", orderRef: "jan", amount: 120n }); // lot expired: restore lot of 120
    await at("2026-03-02T12:00:00Z");
    await spend("mar", 20n);
  });

  test("February: opening + changes = closing, per origin", async () => {
    expect(await rowsOf(ctx, "2026-02-01", "2026-03-01")).toEqual([
      {
        unit: "EUR",
        origin: "unpaid",
        opening: 600n,
        granted: 300n,
        restored: 220n,
        redeemed: 0n,
        expired: -620n,
        recalled: -300n,
        adjusted: -30n,
        moved: 0n,
        closing: 170n,
      },
      expect.objectContaining({ origin: "paid", opening: 500n, granted: 0n, closing: 500n }),
    ]);
    expect(await violationsOf(ctx)).toEqual([]);
  });

  test("months join: each closing is the next opening, the first opening is nothing, the last closing is what the lots say", async () => {
    const months = ["2026-01-01", "2026-02-01", "2026-03-01", "2026-04-01"];
    const reports = [];
    for (const [n, from] of months.slice(0, -1).entries()) reports.push(await rowsOf(ctx, from, months[n + 1] ?? ""));
    const unpaid = reports.map((rows) => rows.find((row) => row.origin === "unpaid"));
    expect(unpaid.map((row) => [row?.opening, row?.closing])).toEqual([
      [0n, 600n],
      [600n, 170n],
      [170n, 150n],
    ]);
    for (const row of reports.flat())
      expect(row.opening + row.granted + row.restored + row.redeemed + row.expired + row.recalled + row.adjusted + row.moved).toBe(
        row.closing,
      );
  });

  test("a period ends at the shop's midnight, and one without days is refused", async () => {
    // 23:30Z on 31 January is February in Berlin.
    await at("2026-01-31T23:30:00Z");
    const shop = await createLedgerShop(1);
    await give(shop.ctx, shop.customers[0] ?? "", 10n, "earned", null);
    expect(await rowsOf(shop.ctx, "2026-01-01", "2026-02-01")).toMatchObject([{ granted: 0n, closing: 0n }]);
    expect(await rowsOf(shop.ctx, "2026-02-01", "2026-03-01")).toMatchObject([{ granted: 10n, closing: 10n }]);
    await expect(rollForward(shop.ctx, days("2026-02-01", "2026-02-01"))).rejects.toMatchObject({ code: "VALIDATION" });
    expect(await rollForward(shop.ctx, {})).toMatchObject(days("2026-02-01", "2026-02-02"));
  });

  test("a refund that lapses at once is restored and expired", async () => {
    await at("2026-05-01T12:00:00Z");
    const shop = await createLedgerShop(1);
    await withTenant(shop.ctx, ({ trx }) =>
      trx
        .updateTable("shop")
        .set({ settings: JSON.stringify({ refundGraceDays: { unpaid: 0 } }) })
        .where("id", "=", shop.ctx.shopId)
        .execute(),
    );
    await give(shop.ctx, shop.customers[0] ?? "", 100n, "unpaid", "2026-05-02T00:00:00Z");
    await redeem(shop.ctx, { key: "r", customerId: shop.customers[0] ?? "", unit: "EUR", amount: 100n, orderRef: "r" });
    await at("2026-05-03T12:00:00Z");
    await refund(shop.ctx, { key: "b", orderRef: "r", amount: 40n });
    expect(await rowsOf(shop.ctx, "2026-05-01", "2026-06-01")).toMatchObject([
      { opening: 0n, granted: 100n, restored: 40n, redeemed: -100n, expired: -40n, closing: 0n },
    ]);
  });
});

describe("lapsing lots", () => {
  test("by last local day; held, spent and lapsed credit is not in it", async () => {
    await at("2026-03-10T12:00:00Z");
    const { ctx, customers } = await createLedgerShop(2);
    const [one = "", two = ""] = customers;
    await give(ctx, one, 1000n, "unpaid", "2026-03-12T23:00:00Z"); // Berlin midnight after the 12th
    await give(ctx, two, 500n, "unpaid", "2026-03-12T23:00:00Z");
    await give(ctx, two, 700n, "earned", "2026-05-01T22:00:00Z");
    await hold(ctx, { key: "h", customerId: one, unit: "EUR", amount: 300n, orderRef: "h" });
    expect(await lapsingLots(ctx, { days: 7 })).toEqual([
      { day: "2026-03-12", unit: "EUR", origin: "unpaid", sourceType: "drop", lots: 2, customers: 2, amount: 1200n },
    ]);
    expect((await lapsingLots(ctx, { days: 90 })).map(({ day, amount }) => [day, amount])).toEqual([
      ["2026-03-12", 1200n],
      ["2026-05-01", 700n],
    ]);
    await at("2026-03-12T23:00:00Z");
    expect(await lapsingLots(ctx, { days: 7 })).toEqual([]);
  });
});

describe("cohorts", () => {
  test("six months of history forecast breakage; five do not; the running month counts in neither", async () => {
    await at("2025-01-15T12:00:00Z");
    const { ctx, customers } = await createLedgerShop(1);
    const customerId = customers[0] ?? "";
    for (let month = 1; month <= 6; month++) {
      const mm = String(month).padStart(2, "0");
      await at(`2025-${mm}-15T12:00:00Z`);
      await give(ctx, customerId, 1000n, "earned", `2025-${mm}-20T12:00:00Z`);
      await redeem(ctx, { key: `r${month}`, customerId, unit: "EUR", amount: 400n, orderRef: `o${month}` });
      await at(`2025-${mm}-21T12:00:00Z`);
      await expireDue(ctx);
    }
    await at("2025-06-30T12:00:00Z");
    expect((await cohortReport(ctx))[0]).toMatchObject({ ladder: { status: "notEnoughHistory", cohorts: 5, needed: 6 } });
    await at("2025-07-01T12:00:00Z");
    const [report] = await cohortReport(ctx);
    expect(report?.cohorts[0]).toEqual({ month: "2025-01", granted: 1000n, lapsed: 600n, redeemed: [400n, 400n, 400n, 400n, 400n, 400n] });
    expect(report?.ladder).toMatchObject({ status: "estimated", granted: 6000n, ultimate: 2400n, breakage: 3600n });
    // A late refund opens a restore lot: what it redeems belongs to January's cohort, and nothing is granted twice.
    await refund(ctx, { key: "late", orderRef: "o1", amount: 100n });
    await at("2025-08-05T12:00:00Z");
    const again = (await cohortReport(ctx))[0]?.cohorts;
    expect(again).toHaveLength(6);
    expect(again?.[0]).toEqual({ month: "2025-01", granted: 1000n, lapsed: 600n, redeemed: [400n, 400n, 400n, 400n, 400n, 400n, 300n] });
  });
});
