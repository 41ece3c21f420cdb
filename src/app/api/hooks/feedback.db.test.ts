import { createHmac, generateKeyPairSync, sign } from "node:crypto";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { setTestClock } from "@/server/clock";
import { at } from "@/server/ledger/testing";
import { saveFeedback } from "@/server/notifications/feedback/manage-feedback";
import { type FeedbackShop, feedbackShop } from "./feedback.testing";

/** What SendGrid and Mailgun document that they send, as short as it can be, signed with keys made here. */
let world: FeedbackShop;
beforeEach(async () => {
  await at("2026-06-01T10:00:00Z");
  world = await feedbackShop();
});
afterEach(() => setTestClock(null));
const now = () => Math.floor(Date.now() / 1_000);

describe("SendGrid", () => {
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const key = publicKey.export({ type: "spki", format: "der" }).toString("base64");
  const events = (list: object[], { t = now().toString(), by = privateKey, body = JSON.stringify(list) } = {}) =>
    world.post("sendgrid", body, {
      "x-twilio-email-event-webhook-timestamp": t,
      "x-twilio-email-event-webhook-signature": sign("sha256", Buffer.from(t + JSON.stringify(list)), by).toString("base64"),
    });
  const event = (name: string, index: number, more: object = {}) => ({
    ...{ email: `c${(index + 1).toString()}@example.com`, timestamp: 1513299569, "smtp-id": world.ids[index], event: name },
    ...{ sg_event_id: `${name}-${index.toString()}`, sg_message_id: "14c5d75ce93.dfd.64b469.filter0001.16648.5515E0B88.0", ...more },
  });
  beforeEach(() => saveFeedback(world.shop.ctx, { provider: "sendgrid", secret: key }));

  it("tells in one batch what became of each, once", async () => {
    const batch = [
      event("processed", 0),
      event("delivered", 0, { response: "250 OK" }),
      event("open", 0, { useragent: "Mozilla/4.0" }),
      event("bounce", 1, { type: "bounce", status: "5.1.1", reason: "550 5.1.1 The email account does not exist." }),
      event("spamreport", 2),
      event("unsubscribe", 3),
    ];
    expect(await events(batch)).toEqual({ status: 200, recorded: 4 });
    expect(await world.known()).toEqual(["delivered", "bounced", "complained", ""]);
    expect(await world.reasons()).toEqual([null, "hardBounce", "complaint", null]);
    expect(await world.consents()).toEqual(["SUBSCRIBED", "SUBSCRIBED", "UNSUBSCRIBED", "UNSUBSCRIBED"]);
    expect(await events(batch)).toEqual({ status: 200, recorded: 0 });
    expect(await world.stateOf("sendgrid")).toMatchObject({ hasSecret: true, heardAt: expect.any(Date), refusedAt: null });
  });

  it("takes no full mailbox, no block and nothing that is still tried for the end of an address", async () => {
    const full = "552 5.2.2 The email account that you tried to reach is over quota and inactive.";
    expect(
      await events([
        event("bounce", 0, { type: "bounce", status: "5.2.2", reason: full }),
        event("bounce", 1, { type: "blocked", status: "5.7.1", reason: "550 5.7.1 blocked by reputation" }),
        event("deferred", 2, { response: "450 4.2.0 Greylisted, try again", attempt: "1" }),
        event("dropped", 3, { reason: "Unsubscribed Address" }),
      ]),
    ).toEqual({ status: 200, recorded: 3 });
    expect(await world.reasons()).toEqual([null, null, null, null]);
    expect(await world.kinds()).toEqual(["failed", "failed", "softBounce"]);
    expect(await events([event("dropped", 2, { reason: "Bounced Address" })])).toMatchObject({ recorded: 1 });
    expect((await world.reasons())[2]).toBe("hardBounce");
  });

  it("is refused with another key, another body or an old time, and the settings say so", async () => {
    const other = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey;
    const batch = [event("spamreport", 0)];
    const refused = { status: 401, code: "FEEDBACK_REFUSED" };
    expect(await events(batch, { by: other })).toMatchObject(refused);
    expect(await events(batch, { body: JSON.stringify([event("spamreport", 1)]) })).toMatchObject(refused);
    expect(await world.post("sendgrid", JSON.stringify(batch))).toMatchObject(refused);
    expect(await world.stateOf("sendgrid")).toMatchObject({ heardAt: null, refusal: "signature", refusedAt: expect.any(Date) });
    expect(await events(batch, { t: (now() - 49 * 3_600).toString() })).toMatchObject(refused);
    expect(await world.stateOf("sendgrid")).toMatchObject({ refusal: "late" });
    expect(await world.consents()).toEqual(["SUBSCRIBED", "SUBSCRIBED", "SUBSCRIBED", "SUBSCRIBED"]);
    expect(await events(batch)).toEqual({ status: 200, recorded: 1 });
  });

  it("knows the e-mail by our field where the Message-ID was replaced, and leaves alone what is of another shop or of the team", async () => {
    const reference = /<([^@]+)@/.exec(world.ids[0] ?? "")?.[1];
    const replaced = { "smtp-id": "<14c5d75ce93.dfd.64b469@ismtpd-555>" };
    const foreign = { "smtp-id": world.ids[1]?.replace(world.shop.ctx.shopId, crypto.randomUUID()) };
    const team = { "smtp-id": `<staff.${crypto.randomUUID()}.${world.shop.ctx.shopId}@example.org>` };
    const test = { "smtp-id": `<${crypto.randomUUID()}.test@example.org>` };
    expect(
      await events([
        event("delivered", 0, { ...replaced, "guthaben-message": reference }),
        event("spamreport", 1, foreign),
        event("delivered", 1, foreign),
        event("spamreport", 2, team),
        event("bounce", 2, { ...test, type: "bounce", reason: "550 5.1.1" }),
        event("delivered", 3, replaced),
      ]),
    ).toEqual({ status: 200, recorded: 1 });
    expect(await world.known()).toEqual(["delivered", "", "", ""]);
    expect([await world.reasons(), (await world.consents())[1]]).toEqual([[null, null, null, null], "SUBSCRIBED"]);
    // With nothing but the address, a complaint is about the last e-mail that reached it.
    expect(await events([event("spamreport", 3, replaced)])).toMatchObject({ recorded: 1 });
    expect(await world.known()).toEqual(["delivered", "", "", "complained"]);
  });

  it("brings thousands at once", async () => {
    const many = Array.from({ length: 4_000 }, (_, index) => event("delivered", index % 4, { sg_event_id: `e${index.toString()}` }));
    expect(await events(many)).toEqual({ status: 200, recorded: 4_000 });
    expect(await events(many.slice(0, 2_000).concat(event("bounce", 0, { type: "bounce", reason: "550 5.1.1" }) as never))).toMatchObject({
      recorded: 1,
    });
    expect(await world.known()).toEqual(["delivered bounced", "delivered", "delivered", "delivered"]);
  });

  it("is not set up with a key that is none", async () => {
    await expect(saveFeedback(world.shop.ctx, { provider: "sendgrid", secret: "SG.nothing" })).rejects.toMatchObject({
      code: "FEEDBACK_KEY",
    });
    const { publicKey: other } = generateKeyPairSync("ec", { namedCurve: "P-384" });
    const curve = other.export({ type: "spki", format: "der" }).toString("base64");
    await expect(saveFeedback(world.shop.ctx, { provider: "sendgrid", secret: curve })).rejects.toMatchObject({ code: "FEEDBACK_KEY" });
    await saveFeedback(world.shop.ctx, {
      provider: "sendgrid",
      secret: publicKey.export({ type: "spki", format: "pem" }).toString().replaceAll("\n", ""),
    });
    expect(await events([event("delivered", 0)])).toEqual({ status: 200, recorded: 1 });
  });
});

describe("Mailgun", () => {
  const KEY = "mailgun-signing-key";
  type Signed = { t?: string; token?: string; key?: string };
  const report = (data: object, { t = now().toString(), token = crypto.randomUUID().repeat(2).slice(0, 50), key = KEY }: Signed = {}) =>
    world.post(
      "mailgun",
      JSON.stringify({
        signature: {
          timestamp: t,
          token,
          signature: createHmac("sha256", key)
            .update(t + token)
            .digest("hex"),
        },
        "event-data": data,
      }),
      { "content-type": "application/json" },
    );
  const data = (event: string, index: number, more: object = {}) => ({
    ...{ event, id: "hTWCTD81RtiDN", timestamp: 1534108637.153125, recipient: `c${(index + 1).toString()}@example.com` },
    // Without the angle brackets.
    ...{ message: { headers: { "message-id": world.ids[index]?.slice(1, -1) } }, ...more },
  });
  beforeEach(() => saveFeedback(world.shop.ctx, { provider: "mailgun", secret: KEY }));

  it("tells failures, complaints, who left and deliveries", async () => {
    const gone = {
      code: 550,
      message: "5.1.1 The email account that you tried to reach does not exist. Please try\n5.1.1",
      description: "",
    };
    expect(await report(data("delivered", 0, { "delivery-status": { code: 250, message: "OK" } }))).toEqual({ status: 200, recorded: 1 });
    expect(await report(data("failed", 1, { severity: "permanent", reason: "bounce", "delivery-status": gone }))).toMatchObject({
      recorded: 1,
    });
    expect(await report(data("complained", 2))).toMatchObject({ recorded: 1 });
    expect(await report(data("unsubscribed", 3))).toMatchObject({ recorded: 1 });
    expect(await report(data("opened", 3))).toEqual({ status: 200, recorded: 0 });
    expect(await report(data("something_new", 3))).toEqual({ status: 200, recorded: 0 });
    expect(await world.known()).toEqual(["delivered", "bounced", "complained", ""]);
    expect(await world.reasons()).toEqual([null, "hardBounce", "complaint", null]);
    expect(await world.consents()).toEqual(["SUBSCRIBED", "SUBSCRIBED", "UNSUBSCRIBED", "UNSUBSCRIBED"]);
  });

  it("takes what is tried again for nothing, and policy for no fault of the address", async () => {
    const later = { "attempt-no": 1, code: 450, message: "Recipient address rejected: Greylisted", "retry-seconds": 300 };
    const full = { code: 452, message: "4.2.2 The recipient's inbox is out of storage space" };
    const spam = { code: 550, message: "5.7.1 Message rejected as spam" };
    expect(await report(data("failed", 0, { severity: "temporary", reason: "greylisted", "delivery-status": later }))).toEqual({
      status: 200,
      recorded: 0,
    });
    expect(await report(data("failed", 0, { severity: "temporary", reason: "generic", "delivery-status": full }))).toMatchObject({
      recorded: 1,
    });
    expect(await report(data("failed", 1, { severity: "permanent", reason: "bounce", "delivery-status": spam }))).toMatchObject({
      recorded: 1,
    });
    expect(await report(data("failed", 2, { severity: "permanent", reason: "suppress-complaint" }))).toMatchObject({ recorded: 1 });
    expect(await world.reasons()).toEqual([null, null, null, null]);
    expect(await report(data("failed", 2, { severity: "permanent", reason: "suppress-bounce" }))).toMatchObject({ recorded: 1 });
    expect((await world.reasons())[2]).toBe("hardBounce");
  });

  it("is refused unproven or late; a token speaks once, also for another report", async () => {
    const refused = { status: 401, code: "FEEDBACK_REFUSED" };
    expect(await report(data("complained", 0), { key: "wrong" })).toMatchObject(refused);
    expect(await report(data("complained", 0), { t: (now() - 49 * 3_600).toString() })).toMatchObject(refused);
    expect(await world.stateOf("mailgun")).toMatchObject({ refusal: "late" });
    expect(await world.post("mailgun", "{}")).toMatchObject(refused);
    expect(await world.stateOf("mailgun")).toMatchObject({ refusal: "unreadable" });
    const token = "651869375b9df3c98fc15c4889b102119add1235c38fc92824";
    expect(await report(data("failed", 0, { severity: "permanent", reason: "old" }), { token })).toMatchObject({
      status: 200,
      recorded: 1,
    });
    expect(await report(data("complained", 1), { token })).toEqual({ status: 200, recorded: 0 });
    expect(await world.consents()).toEqual(["SUBSCRIBED", "SUBSCRIBED", "SUBSCRIBED", "SUBSCRIBED"]);
  });
});
