import { sql } from "kysely";
import { beforeAll, describe, expect, it } from "vitest";
import { databaseNow, setTestClock } from "@/server/clock";
import { withTenant } from "@/server/db";
import { grantMany } from "@/server/ledger/grant-many";
import { redeem } from "@/server/ledger/redeem";
import { keepFigures } from "@/server/roi/kept-figures";
import { refreshFigures, type ShopFigures, shopFigures } from "@/server/roi/shop-figures";
import { createAgency } from "@/server/tenancy/agencies";
import { grantAgencyAccess } from "@/server/tenancy/agency-grants";
import { type TestTenant, testPerson, testTenant } from "@/server/tenancy/world.testing";
import { agencyBoard } from "./agency-board";

const DAY_MS = 86_400_000;
let euro: TestTenant;
let franc: TestTenant;
let person: { id: string; name: string };
let agencyId: string;

async function giveCredit({ shop }: TestTenant, unit: string, amount: bigint, days: number, name: string): Promise<string> {
  const { id } = await withTenant(shop, ({ trx }) =>
    trx
      .insertInto("customer")
      .values({ org_id: shop.orgId, shop_id: shop.shopId, external_id: name })
      .returning("id")
      .executeTakeFirstOrThrow(),
  );
  await grantMany(shop, {
    ...{ source: { type: "api", id: crypto.randomUUID() }, chunkKey: name, unit, originClass: "unpaid", availableFrom: null },
    expiresAt: new Date((await databaseNow()).getTime() + days * DAY_MS),
    grants: [{ customerId: id, amount }],
  });
  return id;
}

const board = () => agencyBoard(person, agencyId, "test");
const rowOf = async (tenant: TestTenant) => {
  const row = (await board()).rows.find((entry) => entry.shopId === tenant.shopId);
  if (!row?.numbers) throw new Error("the row could not be read");
  return row.numbers;
};

beforeAll(async () => {
  await setTestClock(new Date("2026-06-01T12:00:00Z"));
  [euro, franc] = [await testTenant("Euro", "EUR"), await testTenant("Franken", "CHF")];
  person = { id: await testPerson("Agent"), name: "Agent" };
  agencyId = (await createAgency(person.id, { name: "Agentur" })).id;
  await grantAgencyAccess(euro.org, { agencyId, maxRole: "analyst", shopIds: null, expiresAt: null });
  await grantAgencyAccess(franc.org, { agencyId, maxRole: "support", shopIds: null, expiresAt: null });
  const customerId = await giveCredit(euro, "EUR", 5_000n, 10, "soon");
  await giveCredit(euro, "EUR", 2_000n, 90, "later");
  await giveCredit(euro, "CHF", 700n, 10, "franc");
  await redeem(euro.shop, { key: "r", customerId, unit: "EUR", amount: 1_500n, orderRef: "o1" });
});

describe("the board of an agency", () => {
  it("shows the books of each shop per unit, and never one unit within another", async () => {
    expect((await rowOf(euro)).credit).toEqual([
      { unit: "EUR", outstanding: 5_500n, granted30: 7_000n, redeemed30: 1_500n, lapsing30: 3_500n },
      { unit: "CHF", outstanding: 700n, granted30: 700n, redeemed30: 0n, lapsing30: 700n },
    ]);
    const { totals } = await board();
    expect(totals).toMatchObject([
      { unit: "CHF", shops: 2, outstanding: 700n, profit: null },
      { unit: "EUR", shops: 1, outstanding: 5_500n, granted30: 7_000n, redeemed30: 1_500n, lapsing30: 3_500n, measured: 0 },
    ]);
  });

  it("tells only what the grant allows", async () => {
    expect(await rowOf(euro)).toMatchObject({
      campaigns: { running: 0, approvals: 0 },
      profit: { verdict: "not_started", estimate: null },
    });
    // Support may neither read the books nor campaigns nor reports.
    expect(await rowOf(franc)).toMatchObject({ credit: null, campaigns: null, profit: null });
  });

  it("is closed to strangers", async () => {
    await expect(agencyBoard({ id: await testPerson("Nobody"), name: "Nobody" }, agencyId, "test")).rejects.toMatchObject({
      code: "NOT_FOUND",
    });
  });
});

/** As if calculating had taken longer than a page may take. */
const keepAsDear = (figures: ShopFigures) =>
  withTenant(euro.shop, async (handle) => {
    await keepFigures(handle, euro.shop, "overview", async () => figures);
    await sql`update kept_figures set took_ms = 5000 where shop_id = ${euro.shopId} and kind = 'overview'`.execute(handle.trx);
  });
const asked = () =>
  withTenant(euro.shop, async ({ trx }) => {
    const { rows } = await sql`select 1 from job_outbox where name = 'roi/figures.due' and data ->> 'shopId' = ${euro.shopId}`.execute(trx);
    return rows.length;
  });
const read = () => withTenant(euro.shop, (handle) => shopFigures(handle, euro.shop));

describe("figures that are dear to calculate", () => {
  it("are kept, and asked anew in the background when a minute old", async () => {
    const { figures } = await withTenant(euro.shop, (handle) => shopFigures(handle, euro.shop, 1e9));
    await keepAsDear({ ...figures, customers: 777 });
    await setTestClock(new Date("2026-06-01T12:00:30Z"));
    const kept = await read();
    expect(kept.figures).toMatchObject({ customers: 777, units: figures.units });
    // The test clock runs on.
    expect(kept.at.getTime()).toBeLessThan(Date.parse("2026-06-01T12:00:30Z"));
    expect(await asked()).toBe(0);
    await setTestClock(new Date("2026-06-01T12:02:00Z"));
    expect((await read()).figures.customers).toBe(777);
    expect(await asked()).toBe(1);
    expect(await refreshFigures(euro.shop)).toEqual({ refreshed: true });
    expect(await refreshFigures(euro.shop)).toEqual({ refreshed: false });
    const fresh = await withTenant(euro.shop, (handle) => shopFigures(handle, euro.shop, -1));
    expect(fresh.figures.customers).toBe(figures.customers);
    expect(fresh.at.getTime()).toBeGreaterThanOrEqual(Date.parse("2026-06-01T12:02:00Z"));
  });

  it("are not shown when nobody renewed them for hours, or when they are from the future", async () => {
    for (const [kept, now] of [
      ["2026-06-01T13:00:00Z", "2026-06-01T15:30:00Z"],
      ["2026-06-01T16:00:00Z", "2026-06-01T15:30:00Z"],
    ] as const) {
      await setTestClock(new Date(kept));
      await keepAsDear({ ...(await read()).figures, customers: 777 });
      await setTestClock(new Date(now));
      expect((await read()).figures.customers, kept).not.toBe(777);
    }
  });
});
