import iconv from "iconv-lite";
import { beforeAll, describe, expect, test } from "vitest";
import { withTenant } from "@/server/db";
import type { ShopContext } from "@/server/tenancy/context";
import { deduct } from "../deduct";
import { expireDue } from "../expire-due";
import { grantMany } from "../grant-many";
import { hold } from "../hold";
import { recallSource } from "../recall-source";
import { redeem } from "../redeem";
import { refund } from "../refund";
import type { OriginClass, SourceType } from "../schema";
import { at, createLedgerShop, shopBalances } from "../testing";
import { bookings } from "./bookings";
import { exportAccounting } from "./export";
import { exportPreview } from "./preview";
import { accountingSetupSchema, GL_ACCOUNTS } from "./schema";
import { accountingSetup, saveAccountingSetup } from "./setup";

const setup = {
  accounts: Object.fromEntries(GL_ACCOUNTS.map((name, n) => [name, String(1701 + n)])),
  consultant: "29098",
  client: "55003",
  accountLength: 4,
  fiscalYearMonth: 1,
};
const year = { from: "2026-01-01", to: "2026-12-31" };

const give = async (
  ctx: ShopContext,
  customerId: string,
  amount: bigint,
  originClass: OriginClass,
  expiresAt: string | null,
  type: SourceType = "drop",
) => {
  const id = crypto.randomUUID();
  await grantMany(ctx, {
    source: { type, id },
    chunkKey: id,
    unit: "EUR",
    originClass,
    availableFrom: null,
    expiresAt: expiresAt ? new Date(expiresAt) : null,
    grants: [{ customerId, amount }],
  });
  return id;
};

/** The ledger's own accounts by the names of the bookkeeping; the credit accounts are checked as one. */
const SAME: Record<string, string> = {
  promoExpense: "promo_expense",
  goodwillExpense: "goodwill_expense",
  earnedDeferral: "earned_deferral",
  paidClearing: "paid_clearing",
  redemptionClearing: "redemption_clearing",
  promoUnused: "promo_unused",
  breakageIncome: "breakage_income",
  adjustment: "adjustment",
};

describe("bookings", () => {
  let ctx: ShopContext;

  beforeAll(async () => {
    await at("2026-03-01T12:00:00Z");
    const shop = await createLedgerShop(1);
    ctx = shop.ctx;
    const customerId = shop.customers[0] ?? "";
    await withTenant(ctx, ({ trx }) =>
      trx
        .updateTable("shop")
        .set({ settings: JSON.stringify({ refundGraceDays: { earned: 0 } }) })
        .where("id", "=", ctx.shopId)
        .execute(),
    );
    const spend = (key: string, amount: bigint) => redeem(ctx, { key, customerId, unit: "EUR", amount, orderRef: key });
    await give(ctx, customerId, 1000n, "earned", "2026-03-05T00:00:00Z");
    await give(ctx, customerId, 2000n, "unpaid", "2026-03-10T00:00:00Z");
    await give(ctx, customerId, 500n, "unpaid", null, "manual");
    await give(ctx, customerId, 700n, "paid", null, "api");
    await give(ctx, customerId, 60n, "unpaid", null, "adjustment");
    await spend("one", 1300n);
    await hold(ctx, { key: "h", customerId, unit: "EUR", amount: 100n, orderRef: "h", ttlSeconds: 604_800 });
    await at("2026-03-06T12:00:00Z");
    await refund(ctx, { key: "r1", orderRef: "one", amount: 500n }); // 300 to the open lot, 200 lapse at once (grace 0)
    await deduct(ctx, { key: "d", sourceType: "adjustment", customerId, unit: "EUR", amount: 40n, reason: "x" });
    const recalled = await give(ctx, customerId, 90n, "unpaid", null);
    await recallSource(ctx, { key: "rc", source: { type: "drop", id: recalled }, reason: "x" });
    await at("2026-03-10T23:30:00Z"); // 11 March in Berlin
    await expireDue(ctx);
    await refund(ctx, { key: "r2", orderRef: "one", amount: 10n });
    await saveAccountingSetup(ctx, setup);
  });

  test("sum per account to exactly what the ledger's postings say", async () => {
    const rows = await bookings(ctx, { ...year, scope: "all" });
    const balances: Record<string, bigint> = {};
    for (const { debit, credit, amount } of rows) {
      balances[debit] = (balances[debit] ?? 0n) - amount;
      balances[credit] = (balances[credit] ?? 0n) + amount;
    }
    const posted = await shopBalances(ctx);
    for (const [ours, theirs] of Object.entries(SAME)) expect([ours, balances[ours] ?? 0n]).toEqual([ours, posted[theirs] ?? 0n]);
    const credit = (balances.creditUnpaid ?? 0n) + (balances.creditEarned ?? 0n) + (balances.creditPaid ?? 0n);
    expect(credit).toBe((posted.customer_credit ?? 0n) + (posted.customer_held ?? 0n));
    expect(balances.creditPaid).toBe(700n);
    expect(balances.breakageIncome).toBeGreaterThan(0n);
  });

  test("days are the shop's; promotional credit can stay out", async () => {
    const all = await bookings(ctx, { ...year, scope: "all" });
    expect([...new Set(all.map(({ day }) => day))]).toEqual(["2026-03-01", "2026-03-06", "2026-03-11"]);
    expect(await bookings(ctx, { from: "2026-03-07", to: "2026-03-10", scope: "all" })).toEqual([]);
    const liability = await bookings(ctx, { ...year, scope: "liability" });
    expect(liability.length).toBeGreaterThan(0);
    expect(
      liability.some(({ origin, debit, credit }) => origin === "unpaid" || debit === "creditUnpaid" || credit === "creditUnpaid"),
    ).toBe(false);
  });

  test("the DATEV file is Windows-1252, the CSV UTF-8 with a mark; both are audited", async () => {
    const datev = await exportAccounting(ctx, { ...year, scope: "all", format: "datev" });
    expect(datev.name).toBe("EXTF_Guthaben_2026-01-01_2026-12-31.csv");
    expect(datev.body.includes(Buffer.from([0x45, 0x69, 0x6e, 0x6c, 0xf6, 0x73]))).toBe(true); // "Einlös" with ö = F6
    const lines = iconv.decode(datev.body, "windows-1252").split("\r\n");
    expect(lines[0]?.startsWith('"EXTF";700;21;"Buchungsstapel";13;2026031100300')).toBe(true);
    expect(lines.find((line) => line.includes("Einlösung verdientes"))).toMatch(/^10,00;"S";;;;;1702;1710;;0103;"GH20260301-\d+";/);
    const csv = (await exportAccounting(ctx, { ...year, scope: "all", format: "csv" })).body.toString("utf8");
    expect(csv.startsWith("\uFEFFdate,reference,debit")).toBe(true);
    expect(csv).toContain(",1702,1710,10.00,EUR,Einlösung verdientes Guthaben (1),redeem,earned,yes,1\r\n");
    const audited = await withTenant(ctx, ({ trx }) =>
      trx.selectFrom("audit").select("action").where("shop_id", "=", ctx.shopId).where("action", "like", "ledger.%").execute(),
    );
    expect(audited.map(({ action }) => action).sort()).toEqual(["ledger.accountsChanged", "ledger.exported", "ledger.exported"]);
  });

  test("without accounts, numbers or one fiscal year nothing is exported", async () => {
    const other = await createLedgerShop(0);
    const query = { ...year, scope: "all", format: "csv" };
    await expect(exportAccounting(other.ctx, query)).rejects.toMatchObject({ code: "VALIDATION", params: { field: "accounts" } });
    await saveAccountingSetup(other.ctx, { ...setup, consultant: "", client: "" });
    expect((await exportAccounting(other.ctx, query)).body.toString("utf8").split("\r\n")).toHaveLength(2);
    await expect(exportAccounting(other.ctx, { ...query, format: "datev" })).rejects.toMatchObject({ params: { problem: "numbers" } });
    await expect(exportAccounting(ctx, { ...query, to: "2027-01-01", format: "datev" })).rejects.toMatchObject({
      params: { problem: "year" },
    });
    await expect(exportAccounting(ctx, { ...query, from: "2026-13-01" })).rejects.toMatchObject({ code: "VALIDATION" });
    expect((await accountingSetup(other.ctx)).setup).toMatchObject({ consultant: "", accounts: setup.accounts });
  });
});

test("an account that is needed and not mapped is named, in the preview and by the refused file; one that is not needed may wait", async () => {
  await at("2026-03-10T12:00:00Z");
  const { ctx, customers } = await createLedgerShop(1);
  await give(ctx, customers[0] ?? "", 1000n, "unpaid", null);
  expect(await exportPreview(ctx, { ...year, scope: "all" })).toMatchObject({ count: 1, missing: ["creditUnpaid", "promoExpense"] });
  await saveAccountingSetup(ctx, { ...setup, accounts: { ...setup.accounts, promoExpense: "", breakageIncome: "" } });
  const query = { ...year, scope: "all" as const, format: "csv" as const };
  await expect(exportAccounting(ctx, query)).rejects.toMatchObject({
    code: "VALIDATION",
    params: { field: "accounts", missing: "promoExpense" },
  });
  expect(await exportPreview(ctx, query)).toMatchObject({
    lines: [{ amount: 1000n, debit: { account: "promoExpense", number: null }, credit: { number: "1703" } }],
    missing: ["promoExpense"],
  });
  await saveAccountingSetup(ctx, { ...setup, accounts: { ...setup.accounts, breakageIncome: "" } });
  expect((await exportAccounting(ctx, query)).body.toString("utf8")).toContain("1708,1703,10.00,EUR");
  expect(await exportPreview(ctx, { from: "2026-03-02", to: "2026-03-01", scope: "all" })).toEqual({ lines: [], count: 0, missing: [] });
});

test("accounts that a spreadsheet would run, or that are missing, are refused", () => {
  const wrong = ["=1+1", "-5", "12 34", "1".repeat(21)];
  for (const account of wrong)
    expect(accountingSetupSchema.safeParse({ ...setup, accounts: { ...setup.accounts, adjustment: account } }).success).toBe(false);
  const { adjustment: _missing, ...rest } = setup.accounts;
  expect(accountingSetupSchema.safeParse({ ...setup, accounts: rest }).success).toBe(false);
  expect(accountingSetupSchema.safeParse({ ...setup, consultant: "1000" }).success).toBe(false);
});
