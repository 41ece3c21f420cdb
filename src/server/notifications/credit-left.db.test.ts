import { sql } from "kysely";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createCampaignShop } from "@/server/campaigns/testing";
import { setTestClock } from "@/server/clock";
import { withTenant } from "@/server/db";
import { grantMany } from "@/server/ledger/grant-many";
import { redeem } from "@/server/ledger/redeem";
import { at, type LedgerShop } from "@/server/ledger/testing";
import { smtpAdapter } from "./channels/smtp";
import { deliverMessages } from "./deliver-messages";
import { planMessages } from "./plan-messages";
import { getSettings, saveSettings } from "./settings";
import { onlySenders, startMailHost } from "./testing";

/** What a message promises is what is there when it leaves. */
let shop: LedgerShop;
beforeEach(async () => {
  await at("2026-06-01T10:00:00Z");
  shop = await createCampaignShop(3);
  const settings = await getSettings(shop.ctx);
  await saveSettings(shop.ctx, { ...settings, policy: { ...settings.policy, rate: { perSecond: 0, perDomainPerSecond: 0 } } });
});
afterEach(() => setTestClock(null));

describe("a message about granted credit", () => {
  it("says what is left when it is sent, and nothing where nothing is", async () => {
    const source = crypto.randomUUID();
    const expiresAt = new Date("2026-07-01T22:00:00Z");
    const [a = "", b = "", c = ""] = shop.customers;
    await grantMany(shop.ctx, {
      ...{ source: { type: "drop", id: source }, chunkKey: source, unit: "EUR", originClass: "unpaid", availableFrom: null, expiresAt },
      grants: shop.customers.map((customerId) => ({ customerId, amount: 1000n })),
    });
    await withTenant(shop.ctx, (handle) =>
      planMessages(handle, shop.ctx, {
        ...{ kind: "credit_granted", keyPrefix: "grant", unit: "EUR" },
        customers: shop.customers.map((customerId) => ({ customerId, amount: 1000n, creditKey: source, expiresAt })),
      }),
    );
    await redeem(shop.ctx, { key: "r1", customerId: a, unit: "EUR", amount: 900n, orderRef: "o1" });
    await redeem(shop.ctx, { key: "r2", customerId: b, unit: "EUR", amount: 1000n, orderRef: "o2" });
    const host = await startMailHost();
    const adapter = smtpAdapter({ host: "127.0.0.1", port: host.port, secure: "none", user: null, password: null });
    await deliverMessages(shop.ctx, async () => onlySenders({ email: adapter }));
    adapter.close();
    await host.close();
    const subjects = new Map(host.received.map(({ to, mail }) => [to[0], mail.subject?.replace(/\s/g, " ")]));
    expect(subjects.get("c1@example.com")).toMatch(/^1,00 €|^€1\.00/);
    expect(subjects.get("c3@example.com")).toMatch(/^10,00 €|^€10\.00/);
    expect(subjects.has("c2@example.com")).toBe(false);
    // The outbox shows it as it was sent.
    const { rows } = await withTenant(shop.ctx, ({ trx }) =>
      sql<{
        customer_id: string;
        said: string;
      }>`select customer_id, concat_ws(' ', status, reason, params ->> 'amount') as said from message`.execute(trx),
    );
    const said = new Map(rows.map((row) => [row.customer_id, row.said]));
    expect([a, b, c].map((id) => said.get(id))).toEqual(["sent 100", "skipped creditGone 1000", "sent 1000"]);
  });
});
