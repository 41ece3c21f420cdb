import { sql } from "kysely";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createCampaignShop } from "@/server/campaigns/testing";
import { setTestClock } from "@/server/clock";
import { withTenant } from "@/server/db";
import { at, type LedgerShop } from "@/server/ledger/testing";
import { smsGatewayAdapter } from "./channels/sms";
import { smtpAdapter } from "./channels/smtp";
import { deliverMessages } from "./deliver-messages";
import { type MessagePlan, planMessages } from "./plan-messages";
import type { Policy } from "./schema";
import { getSettings, saveSettings } from "./settings";
import { onlySenders, smtpError, startHttpHost, startMailHost } from "./testing";

/** Whoever is two customers with one address is one reader: told once, and counted once. */
let shop: LedgerShop;
let campaignId: string;

beforeEach(async () => {
  await at("2026-06-01T10:00:00Z");
  shop = await createCampaignShop(6);
  const [campaign] = await rowsOf(
    sql<{ id: string }>`insert into campaign (org_id, shop_id, unit, time_zone, created_by_label)
      values (${shop.ctx.orgId}, ${shop.ctx.shopId}, 'EUR', 'Europe/Berlin', 'test') returning id`,
  );
  campaignId = campaign?.id ?? "";
});
afterEach(() => setTestClock(null));

const rowsOf = <Row>(query: ReturnType<typeof sql<Row>>): Promise<Row[]> =>
  withTenant(shop.ctx, ({ trx }) => query.execute(trx)).then(({ rows }) => rows);
const without = async (caps: Policy["caps"] | null) => {
  const settings = await getSettings(shop.ctx);
  const policy = { ...settings.policy, caps: caps ?? settings.policy.caps, rate: { perSecond: 0, perDomainPerSecond: 0 } };
  await saveSettings(shop.ctx, { ...settings, policy });
};
const NO_CAPS = { email: [], sms: [], push: [] };
const sameMailbox = (ids: readonly string[]) =>
  rowsOf(sql`update customer set email = 'Same@example.com', email_key = 'same@example.com' where id = any(${[...ids]}::uuid[])`);
const plan = (patch: Partial<MessagePlan> = {}) =>
  withTenant(shop.ctx, (handle) =>
    planMessages(handle, shop.ctx, {
      ...{ kind: "campaign_message", keyPrefix: "news", campaignId },
      customers: shop.customers.map((customerId) => ({ customerId })),
      ...patch,
    }),
  );
const one = (customerId = "") => ({ customers: [{ customerId }] });
async function deliver(rcpt: (address: string) => (Error & { responseCode: number }) | null = () => null): Promise<string[]> {
  const host = await startMailHost({ rcpt });
  const adapter = smtpAdapter({ host: "127.0.0.1", port: host.port, secure: "none", user: null, password: null });
  try {
    await deliverMessages(shop.ctx, async () => onlySenders({ email: adapter }));
  } finally {
    adapter.close();
    await host.close();
  }
  return host.received.flatMap(({ to }) => to).map((address) => address.toLowerCase());
}
const reasons = async () => {
  const rows = await rowsOf(sql<{ status: string }>`select concat_ws(':', status, reason) as status from message`);
  return rows.map(({ status }) => status).sort();
};

describe("two customers with one mailbox", () => {
  it("get one message of a campaign, in one batch and over several", async () => {
    await without(NO_CAPS);
    await sameMailbox(shop.customers.slice(0, 3));
    await plan({ customers: shop.customers.slice(0, 2).map((customerId) => ({ customerId })) });
    expect(await deliver()).toEqual(["same@example.com"]);
    await at("2026-06-03T10:00:00Z");
    await plan();
    expect((await deliver()).sort()).toEqual(["c4@example.com", "c5@example.com", "c6@example.com"]);
    expect(await reasons()).toEqual(["sent", "sent", "sent", "sent", "skipped:sameAddress", "skipped:sameAddress"]);
    // Another campaign is another story.
    await plan({ keyPrefix: "other" });
    expect((await deliver()).filter((to) => to === "same@example.com")).toHaveLength(1);
  });

  it("count against one cap, over campaigns and days", async () => {
    await without({ ...NO_CAPS, email: [{ count: 2, hours: 168 }] });
    const [a, b, c] = shop.customers;
    await sameMailbox([a ?? "", b ?? "", c ?? ""]);
    await plan({ keyPrefix: "one", ...one(a) });
    await plan({ keyPrefix: "two", ...one(b) });
    expect(await deliver()).toHaveLength(2);
    await at("2026-06-03T10:00:00Z");
    await plan({ keyPrefix: "three", ...one(c) });
    expect(await deliver()).toEqual([]);
    expect(await reasons()).toEqual(["sent", "sent", "skipped:frequencyCap"]);
    await at("2026-06-09T10:00:00Z");
    await plan({ keyPrefix: "four", ...one(c) });
    expect(await deliver()).toHaveLength(1);
  });

  it("leave it to the other when the first was not taken", async () => {
    await without(null);
    const [a, b] = shop.customers;
    await sameMailbox([a ?? "", b ?? ""]);
    await plan(one(a));
    expect(await deliver(() => smtpError(554, "5.7.1 no"))).toEqual([]);
    await plan(one(b));
    expect(await deliver()).toEqual(["same@example.com"]);
    expect(await reasons()).toEqual(["failed:rejected", "sent"]);
  });

  it("are each told what belongs to their own contract", async () => {
    await without(null);
    const ids = shop.customers.slice(0, 2);
    await sameMailbox(ids);
    await plan({ kind: "credit_refunded", campaignId: null, customers: ids.map((customerId) => ({ customerId, amount: 500n })) });
    expect(await deliver()).toHaveLength(2);
  });
});

describe("two customers with one number", () => {
  it("are one reader, however it is written", async () => {
    await without(null);
    const [a, b, c] = shop.customers;
    await rowsOf(sql`update customer set sms_consent = 'SUBSCRIBED', country = 'DE',
      phone = case id when ${a}::uuid then '+49 1511 2345678' when ${b}::uuid then '01511/2345678' else '+4915119345678' end
      where id = any(${[a, b, c]}::uuid[])`);
    const host = await startHttpHost(() => ({ status: 200, body: "{}" }));
    const sms = smsGatewayAdapter({ url: host.url, token: null, from: "Shop", allowPrivate: true });
    const send = () => deliverMessages(shop.ctx, async () => onlySenders({ sms }));
    await plan({ channel: "sms", customers: [a, b].map((customerId) => ({ customerId: customerId ?? "" })) });
    await send();
    await at("2026-06-02T10:00:00Z");
    await plan({ channel: "sms", keyPrefix: "other", customers: [b, c].map((customerId) => ({ customerId: customerId ?? "" })) });
    await send();
    await host.close();
    expect(host.calls).toHaveLength(2);
    expect(await reasons()).toEqual(["sent", "sent", "skipped:frequencyCap", "skipped:sameAddress"]);
  });
});
