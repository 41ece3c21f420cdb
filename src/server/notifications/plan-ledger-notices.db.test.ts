import { sql } from "kysely";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createCampaignShop } from "@/server/campaigns/testing";
import { setTestClock } from "@/server/clock";
import { withTenant } from "@/server/db";
import { expireDue } from "@/server/ledger/expire-due";
import { grantMany } from "@/server/ledger/grant-many";
import { recallSource } from "@/server/ledger/recall-source";
import { redeem } from "@/server/ledger/redeem";
import { refund } from "@/server/ledger/refund";
import { at, type LedgerShop } from "@/server/ledger/testing";
import { deliverMessages } from "./deliver-messages";
import { planLedgerNotices } from "./plan-ledger-notices";
import { planMessages } from "./plan-messages";
import type { Policy } from "./schema";
import { getSettings, saveSettings } from "./settings";
import { onlySenders } from "./testing";

let shop: LedgerShop;
let everyone: string[];

beforeEach(async () => {
  await at("2026-06-01T10:00:00Z");
  shop = await createCampaignShop(3);
  everyone = shop.customers;
  await planLedgerNotices(shop.ctx);
});
afterEach(() => setTestClock(null));

async function wanting(notices: Partial<Policy["notices"]>): Promise<void> {
  const settings = await getSettings(shop.ctx);
  const policy = { ...settings.policy, rate: { perSecond: 0, perDomainPerSecond: 0 } };
  await saveSettings(shop.ctx, { ...settings, policy: { ...policy, notices: { ...policy.notices, ...notices } } });
}

const grant = (customers: readonly string[], patch: { from?: string; until?: string; id?: string; type?: "api" | "drop" } = {}) => {
  const id = patch.id ?? crypto.randomUUID();
  return grantMany(shop.ctx, {
    source: { type: patch.type ?? "api", id },
    chunkKey: id,
    unit: "EUR",
    originClass: "unpaid",
    availableFrom: patch.from ? new Date(patch.from) : null,
    expiresAt: new Date(patch.until ?? "2026-07-01T22:00:00Z"),
    grants: customers.map((customerId) => ({ customerId, amount: 500n })),
  });
};

type Row = { kind: string; status: string; reason: string | null; amount: string; category: string };
const told = (): Promise<Row[]> =>
  withTenant(shop.ctx, async ({ trx }) => {
    const result =
      await sql<Row>`select kind, status, reason, params ->> 'amount' as amount, category from message order by kind, key`.execute(trx);
    return result.rows;
  });
const kinds = async () => (await told()).map(({ kind, status, reason, amount }) => `${kind} ${amount} ${reason ?? status}`);
const deliver = () => deliverMessages(shop.ctx, async () => onlySenders({}));

describe("credit that begins later", () => {
  it("is announced when it begins, once, over all lots of that moment, and by default", async () => {
    await grant(everyone, { from: "2026-06-05T08:00:00Z" });
    await grant(everyone.slice(0, 1), { from: "2026-06-05T08:00:00Z" });
    await grant(everyone);
    expect(await planLedgerNotices(shop.ctx)).toEqual({ planned: 0, more: false });
    await at("2026-06-05T07:59:59Z");
    expect(await planLedgerNotices(shop.ctx)).toMatchObject({ planned: 0 });
    await at("2026-06-05T08:00:00Z");
    expect(await planLedgerNotices(shop.ctx)).toMatchObject({ planned: 3 });
    expect(await planLedgerNotices(shop.ctx)).toMatchObject({ planned: 0 });
    await at("2026-06-05T08:03:00Z");
    expect(await planLedgerNotices(shop.ctx)).toMatchObject({ planned: 0 });
    await deliver();
    expect((await kinds()).sort()).toEqual(["credit_available 1000 sent", "credit_available 500 sent", "credit_available 500 sent"]);
  });

  it("is planned once by two at a time", async () => {
    await grant(everyone, { from: "2026-06-05T08:00:00Z" });
    await at("2026-06-05T08:00:00Z");
    const results = await Promise.all([planLedgerNotices(shop.ctx), planLedgerNotices(shop.ctx)]);
    expect(results.reduce((sum, { planned }) => sum + planned, 0)).toBe(3);
  });

  it("says nothing about credit that its campaign tells of, that is spent or taken back, or that nobody wants told", async () => {
    const [a = "", b = "", c = ""] = everyone;
    const drop = crypto.randomUUID();
    await grant([a], { from: "2026-06-05T08:00:00Z", type: "drop", id: drop });
    await withTenant(shop.ctx, (handle) =>
      planMessages(handle, shop.ctx, { kind: "credit_granted", keyPrefix: "drop", customers: [{ customerId: a, creditKey: drop }] }),
    );
    const recalled = crypto.randomUUID();
    await grant([b], { from: "2026-06-05T08:00:00Z", id: recalled });
    await recallSource(shop.ctx, { key: "recall", source: { type: "api", id: recalled }, reason: "mistake" });
    await grant([c], { from: "2026-06-05T08:00:00Z" });
    await at("2026-06-05T08:00:00Z");
    expect(await planLedgerNotices(shop.ctx)).toMatchObject({ planned: 1 });
    await redeem(shop.ctx, { key: "r", customerId: c, unit: "EUR", amount: 500n, orderRef: "o" });
    await deliver();
    expect((await kinds()).filter((kind) => kind.startsWith("credit_available"))).toEqual(["credit_available 500 creditGone"]);
    await wanting({ available: false });
    await grant([a], { from: "2026-06-06T08:00:00Z" });
    await at("2026-06-06T08:00:00Z");
    expect(await planLedgerNotices(shop.ctx)).toMatchObject({ planned: 0 });
  });

  it("waits for the morning, and stays away from credit that would be nearly over by then (B28)", async () => {
    await grant(everyone.slice(0, 1), { from: "2026-06-05T20:30:00Z", until: "2026-06-06T22:00:00Z" });
    await grant(everyone.slice(1), { from: "2026-06-05T20:30:00Z", until: "2026-06-20T22:00:00Z" });
    await at("2026-06-05T20:31:00Z");
    expect(await planLedgerNotices(shop.ctx)).toMatchObject({ planned: 3 });
    expect(await deliver()).toMatchObject({ sent: 0, deferred: 2, skipped: 1 });
    await at("2026-06-06T06:31:00Z");
    expect(await deliver()).toMatchObject({ sent: 2 });
    expect((await kinds()).sort()).toEqual([
      "credit_available 500 quietHoursTooLate",
      "credit_available 500 sent",
      "credit_available 500 sent",
    ]);
  });
});

describe("expired credit", () => {
  it("is told where the shop wants it, with what really expired, bundled, after a sweep in chunks, once", async () => {
    await grant(everyone, { until: "2026-06-10T22:00:00Z" });
    await grant(everyone.slice(0, 2), { until: "2026-06-10T22:00:00Z" });
    await redeem(shop.ctx, { key: "r", customerId: everyone[2] ?? "", unit: "EUR", amount: 450n, orderRef: "o" });
    await wanting({ expired: true });
    await at("2026-06-10T22:00:01Z");
    // One lot of the first two is left to the next chunk: nobody is told half of it.
    await expireDue(shop.ctx, { limit: 1 });
    const half = await planLedgerNotices(shop.ctx);
    while ((await expireDue(shop.ctx, { limit: 2 })).visited > 0);
    const rest = await planLedgerNotices(shop.ctx);
    expect(half.planned + rest.planned).toBe(2);
    expect(await planLedgerNotices(shop.ctx)).toMatchObject({ planned: 0 });
    await at("2026-06-11T10:00:00Z");
    await deliver();
    // The third had 50 cents left, below the shop's smallest worth telling.
    expect(await kinds()).toEqual(["credit_expired 1000 sent", "credit_expired 1000 sent"]);
  });

  it("is not told by default", async () => {
    await grant(everyone, { until: "2026-06-10T22:00:00Z" });
    await at("2026-06-10T22:00:01Z");
    await expireDue(shop.ctx);
    expect(await planLedgerNotices(shop.ctx)).toMatchObject({ planned: 0 });
  });
});

describe("returned and granted credit", () => {
  it("of a returned order is told as a fact of the contract, also without consent", async () => {
    const [a = ""] = everyone;
    await grant([a]);
    await redeem(shop.ctx, { key: "r", customerId: a, unit: "EUR", amount: 500n, orderRef: "o" });
    await at("2026-06-02T10:00:00Z");
    await refund(shop.ctx, { key: "back", orderRef: "o", amount: 300n });
    await withTenant(shop.ctx, ({ trx }) => sql`update customer set email_consent = 'UNSUBSCRIBED'`.execute(trx));
    expect(await planLedgerNotices(shop.ctx)).toMatchObject({ planned: 1 });
    expect(await planLedgerNotices(shop.ctx)).toMatchObject({ planned: 0 });
    await deliver();
    expect(await told()).toEqual([{ kind: "credit_refunded", status: "sent", reason: null, amount: "300", category: "transactional" }]);
  });

  it("by hand or by another system is told where the shop wants it; not what was granted before it wanted that", async () => {
    await grant(everyone);
    expect(await planLedgerNotices(shop.ctx)).toMatchObject({ planned: 0 });
    await at("2026-06-03T09:00:00Z");
    await planLedgerNotices(shop.ctx);
    await wanting({ granted: true });
    await at("2026-06-03T10:00:00Z");
    expect(await planLedgerNotices(shop.ctx)).toMatchObject({ planned: 0 });
    await grant(everyone.slice(0, 2));
    await grant(everyone, { type: "drop" });
    await at("2026-06-03T10:01:00Z");
    expect(await planLedgerNotices(shop.ctx)).toMatchObject({ planned: 2 });
    await deliver();
    expect(await kinds()).toEqual(["credit_granted 500 sent", "credit_granted 500 sent"]);
  });
});
