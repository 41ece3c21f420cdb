import { beforeAll, describe, expect, test } from "vitest";
import { withTenant } from "@/server/db";
import type { ShopContext } from "@/server/tenancy/context";
import { creditBySource } from "./credit-by-source";
import { customerCredit } from "./customer-credit";
import { expireDue, shopsWithDueWork } from "./expire-due";
import { grantMany } from "./grant-many";
import { hold } from "./hold";
import { liability } from "./liability";
import { exportTransfers, getTransfer, listCustomerTransfers, listPostings, listTransfers } from "./list-transfers";
import { manualCredit, manualCreditLimit } from "./manual-credit";
import { redeem } from "./redeem";
import { at, createLedgerShop, violationsOf } from "./testing";
import { allShops } from "./violations";

const drop = (ctx: ShopContext, customers: string[], expiresAt: string | null, availableFrom: string | null = null) => {
  const id = crypto.randomUUID();
  return grantMany(ctx, {
    source: { type: "drop", id },
    chunkKey: `drop:${id}`,
    unit: "EUR",
    originClass: "unpaid",
    availableFrom: availableFrom ? new Date(availableFrom) : null,
    expiresAt: expiresAt ? new Date(expiresAt) : null,
    grants: customers.map((customerId) => ({ customerId, amount: 1000n })),
  }).then(() => id);
};

const ALL = { names: true, ids: true, full: true };
const NOTHING = { names: false, ids: false, full: false };
const readAll = async (parts: AsyncGenerator<string>): Promise<string> => {
  let text = "";
  for await (const part of parts) text += part;
  return text;
};

beforeAll(() => at("2026-03-10T12:00:00Z"));

describe("what the shop owes", () => {
  test("by month of the last usable day in shop time, apart from held, upcoming and lapsed credit", async () => {
    const { ctx, customers } = await createLedgerShop(3);
    const [one = "", two = ""] = customers;
    // 31 March, local midnight of Berlin (22:00Z): April has not begun for this shop, so the credit belongs to March.
    await drop(ctx, customers, "2026-03-31T22:00:00Z");
    await drop(ctx, [one], null);
    await drop(ctx, [two], "2026-06-01T00:00:00Z", "2026-05-01T00:00:00Z");
    await drop(ctx, [two], "2026-03-11T00:00:00Z");
    await hold(ctx, { key: "h", customerId: one, unit: "EUR", amount: 300n, orderRef: "o" });
    await at("2026-03-12T00:00:00Z");
    const [eur] = await liability(ctx);
    expect(eur).toMatchObject({
      unit: "EUR",
      available: 3700n,
      held: 300n,
      upcoming: 1000n,
      unbooked: 1000n,
      outstanding: 6000n,
      customers: 3,
      noExpiry: 1000n,
      byExpiryMonth: [
        { month: "2026-03", amount: 2700n, lots: 3 },
        { month: "2026-06", amount: 1000n, lots: 1 },
      ],
      byOrigin: [{ origin: "unpaid", amount: 4700n }],
      lapsing: [
        { days: 7, amount: 0n, customers: 0 },
        { days: 30, amount: 2700n, customers: 3 },
        { days: 90, amount: 3700n, customers: 3 },
      ],
    });
    expect(await shopsWithDueWork()).toContainEqual({ orgId: ctx.orgId, shopId: ctx.shopId });
    await expireDue(ctx);
    await at("2026-03-12T00:00:30Z");
    expect((await liability(ctx))[0]).toMatchObject({ unbooked: 0n, outstanding: 5000n });
    expect(await allShops()).toContainEqual({ orgId: ctx.orgId, shopId: ctx.shopId });
    expect(await violationsOf(ctx)).toEqual([]);
  });
});

describe("lists", () => {
  test("cursor pages neither skip nor repeat; a customer sees collective entries with the own effect", async () => {
    const { ctx, customers } = await createLedgerShop(2);
    const [one = ""] = customers;
    const source = await drop(ctx, customers, null);
    for (let n = 0; n < 5; n++) await redeem(ctx, { key: `r${n}`, customerId: one, unit: "EUR", amount: 10n, orderRef: `o${n}` });
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const page: Awaited<ReturnType<typeof listTransfers>> = await listTransfers(ctx, { limit: 2, cursor });
      seen.push(...page.items.map((item) => item.kind));
      cursor = page.nextCursor;
    } while (cursor);
    expect(seen).toEqual(["redeem", "redeem", "redeem", "redeem", "redeem", "grant"]);
    const own = await listCustomerTransfers(ctx, one, { limit: 10 });
    expect(own.items.map(({ kind, credit, redeemed }) => [kind, credit, redeemed])).toEqual([
      ...Array.from({ length: 5 }, () => ["redeem", -10n, 10n]),
      ["grant", 1000n, 0n],
    ]);
    const granted = own.items.at(-1);
    expect(granted).toMatchObject({ amount: 2000n, entries: 3, customerId: null, sourceId: source });
    const id = granted?.id ?? "";
    expect(await getTransfer(ctx, id)).toMatchObject({ kind: "grant", amount: 2000n, entries: 3 });
    const first = await listPostings(ctx, { id, limit: 2 }, ALL);
    const second = await listPostings(ctx, { id, cursor: first.nextCursor, limit: 2 }, ALL);
    expect([...first.items, ...second.items].map(({ account, amount }) => [account, amount])).toEqual([
      ["promo_expense", -2000n],
      ["customer_credit", 1000n],
      ["customer_credit", 1000n],
    ]);
    expect(second.nextCursor).toBeNull();
    expect(first.items.map(({ externalId }) => externalId)).toEqual([null, expect.stringMatching(/^c[12]$/)]);
    expect((await listPostings(ctx, { id, limit: 9 }, NOTHING)).items.map(({ externalId }) => externalId)).toEqual([null, null, null]);
    // A collective entry is found by each of its customers, by its source and by the name of who did it.
    for (const filter of [{ customerId: one }, { sourceId: source }, { sourceType: "drop" }, { search: id }, { minAmount: "2000" }])
      expect((await listTransfers(ctx, { ...filter, kinds: ["grant"] })).items.map((item) => item.id)).toEqual([id]);
    expect((await listTransfers(ctx, { search: "TES", maxAmount: "10" })).items).toHaveLength(5);
    expect((await listTransfers(ctx, { search: "o3" })).items).toHaveLength(1);
    expect((await listTransfers(ctx, { search: "100%" })).items).toEqual([]);
    expect((await listTransfers(ctx, { actorType: "user" })).items).toEqual([]);
    const csv = await readAll(exportTransfers(ctx, { kinds: ["redeem"] }));
    expect(csv.trim().split("\r\n")).toHaveLength(6);
    // The shop's own number of the customer, as in the file of what is owed.
    expect(csv).toMatch(/,redeem,0\.10,EUR,2,c1,/);
    expect(await listTransfers(ctx, { orderRef: "o3" })).toMatchObject({ items: [{ orderRef: "o3" }], nextCursor: null });
    expect(await creditBySource(ctx, { type: "drop", id: source })).toEqual([
      expect.objectContaining({
        granted: 2000n,
        redeemed: 50n,
        remaining: 1950n,
        customers: 2,
        redeemers: [{ customerId: one, redeemed: 50n }],
      }),
    ]);
  });
});

describe("credit by hand", () => {
  test("above the limit goes only who is allowed beyond it, and the audit log says so", async () => {
    await at("2026-03-22T12:00:00Z");
    const { ctx, customers } = await createLedgerShop(1);
    const customerId = customers[0] ?? "";
    const input = { ...base, amount: 9000n, customerId, key: crypto.randomUUID() };
    await expect(manualCredit(ctx, input)).rejects.toMatchObject({ code: "LIMIT_EXCEEDED", params: { limit: "5000", left: "5000" } });
    let asked = 0;
    const beyond = async () => void asked++;
    const first = await manualCredit(ctx, input, beyond);
    expect(await manualCredit(ctx, input, beyond)).toEqual(first);
    await manualCredit(ctx, { ...input, direction: "take", amount: 4000n, key: crypto.randomUUID() }, beyond);
    expect(asked).toBe(2);
    expect(await credits(ctx, customerId)).toBe(5000n);
    const entries = await withTenant(ctx, ({ trx }) =>
      trx.selectFrom("audit").select("after").where("entity_id", "=", customerId).where("action", "=", "credit.given").execute(),
    );
    expect(entries).toEqual([{ after: expect.objectContaining({ aboveLimit: "5000" }) }]);
  });

  const base = { direction: "give" as const, amount: 3000n, reason: "sorry", expiryDays: 14 };
  const credits = async (ctx: ShopContext, customerId: string) => (await customerCredit(ctx, customerId)).balances[0]?.available ?? 0n;

  test("50.00 per customer and day, given and taken together, renewed at the shop's midnight", async () => {
    await at("2026-03-20T12:00:00Z");
    const { ctx, customers } = await createLedgerShop(2);
    const [customerId = "", other = ""] = customers;
    await manualCredit(ctx, { ...base, customerId, key: crypto.randomUUID() });
    const lot = (await customerCredit(ctx, customerId)).balances[0]?.lots[0];
    // T8: fourteen days from 20 March in Berlin end at local midnight after summer time has begun.
    expect(lot?.expiresAt?.toISOString()).toBe("2026-04-03T22:00:00.000Z");
    await expect(manualCredit(ctx, { ...base, customerId, key: crypto.randomUUID() })).rejects.toMatchObject({
      code: "LIMIT_EXCEEDED",
      params: { limit: "5000", left: "2000" },
    });
    await manualCredit(ctx, { ...base, direction: "take", amount: 2000n, customerId, key: crypto.randomUUID() });
    expect(await manualCreditLimit(ctx, customerId)).toEqual({ unit: "EUR", perDay: 5000n, left: 0n });
    await manualCredit(ctx, { ...base, customerId: other, key: crypto.randomUUID() });
    await at("2026-03-20T23:00:00Z");
    await manualCredit(ctx, { ...base, customerId, key: crypto.randomUUID() });
    expect(await credits(ctx, customerId)).toBe(4000n);
  });

  test("two dialogs at once cannot pass the limit together; a double click books and reports once", async () => {
    await at("2026-03-21T12:00:00Z");
    const { ctx, customers } = await createLedgerShop(1);
    const customerId = customers[0] ?? "";
    await manualCredit(ctx, { ...base, amount: 1n, customerId, key: crypto.randomUUID() });
    const results = await Promise.allSettled([1, 2, 3].map(() => manualCredit(ctx, { ...base, customerId, key: crypto.randomUUID() })));
    expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    const again = { ...base, amount: 5n, customerId, key: crypto.randomUUID() };
    expect(await manualCredit(ctx, again)).toEqual(await manualCredit(ctx, again));
    expect(await credits(ctx, customerId)).toBe(3006n);
    const entries = await withTenant(ctx, ({ trx }) =>
      trx.selectFrom("audit").select("action").where("entity_id", "=", customerId).where("action", "like", "credit.%").execute(),
    );
    expect(entries).toHaveLength(3);
  });

  test("a customer of another shop does not exist, also for taking", async () => {
    const [mine, foreign] = [await createLedgerShop(1), await createLedgerShop(1)];
    for (const direction of ["give", "take"] as const)
      await expect(
        manualCredit(mine.ctx, { ...base, direction, customerId: foreign.customers[0] ?? "", key: crypto.randomUUID() }),
      ).rejects.toMatchObject({ code: "NOT_FOUND" });
  });
});
