import { createHmac } from "node:crypto";
import { sql } from "kysely";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createCampaignShop } from "@/server/campaigns/testing";
import { setTestClock } from "@/server/clock";
import { withTenant } from "@/server/db";
import { grantMany } from "@/server/ledger/grant-many";
import { redeem } from "@/server/ledger/redeem";
import { at, type LedgerShop } from "@/server/ledger/testing";
import { createInboundSecret, listChannels, saveChannel } from "./channels/manage-channels";
import { consentHistory } from "./consent/consent-history";
import { receiveInbound } from "./consent/inbound";
import { addSuppression, checkSuppression, listSuppression } from "./consent/manage-suppression";
import { confirmOptIn, requestOptIn, viewOptIn } from "./consent/opt-in";
import { savePreferences, unsubscribe, viewPreferences } from "./consent/preferences";
import { deliverMessages } from "./deliver-messages";
import { optInToken, signLink } from "./links";
import { planMessages } from "./plan-messages";
import { planReminders } from "./plan-reminders";
import { getSettings, readSettings, saveSettings } from "./settings";
import { type HttpHost, onlySenders, startHttpHost } from "./testing";
import { recordOpening } from "./track-message";
import { collectEvents } from "./webhooks/collect-events";
import { deliverWebhooks, fanOutEvents } from "./webhooks/deliver-webhooks";
import { createWebhook, listWebhookDeliveries, replayDelivery } from "./webhooks/manage-webhooks";
import { webhookBodySchema } from "./webhooks/schema";

let shop: LedgerShop;
let first: string;
let host: HttpHost | null = null;
beforeEach(async () => {
  await at("2026-06-01T10:00:00Z");
  shop = await createCampaignShop(3);
  first = shop.customers[0] ?? "";
});
afterEach(async () => {
  await host?.close();
  host = null;
  await setTestClock(null);
});

const token = (purpose: "preferences" | "message" | "inbound", subject: string) =>
  withTenant(shop.ctx, async (handle) =>
    signLink((await readSettings(handle, shop.ctx)).pepper, { purpose, orgId: shop.ctx.orgId, shopId: shop.ctx.shopId, subject }),
  );
const consentOf = (id: string) =>
  withTenant(
    shop.ctx,
    async ({ trx }) =>
      (await trx.selectFrom("customer").select("email_consent").where("id", "=", id).executeTakeFirstOrThrow()).email_consent,
  );
const grant = (expiresAt: string) =>
  grantMany(shop.ctx, {
    source: { type: "drop", id: crypto.randomUUID() },
    chunkKey: crypto.randomUUID(),
    unit: "EUR",
    originClass: "unpaid",
    availableFrom: null,
    expiresAt: new Date(expiresAt),
    grants: [{ customerId: first, amount: 500n }],
  });

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

describe("the way out", () => {
  it("looking changes nothing, one click ends it, twice is once (B18, RFC 8058)", async () => {
    const link = await token("preferences", first);
    expect(await viewPreferences(link)).toMatchObject({ shop: "Test", email: true, address: "c…@example.com" });
    expect(await consentOf(first)).toBe("SUBSCRIBED");
    await unsubscribe(link, { ip: "192.0.2.1" });
    await unsubscribe(link, {});
    expect(await consentOf(first)).toBe("UNSUBSCRIBED");
    const { events } = await consentHistory(shop.ctx, { customerId: first });
    expect(events[0]).toMatchObject({ state: "withdrawn", basis: "oneClick", ip: "192.0.2.1" });
    expect(events.filter(({ state, purpose }) => state === "withdrawn" && purpose === "marketing")).toHaveLength(1);
  });

  it("no other token opens it", async () => {
    const link = await token("preferences", first);
    // The next letter, which decodes to the same bytes, and the next but three, which does not.
    const last = ALPHABET.indexOf(link.slice(-1));
    const respelt = [1, 4].map((step) => `${link.slice(0, -1)}${ALPHABET[(last + step) % 64]}`);
    for (const bad of ["", "x", ...respelt, await token("message", first)]) {
      expect(await viewPreferences(bad)).toBeNull();
      await expect(unsubscribe(bad, {})).rejects.toMatchObject({ code: "LINK_INVALID" });
    }
  });

  it("choices are saved with proof, and an objection ends everything", async () => {
    const link = await token("preferences", first);
    await savePreferences(link, { email: true, sms: false, push: false, tracking: true, objected: false }, {});
    expect(await viewPreferences(link)).toMatchObject({ email: true, tracking: true, objected: false });
    await savePreferences(link, { email: true, sms: false, push: false, tracking: true, objected: true }, {});
    expect(await viewPreferences(link)).toMatchObject({ email: false, tracking: false, objected: true });
  });

  it("whoever unsubscribes does so for every customer with their address, and for nobody else", async () => {
    const [, second = "", third = ""] = shop.customers;
    await withTenant(shop.ctx, ({ trx }) =>
      sql`update customer set email = 'C1@example.com', email_key = 'c1@example.com' where id = ${second}`.execute(trx),
    );
    await unsubscribe(await token("preferences", first), {});
    expect([await consentOf(first), await consentOf(second), await consentOf(third)]).toEqual([
      "UNSUBSCRIBED",
      "UNSUBSCRIBED",
      "SUBSCRIBED",
    ]);
    await savePreferences(
      await token("preferences", first),
      { email: false, sms: false, push: false, tracking: false, objected: true },
      {},
    );
    expect(await viewPreferences(await token("preferences", second))).toMatchObject({ objected: true });
    expect(await viewPreferences(await token("preferences", third))).toMatchObject({ objected: false });
  });

  it("a buyer who is written to without consent sees that, and can end it; leaving it alone is no consent", async () => {
    const settings = await getSettings(shop.ctx);
    await saveSettings(shop.ctx, { ...settings, policy: { ...settings.policy, softOptIn: true } });
    await withTenant(shop.ctx, async ({ trx }) => {
      await sql`update customer set email_consent = 'NOT_SUBSCRIBED'`.execute(trx);
      await sql`update customer_metrics set orders_count = 1 where customer_id = ${first}`.execute(trx);
    });
    const link = await token("preferences", first);
    const choices = { email: true, sms: false, push: false, tracking: false, objected: false };
    expect(await viewPreferences(link)).toMatchObject({ email: true });
    expect(await viewPreferences(await token("preferences", shop.customers[1] ?? ""))).toMatchObject({ email: false });
    await savePreferences(link, choices, {});
    expect(await consentOf(first)).toBe("NOT_SUBSCRIBED");
    await savePreferences(link, { ...choices, email: false }, {});
    expect(await consentOf(first)).toBe("UNSUBSCRIBED");
    expect(await viewPreferences(link)).toMatchObject({ email: false });
    await savePreferences(link, choices, {});
    expect(await consentOf(first)).toBe("SUBSCRIBED");
  });

  it("events cannot be changed", async () => {
    await expect(withTenant(shop.ctx, ({ trx }) => sql`update consent_event set state = 'granted'`.execute(trx))).rejects.toThrow(
      /permission denied/,
    );
  });
});

describe("double opt-in", () => {
  it("asks once, confirms by its link alone, keeps what proves it, and is over after a week", async () => {
    await withTenant(shop.ctx, ({ trx }) => sql`update customer set email_consent = 'NOT_SUBSCRIBED'`.execute(trx));
    expect(await requestOptIn(shop.ctx, first, { ip: "192.0.2.7" })).toEqual({ asked: true });
    expect(await consentOf(first)).toBe("PENDING");
    const params = await withTenant(
      shop.ctx,
      async ({ trx }) => (await trx.selectFrom("message").select("params").executeTakeFirstOrThrow()).params,
    );
    const link = optInToken(shop.ctx, String(params.optIn));
    expect(JSON.stringify(params)).not.toContain(link);
    expect(await viewOptIn(link)).toMatchObject({ shop: "Test" });
    expect(await consentOf(first)).toBe("PENDING");
    expect(await deliverMessages(shop.ctx, async () => onlySenders({}))).toMatchObject({ sent: 1 });
    await confirmOptIn(link, { ip: "192.0.2.8" });
    expect(await consentOf(first)).toBe("SUBSCRIBED");
    await expect(confirmOptIn(link, {})).rejects.toMatchObject({ code: "LINK_INVALID" });
    const { events } = await consentHistory(shop.ctx, { customerId: first });
    expect(events[0]).toMatchObject({ basis: "doubleOptIn", state: "granted", ip: "192.0.2.8" });
    expect(events[0]?.proof).toContain("192.0.2.7");
    const second = shop.customers[1] ?? "";
    await requestOptIn(shop.ctx, second);
    const late = await withTenant(
      shop.ctx,
      async ({ trx }) =>
        (await trx.selectFrom("message").select("params").where("customer_id", "=", second).executeTakeFirstOrThrow()).params,
    );
    await at("2026-06-08T11:00:00Z");
    await expect(confirmOptIn(optInToken(shop.ctx, String(late.optIn)), {})).rejects.toMatchObject({ code: "LINK_INVALID" });
  });
});

describe("what providers report", () => {
  const signed = (secret: string, body: string, seconds = Math.floor(Date.now() / 1_000)) => ({
    body: Buffer.from(body),
    signature: `t=${seconds.toString()},v1=${createHmac("sha256", secret).update(`${seconds.toString()}.${body}`).digest("hex")}`,
    twilioSignature: null,
    path: "",
  });
  const dsn = (status: string, action = "failed") =>
    [
      "From: mailer-daemon@example.net",
      "To: no-reply@example.org",
      "Subject: Undelivered",
      "MIME-Version: 1.0",
      'Content-Type: multipart/report; report-type=delivery-status; boundary="b"',
      "",
      "--b",
      "Content-Type: text/plain",
      "",
      "It did not work.",
      "--b",
      "Content-Type: message/delivery-status",
      "",
      "Reporting-MTA: dns; mx.example.net",
      "",
      "Final-Recipient: rfc822; c1@example.com",
      `Action: ${action}`,
      `Status: ${status}`,
      "Diagnostic-Code: smtp; 550 no such user",
      "",
      "--b--",
      "",
    ].join("\r\n");

  it("a returned mail suppresses by hash, once, and only with a signature that is fresh and right", async () => {
    const { secret } = await createInboundSecret(shop.ctx, {});
    const link = await token("inbound", shop.ctx.shopId);
    expect(await receiveInbound(link, "bounce", { ...signed(secret, dsn("5.1.1")), signature: null })).toMatchObject({ status: 401 });
    expect(await receiveInbound(link, "bounce", signed("wrong", dsn("5.1.1")))).toMatchObject({ status: 401 });
    expect(await receiveInbound(link, "bounce", signed(secret, dsn("5.1.1"), 1))).toMatchObject({ status: 401 });
    expect(await receiveInbound(link, "bounce", signed(secret, dsn("5.1.1")))).toEqual({ status: 200, recorded: 1 });
    expect(await receiveInbound(link, "bounce", signed(secret, dsn("5.1.1")))).toEqual({ status: 200, recorded: 0 });
    expect(await checkSuppression(shop.ctx, { channel: "email", address: "C1@Example.com" })).toMatchObject({
      reason: "hardBounce",
      until: null,
    });
    expect(JSON.stringify(await listChannels(shop.ctx))).not.toContain(secret);
  });

  it("e-mails to the team are nobody's bounce, and an id of the provider's own leads by the address to the last e-mail", async () => {
    const { secret } = await createInboundSecret(shop.ctx, {});
    const link = await token("inbound", shop.ctx.shopId);
    const say = (event: object) => receiveInbound(link, "events", signed(secret, JSON.stringify({ events: [event] })));
    const team = `staff.${crypto.randomUUID()}.${shop.ctx.shopId}@example.org`;
    expect(await say({ id: "t", type: "hardBounce", email: "c1@example.com", messageId: team })).toEqual({ status: 200, recorded: 0 });
    await withTenant(shop.ctx, (handle) =>
      planMessages(handle, shop.ctx, { kind: "campaign_message", keyPrefix: "a", customers: [{ customerId: first }] }),
    );
    await deliverMessages(shop.ctx, async () => onlySenders({}));
    expect(await say({ id: "f", type: "complaint", email: "C1@example.com", messageId: crypto.randomUUID() })).toMatchObject({
      recorded: 1,
    });
    expect(await consentOf(first)).toBe("UNSUBSCRIBED");
    const told = await withTenant(shop.ctx, ({ trx }) => trx.selectFrom("message").select("complained_at").execute());
    expect(told).toEqual([{ complained_at: expect.any(Date) }]);
  });

  it("three soft bounces on different days rest the address for a month; a complaint ends consent", async () => {
    const { secret } = await createInboundSecret(shop.ctx, {});
    const link = await token("inbound", shop.ctx.shopId);
    for (const day of ["01", "02", "03"]) {
      await at(`2026-06-${day}T10:00:00Z`);
      await receiveInbound(
        link,
        "events",
        signed(secret, JSON.stringify({ events: [{ id: `s${day}`, type: "softBounce", email: "c1@example.com", code: "4.2.2" }] })),
      );
    }
    expect(await checkSuppression(shop.ctx, { channel: "email", address: "c1@example.com" })).toMatchObject({
      reason: "softBounce",
      until: expect.any(Date),
    });
    await at("2026-07-03T11:00:00Z");
    expect(await listSuppression(shop.ctx, {})).toMatchObject({ total: 0 });
    await withTenant(shop.ctx, (handle) =>
      planMessages(handle, shop.ctx, { kind: "campaign_message", keyPrefix: "k", customers: [{ customerId: first }] }),
    );
    const id = await withTenant(shop.ctx, async ({ trx }) => (await trx.selectFrom("message").select("id").executeTakeFirstOrThrow()).id);
    await receiveInbound(
      link,
      "events",
      signed(secret, JSON.stringify({ events: [{ id: "x", type: "complaint", messageId: `<${id}.${shop.ctx.shopId}@example.org>` }] })),
    );
    expect(await consentOf(first)).toBe("UNSUBSCRIBED");
    expect(await listSuppression(shop.ctx, {})).toMatchObject({ total: 1, items: [{ reason: "complaint" }] });
  });

  it("openings count only with consent to tracking", async () => {
    await withTenant(shop.ctx, (handle) =>
      planMessages(handle, shop.ctx, { kind: "campaign_message", keyPrefix: "k", customers: [{ customerId: first }] }),
    );
    const id = await withTenant(shop.ctx, async ({ trx }) => (await trx.selectFrom("message").select("id").executeTakeFirstOrThrow()).id);
    const pixel = await token("message", id);
    const opens = () => withTenant(shop.ctx, async ({ trx }) => (await trx.selectFrom("activity_event").selectAll().execute()).length);
    await recordOpening(pixel);
    expect(await opens()).toBe(0);
    await savePreferences(await token("preferences", first), { email: true, sms: false, push: false, tracking: true, objected: false }, {});
    await recordOpening(pixel);
    await recordOpening(pixel);
    expect(await opens()).toBe(1);
  });

  it("secrets are write-only and bound to their place", async () => {
    await saveChannel(shop.ctx, { kind: "klaviyo", enabled: true, settings: {}, secret: "pk_secret" });
    expect(JSON.stringify(await listChannels(shop.ctx))).not.toContain("pk_secret");
    const stored = await withTenant(
      shop.ctx,
      async ({ trx }) => (await trx.selectFrom("notification_channel").select("secret").executeTakeFirstOrThrow()).secret,
    );
    expect(stored?.toString("utf8")).not.toContain("pk_secret");
    await addSuppression(shop.ctx, { addresses: ["someone@example.net"] });
    expect(await checkSuppression(shop.ctx, { channel: "email", address: "SOMEONE@example.net" })).toMatchObject({ reason: "manual" });
  });
});

describe("reminders", () => {
  it("bundle a customer's lots, go out before the night, and say what is left when they are sent", async () => {
    await grant("2026-06-10T22:00:00Z");
    await grant("2026-06-10T22:00:00Z");
    await at("2026-06-03T12:00:00Z");
    expect(await planReminders(shop.ctx)).toEqual({ planned: 1 });
    expect(await planReminders(shop.ctx)).toEqual({ planned: 0 });
    const rows = () =>
      withTenant(shop.ctx, ({ trx }) =>
        trx.selectFrom("message").select(["status", "params", "send_after", "lots"]).orderBy("id").execute(),
      );
    expect((await rows())[0]?.lots).toHaveLength(2);
    expect((await rows())[0]?.send_after.getTime()).toBeLessThan(Date.parse("2026-06-03T18:00:00Z"));
    await redeem(shop.ctx, { key: "r", customerId: first, unit: "EUR", amount: 700n, orderRef: "o" });
    await at("2026-06-03T17:59:00Z");
    await deliverMessages(shop.ctx, async () => onlySenders({}));
    expect((await rows())[0]).toMatchObject({ status: "sent", params: { amount: "300" } });
  });
});

describe("web hooks", () => {
  it("tell what the ledger booked, signed, once, again on request, and give up on nobody too early", async () => {
    let status = 500;
    host = await startHttpHost(() => ({ status }));
    const { id, secret } = await createWebhook(shop.ctx, {
      url: `${host.url}/hook`,
      types: ["credit.granted", "credit.available", "credit.redeemed"],
    });
    await collectEvents(shop.ctx);
    await at("2026-06-01T10:00:01Z");
    await grant("2026-07-01T22:00:00Z");
    await redeem(shop.ctx, { key: "r", customerId: first, unit: "EUR", amount: 200n, orderRef: "order-9" });
    await at("2026-06-01T10:00:05Z");
    expect(await collectEvents(shop.ctx)).toMatchObject({ events: 3 });
    expect(await collectEvents(shop.ctx)).toMatchObject({ events: 0 });
    expect(await fanOutEvents(shop.ctx)).toEqual({ deliveries: 1 });
    expect(await deliverWebhooks(shop.ctx, { allowPrivate: true })).toMatchObject({ retried: 1 });
    status = 200;
    expect(await deliverWebhooks(shop.ctx, { allowPrivate: true })).toMatchObject({ delivered: 0 });
    await at("2026-06-01T10:02:10Z");
    expect(await deliverWebhooks(shop.ctx, { allowPrivate: true })).toMatchObject({ delivered: 1 });
    const call = host.calls.at(-1);
    const body = call?.body.toString() ?? "";
    const [, t, v1] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(String(call?.headers["x-signature"])) ?? [];
    expect(
      createHmac("sha256", secret)
        .update(`${t ?? ""}.${body}`)
        .digest("hex"),
    ).toBe(v1);
    // As the OpenAPI description says.
    const { events } = webhookBodySchema.parse(JSON.parse(body));
    expect(events.map(({ type }) => type).sort()).toEqual(["credit.available", "credit.granted", "credit.redeemed"]);
    expect(events.find(({ type }) => type === "credit.redeemed")?.data).toMatchObject({
      customerId: "c1",
      amount: "200",
      unit: "EUR",
      orderRef: "order-9",
    });
    const { items } = await listWebhookDeliveries(shop.ctx, { endpointId: id });
    await replayDelivery(shop.ctx, { deliveryId: items[0]?.id ?? "" });
    expect(await deliverWebhooks(shop.ctx, { allowPrivate: true })).toMatchObject({ delivered: 1 });
    expect(host.calls.at(-1)?.body.toString()).toContain("order-9");
  });

  it("never lead into our own network", async () => {
    host = await startHttpHost(() => ({ status: 200 }));
    await createWebhook(shop.ctx, { url: host.url, types: ["credit.granted"] });
    await collectEvents(shop.ctx);
    await at("2026-06-01T10:00:01Z");
    await grant("2026-07-01T22:00:00Z");
    await at("2026-06-01T10:00:05Z");
    await collectEvents(shop.ctx);
    await fanOutEvents(shop.ctx);
    expect(await deliverWebhooks(shop.ctx, { allowPrivate: false })).toMatchObject({ failed: 1 });
    expect(host.calls).toHaveLength(0);
  });
});
