import { sql } from "kysely";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createCampaignShop } from "@/server/campaigns/testing";
import { setTestClock } from "@/server/clock";
import type { CustomerInput } from "@/server/customers/schema";
import { upsertCustomer } from "@/server/customers/upsert-customer";
import { withTenant } from "@/server/db";
import { at, type LedgerShop } from "@/server/ledger/testing";
import { upsertOrder } from "@/server/orders/upsert-order";
import { addConsentEvent } from "./consent/change-consent";
import { consentHistory, recordConsent } from "./consent/consent-history";
import { addSuppression } from "./consent/manage-suppression";
import { confirmOptIn, requestOptIn, sweepOptIns, viewOptIn } from "./consent/opt-in";
import { unsubscribe, viewPreferences } from "./consent/preferences";
import { optInToken, signLink } from "./links";
import { readSettings } from "./settings";

let shop: LedgerShop;
let first: string;
let second: string;
beforeEach(async () => {
  await at("2026-06-01T10:00:00Z");
  shop = await createCampaignShop(2);
  [first = "", second = ""] = shop.customers;
});
afterEach(() => setTestClock(null));

const query = (text: ReturnType<typeof sql>) => withTenant(shop.ctx, ({ trx }) => text.execute(trx));
const preferences = (id: string) =>
  withTenant(shop.ctx, async (handle) =>
    signLink((await readSettings(handle, shop.ctx)).pepper, {
      purpose: "preferences",
      orgId: shop.ctx.orgId,
      shopId: shop.ctx.shopId,
      subject: id,
    }),
  );
const consentOf = (id: string) =>
  withTenant(shop.ctx, ({ trx }) =>
    trx
      .selectFrom("customer")
      .select(["email_consent as email", "email_consent_at as at", "email_consent_basis as basis", "sms_consent as sms"])
      .where("id", "=", id)
      .executeTakeFirstOrThrow(),
  );
const put = (customer: Omit<CustomerInput, "externalId">, externalId = "c1") => upsertCustomer(shop.ctx, { externalId, ...customer });
const shareAddress = () => query(sql`update customer set email = 'C1@example.com', email_key = 'c1@example.com' where id = ${second}`);
const byHand = (customerId: string, change: object) =>
  recordConsent(shop.ctx, { customerId, channel: "email", purpose: "marketing", evidence: "Called us on Monday", ...change });
/** The links of everything that was asked, oldest first. */
const links = async () => {
  const rows = await withTenant(shop.ctx, ({ trx }) =>
    trx.selectFrom("message").select("params").where("kind", "=", "opt_in").orderBy("id").execute(),
  );
  return rows.map(({ params }) => optInToken(shop.ctx, String(params.optIn)));
};
/** The test clock goes on ticking. */
const TODAY = expect.toSatisfy((date: Date) => date.toISOString().startsWith("2026-06-01T10:0"));
const invalid = { code: "LINK_INVALID" };

describe("what a shop states", () => {
  it.each([
    { emailConsentAt: "2026-05-01T00:00:00Z" },
    {},
    { updatedAt: "2026-06-01T09:59:00Z" },
    { emailConsentAt: "2026-05-01T00:00:00Z", updatedAt: "2026-06-02T00:00:00Z" },
  ])("subscribes nobody again who left after that consent: %o", async (stated) => {
    await unsubscribe(await preferences(first), {});
    const left = await consentOf(first);
    for (const emailConsent of ["SUBSCRIBED", "PENDING", "NOT_SUBSCRIBED", "INVALID"] as const) await put({ emailConsent, ...stated });
    expect(await consentOf(first)).toEqual(left);
    const order = { placedAt: "2026-06-01T09:00:00Z", currency: "EUR", total: "1000", status: "paid" as const };
    await upsertOrder(shop.ctx, { ...order, externalId: "o", customer: { externalId: "c1", emailConsent: "SUBSCRIBED", ...stated } });
    expect(await consentOf(first)).toEqual(left);
  });

  it("counts when the consent is newer than the withdrawal, and cannot move the withdrawal into the past", async () => {
    await unsubscribe(await preferences(first), {});
    await put({ emailConsent: "UNSUBSCRIBED", emailConsentAt: "2020-01-01T00:00:00Z" });
    await put({ emailConsent: "SUBSCRIBED", emailConsentAt: "2026-05-01T00:00:00Z" });
    expect(await consentOf(first)).toMatchObject({ email: "UNSUBSCRIBED" });
    await at("2026-06-03T10:00:00Z");
    expect(await put({ emailConsent: "SUBSCRIBED", emailConsentAt: "2026-06-02T00:00:00Z" })).toMatchObject({ outcome: "updated" });
    expect(await consentOf(first)).toEqual({
      email: "SUBSCRIBED",
      at: new Date("2026-06-02T00:00:00Z"),
      basis: "shop",
      sms: "NOT_SUBSCRIBED",
    });
  });

  it("does not count with a date that is yet to come", async () => {
    await unsubscribe(await preferences(first), {});
    const left = await consentOf(first);
    await put({ emailConsent: "SUBSCRIBED", emailConsentAt: "2099-01-01T00:00:00Z" });
    expect(await consentOf(first)).toEqual(left);
    await put({ emailConsent: "UNSUBSCRIBED", emailConsentAt: "2099-01-01T00:00:00Z" }, "ahead");
    const { rows } = await query(sql`select email_consent_at as at from customer where external_id = 'ahead'`);
    expect(rows).toEqual([{ at: TODAY }]);
  });

  it("dates a withdrawal without a date by when it was told", async () => {
    await put({ emailConsent: "UNSUBSCRIBED" });
    expect(await put({ emailConsent: "UNSUBSCRIBED" })).toMatchObject({ outcome: "unchanged" });
    await put({ emailConsent: "SUBSCRIBED", emailConsentAt: "2026-05-01T00:00:00Z" });
    expect(await consentOf(first)).toMatchObject({ email: "UNSUBSCRIBED", at: TODAY });
    await at("2026-06-03T10:00:00Z");
    await put({ emailConsent: "SUBSCRIBED", emailConsentAt: "2026-06-02T00:00:00Z" });
    expect(await consentOf(first)).toMatchObject({ email: "SUBSCRIBED" });
  });

  it("ends consent, unless consent is newer than that; and forgets no proof by repeating itself", async () => {
    await query(sql`update customer set email_consent = 'NOT_SUBSCRIBED'`);
    await put({ emailConsent: "UNSUBSCRIBED", emailConsentAt: "2026-05-01T00:00:00Z" });
    await requestOptIn(shop.ctx, first);
    await confirmOptIn((await links())[0] ?? "", {});
    const confirmed = await consentOf(first);
    expect(confirmed).toMatchObject({ email: "SUBSCRIBED", at: TODAY });
    await put({ emailConsent: "UNSUBSCRIBED", emailConsentAt: "2026-05-01T00:00:00Z" });
    await put({ emailConsent: "SUBSCRIBED" });
    expect(await consentOf(first)).toEqual(confirmed);
    await put({ emailConsent: "UNSUBSCRIBED" });
    expect(await consentOf(first)).toMatchObject({ email: "UNSUBSCRIBED" });
  });

  it("holds for an address: who left under one customer has left under the next", async () => {
    await unsubscribe(await preferences(first), {});
    await put({ email: " C1@Example.com", emailConsent: "SUBSCRIBED" }, "guest-7");
    const guest = await query(sql`select email_consent from customer where external_id = 'guest-7'`);
    expect(guest.rows).toEqual([{ email_consent: "UNSUBSCRIBED" }]);
    await put({ email: "c1@example.com" }, "silent");
    const silent = await query(sql`select email_consent from customer where external_id = 'silent'`);
    expect(silent.rows).toEqual([{ email_consent: "UNSUBSCRIBED" }]);
    await put({ email: "somebody@example.com", emailConsent: "SUBSCRIBED" }, "guest-8");
    const other = await query(sql`select email_consent from customer where external_id = 'guest-8'`);
    expect(other.rows).toEqual([{ email_consent: "SUBSCRIBED" }]);
  });

  it("gives back SMS only if the shop itself had ended it", async () => {
    await put({ phone: "+4915112345678", smsConsent: "SUBSCRIBED" });
    await put({ smsConsent: "UNSUBSCRIBED" });
    await put({ smsConsent: "SUBSCRIBED" });
    expect(await consentOf(first)).toMatchObject({ sms: "SUBSCRIBED" });
    await byHand(first, { channel: "sms", state: "withdrawn" });
    await put({ smsConsent: "UNSUBSCRIBED" });
    await put({ smsConsent: "SUBSCRIBED" });
    await put({ smsConsent: "NOT_SUBSCRIBED" });
    expect(await consentOf(first)).toMatchObject({ sms: "UNSUBSCRIBED" });
  });
});

describe("a double opt-in", () => {
  beforeEach(() => query(sql`update customer set email_consent = 'NOT_SUBSCRIBED'`));

  it("confirms the address it was sent to and no other", async () => {
    await requestOptIn(shop.ctx, first);
    const [link = ""] = await links();
    await put({ email: "other@example.com" });
    expect(await viewOptIn(link)).toBeNull();
    await expect(confirmOptIn(link, {})).rejects.toMatchObject(invalid);
    expect(await consentOf(first)).toMatchObject({ email: "PENDING" });
    await put({ email: "C1@example.com" });
    await confirmOptIn(link, {});
    expect(await consentOf(first)).toMatchObject({ email: "SUBSCRIBED", basis: "doubleOptIn" });
  });

  it("is over with a newer request and with the confirmation", async () => {
    await requestOptIn(shop.ctx, first);
    await at("2026-06-01T11:00:00Z");
    await requestOptIn(shop.ctx, first);
    const [old = "", link = ""] = await links();
    await expect(confirmOptIn(old, {})).rejects.toMatchObject(invalid);
    await confirmOptIn(link, {});
    await byHand(first, { state: "withdrawn" });
    for (const one of [old, link]) await expect(confirmOptIn(one, {})).rejects.toMatchObject(invalid);
    expect(await consentOf(first)).toMatchObject({ email: "UNSUBSCRIBED", basis: "manual" });
  });

  it.each([
    ["one click", async () => unsubscribe(await preferences(first), {})],
    ["a note", () => byHand(first, { state: "withdrawn" })],
    ["a note about the other customer with the address", () => byHand(second, { state: "withdrawn" })],
    ["an objection", () => byHand(first, { channel: "all", purpose: "objection", state: "granted" })],
    ["the shop", () => put({ emailConsent: "UNSUBSCRIBED" })],
    ["consent by other means", () => byHand(first, { state: "granted" })],
  ])("is over after %s, also for who had left before", async (name, end) => {
    await shareAddress();
    for (const before of ["NOT_SUBSCRIBED", "UNSUBSCRIBED"]) {
      // That a shop repeats what it knew decides nothing.
      if (before === "UNSUBSCRIBED" && name === "the shop") return;
      await query(sql`update customer set email_consent = ${before}`);
      await query(sql`delete from opt_in_request`);
      await query(sql`delete from message`);
      await withTenant(shop.ctx, (handle) =>
        addConsentEvent(handle, shop.ctx, first, { channel: "all", purpose: "objection", state: "withdrawn" }, { basis: "manual" }),
      );
      expect(await requestOptIn(shop.ctx, first)).toEqual({ asked: true });
      const [link = ""] = await links();
      await at(before === "UNSUBSCRIBED" ? "2026-06-03T12:00:00Z" : "2026-06-02T12:00:00Z");
      await end();
      await expect(confirmOptIn(link, {})).rejects.toMatchObject(invalid);
    }
  });

  it("forgets no withdrawal while nobody confirms", async () => {
    await unsubscribe(await preferences(first), {});
    expect(await requestOptIn(shop.ctx, first)).toEqual({ asked: true });
    expect(await consentOf(first)).toMatchObject({ email: "UNSUBSCRIBED" });
    await put({ emailConsent: "SUBSCRIBED" });
    await at("2026-07-10T10:00:00Z");
    await sweepOptIns();
    expect(await consentOf(first)).toMatchObject({ email: "UNSUBSCRIBED" });
  });

  it("fills nobody's inbox: one in ten minutes, three a day, whichever customer has the address", async () => {
    await shareAddress();
    const answers = await Promise.all(Array.from({ length: 8 }, () => requestOptIn(shop.ctx, first)));
    expect(answers.filter(({ asked }) => asked)).toHaveLength(1);
    expect(await requestOptIn(shop.ctx, second)).toEqual({ asked: false, reason: "askedAlready" });
    for (const [time, answer] of [
      ["2026-06-01T10:11:00Z", { asked: true }],
      ["2026-06-01T10:22:00Z", { asked: true }],
      ["2026-06-01T20:00:00Z", { asked: false, reason: "askedAlready" }],
      ["2026-06-02T10:05:00Z", { asked: true }],
    ] as const) {
      await at(time);
      expect([time, await requestOptIn(shop.ctx, first)]).toEqual([time, answer]);
    }
    expect(await links()).toHaveLength(4);
  });

  it("says that it asks nobody who is on the suppression list, objected, or is subscribed", async () => {
    await addSuppression(shop.ctx, { addresses: ["c1@example.com"] });
    expect(await requestOptIn(shop.ctx, first)).toEqual({ asked: false, reason: "suppressed" });
    await byHand(second, { channel: "all", purpose: "objection", state: "granted" });
    expect(await requestOptIn(shop.ctx, second)).toEqual({ asked: false, reason: "objected" });
    await query(sql`delete from suppression`);
    await byHand(first, { state: "granted" });
    expect(await requestOptIn(shop.ctx, first)).toEqual({ asked: false, reason: "subscribed" });
    expect(await links()).toEqual([]);
  });
});

describe("no more advertising", () => {
  it("ends e-mail, SMS and push, and says so where e-mail had ended before", async () => {
    const setUp = async () => {
      await query(sql`update customer set phone = '+4915112345678', sms_consent = 'SUBSCRIBED'`);
      await byHand(first, { channel: "push", state: "granted" });
    };
    await setUp();
    const link = await preferences(first);
    await unsubscribe(link, {});
    expect(await viewPreferences(link)).toMatchObject({ email: false, sms: true, push: true });
    await unsubscribe(link, { ip: "192.0.2.1" }, "preferences");
    expect(await viewPreferences(link)).toMatchObject({ email: false, sms: false, push: false, tracking: false, objected: false });
    const { events } = await consentHistory(shop.ctx, { customerId: first });
    expect(events.slice(0, 2).map(({ channel, basis, ip }) => ({ channel, basis, ip }))).toEqual([
      { channel: "push", basis: "preferences", ip: "192.0.2.1" },
      { channel: "sms", basis: "preferences", ip: "192.0.2.1" },
    ]);
  });
});

describe("a note by hand", () => {
  it("ends what it is about for everybody with the address, and grants for one", async () => {
    await shareAddress();
    await byHand(second, { purpose: "tracking", state: "granted" });
    await byHand(first, { purpose: "tracking", state: "withdrawn" });
    await byHand(first, { state: "withdrawn" });
    expect(await consentOf(second)).toMatchObject({ email: "UNSUBSCRIBED", basis: "manual" });
    await byHand(first, { channel: "all", purpose: "objection", state: "granted" });
    expect(await viewPreferences(await preferences(second))).toMatchObject({ email: false, tracking: false, objected: true });
    await byHand(first, { state: "granted" });
    expect([(await consentOf(first)).email, (await consentOf(second)).email]).toEqual(["SUBSCRIBED", "UNSUBSCRIBED"]);
  });

  it("grants nothing to whom there is no way to write", async () => {
    await query(sql`update customer set email = null, email_key = null, phone = null, email_consent = 'NOT_SUBSCRIBED'`);
    const missing = { code: "ADDRESS_MISSING" };
    await expect(byHand(first, { state: "granted" })).rejects.toMatchObject(missing);
    await expect(byHand(first, { channel: "sms", state: "granted" })).rejects.toMatchObject(missing);
    await byHand(first, { state: "withdrawn" });
    expect(await consentOf(first)).toMatchObject({ email: "UNSUBSCRIBED" });
  });
});
