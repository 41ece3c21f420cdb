import { createHmac } from "node:crypto";
import { sql } from "kysely";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createCampaignShop } from "@/server/campaigns/testing";
import { setTestClock } from "@/server/clock";
import { emailKey } from "@/server/customers/email-key";
import { upsertCustomer } from "@/server/customers/upsert-customer";
import { withTenant } from "@/server/db";
import { env } from "@/server/env";
import { at, type LedgerShop } from "@/server/ledger/testing";
import { createInboundSecret, saveChannel } from "@/server/notifications/channels/manage-channels";
import { consentHistory, recordConsent } from "@/server/notifications/consent/consent-history";
import { checkRefusal, checkSuppression } from "@/server/notifications/consent/manage-suppression";
import { readReply, subscribersEndingLike } from "@/server/notifications/consent/opt-out";
import { deliverMessages } from "@/server/notifications/deliver-messages";
import { signLink } from "@/server/notifications/links";
import { planMessages } from "@/server/notifications/plan-messages";
import type { Channel } from "@/server/notifications/schema";
import { readSettings } from "@/server/notifications/settings";
import { onlySenders } from "@/server/notifications/testing";
import { eraseCustomer } from "@/server/privacy/erase-customer";
import { POST } from "./[token]/[source]/route";

/** Who leaves elsewhere has left here: a reply to an SMS as Twilio's webhook brings it, an event of another provider. */
let shop: LedgerShop;
let token: string;
const AUTH_TOKEN = "twilio-auth-token";
beforeEach(async () => {
  await at("2026-06-01T10:00:00Z");
  shop = await createCampaignShop(3);
  token = await withTenant(shop.ctx, async (handle) =>
    signLink((await readSettings(handle, shop.ctx)).pepper, {
      ...{ purpose: "inbound", orgId: shop.ctx.orgId, shopId: shop.ctx.shopId, subject: shop.ctx.shopId },
    }),
  );
});
afterEach(() => setTestClock(null));

const settings = { accountSid: `AC${"0".repeat(32)}`, from: "+4915799999999", messagingServiceSid: null };
const useTwilio = () => saveChannel(shop.ctx, { kind: "twilio", enabled: true, settings, secret: AUTH_TOKEN });

const call = (source: string, body: string, headers: Record<string, string>) =>
  POST(new Request(`${env().APP_URL}/api/hooks/${token}/${source}`, { method: "POST", body, headers }), {
    params: Promise.resolve({ token, source }),
  });

/** As Twilio sends and signs a message that came in. */
function reply(fields: Record<string, string>, authToken = AUTH_TOKEN): Promise<Response> {
  const form = new URLSearchParams({ MessageSid: `SM${crypto.randomUUID()}`, SmsStatus: "received", To: settings.from, ...fields });
  const sorted = [...form].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, value]) => name + value);
  const signature = createHmac("sha1", authToken)
    .update(`${env().APP_URL}/api/hooks/${token}/twilio${sorted.join("")}`)
    .digest("base64");
  return call("twilio", form.toString(), {
    ...{ "content-type": "application/x-www-form-urlencoded", "x-twilio-signature": signature },
  });
}

async function events(list: object[]): Promise<unknown> {
  const { secret } = await createInboundSecret(shop.ctx, {});
  const body = JSON.stringify({ events: list });
  const t = Math.floor(Date.now() / 1_000).toString();
  const v1 = createHmac("sha256", secret).update(`${t}.${body}`).digest("hex");
  return (await call("events", body, { "content-type": "application/json", "x-signature": `t=${t},v1=${v1}` })).json();
}

/** c1 to c3 with these numbers, all subscribed to SMS. */
async function give(...phones: string[]): Promise<void> {
  for (const [index, phone] of phones.entries())
    await upsertCustomer(shop.ctx, { externalId: `c${(index + 1).toString()}`, phone, country: "DE", smsConsent: "SUBSCRIBED" });
}
const consents = (column: "sms_consent" | "email_consent" = "sms_consent") =>
  withTenant(shop.ctx, async ({ trx }) =>
    (await trx.selectFrom("customer").select(column).orderBy("external_id").execute()).map((row) => row[column]),
  );
const onList = async (phone: string) => (await checkSuppression(shop.ctx, { channel: "sms", address: phone }))?.reason ?? null;

describe("a reply to an SMS", () => {
  it("is a wish to leave only when it says nothing else", () => {
    for (const text of ["STOP", " Stop. ", "stopp!", "STOP ALL", "Abmelden", "“Stop”"]) expect(readReply(text), text).toBe("stop");
    for (const text of ["START", "Unstop"]) expect(readReply(text), text).toBe("start");
    for (const text of ["", "Please stop by", "non-stop", "Hilfe", "stop stop", "1"]) expect(readReply(text), text).toBeNull();
  });

  it("ends SMS to the number at once, however the shop writes it, for everyone who has it, and for who gets it later", async () => {
    await useTwilio();
    await give("0151 / 234 567 89", "+49 (151) 23456789", "+4915123456780");
    const answer = await reply({ From: "+4915123456789", Body: "Stopp" });
    expect([answer.status, answer.headers.get("content-type"), await answer.text()]).toEqual([200, "text/xml", "<Response/>"]);
    expect(await consents()).toEqual(["UNSUBSCRIBED", "UNSUBSCRIBED", "SUBSCRIBED"]);
    expect(await onList("0151 23456789")).toBe("optedOut");
    expect(await onList("0151 23456780")).toBeNull();
    const { events: told } = await consentHistory(shop.ctx, { customerId: shop.customers[0] ?? "" });
    expect(told.find(({ channel }) => channel === "sms")).toMatchObject({ state: "withdrawn", basis: "smsReply" });
    // What the shop said before must not undo it.
    await give("+4915123456789");
    expect((await consents())[0]).toBe("UNSUBSCRIBED");
  });

  it("finds every spelling of the number, short national ones too, and nobody else whose ends alike", async () => {
    await useTwilio();
    const home = async (country: string, phones: readonly string[]) => {
      const ids: string[] = [];
      for (const phone of phones)
        ids.push((await upsertCustomer(shop.ctx, { externalId: crypto.randomUUID(), phone, country, smsConsent: "SUBSCRIBED" })).id);
      return ids;
    };
    const spelt = ["015123456789", "0151 234 567-89", "+49 (0)151/23456789", "0049.151.23456789", "+4915123456789", "(0151) 2345 6789"];
    const own = await home("DE", spelt);
    const alike = await home("DE", ["+4915223456789", "+4366023456789", "0151 23456788"]);
    const [short = ""] = await home("SH", ["51234"]);
    await reply({ From: "+4915123456789", Body: "STOP" });
    await reply({ From: "+29051234", Body: "STOP" });
    const left = await withTenant(shop.ctx, ({ trx }) =>
      trx.selectFrom("customer").select("id").where("sms_consent", "=", "UNSUBSCRIBED").execute(),
    );
    expect(left.map(({ id }) => id).sort()).toEqual([...own, short].sort());
    expect(alike).toHaveLength(3);
  });

  it("reads the few that end alike, not all who get SMS, as the app and behind row-level security", async () => {
    const plan = await withTenant(shop.ctx, async (handle) => {
      const { trx } = handle;
      await sql`insert into customer (org_id, shop_id, external_id, phone, sms_consent)
        select ${shop.ctx.orgId}, ${shop.ctx.shopId}, 'm' || n, '+49151' || (10000000 + n * 37), 'SUBSCRIBED' from generate_series(1, 3000) n`.execute(
        trx,
      );
      const explained = await sql<{ "QUERY PLAN": string }>`explain ${subscribersEndingLike(handle, shop.ctx, ["+4915110000037"])}`.execute(
        trx,
      );
      return explained.rows.map((row) => row["QUERY PLAN"]).join("\n");
    });
    expect(plan).toMatch(/Index Scan (using|on) customer_phone_end/);
    expect(plan).toMatch(/Index Cond: .*phone_end = ANY/);
  });

  it("allows messages again with START, without making a consent of it", async () => {
    await useTwilio();
    await give("+4915123456789");
    await reply({ From: "+4915123456789", Body: "nein danke", OptOutType: "STOP" });
    expect(await onList("+4915123456789")).toBe("optedOut");
    await reply({ From: "+4915123456789", Body: "Start" });
    expect(await onList("+4915123456789")).toBeNull();
    expect((await consents())[0]).toBe("UNSUBSCRIBED");
    // Nor of a consent that the shop states for it later.
    await reply({ From: "+4915123456781", Body: "STOP" });
    await reply({ From: "+4915123456781", Body: "START" });
    expect((await checkRefusal(shop.ctx, { channel: "sms", address: "0151 23456781" }))?.leftAt).toEqual(expect.any(Date));
  });

  it("changes nothing when it says something else, comes from a name, or was not signed by Twilio", async () => {
    await useTwilio();
    await give("+4915123456789");
    for (const fields of [
      { From: "+4915123456789", Body: "Danke!" },
      { From: "Spammer", Body: "STOP" },
      { From: "+4915123456789", Body: "" },
    ])
      expect((await reply(fields)).status).toBe(200);
    expect((await reply({ From: "+4915123456789", Body: "STOP" }, "somebody's")).status).toBe(401);
    expect(await consents()).toEqual(["SUBSCRIBED", "NOT_SUBSCRIBED", "NOT_SUBSCRIBED"]);
    expect(await onList("+4915123456789")).toBeNull();
  });
});

describe("an opt-out at another provider", () => {
  const planned = async (customerId: string, channel: Channel = "email") => {
    await withTenant(shop.ctx, (handle) =>
      planMessages(handle, shop.ctx, { kind: "campaign_message", channel, keyPrefix: channel, customers: [{ customerId }] }),
    );
    const message = await withTenant(shop.ctx, ({ trx }) =>
      trx.selectFrom("message").select("id").where("customer_id", "=", customerId).where("channel", "=", channel).executeTakeFirstOrThrow(),
    );
    return message.id;
  };
  const leftAt = async (channel: "email" | "sms", address: string) =>
    (await checkRefusal(shop.ctx, { channel, address }))?.leftAt?.toISOString().slice(0, 10) ?? null;

  it("is remembered for an address that nobody here has", async () => {
    await events([
      { id: "1", type: "optOut", email: "nobody@example.com" },
      { id: "2", type: "optOut", phone: "+4915123456789" },
    ]);
    expect(await leftAt("email", "Nobody@example.com")).toBe("2026-06-01");
    expect(await leftAt("sms", "0151 23456789")).toBe("2026-06-01");
  });

  it("by an SMS is the one of the customer it went to, whose country says which number that is", async () => {
    const [customer = ""] = shop.customers;
    await upsertCustomer(shop.ctx, { externalId: "c1", phone: "0664 1234567", country: "AT", smsConsent: "SUBSCRIBED" });
    await events([{ id: "1", type: "optOut", messageId: await planned(customer, "sms") }]);
    expect((await consents())[0]).toBe("UNSUBSCRIBED");
    expect(await onList("+436641234567")).toBe("optedOut");
    expect(await leftAt("sms", "+436641234567")).toBe("2026-06-01");
  });

  it("by a push message ends push", async () => {
    const [customer = ""] = shop.customers;
    await recordConsent(shop.ctx, {
      ...{ customerId: customer, channel: "push", purpose: "marketing", state: "granted", evidence: "asked us to do so" },
    });
    expect(await events([{ id: "1", type: "optOut", messageId: await planned(customer, "push") }])).toEqual({ recorded: 1 });
    const { states } = await consentHistory(shop.ctx, { customerId: customer });
    expect(states.find(({ channel }) => channel === "push")).toMatchObject({ state: "withdrawn", basis: "provider" });
    expect((await consents("email_consent"))[0]).not.toBe("UNSUBSCRIBED");
  });

  it("told again does not end what was agreed to since", async () => {
    const [customer = ""] = shop.customers;
    const list = [{ id: "1", type: "optOut", email: "c1@example.com" }];
    expect(await events(list)).toEqual({ recorded: 1 });
    await at("2026-06-02T10:00:00Z");
    await recordConsent(shop.ctx, {
      ...{ customerId: customer, channel: "email", purpose: "marketing", state: "granted", evidence: "asked us to do so" },
    });
    expect(await events(list)).toEqual({ recorded: 0 });
    expect((await consents("email_consent"))[0]).toBe("SUBSCRIBED");
    expect(await leftAt("email", "c1@example.com")).toBe("2026-06-01");
    expect(await events([{ ...list[0], id: "2" }])).toEqual({ recorded: 1 });
    expect((await consents("email_consent"))[0]).toBe("UNSUBSCRIBED");
  });

  it("is taken by number, address or message, and counts once", async () => {
    await give("+4915123456789");
    await upsertCustomer(shop.ctx, { externalId: "c2", email: "two@example.com", emailConsent: "SUBSCRIBED" });
    const list = [
      { id: "1", type: "optOut", phone: "+4915123456789" },
      { id: "2", type: "optOut", email: "TWO@example.com" },
      { id: "3", type: "optOut", messageId: await planned(shop.customers[2] ?? "") },
      { id: "4", type: "optOut", phone: "nobody", email: "nobody@example.com" },
    ];
    // Nobody here has the last address; it is remembered for whoever gets it.
    expect(await events(list)).toEqual({ recorded: 4 });
    expect(await events(list)).toEqual({ recorded: 0 });
    expect(await onList("+4915123456789")).toBe("optedOut");
    expect((await consents())[0]).toBe("UNSUBSCRIBED");
    expect((await consents("email_consent")).slice(1)).toEqual(["UNSUBSCRIBED", "UNSUBSCRIBED"]);
  });
});

/** What is said about a message is said about the address it went to: never about one that the customer got since. */
describe("a notice that names only a message", () => {
  const ADDRESSES = {
    email: { old: "c1@example.com", respelt: " C1@EXAMPLE.com", changed: "new@example.com", removed: null },
    sms: { old: "0151 23456789", respelt: "+49 151 234567 89", changed: "0151 99999999", removed: null },
  } as const;
  const KINDS = {
    optOut: { email: null, sms: "optedOut" },
    complaint: { email: "complaint" },
    hardBounce: { email: "hardBounce" },
  } as const;
  type Today = "old" | "respelt" | "changed" | "removed";
  const CASES = Object.entries(KINDS).flatMap(([kind, lists]) =>
    Object.entries(lists).flatMap(([channel, listed]) =>
      (["old", "respelt", "changed", "removed"] as const).map((today) => ({ kind, channel: channel as "email" | "sms", today, listed })),
    ),
  );
  const write = async (channel: Channel) => {
    const key = crypto.randomUUID();
    await withTenant(shop.ctx, (handle) =>
      planMessages(handle, shop.ctx, { kind: "campaign_message", channel, keyPrefix: key, customers: [{ customerId: first }] }),
    );
    await deliverMessages(shop.ctx, async () => onlySenders({}));
    return withTenant(shop.ctx, ({ trx }) =>
      trx.selectFrom("message").select(["id", "status", "reason"]).where("key", "=", `${key}:${first}`).executeTakeFirstOrThrow(),
    );
  };
  const live = (channel: "email" | "sms", today: Today) => {
    const address = ADDRESSES[channel][today];
    return withTenant(shop.ctx, ({ trx }) =>
      trx
        .updateTable("customer")
        .set(channel === "email" ? { email: address, email_key: address && emailKey(address) } : { phone: address })
        .where("id", "=", first)
        .execute(),
    );
  };
  let first: string;
  beforeEach(async () => {
    [first = ""] = shop.customers;
    await withTenant(shop.ctx, ({ trx }) =>
      trx
        .updateTable("customer")
        .set({ phone: ADDRESSES.sms.old, country: "DE", sms_consent: "SUBSCRIBED", email_consent_at: new Date("2026-05-01") })
        .where("id", "=", first)
        .execute(),
    );
    // A message in the night waits for the morning; these are about addresses.
    await at("2026-06-01T10:00:00Z");
  });

  it.each(CASES)("$kind by $channel, whose address is now $today", async ({ kind, channel, today, listed }) => {
    const { id, status } = await write(channel);
    expect(status).toBe("sent");
    await live(channel, today);
    expect(await events([{ id: "n", type: kind, messageId: id }])).toEqual({ recorded: 1 });
    const refusal = (address: string) => checkRefusal(shop.ctx, { channel, address });
    const suppressed = async (address: string) => (await checkSuppression(shop.ctx, { channel, address }))?.reason ?? null;
    const { old, changed } = ADDRESSES[channel];
    expect(await suppressed(old)).toBe(listed);
    const leaves = kind !== "hardBounce";
    expect((await refusal(old)) !== null).toBe(leaves);
    const theirs = today === "old" || today === "respelt";
    expect((await consents(channel === "email" ? "email_consent" : "sms_consent"))[0]).toBe(
      theirs && leaves ? "UNSUBSCRIBED" : "SUBSCRIBED",
    );
    if (today !== "changed") return;
    expect([await suppressed(changed), await refusal(changed)]).toEqual([null, null]);
    // Within the caps of another week.
    await at("2026-06-10T10:00:00Z");
    expect(await write(channel)).toMatchObject({ status: "sent" });
    // Back at the address that was left.
    await live(channel, "old");
    await at("2026-06-20T10:00:00Z");
    expect(await write(channel)).toMatchObject({ status: "skipped" });
  });

  it("ends for another address that is named beside it, too, and for the customer who has either", async () => {
    const { id } = await write("email");
    await live("email", "changed");
    await events([{ id: "n", type: "complaint", email: "new@example.com", messageId: id }]);
    expect((await consents("email_consent"))[0]).toBe("UNSUBSCRIBED");
    for (const address of ["c1@example.com", "new@example.com"])
      expect(await checkRefusal(shop.ctx, { channel: "email", address })).not.toBeNull();
  });

  it("is not kept about whoever is erased", async () => {
    const { id } = await write("email");
    const kept = () =>
      withTenant(shop.ctx, ({ trx }) => trx.selectFrom("message").select("address_hash").where("id", "=", id).executeTakeFirstOrThrow());
    expect((await kept()).address_hash).toHaveLength(32);
    await eraseCustomer(shop.ctx, { customerId: first });
    expect((await kept()).address_hash).toBeNull();
  });
});
