import { sql } from "kysely";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createCampaignShop } from "@/server/campaigns/testing";
import { setTestClock } from "@/server/clock";
import { upsertCustomer } from "@/server/customers/upsert-customer";
import { withTenant } from "@/server/db";
import { at, type LedgerShop } from "@/server/ledger/testing";
import { chooseChannels } from "./choose-channel";
import { consentHistory, recordConsent } from "./consent/consent-history";
import { checkRefusal, checkSuppression } from "./consent/manage-suppression";
import { confirmOptIn, requestOptIn } from "./consent/opt-in";
import { savePreferences, unsubscribe, viewPreferences } from "./consent/preferences";
import { refusalsOf, refuseAllStanding } from "./consent/refused-address";
import { deliverMessages } from "./deliver-messages";
import { optInToken, signLink } from "./links";
import { planMessages } from "./plan-messages";
import type { Channel, MessageKind } from "./schema";
import { readSettings } from "./settings";
import { onlySenders } from "./testing";

let shop: LedgerShop;
let first: string;
beforeEach(async () => {
  await at("2026-06-01T10:00:00Z");
  shop = await createCampaignShop(1);
  [first = ""] = shop.customers;
});
afterEach(() => setTestClock(null));

const query = (text: ReturnType<typeof sql>) => withTenant(shop.ctx, ({ trx }) => text.execute(trx));
const linkOf = (subject: string) =>
  withTenant(shop.ctx, async (handle) => {
    const { pepper } = await readSettings(handle, shop.ctx);
    return signLink(pepper, { purpose: "preferences", orgId: shop.ctx.orgId, shopId: shop.ctx.shopId, subject });
  });
const byHand = (customerId: string, change: object) =>
  recordConsent(shop.ctx, {
    customerId,
    channel: "email",
    purpose: "marketing",
    state: "granted",
    evidence: "Called us on Monday",
    ...change,
  });
const object = (customerId: string) => byHand(customerId, { channel: "all", purpose: "objection" });
const NOTHING = { email: false, sms: false, push: false, tracking: false, objected: false };

/** What a sync makes of a person again: as subscribed as a shop can say it, by whatever path; a file, too, writes these columns. */
async function again(columns: { email?: string; phone?: string; consentAt?: string } = {}): Promise<string> {
  const { email = "C1@example.com ", phone = null, consentAt = "2026-05-01T00:00:00Z" } = columns;
  const { rows } = await withTenant(shop.ctx, ({ trx }) =>
    sql<{ id: string }>`
      insert into customer (org_id, shop_id, external_id, email, email_key, phone, country, email_consent, email_consent_at, email_consent_basis, sms_consent)
      values (${shop.ctx.orgId}, ${shop.ctx.shopId}, gen_random_uuid()::text, ${email}, lower(trim(${email})), ${phone}, 'DE', 'SUBSCRIBED', ${consentAt},
        'import', 'SUBSCRIBED') returning id`.execute(trx),
  );
  return rows[0]?.id ?? "";
}
/** What becomes of a message to somebody. */
async function written(customerId: string, channel: Channel = "email", kind: MessageKind = "campaign_message"): Promise<string> {
  const key = crypto.randomUUID();
  await withTenant(shop.ctx, (handle) =>
    planMessages(handle, shop.ctx, { kind, channel, keyPrefix: key, customers: [{ customerId, amount: 1n }] }),
  );
  await deliverMessages(shop.ctx, async () => onlySenders({}));
  const { rows } = await withTenant(shop.ctx, ({ trx }) =>
    sql<{ what: string }>`select coalesce(reason, status) as what from message where key = ${`${key}:${customerId}`}`.execute(trx),
  );
  return rows[0]?.what ?? "";
}

describe("an objection", () => {
  it("holds for a customer that a sync creates later, on every way, and not for what belongs to a contract", async () => {
    await object(first);
    const later = await again({ phone: "+4915112345678" });
    expect(await written(later)).toBe("objection");
    expect(await written(later, "sms")).toBe("objection");
    // Its page says why, which its own history does not; the first one's history does.
    expect((await consentHistory(shop.ctx, { customerId: later })).barred).toMatchObject({ reason: "objection" });
    expect((await consentHistory(shop.ctx, { customerId: first })).barred).toBeNull();
    const address = { channel: "email", address: "c1@EXAMPLE.com" };
    expect(await checkRefusal(shop.ctx, address)).toEqual({ objectedAt: expect.any(Date), leftAt: null });
    expect(await checkSuppression(shop.ctx, address)).toBeNull();
    expect(await written(later, "email", "credit_refunded")).toBe("sent");
    expect(await written(await again({ email: "somebody@example.com" }))).toBe("sent");
  });

  it("outlives the one who made it", async () => {
    await object(first);
    await query(sql`update customer set erased_at = app_now(), email = null, email_key = null, phone = null where id = ${first}`);
    expect(await written(await again())).toBe("objection");
    const kept = await withTenant(shop.ctx, ({ trx }) => trx.selectFrom("refused_address").selectAll().execute());
    expect(kept).toHaveLength(1);
    expect(JSON.stringify(kept)).not.toContain("example.com");
  });

  it("reaches a customer who gets the address later, and one through the interface", async () => {
    await object(first);
    const other = await again({ email: "other@example.com" });
    await query(sql`update customer set email = 'c1@example.com', email_key = 'c1@example.com' where id = ${other}`);
    expect(await written(other)).toBe("objection");
    const { id } = await upsertCustomer(shop.ctx, { externalId: "new", email: "c1@example.com", emailConsent: "SUBSCRIBED" });
    expect(await written(id)).toBe("objection");
  });

  it("ends for who agrees anew by double opt-in, and for nobody by what a shop repeats", async () => {
    await object(first);
    const later = await again({ consentAt: "2026-06-01T11:00:00Z" });
    await at("2026-06-02T10:00:00Z");
    expect(await written(later)).toBe("objection");
    await query(sql`update customer set email_consent = 'NOT_SUBSCRIBED' where id = ${later}`);
    expect(await requestOptIn(shop.ctx, later)).toEqual({ asked: true });
    const { rows } = await withTenant(shop.ctx, ({ trx }) =>
      sql<{ nonce: string }>`select params ->> 'optIn' as nonce from message where kind = 'opt_in'`.execute(trx),
    );
    await confirmOptIn(optInToken(shop.ctx, rows[0]?.nonce ?? ""), {});
    expect(await written(later)).toBe("sent");
    expect(await written(first)).toBe("objection");
  });

  it("ends with the person who takes it back", async () => {
    await savePreferences(await linkOf(first), { ...NOTHING, objected: true }, {});
    const later = await again({ consentAt: "2026-06-02T00:00:00Z" });
    expect(await written(later)).toBe("objection");
    await at("2026-06-03T10:00:00Z");
    await savePreferences(await linkOf(first), { ...NOTHING, email: true }, {});
    expect(await written(first)).toBe("sent");
    // They share the mailbox, and so its cap.
    await at("2026-06-05T10:00:00Z");
    expect(await written(later)).toBe("sent");
  });
});

describe("leaving", () => {
  it("by e-mail holds for who has the address later, unless they agreed after it", async () => {
    await unsubscribe(await linkOf(first), {});
    const later = await again();
    expect(await written(later)).toBe("noConsent");
    expect((await consentHistory(shop.ctx, { customerId: later })).barred).toMatchObject({ reason: "left" });
    await query(sql`update customer set email = null, email_key = null, erased_at = app_now() where id = ${first}`);
    expect(await written(await again())).toBe("noConsent");
    await at("2026-06-03T10:00:00Z");
    expect(await written(await again({ consentAt: "2026-06-02T00:00:00Z" }))).toBe("sent");
  });

  it("outlives consent that a shop states without a date, for a customer created with the address and one moved to it", async () => {
    await unsubscribe(await linkOf(first), {});
    await query(sql`update customer set email = null, email_key = null, erased_at = app_now() where id = ${first}`);
    await at("2026-06-02T10:00:00Z");
    const created = await upsertCustomer(shop.ctx, { externalId: "created", email: "c1@example.com", emailConsent: "SUBSCRIBED" });
    expect(await written(created.id)).toBe("noConsent");
    const moved = await upsertCustomer(shop.ctx, { externalId: "moved", email: "other@example.com", emailConsent: "SUBSCRIBED" });
    expect(await written(moved.id)).toBe("sent");
    await upsertCustomer(shop.ctx, { externalId: "moved", email: "c1@example.com", emailConsent: "SUBSCRIBED" });
    expect(await written(moved.id)).toBe("noConsent");
  });

  it("that only the shop knew of holds for its other customers of that address", async () => {
    const email = "shopper@example.com";
    await upsertCustomer(shop.ctx, { externalId: "old", email, emailConsent: "UNSUBSCRIBED", emailConsentAt: "2026-05-15T00:00:00Z" });
    expect(await written(await again({ email }))).toBe("noConsent");
    expect(await written(await again({ email, consentAt: "2026-05-20T00:00:00Z" }))).toBe("sent");
  });

  it("by SMS holds for the number however it is written, until the person agrees by more than the shop's word", async () => {
    await query(sql`update customer set phone = '+4915112345678', country = 'DE', sms_consent = 'SUBSCRIBED' where id = ${first}`);
    await savePreferences(await linkOf(first), { ...NOTHING, email: true }, {});
    await at("2026-06-02T10:00:00Z");
    const later = await again({ email: "other@example.com", phone: "0151 12345678" });
    expect(await written(later, "sms")).toBe("noConsent");
    expect(await written(later)).toBe("sent");
    await byHand(later, { channel: "sms", state: "withdrawn" });
    await at("2026-06-03T10:00:00Z");
    await byHand(later, { channel: "sms", state: "granted" });
    expect(await written(later, "sms")).toBe("sent");
  });

  describe("holds for a shop's subscriber, who can agree again", () => {
    let later: string;
    beforeEach(async () => {
      await unsubscribe(await linkOf(first), {});
      await query(sql`update customer set email = null, email_key = null, erased_at = app_now() where id = ${first}`);
      later = await again({ phone: "+4915112345678" });
      await at("2026-06-02T10:00:00Z");
      expect(await written(later)).toBe("noConsent");
    });
    const agreed = async (basis: string) => {
      expect(await written(later)).toBe("sent");
      const { barred, events } = await consentHistory(shop.ctx, { customerId: later });
      expect(barred).toBeNull();
      expect(events.find(({ channel }) => channel === "email")).toMatchObject({ purpose: "marketing", state: "granted", basis });
    };

    it("on their page", async () => {
      const link = await linkOf(later);
      expect(await viewPreferences(link)).toMatchObject({ email: false, objected: false });
      await savePreferences(link, { ...NOTHING, email: true }, {});
      expect(await viewPreferences(link)).toMatchObject({ email: true });
      await agreed("preferences");
      // A tick that was there is no new consent.
      await savePreferences(link, { ...NOTHING, email: true }, {});
      const { events } = await consentHistory(shop.ctx, { customerId: later });
      expect(events.filter(({ channel, basis }) => channel === "email" && basis === "preferences")).toHaveLength(1);
    });

    it("by a link", async () => {
      expect(await requestOptIn(shop.ctx, later)).toEqual({ asked: true });
      expect(await written(later)).toBe("noConsent");
      const { rows } = await withTenant(shop.ctx, ({ trx }) =>
        sql<{ nonce: string }>`select params ->> 'optIn' as nonce from message where kind = 'opt_in'`.execute(trx),
      );
      await confirmOptIn(optInToken(shop.ctx, rows[0]?.nonce ?? ""), {});
      await agreed("doubleOptIn");
      expect(await requestOptIn(shop.ctx, later)).toEqual({ asked: false, reason: "subscribed" });
    });

    it("outside of this product", async () => {
      await byHand(later, {});
      await agreed("manual");
    });

    it("by SMS, too", async () => {
      await byHand(later, { channel: "sms", state: "withdrawn" });
      const other = await again({ email: "other@example.com", phone: "+4915112345678" });
      expect(await written(other, "sms")).toBe("noConsent");
      await at("2026-06-03T10:00:00Z");
      await byHand(other, { channel: "sms" });
      expect(await written(other, "sms")).toBe("sent");
    });
  });

  it("that only the shop stated, or from before addresses were remembered, is remembered overnight as of when it was said", async () => {
    await upsertCustomer(shop.ctx, {
      ...{ externalId: "left", email: "left@example.com", emailConsent: "UNSUBSCRIBED", emailConsentAt: "2026-05-15T00:00:00Z" },
    });
    await upsertCustomer(shop.ctx, { externalId: "c1", phone: "0664 1234567", country: "AT", smsConsent: "UNSUBSCRIBED" });
    // As it was before addresses were remembered.
    await object(first);
    await query(sql`delete from refused_address`);
    await at("2026-06-05T10:00:00Z");
    expect(await refuseAllStanding(shop.ctx)).toEqual({ people: 2 });
    const remembered = async (channel: "email" | "sms", address: string) => {
      const refusal = await checkRefusal(shop.ctx, { channel, address });
      return [refusal?.objectedAt, refusal?.leftAt].map((date) => date?.toISOString().slice(0, 10) ?? null);
    };
    expect(await remembered("email", "left@example.com")).toEqual([null, "2026-05-15"]);
    expect(await remembered("email", "c1@example.com")).toEqual(["2026-06-01", null]);
    expect(await remembered("sms", "+436641234567")).toEqual(["2026-06-01", null]);
    // The next night moves nothing, and an older word takes nothing back.
    const rows = () => query(sql`select *, xmin::text from refused_address order by address_hash`).then((result) => result.rows);
    const before = await rows();
    await refuseAllStanding(shop.ctx);
    expect(await rows()).toEqual(before);
  });

  it("is looked up once for an address that many share", async () => {
    const many: string[] = [];
    for (let n = 0; n < 20; n++) many.push(await again({ email: "none@example.com" }));
    const alone = await again({ email: "alone@example.com" });
    await query(sql`update customer set email_consent = 'UNSUBSCRIBED', email_consent_at = '2026-05-20T00:00:00Z' where id = ${many[7]}`);
    const asked = [...many, alone].map((id) => ({ id, customer_id: id, channel: "email" as const, email: null }));
    const { refusals, lookups } = await withTenant(shop.ctx, async (handle) => {
      const scans = async () => {
        const { rows } = await sql<{ n: number }>`
          select (coalesce(seq_scan, 0) + coalesce(idx_scan, 0))::int as n from pg_stat_xact_user_tables where relname = 'consent_state'`.execute(
          handle.trx,
        );
        return rows[0]?.n ?? 0;
      };
      const before = await scans();
      const settings = await readSettings(handle, shop.ctx);
      const found = await refusalsOf(handle, shop.ctx, settings, asked, new Map());
      return { refusals: found, lookups: (await scans()) - before };
    });
    const others = many.filter((_, n) => n !== 7);
    expect(others.map((id) => refusals.get(id)?.leftAt)).toEqual(others.map(() => new Date("2026-05-20T00:00:00Z")));
    expect(refusals.has(alone)).toBe(false);
    expect(lookups).toBeLessThanOrEqual(many.length);
  });

  it("lets a notice take the next way", async () => {
    await unsubscribe(await linkOf(first), {});
    const later = await again({ phone: "+4915112345678" });
    const [chosen] = await withTenant(shop.ctx, async (handle) =>
      chooseChannels(handle, shop.ctx, await readSettings(handle, shop.ctx), {
        ...{ kind: "credit_granted", order: ["email", "sms"], customers: [{ customerId: later }] },
      }),
    );
    expect(chosen).toMatchObject({ channel: "sms" });
  });
});
