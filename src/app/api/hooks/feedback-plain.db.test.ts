import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { setTestClock } from "@/server/clock";
import { withTenant } from "@/server/db";
import { at } from "@/server/ledger/testing";
import { listFeedback, removeFeedback, saveFeedback } from "@/server/notifications/feedback/manage-feedback";
import { referenceHeaders } from "@/server/notifications/feedback/provider-reference";
import { type FeedbackShop, feedbackShop } from "./feedback.testing";

/** What Postmark and Brevo document that they send. Neither signs: the address is the secret, and a password where one was agreed on. */
let world: FeedbackShop;
beforeEach(async () => {
  await at("2026-06-01T10:00:00Z");
  world = await feedbackShop();
});
afterEach(() => setTestClock(null));
const address = (index: number) => `c${(index + 1).toString()}@example.com`;
const ALL = ["SUBSCRIBED", "SUBSCRIBED", "SUBSCRIBED", "SUBSCRIBED"];

describe("Postmark", () => {
  const report = (record: object, headers: Record<string, string> = {}) => world.post("postmark", JSON.stringify(record), headers);
  /** As the header comes back that Postmark took from the e-mail. */
  const metadata = (index: number) => {
    const [[name = "", value = ""] = []] = Object.entries(referenceHeaders("smtp.postmarkapp.com", world.ids[index] ?? ""));
    expect(value.length).toBeLessThanOrEqual(80);
    return { Metadata: { [name.replace("X-PM-Metadata-", "")]: value } };
  };
  const bounce = (index: number, more: object) => ({
    ...{ RecordType: "Bounce", ID: 901542550 + index, MessageID: crypto.randomUUID(), ServerID: 23, Email: address(index) },
    ...{ BouncedAt: "2016-04-27T16:28:50.3963933-04:00", Inactive: true, ...metadata(index), ...more },
  });
  const changed = (index: number, more: object) => ({
    ...{ RecordType: "SubscriptionChange", MessageID: "a4909a96-73d7-4c49-b148-a54522d3f7ac", ChangedAt: "2022-06-05T17:17:32Z" },
    ...{ Recipient: address(index), Origin: "Recipient", SuppressSending: true, SuppressionReason: "ManualSuppression", ...more },
  });
  beforeEach(() => saveFeedback(world.shop.ctx, { provider: "postmark" }));

  it("tells what became of each e-mail, once", async () => {
    const delivery = { RecordType: "Delivery", ServerID: 23, MessageID: crypto.randomUUID(), Recipient: address(0), ...metadata(0) };
    const hard = bounce(1, { Type: "HardBounce", TypeCode: 1, Details: "smtp;550 5.1.1 The email account does not exist." });
    const spam = { ...bounce(2, { Type: "SpamComplaint", TypeCode: 512 }), RecordType: "SpamComplaint" };
    for (const recorded of [1, 0]) {
      expect(await report(delivery)).toEqual({ status: 200, recorded });
      expect(await report(hard)).toEqual({ status: 200, recorded });
      expect(await report(spam)).toEqual({ status: 200, recorded });
      expect(await report(changed(3, {}))).toEqual({ status: 200, recorded });
    }
    // The same complaint again, as a change of subscription.
    expect(await report(changed(2, { MessageID: spam.MessageID, SuppressionReason: "SpamComplaint" }))).toEqual({
      status: 200,
      recorded: 0,
    });
    expect(await world.known()).toEqual(["delivered", "bounced", "complained", ""]);
    expect(await world.reasons()).toEqual([null, "hardBounce", "complaint", null]);
    expect(await world.consents()).toEqual(["SUBSCRIBED", "SUBSCRIBED", "UNSUBSCRIBED", "UNSUBSCRIBED"]);
  });

  it("shuts no address for a full mailbox, a block, a delay or good news", async () => {
    expect(await report(bounce(0, { Type: "SoftBounce", TypeCode: 4096, Details: "smtp;452 4.2.2 over quota" }))).toMatchObject({
      recorded: 1,
    });
    expect(await report(bounce(1, { Type: "Blocked", Details: "smtp;550 5.7.1 blocked" }))).toMatchObject({ recorded: 1 });
    expect(await report(bounce(2, { Type: "HardBounce", Details: "smtp;552 5.2.2 mailbox full" }))).toMatchObject({ recorded: 1 });
    for (const quiet of [
      bounce(3, { Type: "Transient", Details: "smtp;450 4.2.0 Greylisted" }),
      bounce(3, { Type: "AutoResponder" }),
      { RecordType: "Open", FirstOpen: true, MessageID: crypto.randomUUID(), Recipient: address(3) },
      { RecordType: "Click", MessageID: crypto.randomUUID(), Recipient: address(3) },
      changed(3, { SuppressSending: false, SuppressionReason: null }),
      changed(3, { SuppressionReason: "HardBounce" }),
      { RecordType: "Unheard" },
      {},
    ])
      expect(await report(quiet)).toEqual({ status: 200, recorded: 0 });
    expect(await world.reasons()).toEqual([null, null, null, null]);
    expect(await world.kinds()).toEqual(["failed", "softBounce", "softBounce"]);
    expect(await world.consents()).toEqual(ALL);
  });

  it("goes by the address without our field, and not at all for another shop's e-mail", async () => {
    const foreign = { Metadata: { "guthaben-message": `${crypto.randomUUID()}.${crypto.randomUUID()}` } };
    expect(await report(bounce(0, { Type: "HardBounce", ...foreign }))).toEqual({ status: 200, recorded: 0 });
    expect(await report(bounce(0, { Type: "HardBounce", Metadata: {} }))).toEqual({ status: 200, recorded: 1 });
    expect(await world.known()).toEqual(["bounced", "", "", ""]);
    expect(await world.reasons()).toEqual(["hardBounce", null, null, null]);
    // No address is kept in words, not even in the id.
    const stored = await withTenant(world.shop.ctx, ({ trx }) => trx.selectFrom("delivery_event").selectAll().execute());
    expect(JSON.stringify(stored)).not.toContain("example.com");
  });

  it("is refused without the password that was agreed on, unreadable, or not set up", async () => {
    await saveFeedback(world.shop.ctx, { provider: "postmark", secret: "geheim:1" });
    const basic = (words: string) => ({ authorization: `Basic ${Buffer.from(words).toString("base64")}` });
    const delivery = { RecordType: "Delivery", MessageID: crypto.randomUUID(), Recipient: address(0), ...metadata(0) };
    for (const headers of [{}, basic("guthaben:falsch"), basic("geheim:1"), { authorization: "Bearer falsch" }])
      expect(await report(delivery, headers)).toMatchObject({ status: 401, code: "FEEDBACK_REFUSED" });
    expect(await world.stateOf("postmark")).toMatchObject({ heardAt: null, refusal: "password" });
    expect(await world.post("postmark", "no json", basic("x:geheim:1"))).toMatchObject({ status: 401 });
    expect(await world.stateOf("postmark")).toMatchObject({ refusal: "unreadable" });
    expect(await report(delivery, basic("guthaben:geheim:1"))).toEqual({ status: 200, recorded: 1 });
    expect(JSON.stringify(await listFeedback(world.shop.ctx))).not.toContain("geheim");
    await removeFeedback(world.shop.ctx, { provider: "postmark" });
    expect(await report(delivery, basic("guthaben:geheim:1"))).toMatchObject({ status: 404 });
    await expect(removeFeedback(world.shop.ctx, { provider: "postmark" })).rejects.toMatchObject({ code: "NOT_FOUND" });
  });
});

describe("Brevo", () => {
  const report = (body: object, headers: Record<string, string> = {}) => world.post("brevo", JSON.stringify(body), headers);
  const event = (name: string, index: number, more: object = {}) => ({
    ...{ event: name, email: address(index), id: 9999999, date: "2020-10-09 00:00:00", ts: 1604933619, ts_event: 1604933654 },
    ...{ "message-id": `<20180301115${index.toString()}.9876543210@smtp-relay.mailin.fr>`, "X-Mailin-custom": custom(index), ...more },
  });
  const custom = (index: number) => referenceHeaders("smtp-relay.brevo.com", world.ids[index] ?? "")["X-Mailin-custom"];
  beforeEach(() => saveFeedback(world.shop.ctx, { provider: "brevo" }));

  it("tells each once, alone or in a batch", async () => {
    const gone = { reason: " RecipientError: 550 5.5.0 Requested action not taken: mailbox unavailable." };
    const batch = [event("request", 0), event("delivered", 0), event("hard_bounce", 1, gone), event("spam", 2), event("unsubscribed", 3)];
    expect(await report(batch)).toEqual({ status: 200, recorded: 4 });
    expect(await report(batch[2] ?? {})).toEqual({ status: 200, recorded: 0 });
    expect(await world.known()).toEqual(["delivered", "bounced", "complained", ""]);
    expect(await world.reasons()).toEqual([null, "hardBounce", "complaint", null]);
    expect(await world.consents()).toEqual(["SUBSCRIBED", "SUBSCRIBED", "UNSUBSCRIBED", "UNSUBSCRIBED"]);
  });

  it("shuts no address for what is soft, blocked, put off or unknown", async () => {
    expect(await report(event("soft_bounce", 0, { reason: "undefined Unable to find MX of domain" }))).toMatchObject({ recorded: 1 });
    expect(await report(event("blocked", 1, { reason: "blocked : due to blacklist user" }))).toMatchObject({ recorded: 1 });
    expect(await report(event("hard_bounce", 2, { reason: "550 5.7.1 Spam detected" }))).toMatchObject({ recorded: 1 });
    for (const name of ["deferred", "opened", "unique_opened", "click", "list_addition", "proxy_open"])
      expect(await report(event(name, 3)), name).toEqual({ status: 200, recorded: 0 });
    expect(await world.kinds()).toEqual(["failed", "failed", "softBounce"]);
    expect(await world.reasons()).toEqual([null, null, null, null]);
  });

  it("may bring a token", async () => {
    await saveFeedback(world.shop.ctx, { provider: "brevo", secret: "token-1" });
    expect(await report(event("spam", 0))).toMatchObject({ status: 401, code: "FEEDBACK_REFUSED" });
    expect(await report(event("spam", 0), { authorization: "Bearer token-1" })).toEqual({ status: 200, recorded: 1 });
  });
});

it("names our e-mail only to providers that give it back", () => {
  const id = "<0b0c7a54-0000-4000-8000-000000000001.0b0c7a54-0000-4000-8000-000000000002@shop.example>";
  expect(referenceHeaders("mail.example.org", id)).toEqual({});
  expect(referenceHeaders("notpostmarkapp.com", id)).toEqual({});
  expect(Object.keys(referenceHeaders("smtp-broadcasts.postmarkapp.com", id))).toEqual(["X-PM-Metadata-guthaben-message"]);
  expect(referenceHeaders("smtp.sendgrid.net", id)["X-SMTPAPI"]).toBe(
    '{"unique_args":{"guthaben-message":"0b0c7a54-0000-4000-8000-000000000001.0b0c7a54-0000-4000-8000-000000000002"}}',
  );
});
