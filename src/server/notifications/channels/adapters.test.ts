import { createECDH, randomBytes } from "node:crypto";
import ece from "http_ece";
import { afterEach, describe, expect, it } from "vitest";
import { type HttpHost, smtpError, startHttpHost, startMailHost } from "../testing";
import { guardedRequest, isPublicAddress } from "./guarded-request";
import { sendKlaviyoEvent } from "./klaviyo";
import { createVapidKeys, pushAdapter } from "./push";
import { e164, smsGatewayAdapter, twilioAdapter } from "./sms";
import { smtpAdapter } from "./smtp";

let host: HttpHost | null = null;
afterEach(async () => {
  await host?.close();
  host = null;
});
const sms = { channel: "sms" as const, id: "0198f0a2-7c1e-7000-8000-000000000001", to: "+4915112345678", text: "10 € für Sie" };

describe("SMTP", () => {
  it("signs in, and says why it cannot", async () => {
    const mail = await startMailHost({ auth: { user: "shop", password: "right" } });
    const open = (password: string) => smtpAdapter({ host: "127.0.0.1", port: mail.port, secure: "none", user: "shop", password });
    const good = open("right");
    expect(await good.verify()).toContain("127.0.0.1");
    good.close();
    const bad = open("wrong");
    await expect(bad.verify()).rejects.toThrow(/auth/i);
    bad.close();
    await mail.close();
  });

  it("refuses a header with a line break before anything is sent (B22)", async () => {
    const mail = await startMailHost({ rcpt: () => smtpError(500, "never") });
    const adapter = smtpAdapter({ host: "127.0.0.1", port: mail.port, secure: "none", user: null, password: null });
    const base = {
      channel: "email" as const,
      id: "x",
      to: "a@example.com",
      from: { name: "S", address: "s@example.com" },
      replyTo: null,
      subject: "s",
      html: "h",
      text: "t",
      unsubscribe: [],
      messageId: "<x@example.com>",
    };
    for (const patch of [
      { subject: "a\r\nBcc: x@example.com" },
      { to: "a@example.com\r\nx" },
      { from: { name: "a\nb", address: "s@example.com" } },
    ])
      expect(await adapter.send({ ...base, ...patch })).toMatchObject({ result: "failed", reason: "rejected" });
    adapter.close();
    await mail.close();
  });

  it("lets what cannot be delivered go back to the return address, and shows the sender all the same", async () => {
    const mail = await startMailHost();
    const adapter = smtpAdapter({ host: "127.0.0.1", port: mail.port, secure: "none", user: null, password: null });
    const base = {
      ...{ channel: "email" as const, id: "x", to: "a@example.com", from: { name: "S", address: "s@example.com" }, replyTo: null },
      ...{ subject: "s", html: "h", text: "t", unsubscribe: [], messageId: "<x@example.com>" },
    };
    await adapter.send({ ...base, returnTo: "bounce@example.org" });
    await adapter.send({ ...base, returnTo: null });
    expect(await adapter.send({ ...base, returnTo: "a\r\nb@example.org" })).toMatchObject({ result: "failed", reason: "rejected" });
    expect(mail.received.map(({ from, to, mail: { from: shown } }) => [from, to, shown?.address])).toEqual([
      ["bounce@example.org", ["a@example.com"], "s@example.com"],
      ["s@example.com", ["a@example.com"], "s@example.com"],
    ]);
    adapter.close();
    await mail.close();
  });
});

describe("Twilio", () => {
  const sid = `AC${"a".repeat(32)}`;
  const open = (url: string) =>
    twilioAdapter({
      accountSid: sid,
      authToken: "token",
      from: "+4930123456",
      messagingServiceSid: null,
      statusCallback: null,
      baseUrl: url,
    });
  it("posts the form its documentation asks for and reads the answers", async () => {
    let answer = { status: 201, body: JSON.stringify({ sid: "SM1" }) };
    host = await startHttpHost(() => answer);
    const adapter = open(host.url);
    expect(await adapter.send(sms)).toEqual({ result: "sent", ref: "SM1" });
    const [call] = host.calls;
    expect(call?.path).toBe(`/2010-04-01/Accounts/${sid}/Messages.json`);
    expect(call?.headers.authorization).toBe(`Basic ${Buffer.from(`${sid}:token`).toString("base64")}`);
    expect(call?.headers["content-type"]).toBe("application/x-www-form-urlencoded");
    expect(Object.fromEntries(new URLSearchParams(call?.body.toString()))).toEqual({ To: sms.to, Body: sms.text, From: "+4930123456" });
    answer = { status: 400, body: JSON.stringify({ code: 21610 }) };
    expect(await adapter.send(sms)).toMatchObject({ result: "failed", reason: "suppressed", bounce: "hard" });
    answer = { status: 400, body: JSON.stringify({ code: 21211 }) };
    expect(await adapter.send(sms)).toMatchObject({ result: "failed", reason: "hardBounce" });
    answer = { status: 429, body: "{}" };
    expect(await adapter.send(sms)).toMatchObject({ result: "retry" });
    answer = { status: 503, body: "" };
    expect(await adapter.send(sms)).toMatchObject({ result: "unknown" });
  });
  it("a connection that was refused is tried again, nothing is assumed sent", async () => {
    expect(await open("http://127.0.0.1:1").send(sms)).toMatchObject({ result: "retry", down: true });
  });
});

describe("a generic SMS gateway", () => {
  it("gets JSON with a token and an id it can recognise repeats by", async () => {
    host = await startHttpHost(() => ({ status: 200, body: JSON.stringify({ id: "g1" }) }));
    const adapter = smsGatewayAdapter({ url: `${host.url}/send`, token: "t", from: "Shop", allowPrivate: true });
    expect(await adapter.send(sms)).toEqual({ result: "sent", ref: "g1" });
    expect(host.calls[0]?.headers).toMatchObject({ authorization: "Bearer t", "idempotency-key": sms.id });
    expect(JSON.parse(host.calls[0]?.body.toString() ?? "")).toEqual({ id: sms.id, from: "Shop", to: sms.to, text: sms.text });
  });
});

describe("the test of an SMS gateway", () => {
  it.each([301, 302, 308, 401, 403, 500])("does not pass with %i", async (status) => {
    host = await startHttpHost(() => ({ status, headers: { location: "https://example.com/login" } }));
    await expect(smsGatewayAdapter({ url: host.url, token: null, from: "Shop", allowPrivate: true }).verify()).rejects.toThrow(`${status}`);
  });
  it.each([200, 204, 404, 405])("passes with %i: GET need not be known there", async (status) => {
    host = await startHttpHost(() => ({ status }));
    expect(await smsGatewayAdapter({ url: host.url, token: null, from: "Shop", allowPrivate: true }).verify()).toContain("127.0.0.1");
  });
});

describe("browser push", () => {
  it("reaches only the browser that holds the key, signed by the shop; a browser that is gone is named", async () => {
    const browser = createECDH("prime256v1");
    const p256dh = browser.generateKeys().toString("base64url");
    const auth = randomBytes(16).toString("base64url");
    host = await startHttpHost(({ path }) => ({ status: path === "/gone" ? 410 : 201 }));
    const keys = createVapidKeys();
    const adapter = pushAdapter({ ...keys, subject: "mailto:a@example.com", allowPrivate: true });
    const target = (id: string) => ({ id, endpoint: `${host?.url ?? ""}/${id}`, p256dh, auth });
    const outcome = await adapter.send({
      channel: "push",
      id: "m",
      targets: [target("here"), target("gone")],
      title: "T",
      body: "B",
      url: "https://x.example",
    });
    expect(outcome).toEqual({ result: "sent", ref: null, gone: ["gone"] });
    const [call] = host.calls;
    expect(call?.headers["content-encoding"]).toBe("aes128gcm");
    expect(call?.headers.authorization).toMatch(/^vapid t=[\w-]+\.[\w-]+\.[\w-]+, ?k=/);
    const plain = ece.decrypt(call?.body ?? Buffer.alloc(0), { version: "aes128gcm", privateKey: browser, authSecret: auth });
    expect(JSON.parse(plain.toString("utf8"))).toEqual({ title: "T", body: "B", url: "https://x.example", tag: "m" });
  });
});

describe("Klaviyo", () => {
  it("gets the event with balance, upcoming balance and currency, and an id that counts once", async () => {
    host = await startHttpHost(() => ({ status: 202 }));
    const outcome = await sendKlaviyoEvent(
      { apiKey: "pk_x", baseUrl: host.url },
      {
        uniqueId: "e1",
        metric: "Store Credit Added",
        email: "a@example.com",
        externalId: "c1",
        time: new Date(0),
        unit: "EUR",
        amount: 1050n,
        balance: 1550n,
        upcoming: 500n,
        hours: null,
        expiresAt: null,
      },
    );
    expect(outcome).toEqual({ result: "sent" });
    const [call] = host.calls;
    expect(call?.headers).toMatchObject({ authorization: "Klaviyo-API-Key pk_x", "content-type": "application/vnd.api+json" });
    expect(call?.headers.revision).toMatch(/^\d{4}-\d{2}-\d{2}$/);
    expect(JSON.parse(call?.body.toString() ?? "")).toMatchObject({
      data: {
        type: "event",
        attributes: {
          unique_id: "e1",
          value: 10.5,
          value_currency: "EUR",
          properties: { balance: 15.5, upcoming_balance: 5, currency: "EUR" },
          metric: { data: { type: "metric", attributes: { name: "Store Credit Added" } } },
          profile: { data: { type: "profile", attributes: { email: "a@example.com", external_id: "c1" } } },
        },
      },
    });
  });
});

describe("addresses that people type", () => {
  it("lead to the public internet only", async () => {
    for (const bad of [
      "127.0.0.1",
      "10.1.2.3",
      "169.254.169.254",
      "192.168.0.1",
      "172.16.0.1",
      "100.64.0.1",
      "0.0.0.0",
      "::1",
      "fe80::1",
      "fd00::1",
      "::ffff:127.0.0.1",
      "2001:db8::1",
      "224.0.0.1",
    ])
      expect(isPublicAddress(bad), bad).toBe(false);
    for (const good of ["9.9.9.9", "2620:fe::fe"]) expect(isPublicAddress(good), good).toBe(true);
    host = await startHttpHost(() => ({ status: 200 }));
    const { port } = new URL(host.url);
    for (const url of [
      `http://127.0.0.1:${port}`,
      `http://localhost:${port}`,
      `http://[::1]:${port}`,
      "ftp://x",
      `http://u:p@127.0.0.1:${port}`,
      `http://2130706433:${port}`,
    ])
      await expect((async () => guardedRequest(url, { method: "POST", body: "" }))(), url).rejects.toThrow();
    expect(host.calls).toHaveLength(0);
  });
  it("are not followed elsewhere", async () => {
    host = await startHttpHost(() => ({ status: 302, headers: { location: "http://127.0.0.1:1/" } }));
    expect((await guardedRequest(host.url, { method: "POST", body: "", allowPrivate: true })).status).toBe(302);
  });
});

describe("phone numbers", () => {
  it("are read as their country writes them", () => {
    expect(e164("0151 12345678", "DE")).toBe("+4915112345678");
    expect(e164("+43 660 1234567", "DE")).toBe("+436601234567");
    expect(e164("12", "DE")).toBeNull();
    expect(e164("0151 12345678", null)).toBeNull();
  });
});
