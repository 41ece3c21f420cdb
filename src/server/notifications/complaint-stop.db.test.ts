import { sql } from "kysely";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { withTenant } from "@/server/db";
import { at } from "@/server/ledger/testing";
import type { ShopContext } from "@/server/tenancy/context";
import { type TestTenant, testMembers, testTenant } from "@/server/tenancy/world.testing";
import { setTestClock } from "../clock";
import { smtpAdapter } from "./channels/smtp";
import { type DeliveryNotice, recordBounces } from "./consent/record-bounces";
import { deliverMessages } from "./deliver-messages";
import { deliverability } from "./deliverability";
import { messageFunnel } from "./funnel";
import { planMessages } from "./plan-messages";
import { getSendingStop, resumeMarketing } from "./resume-marketing";
import type { MessageKind } from "./schema";
import { getSettings, saveSettings } from "./settings";
import { type MailHost, onlySenders, startMailHost } from "./testing";

/** 0.3 % complaints stop marketing e-mail (domain.md 4.3), and nothing else. */
let tenant: TestTenant;
let ctx: ShopContext;
let customers: string[];
let host: MailHost;

beforeEach(async () => {
  await at("2026-06-01T10:00:00Z");
  tenant = await testTenant("Stop");
  ctx = tenant.shop;
  const rows = await withTenant(ctx, ({ trx }) =>
    sql<{ id: string }>`insert into customer (org_id, shop_id, external_id, email, email_key, email_consent)
      select ${ctx.orgId}, ${ctx.shopId}, 'c' || i, 'c' || i || '@example.com', 'c' || i || '@example.com', 'SUBSCRIBED' from generate_series(1, 20) i
      returning id`.execute(trx),
  );
  customers = rows.rows.map(({ id }) => id);
  const settings = await getSettings(ctx);
  const caps = { email: [], sms: [], push: [] };
  await saveSettings(ctx, { ...settings, policy: { ...settings.policy, caps, rate: { perSecond: 0, perDomainPerSecond: 0 } } });
  host = await startMailHost();
});
afterEach(async () => {
  await host.close();
  await setTestClock(null);
});

/** So many marketing e-mails that were sent at an instant; their ids. */
async function sentBefore(count: number, sentAt: string, patch = "{}"): Promise<string[]> {
  const { rows } = await withTenant(ctx, ({ trx }) =>
    sql<{ id: string }>`
      insert into message (org_id, shop_id, customer_id, kind, channel, key, locale, params, status, provider, sent_at, category)
      select ${ctx.orgId}, ${ctx.shopId}, (${customers}::uuid[])[1 + i % 20], 'campaign_message', coalesce(p ->> 'channel', 'email'), gen_random_uuid()::text,
        'de', '{}', 'sent', coalesce(p ->> 'provider', 'smtp'), ${sentAt}::timestamptz, coalesce(p ->> 'category', 'marketing')
      from generate_series(1, ${count}::int) i, (select ${patch}::jsonb as p) p returning id`.execute(trx),
  );
  return rows.map(({ id }) => id);
}
const complaint = (messageId: string): DeliveryNotice => ({
  id: `complaint:${messageId}`,
  ...{ kind: "complaint", channel: "email", address: null, messageId, customerId: null, code: null, detail: null },
});
const complain = (ids: readonly string[]) => withTenant(ctx, (handle) => recordBounces(handle, ctx, ids.map(complaint)));
const plan = (kind: MessageKind, keyPrefix: string, customer = 19) =>
  withTenant(ctx, (handle) => planMessages(handle, ctx, { kind, keyPrefix, customers: [{ customerId: customers[customer] ?? "" }] }));
async function deliver() {
  const adapter = smtpAdapter({ host: "127.0.0.1", port: host.port, secure: "none", user: null, password: null });
  try {
    return await deliverMessages(ctx, async () => onlySenders({ email: adapter }));
  } finally {
    adapter.close();
  }
}
const rowsOf = <Row>(query: ReturnType<typeof sql<Row>>): Promise<Row[]> =>
  withTenant(ctx, ({ trx }) => query.execute(trx)).then((result) => result.rows);
const stopped = async () => (await getSendingStop(ctx)) !== null;

describe("the line", () => {
  it("is three of a thousand in seven days", async () => {
    const ids = await sentBefore(1_001, "2026-05-30T10:00:00Z");
    await complain(ids.slice(0, 3));
    expect(await stopped()).toBe(false);
    await complain(ids.slice(3, 4));
    expect(await getSendingStop(ctx)).toMatchObject({ sent: 1_001, counted: 4 });
    expect(await deliverability(ctx, { days: 7 })).toMatchObject({
      marketing: { sent: 1_001, complained: 4 },
      sources: [{ campaign: null, sent: 1_001, complained: 4 }],
      alarms: { complaints: "stop", bounces: "none" },
    });
  });

  it("is reached exactly at 0.3 %", async () => {
    await complain((await sentBefore(1_000, "2026-05-30T10:00:00Z")).slice(0, 3));
    expect(await stopped()).toBe(true);
  });

  it("is seen by the short window behind a month of good mail, and by the long one when little is sent", async () => {
    await sentBefore(5_000, "2026-05-10T10:00:00Z");
    const [a = "", b = ""] = await sentBefore(150, "2026-05-12T10:00:00Z");
    await complain([a, b]);
    expect(await stopped()).toBe(false);
    await complain((await sentBefore(300, "2026-05-31T10:00:00Z")).slice(0, 3));
    expect(await getSendingStop(ctx)).toMatchObject({ sent: 300, counted: 3 });
  });

  it("is not reached by a small shop, a single person, other kinds of mail, or one notice told twice", async () => {
    const few = await sentBefore(199, "2026-05-31T10:00:00Z");
    await complain(few.slice(0, 5));
    expect(await stopped()).toBe(false);
    const many = await sentBefore(200, "2026-05-31T10:00:00Z", '{"category":"transactional"}');
    await complain(many.slice(0, 10));
    await complain((await sentBefore(200, "2026-05-31T10:00:00Z", '{"provider":"outbox"}')).slice(0, 10));
    expect(await stopped()).toBe(false);
    await resetMessages();
    const [one = "", two = ""] = await sentBefore(250, "2026-05-31T10:00:00Z");
    await complain([one, two, two, one]);
    await complain([one, two]);
    expect(await stopped()).toBe(false);
  });

  it("is reached once when two record the two missing complaints at the same moment", async () => {
    for (let round = 0; round < 5; round++) {
      const ids = await sentBefore(300, "2026-05-31T10:00:00Z");
      await complain(ids.slice(0, 1));
      await Promise.all([complain(ids.slice(1, 2)), complain(ids.slice(2, 3))]);
      const stops = await rowsOf(sql<{ counted: number }>`select counted from sending_stop where resumed_at is null`);
      expect(stops).toEqual([{ counted: 3 }]);
      await rowsOf(sql`delete from sending_stop`);
      await resetMessages();
    }
  });

  it("is reached by days going by, too, before anything more is sent", async () => {
    const ids = await sentBefore(150, "2026-05-31T10:00:00Z");
    const old = await sentBefore(5_000, "2026-05-20T10:00:00Z");
    await complain([...ids.slice(0, 3), ...old.slice(0, 1)]);
    await sentBefore(60, "2026-06-01T09:00:00Z");
    expect(await stopped()).toBe(false);
    await plan("campaign_message", "news");
    expect(await deliver()).toMatchObject({ sent: 0 });
    expect(await stopped()).toBe(true);
  });

  it("counts a complaint that names only the address, to the last e-mail that reached it, and ends the consent", async () => {
    const ids = await sentBefore(300, "2026-05-31T10:00:00Z");
    await complain(ids.slice(0, 2));
    const notice = { ...complaint(""), id: "fbl", messageId: null, address: "C7@example.com" };
    await withTenant(ctx, (handle) => recordBounces(handle, ctx, [notice]));
    expect(await getSendingStop(ctx)).toMatchObject({ counted: 3 });
    expect(await rowsOf(sql<{ c: string }>`select email_consent as c from customer where external_id = 'c7'`)).toEqual([
      { c: "UNSUBSCRIBED" },
    ]);
  });
});

const resetMessages = () =>
  rowsOf(sql`update message set complained_at = null, sent_at = sent_at - interval '100 days' where sent_at is not null`);

describe("a stop", () => {
  const stop = async () => {
    const ids = await sentBefore(300, "2026-05-31T10:00:00Z");
    await complain(ids.slice(0, 3));
    return (await getSendingStop(ctx))?.id ?? "";
  };

  it("holds marketing e-mail back, drops nothing, and lets go on what a contract wants told", async () => {
    await stop();
    await plan("campaign_message", "news");
    await plan("credit_refunded", "back");
    expect(await deliver()).toMatchObject({ sent: 1, skipped: 0, deferred: 0 });
    expect(host.received.map(({ mail }) => mail.subject)).toEqual([expect.stringMatching(/zurückgebucht|returned/)]);
    expect(await rowsOf(sql`select kind, status from message where status <> 'sent'`)).toEqual([
      { kind: "campaign_message", status: "queued" },
    ]);
    expect(await getSendingStop(ctx)).toMatchObject({ waiting: 1 });
  });

  it("does not hold SMS and push back", async () => {
    await stop();
    await withTenant(ctx, (handle) =>
      planMessages(handle, ctx, {
        kind: "campaign_message",
        channel: "sms",
        keyPrefix: "sms",
        customers: [{ customerId: customers[19] ?? "" }],
      }),
    );
    await withTenant(ctx, ({ trx }) => sql`update customer set phone = '+491511234567', sms_consent = 'SUBSCRIBED'`.execute(trx));
    await deliver();
    expect(await rowsOf(sql`select status, provider from message where channel = 'sms'`)).toEqual([{ status: "sent", provider: "outbox" }]);
  });

  it("is written down, and told once to those who can end it", async () => {
    const people = await testMembers(tenant);
    const id = await stop();
    const [audit] = await rowsOf(sql<{ after: unknown }>`select after from audit where action = 'sending.stopped'`);
    expect(audit?.after).toMatchObject({ cause: "complaints", sent: 300, counted: 3 });
    const told = await rowsOf(
      sql<{ user_id: string }>`select user_id from staff_notice where kind = 'sendingStopped' and subject_id = ${id}`,
    );
    expect(told.map(({ user_id }) => user_id).sort()).toEqual([people.owner, people.admin].sort());
  });

  it("ends by a person with a reason; old complaints do not stop again, new ones do", async () => {
    const id = await stop();
    await plan("campaign_message", "news");
    await expect(resumeMarketing(ctx, { id, reason: "kurz" })).rejects.toMatchObject({ code: "VALIDATION" });
    await at("2026-06-01T10:05:00Z");
    await resumeMarketing(ctx, { id, reason: "Ursache gefunden: alte Liste entfernt" });
    await expect(resumeMarketing(ctx, { id, reason: "Ursache gefunden: alte Liste entfernt" })).rejects.toMatchObject({ code: "CONFLICT" });
    const [audit] = await rowsOf(sql<{ after: unknown }>`select after from audit where action = 'sending.resumed'`);
    expect(audit?.after).toEqual({ reason: "Ursache gefunden: alte Liste entfernt" });
    expect(await deliver()).toMatchObject({ sent: 1 });
    const late = await rowsOf(
      sql<{ id: string }>`select id from message where complained_at is null and sent_at < '2026-06-01T00:00:00Z' limit 5`,
    );
    await complain(late.map((row) => row.id));
    expect(await stopped()).toBe(false);
    await at("2026-06-01T12:00:00Z");
    await complain((await sentBefore(250, "2026-06-01T11:00:00Z")).slice(0, 3));
    expect(await getSendingStop(ctx)).toMatchObject({ sent: 251, counted: 3 });
  });

  it("decides anew about what waited past its sense", async () => {
    const id = await stop();
    await withTenant(ctx, (handle) =>
      planMessages(handle, ctx, {
        ...{ kind: "credit_expiring", keyPrefix: "soon" },
        customers: [{ customerId: customers[19] ?? "", expiresAt: new Date("2026-06-01T12:00:00Z"), lots: [crypto.randomUUID()] }],
      }),
    );
    await deliver();
    await at("2026-06-01T13:00:00Z");
    await resumeMarketing(ctx, { id, reason: "Ursache gefunden und behoben" });
    expect(await deliver()).toMatchObject({ sent: 0, skipped: 1 });
    expect(await rowsOf(sql`select reason from message where kind = 'credit_expiring'`)).toEqual([{ reason: "creditGone" }]);
  });

  it("is between two batches or before both: what is decided after it is not marketing e-mail", async () => {
    const ids = await sentBefore(300, "2026-05-31T10:00:00Z");
    await complain(ids.slice(0, 2));
    for (let n = 0; n < 60; n++) await plan("campaign_message", `news${n.toString()}`, n % 20);
    const settings = await getSettings(ctx);
    await saveSettings(ctx, { ...settings, policy: { ...settings.policy, rate: { perSecond: 1, perDomainPerSecond: 0 } } });
    await Promise.all([deliver(), new Promise((done) => setTimeout(done, 1_500)).then(() => complain(ids.slice(2, 3)))]);
    const [{ at: stoppedAt } = { at: new Date(0) }] = await rowsOf(sql<{ at: Date }>`select stopped_at as at from sending_stop`);
    const after = await rowsOf(sql`select id from message where kind = 'campaign_message' and decided_at > ${stoppedAt}`);
    expect(after).toEqual([]);
    expect((await rowsOf(sql<{ n: number }>`select count(*)::int as n from message where status = 'queued'`))[0]?.n).toBeGreaterThan(0);
  });

  it("is said by the campaign whose messages wait", async () => {
    const [row] = await rowsOf(
      sql<{
        id: string;
      }>`insert into campaign (org_id, shop_id, unit, time_zone, created_by_label) values (${ctx.orgId}, ${ctx.shopId}, 'EUR', 'Europe/Berlin', 'test') returning id`,
    );
    const campaignId = row?.id ?? "";
    await withTenant(ctx, (handle) =>
      planMessages(handle, ctx, { kind: "campaign_message", campaignId, keyPrefix: "k", customers: [{ customerId: customers[0] ?? "" }] }),
    );
    expect(await messageFunnel(ctx, { campaignId })).toMatchObject({ waiting: 1, stopped: false });
    await stop();
    expect(await messageFunnel(ctx, { campaignId })).toMatchObject({ waiting: 1, stopped: true });
  });
});
