import { createSign } from "node:crypto";
import { afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { setTestClock } from "@/server/clock";
import { at } from "@/server/ledger/testing";
import { selfSigned } from "@/server/notifications/feedback/certificate.testing";
import { saveFeedback } from "@/server/notifications/feedback/manage-feedback";
import { receiveFeedback } from "@/server/notifications/feedback/receive-feedback";
import type { FetchPage } from "@/server/notifications/feedback/verify-sns";
import { type HttpHost, startHttpHost } from "@/server/notifications/testing";
import { type FeedbackShop, feedbackShop } from "./feedback.testing";

/** Amazon SES over SNS, as documented: messages signed with the key of a certificate that a server on loopback hands out in Amazon's place. */
let world: FeedbackShop;
let host: HttpHost;
let keys: { key: string; certificate: string; other: string };
let down = false;
/** What was asked of Amazon, by its own addresses. */
let asked: string[];

beforeAll(() => {
  keys = { ...selfSigned(), other: selfSigned().key };
});
beforeEach(async () => {
  await at("2026-06-01T10:00:00Z");
  world = await feedbackShop();
  asked = [];
  down = false;
  host = await startHttpHost(({ path }) => {
    if (down) return { status: 500 };
    return path.endsWith(".pem") ? { status: 200, body: keys.certificate } : { status: 200, body: "<ConfirmSubscriptionResponse/>" };
  });
  await saveFeedback(world.shop.ctx, { provider: "ses" });
});
afterEach(async () => {
  await host.close();
  await setTestClock(null);
});

const amazon: FetchPage = async (url) => {
  asked.push(url);
  const { pathname, search } = new URL(url);
  const answer = await fetch(`${host.url}${pathname}${search}`);
  return { status: answer.status, body: await answer.text() };
};

const TOPIC = "arn:aws:sns:eu-central-1:123456789012:ses-events";
type Fields = Record<string, string>;
const NAMES = ["Message", "MessageId", "Subject", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"];
/** Each test has a certificate of its own address: they are kept. */
const certificateUrl = () => `https://sns.eu-central-1.amazonaws.com/SimpleNotificationService-${crypto.randomUUID()}.pem`;

function signed(fields: Fields, { version = "1", key = keys.key }: { version?: string; key?: string } = {}): Fields {
  const message: Fields = {
    ...{ Type: "Notification", MessageId: crypto.randomUUID(), TopicArn: TOPIC, Timestamp: new Date().toISOString() },
    ...{
      SignatureVersion: version,
      SigningCertURL: certificateUrl(),
      UnsubscribeURL: "https://sns.eu-central-1.amazonaws.com/?Action=Unsubscribe",
    },
    ...fields,
  };
  const text = NAMES.flatMap((name) => (message[name] === undefined ? [] : [`${name}\n${message[name]}\n`])).join("");
  const sign = createSign(version === "1" ? "RSA-SHA1" : "RSA-SHA256").update(text);
  return { ...message, Signature: sign.sign(key, "base64") };
}
async function send(message: object): Promise<{ status: number; recorded: number }> {
  const request = { body: Buffer.from(JSON.stringify(message)), headers: new Headers({ "x-amz-sns-message-type": "Notification" }) };
  const { status, recorded } = await receiveFeedback(await world.tokenOf("ses"), "ses", request, amazon);
  return { status, recorded };
}
const mail = (index: number) => ({
  ...{ timestamp: "2017-08-05T00:40:02.012Z", messageId: `EXAMPLE7c191be45-${index.toString()}-000000`, destination: [address(index)] },
  // The original Message-ID; SES sends under another.
  ...{
    headersTruncated: false,
    headers: [
      { name: "From", value: "Shop" },
      { name: "Message-ID", value: world.ids[index] },
    ],
  },
});
const address = (index: number) => `c${(index + 1).toString()}@example.com`;
const report = (event: object, options?: { version?: string; key?: string }) => send(signed({ Message: JSON.stringify(event) }, options));
const bounce = (index: number, type: string, subType: string, recipient: object = {}) => ({
  bounceType: type,
  bounceSubType: subType,
  bouncedRecipients: [{ emailAddress: address(index), action: "failed", ...recipient }],
  feedbackId: `01000157c44f053b-${index.toString()}-${type}-${subType}`,
});
const gone = { status: "5.1.1", diagnosticCode: "smtp; 550 5.1.1 user unknown" };

describe("Amazon SES", () => {
  it("confirms its topic by itself, and only at Amazon", async () => {
    const confirmation = (url: string) =>
      signed({ Type: "SubscriptionConfirmation", Message: "You have chosen to subscribe", Token: "2336412f37", SubscribeURL: url });
    const right = `https://sns.eu-central-1.amazonaws.com/?Action=ConfirmSubscription&TopicArn=${TOPIC}&Token=2336412f37`;
    for (const wrong of [
      "https://sns.eu-central-1.amazonaws.com.example.org/?Action=ConfirmSubscription",
      "http://sns.eu-central-1.amazonaws.com/?Action=ConfirmSubscription",
      "https://sns.eu-central-1.amazonaws.com:8443/?Action=ConfirmSubscription",
      "https://169.254.169.254/?Action=ConfirmSubscription",
      "https://sns.eu-central-1.amazonaws.com/?Action=DeleteTopic",
    ])
      expect(await send(confirmation(wrong)), wrong).toEqual({ status: 503, recorded: 0 });
    expect(asked.every((url) => url.endsWith(".pem"))).toBe(true);
    expect(await world.stateOf("ses")).toMatchObject({ account: null, refusal: "subscription" });
    expect(await send(confirmation(right))).toEqual({ status: 200, recorded: 0 });
    expect(asked.at(-1)).toBe(new URL(right).href);
    expect(await world.stateOf("ses")).toMatchObject({ account: "123456789012", heardAt: expect.any(Date) });
    const words = { Message: "Successfully validated SNS topic for Amazon SES event publishing." };
    expect(await send(signed({ ...words, Subject: "Amazon SES" }))).toEqual({ status: 200, recorded: 0 });
  });

  it("tells by the original Message-ID what became of each, once, in both forms and under both signatures", async () => {
    const delivery = { recipients: [address(0)], smtpResponse: "250 ok:  Message 64111812 accepted" };
    const complaint = { complainedRecipients: [{ emailAddress: address(2) }], complaintFeedbackType: "abuse", feedbackId: "f2" };
    for (const [version, recorded] of [
      ["1", 1],
      ["2", 0],
    ] as const) {
      expect(await report({ eventType: "Delivery", mail: mail(0), delivery }, { version })).toEqual({ status: 200, recorded });
      expect(
        await report({ notificationType: "Bounce", mail: mail(1), bounce: bounce(1, "Permanent", "General", gone) }, { version }),
      ).toEqual({
        status: 200,
        recorded,
      });
      expect(await report({ eventType: "Complaint", mail: mail(2), complaint }, { version })).toEqual({ status: 200, recorded });
    }
    expect(await report({ eventType: "Open", mail: mail(3), open: {} })).toEqual({ status: 200, recorded: 0 });
    expect(await report({ eventType: "Rendering Failure", mail: mail(3), failure: {} })).toEqual({ status: 200, recorded: 0 });
    expect(await world.known()).toEqual(["delivered", "bounced", "complained", ""]);
    expect(await world.reasons()).toEqual([null, "hardBounce", "complaint", null]);
    expect(await world.consents()).toEqual(["SUBSCRIBED", "SUBSCRIBED", "UNSUBSCRIBED", "SUBSCRIBED"]);
  });

  it("shuts an address for ever only where nobody is there", async () => {
    const told = (index: number, type: string, subType: string, recipient?: object) =>
      report({ eventType: "Bounce", mail: mail(index), bounce: bounce(index, type, subType, recipient) });
    await told(0, "Transient", "MailboxFull");
    await told(0, "Permanent", "General", { status: "5.2.2", diagnosticCode: "smtp; 552 5.2.2 mailbox full" });
    await told(1, "Transient", "ContentRejected");
    await told(1, "Permanent", "General", { status: "5.7.1", diagnosticCode: "smtp; 550 5.7.1 spam" });
    await told(2, "Undetermined", "Undetermined");
    await told(2, "Permanent", "OnAccountSuppressionList");
    expect(await world.kinds()).toEqual(["failed", "failed", "failed", "failed", "softBounce", "softBounce"]);
    expect(await world.reasons()).toEqual([null, null, null, null]);
    await told(3, "Permanent", "NoEmail");
    expect(await world.reasons()).toEqual([null, null, null, "hardBounce"]);
    const notSpam = { complainedRecipients: [{ emailAddress: address(0) }], complaintFeedbackType: "not-spam" };
    expect(await report({ notificationType: "Complaint", mail: mail(0), complaint: notSpam })).toEqual({ status: 200, recorded: 0 });
  });

  it("is refused with a wrong signature, a certificate of somebody else, another account or an old time", async () => {
    const complaint = { complainedRecipients: [{ emailAddress: address(0) }], complaintFeedbackType: "abuse", feedbackId: "f" };
    const event = { eventType: "Complaint", mail: mail(0), complaint };
    const fields = { Message: JSON.stringify(event) };
    const refused = { status: 401, recorded: 0 };
    expect(await report(event, { key: keys.other })).toEqual(refused);
    expect(await send({ ...signed(fields), Message: JSON.stringify({ ...event, eventType: "Bounce" }) })).toEqual(refused);
    expect(await send({ ...signed(fields), SignatureVersion: "2" })).toEqual(refused);
    asked = [];
    for (const SigningCertURL of [
      "https://sns.eu-central-1.amazonaws.com.example.org/x.pem",
      "http://sns.eu-central-1.amazonaws.com/x.pem",
      "https://bucket.s3.amazonaws.com/x.pem",
      "https://sns.eu-central-1.amazonaws.com/x.txt",
    ])
      expect(await send(signed({ ...fields, SigningCertURL })), SigningCertURL).toEqual(refused);
    expect(asked).toEqual([]);
    expect(await world.stateOf("ses")).toMatchObject({ heardAt: null, refusal: "signature" });
    expect(await send(signed({ ...fields, Timestamp: new Date(Date.now() - 49 * 3_600_000).toISOString() }))).toEqual(refused);
    expect(await world.stateOf("ses")).toMatchObject({ refusal: "late" });
    expect(await send(event)).toEqual(refused);
    expect(await world.stateOf("ses")).toMatchObject({ refusal: "unreadable" });
    expect(await send(signed({ ...fields, TopicArn: TOPIC.replace("ses-events", "other-topic") }))).toEqual({ status: 200, recorded: 1 });
    expect(await send(signed({ ...fields, TopicArn: TOPIC.replace("123456789012", "210987654321") }))).toEqual(refused);
    expect(await world.stateOf("ses")).toMatchObject({ account: "123456789012", refusal: "account" });
  });

  it("believes no certificate that is over", async () => {
    keys = { ...keys, ...selfSigned({ from: -3, to: -1 }) };
    const delivery = { recipients: [address(0)] };
    expect(await report({ eventType: "Delivery", mail: mail(0), delivery })).toEqual({ status: 401, recorded: 0 });
    keys = { ...keys, ...selfSigned() };
    expect(await report({ eventType: "Delivery", mail: mail(0), delivery })).toEqual({ status: 200, recorded: 1 });
  });

  it("is asked to come again while the certificate cannot be had, and asks for it once a day", async () => {
    const delivery = { recipients: [address(0)] };
    const message = signed({ Message: JSON.stringify({ eventType: "Delivery", mail: mail(0), delivery }) });
    down = true;
    expect(await send(message)).toEqual({ status: 503, recorded: 0 });
    expect(await world.stateOf("ses")).toMatchObject({ refusal: "certificate" });
    down = false;
    expect(await send(message)).toEqual({ status: 200, recorded: 1 });
    expect(await send(message)).toEqual({ status: 200, recorded: 0 });
    expect(asked.length).toBe(2);
  });
});
