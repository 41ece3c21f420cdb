import { sql } from "kysely";
import pg from "pg";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createCampaignShop } from "@/server/campaigns/testing";
import { setTestClock } from "@/server/clock";
import { withoutTenant, withTenant } from "@/server/db";
import { at, type LedgerShop } from "@/server/ledger/testing";
import { eraseCustomer } from "@/server/privacy/erase-customer";
import { clearEvidence } from "./consent/clear-evidence";
import { consentHistory, recordConsent } from "./consent/consent-history";
import { checkRefusal } from "./consent/manage-suppression";
import { confirmOptIn, requestOptIn } from "./consent/opt-in";
import { unsubscribe } from "./consent/preferences";
import { optInToken, signLink } from "./links";
import { readSettings } from "./settings";

let shop: LedgerShop;
let first: string;
let owner: pg.Client;
beforeAll(async () => {
  owner = new pg.Client({ connectionString: process.env.DATABASE_URL });
  await owner.connect();
});
afterAll(() => owner.end());
beforeEach(async () => {
  await at("2026-06-01T10:00:00Z");
  shop = await createCampaignShop(2);
  [first = ""] = shop.customers;
});
afterEach(() => setTestClock(null));

type Change = Omit<Parameters<typeof recordConsent>[1] & object, never>;
const NOTE = "Letter of c1@example.com, see folder 7";
const note = (change: Change, customerId = first) =>
  recordConsent(shop.ctx, { customerId, channel: "email", purpose: "marketing", state: "granted", evidence: NOTE, ...change });
/** Of every event with a note, oldest first: what it says, and whether the note is still there. */
async function kept(customerId = first): Promise<string[]> {
  const { events } = await consentHistory(shop.ctx, { customerId });
  return events
    .filter(({ basis }) => basis === "manual")
    .map(({ channel, state, proof }) => `${channel} ${state} ${proof.includes(NOTE) ? "kept" : "cleared"}`)
    .reverse();
}

describe("the term", () => {
  const SMS = { channel: "sms" } as const;
  beforeEach(() =>
    withTenant(shop.ctx, ({ trx }) =>
      trx.updateTable("customer").set({ phone: "+4915123456789", sms_consent: "NOT_SUBSCRIBED" }).execute(),
    ),
  );

  it("begins with the end of the year, in the shop's time, in which the consent ended, and is three years", async () => {
    await note(SMS);
    await note(SMS, shop.customers[1]);
    // Two minutes before midnight in Berlin, and two after it: another year.
    await at("2026-12-31T22:58:00Z");
    await note({ ...SMS, state: "withdrawn" });
    await at("2026-12-31T23:02:00Z");
    await note({ ...SMS, state: "withdrawn" }, shop.customers[1]);
    await at("2029-12-31T22:58:00Z");
    expect(await clearEvidence(shop.ctx)).toEqual({ cleared: 0 });
    expect(await kept()).toEqual(["sms granted kept", "sms withdrawn kept"]);
    await at("2029-12-31T23:02:00Z");
    expect(await clearEvidence(shop.ctx)).toEqual({ cleared: 2 });
    expect(await kept()).toEqual(["sms granted cleared", "sms withdrawn cleared"]);
    expect(await kept(shop.customers[1])).toEqual(["sms granted kept", "sms withdrawn kept"]);
    expect(await clearEvidence(shop.ctx)).toEqual({ cleared: 0 });
    await at("2030-12-31T23:02:00Z");
    expect(await clearEvidence(shop.ctx)).toEqual({ cleared: 2 });
  });

  it("does not run while the consent stands, and of one that was given anew only for what was before", async () => {
    await note(SMS);
    await at("2026-07-01T10:00:00Z");
    await note({ ...SMS, state: "withdrawn" });
    await at("2026-08-01T10:00:00Z");
    await note(SMS);
    await at("2026-09-01T10:00:00Z");
    await note(SMS);
    await at("2040-01-02T10:00:00Z");
    // One by one, as well as all at once.
    expect(await clearEvidence(shop.ctx, { page: 1 })).toEqual({ cleared: 2 });
    expect(await kept()).toEqual(["sms granted cleared", "sms withdrawn cleared", "sms granted kept", "sms granted kept"]);
  });

  it("runs for each way and purpose alone, and for objections from the objection on", async () => {
    await note({ channel: "email", purpose: "tracking" });
    await note(SMS);
    await at("2026-07-01T10:00:00Z");
    await note({ channel: "all", purpose: "objection" });
    await note({ channel: "all", purpose: "objection", state: "withdrawn" });
    await note({ channel: "email", purpose: "tracking", state: "withdrawn" });
    await at("2030-01-02T10:00:00Z");
    await clearEvidence(shop.ctx);
    expect(await kept()).toEqual([
      ...["email granted cleared", "sms granted kept", "all granted cleared", "all withdrawn kept", "email withdrawn cleared"],
    ]);
  });

  it("runs from the erasure, and leaves the withdrawal by hash and what the state of consent is", async () => {
    await note(SMS);
    await note({ channel: "push" });
    await at("2027-02-01T10:00:00Z");
    await note({ ...SMS, state: "withdrawn" });
    await eraseCustomer(shop.ctx, { customerId: first });
    const states = async () => (await consentHistory(shop.ctx, { customerId: first })).states;
    const before = await states();
    await at("2030-12-31T22:58:00Z");
    await clearEvidence(shop.ctx);
    expect(await kept()).toContain("push granted kept");
    await at("2030-12-31T23:02:00Z");
    await clearEvidence(shop.ctx);
    expect((await kept()).filter((line) => line.endsWith("kept"))).toEqual([]);
    expect(await states()).toEqual(before);
    expect(await checkRefusal(shop.ctx, { channel: "sms", address: "0151 23456789" })).toMatchObject({ leftAt: expect.any(Date) });
    const words = sql<{ told: string }>`select string_agg(e::text, ' ') as told from consent_event e where customer_id = ${first}`;
    const [row] = (await withTenant(shop.ctx, ({ trx }) => words.execute(trx))).rows;
    expect(row?.told).toContain("push");
    expect(row?.told).not.toMatch(/c1@example|folder 7/);
  });

  it("takes the confirmed request with it that says the same, and keeps the one of a newer consent", async () => {
    const asked = async () => {
      await requestOptIn(shop.ctx, first, { ip: "192.0.2.7" });
      const { rows } = await withTenant(shop.ctx, ({ trx }) =>
        sql<{ nonce: string }>`select params ->> 'optIn' as nonce from message where kind = 'opt_in' order by id desc limit 1`.execute(trx),
      );
      await confirmOptIn(optInToken(shop.ctx, rows[0]?.nonce ?? ""), { ip: "192.0.2.8", userAgent: "Mail" });
    };
    const requests = async () => (await withTenant(shop.ctx, ({ trx }) => trx.selectFrom("opt_in_request").select("ip").execute())).length;
    await withTenant(shop.ctx, ({ trx }) => trx.updateTable("customer").set({ email_consent: "NOT_SUBSCRIBED" }).execute());
    await asked();
    await at("2026-07-01T10:00:00Z");
    const link = await withTenant(shop.ctx, async (handle) =>
      signLink((await readSettings(handle, shop.ctx)).pepper, {
        ...{ purpose: "preferences", orgId: shop.ctx.orgId, shopId: shop.ctx.shopId, subject: first },
      }),
    );
    await unsubscribe(link, { ip: "192.0.2.9" });
    await at("2027-07-01T10:00:00Z");
    await asked();
    expect(await requests()).toBe(2);
    await at("2030-01-02T10:00:00Z");
    await clearEvidence(shop.ctx);
    expect(await requests()).toBe(1);
    const { events } = await consentHistory(shop.ctx, { customerId: first });
    expect(events.filter(({ basis }) => basis === "doubleOptIn").map(({ ip }) => ip)).toEqual(["192.0.2.8", null]);
    const left = events.filter(({ basis }) => basis === "oneClick").map(({ state, ip, textVersion }) => [state, ip, textVersion]);
    expect(left[0]).toEqual(["withdrawn", null, null]);
  });

  it("leaves other shops and what a shop stated alone, and says in the log what it cleared", async () => {
    await note(SMS);
    await note({ ...SMS, state: "withdrawn" });
    await at("2030-01-02T10:00:00Z");
    const other = await createCampaignShop(1);
    expect(await clearEvidence(other.ctx)).toEqual({ cleared: 0 });
    expect(await clearEvidence(shop.ctx)).toEqual({ cleared: 2 });
    const log = await withTenant(shop.ctx, ({ trx }) =>
      trx.selectFrom("audit").select("after").where("action", "=", "consent.evidenceCleared").execute(),
    );
    expect(log).toEqual([{ after: { events: 2 } }]);
  });
});

describe("events", () => {
  const asOwner = async (statement: string) => {
    await owner.query("begin");
    try {
      await owner.query("select set_config('app.org_id', $1, true), set_config('app.shop_id', $2, true)", [
        shop.ctx.orgId,
        shop.ctx.shopId,
      ]);
      return (await owner.query(statement)).rowCount;
    } finally {
      await owner.query("rollback");
    }
  };

  it.each([
    ["state = 'granted'"],
    ["at = now()"],
    ["ip = '192.0.2.1'"],
    ["ip = null, proof = '{\"other\": 1}'"],
    ['proof = \'{"as": "SUBSCRIBED"}\''],
  ])("cannot be rewritten by anybody, nor by their owner: set %s", async (change) => {
    await note({ state: "withdrawn" });
    await expect(asOwner(`update consent_event set ${change}`)).rejects.toThrow(/append-only/);
    await expect(withTenant(shop.ctx, ({ trx }) => sql.raw(`update consent_event set ${change}`).execute(trx))).rejects.toThrow(
      /permission denied/,
    );
  });

  it("cannot be removed, nor emptied but by the function that knows the term, for the tenant it is called for", async () => {
    await note({ state: "withdrawn" });
    await expect(asOwner("delete from consent_event")).rejects.toThrow(/append-only/);
    await expect(asOwner("truncate consent_event")).rejects.toThrow(/append-only/);
    const emptied =
      "update consent_event set ip = null, text_version = null, source_url = null, user_agent = null, proof = proof - 'evidence'";
    await expect(withTenant(shop.ctx, ({ trx }) => sql.raw(emptied).execute(trx))).rejects.toThrow(/permission denied/);
    const call = sql`select * from consent_clear_evidence('-infinity', gen_random_uuid(), 10)`;
    await expect(withoutTenant(({ trx }) => call.execute(trx))).rejects.toThrow(/no tenant/);
  });
});
