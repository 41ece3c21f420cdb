import { sql } from "kysely";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createCampaignShop } from "@/server/campaigns/testing";
import { setTestClock } from "@/server/clock";
import { withTenant } from "@/server/db";
import { expireDue } from "@/server/ledger/expire-due";
import { grantMany } from "@/server/ledger/grant-many";
import { redeem } from "@/server/ledger/redeem";
import { refund } from "@/server/ledger/refund";
import { at, type LedgerShop } from "@/server/ledger/testing";
import { saveChannel } from "./channels/manage-channels";
import { smsGatewayAdapter } from "./channels/sms";
import { addSuppression } from "./consent/manage-suppression";
import { savePreferences } from "./consent/preferences";
import { deliverMessages } from "./deliver-messages";
import { getMessage } from "./get-message";
import { signLink } from "./links";
import { planLedgerNotices } from "./plan-ledger-notices";
import { planReminders } from "./plan-reminders";
import type { Channel, Policy } from "./schema";
import { getSettings, readSettings, saveSettings } from "./settings";
import { type HttpHost, onlySenders, startHttpHost } from "./testing";

/** What the ledger books, told by the first of the shop's ways that reaches the person. */
let shop: LedgerShop;
let a: string;
let b: string;
let c: string;
let host: HttpHost | null = null;

beforeEach(async () => {
  await at("2026-06-01T10:00:00Z");
  shop = await createCampaignShop(3);
  [a = "", b = "", c = ""] = shop.customers;
  await run(
    sql`update customer set phone = '+4915112345' || right(external_id, 1) || '0', sms_consent = 'SUBSCRIBED' where shop_id = ${shop.ctx.shopId}`,
  );
  await planLedgerNotices(shop.ctx);
});
afterEach(async () => {
  await host?.close();
  host = null;
  await setTestClock(null);
});

const run = <Row>(query: ReturnType<typeof sql<Row>>): Promise<Row[]> =>
  withTenant(shop.ctx, ({ trx }) => query.execute(trx)).then(({ rows }) => rows);

async function by(noticeChannels: Partial<Policy["noticeChannels"]>, notices: Partial<Policy["notices"]> = {}): Promise<void> {
  const settings = await getSettings(shop.ctx);
  const { policy } = settings;
  await saveSettings(shop.ctx, {
    ...settings,
    policy: {
      ...policy,
      rate: { perSecond: 0, perDomainPerSecond: 0 },
      notices: { ...policy.notices, ...notices },
      noticeChannels: { ...policy.noticeChannels, ...noticeChannels },
    },
  });
}
const pushFor = async (customer: string) => {
  await run(sql`insert into push_subscription (org_id, shop_id, customer_id, endpoint, p256dh, auth)
    values (${shop.ctx.orgId}, ${shop.ctx.shopId}, ${customer}, 'https://push.example/' || ${customer}, 'p', 'a')`);
  await run(sql`insert into consent_event (org_id, shop_id, customer_id, channel, purpose, state, basis)
    values (${shop.ctx.orgId}, ${shop.ctx.shopId}, ${customer}, 'push', 'marketing', 'granted', 'test')`);
};
const grant = (customers: readonly string[], from: string | null = null, until = "2026-07-01T22:00:00Z") => {
  const id = crypto.randomUUID();
  return grantMany(shop.ctx, {
    ...{ source: { type: "api" as const, id }, chunkKey: id, unit: "EUR", originClass: "unpaid" as const },
    ...{ availableFrom: from ? new Date(from) : null, expiresAt: new Date(until) },
    grants: customers.map((customerId) => ({ customerId, amount: 500n })),
  });
};
const planned = async (): Promise<string[]> =>
  (
    await run(
      sql<{ line: string }>`select m.kind || ' ' || m.channel || ' ' || c.external_id as line from message m
        join customer c on c.shop_id = m.shop_id and c.id = m.customer_id order by 1`,
    )
  ).map(({ line }) => line);
const deliver = (senders = {}) => deliverMessages(shop.ctx, async () => onlySenders(senders));
async function begins(channels: Channel[]): Promise<void> {
  await by({ available: channels });
  await grant([a, b, c], "2026-06-05T08:00:00Z");
  await at("2026-06-05T08:00:00Z");
  expect(await planLedgerNotices(shop.ctx)).toMatchObject({ planned: 3 });
}

describe("a notice of the ledger", () => {
  it("goes by e-mail as long as nobody chose another way", async () => {
    await pushFor(a);
    await grant([a, b, c], "2026-06-05T08:00:00Z");
    await at("2026-06-05T08:00:00Z");
    await planLedgerNotices(shop.ctx);
    expect(await planned()).toEqual(["credit_available email c1", "credit_available email c2", "credit_available email c3"]);
  });

  it("goes once, by the first way that reaches the person, and never a second time when the order changes", async () => {
    await pushFor(a);
    await run(sql`update customer set sms_consent = 'UNSUBSCRIBED' where id = ${c}`);
    await begins(["push", "sms", "email"]);
    const ways = ["credit_available email c3", "credit_available push c1", "credit_available sms c2"];
    expect(await planned()).toEqual(ways);
    await by({ available: ["sms", "email"] });
    expect(await planLedgerNotices(shop.ctx)).toMatchObject({ planned: 0 });
    expect(await planned()).toEqual(ways);
    expect(await deliver()).toMatchObject({ sent: 3 });
  });

  it("passes over a bounced address, an invalid number and one who objected; whom nothing reaches is named in the outbox", async () => {
    await addSuppression(shop.ctx, { addresses: ["c1@example.com"] });
    await run(sql`update customer set email_consent = 'UNSUBSCRIBED', phone = '12' where id = ${b}`);
    await run(sql`insert into consent_event (org_id, shop_id, customer_id, channel, purpose, state, basis)
      values (${shop.ctx.orgId}, ${shop.ctx.shopId}, ${c}, 'all', 'objection', 'granted', 'test')`);
    await begins(["email", "sms"]);
    expect(await planned()).toEqual(["credit_available email c2", "credit_available email c3", "credit_available sms c1"]);
    await deliver();
    expect(await run(sql`select reason from message where channel = 'email' order by reason`)).toEqual([
      { reason: "noConsent" },
      { reason: "objection" },
    ]);
  });

  it("respects what somebody chose in the preference centre", async () => {
    await pushFor(a);
    const token = await withTenant(shop.ctx, async (handle) =>
      signLink((await readSettings(handle, shop.ctx)).pepper, {
        ...{ purpose: "preferences" as const, orgId: shop.ctx.orgId, shopId: shop.ctx.shopId, subject: a },
      }),
    );
    await savePreferences(token, { email: true, sms: false, push: false, tracking: false, objected: false }, {});
    await begins(["push", "sms", "email"]);
    expect(await planned()).toEqual(["credit_available email c1", "credit_available sms c2", "credit_available sms c3"]);
  });

  it("does not choose a way that is not set up while another is", async () => {
    await saveChannel(shop.ctx, {
      ...{ kind: "smtp", enabled: true, secret: null },
      settings: { host: "127.0.0.1", port: 2525, secure: "none", user: null },
    });
    await begins(["sms", "email"]);
    expect(new Set((await planned()).map((line) => line.split(" ")[1]))).toEqual(new Set(["email"]));
  });

  it("of a contract reaches those without consent by e-mail, whatever the order", async () => {
    await by({ refunded: ["sms"] });
    await grant([a, b]);
    await run(sql`update customer set sms_consent = 'UNSUBSCRIBED', email_consent = 'UNSUBSCRIBED' where id = ${b}`);
    for (const customerId of [a, b])
      await redeem(shop.ctx, { key: customerId, customerId, unit: "EUR", amount: 500n, orderRef: customerId });
    for (const orderRef of [a, b]) await refund(shop.ctx, { key: `back ${orderRef}`, orderRef, amount: 300n });
    await at("2026-06-01T10:01:00Z");
    await planLedgerNotices(shop.ctx);
    expect(await planned()).toEqual(["credit_refunded email c2", "credit_refunded sms c1"]);
    expect(await deliver()).toMatchObject({ sent: 2 });
  });
});

describe("every kind", () => {
  it("has words for SMS and push in both languages, and arrives at a gateway", async () => {
    host = await startHttpHost(() => ({ status: 202, body: "{}" }));
    await run(sql`update customer set locale = 'en' where id = ${b}`);
    const way: Channel[] = ["sms"];
    await by(
      { granted: way, available: way, expired: way, refunded: way, expiring: way },
      { granted: true, available: true, expired: true, refunded: true },
    );
    const settings = await getSettings(shop.ctx);
    const caps = { email: [], sms: [], push: [] };
    await saveSettings(shop.ctx, { ...settings, policy: { ...settings.policy, caps } });
    const two = [a, b];
    await grant(two);
    await grant(two, "2026-06-02T08:00:00Z", "2026-06-15T10:00:00Z");
    await redeem(shop.ctx, { key: "r", customerId: a, unit: "EUR", amount: 100n, orderRef: "o" });
    await refund(shop.ctx, { key: "back", orderRef: "o", amount: 100n });
    await at("2026-06-01T10:01:00Z");
    await planLedgerNotices(shop.ctx);
    const sms = smsGatewayAdapter({ url: host.url, from: "Shop", token: null, allowPrivate: true });
    await deliver({ sms });
    await at("2026-06-02T09:00:00Z");
    await planLedgerNotices(shop.ctx);
    await deliver({ sms });
    await at("2026-06-08T10:00:00Z");
    await planReminders(shop.ctx);
    await deliver({ sms });
    await at("2026-06-15T10:00:01Z");
    await expireDue(shop.ctx);
    await planLedgerNotices(shop.ctx);
    await deliver({ sms });
    expect(await planned()).toEqual([
      ...["credit_available sms c1", "credit_available sms c2", "credit_expired sms c1", "credit_expired sms c2"],
      ...["credit_expiring sms c1", "credit_expiring sms c2", "credit_granted sms c1", "credit_granted sms c2", "credit_refunded sms c1"],
    ]);
    const texts = host.calls.map(({ body }) => body.toString());
    expect(texts).toHaveLength(9);
    for (const text of texts) expect(text).toMatch(/5,00\s€|€5\.00|1,00\s€/);
    for (const german of ["jetzt verfügbar", "laufen bald ab", "abgelaufen", "zurückgebucht"])
      expect(texts.filter((text) => text.includes(german))).toHaveLength(1);
    for (const english of ["now available", "expires soon", "expired"]) expect(texts.some((text) => text.includes(english))).toBe(true);
    // Advertising names the way out of it; a fact of the contract has none.
    expect(texts.filter((text) => /Abmelden|Opt out/.test(text))).toHaveLength(8);
  });

  it("is shown by the app as a push notification, too", async () => {
    await pushFor(a);
    await by({ available: ["push"] });
    await grant([a], "2026-06-05T08:00:00Z");
    await at("2026-06-05T08:00:00Z");
    await planLedgerNotices(shop.ctx);
    const [row] = await run(sql<{ id: string }>`select id from message`);
    expect(await getMessage(shop.ctx, { id: row?.id ?? "" }, { pii: true })).toMatchObject({ channel: "push", kind: "credit_available" });
  });
});
