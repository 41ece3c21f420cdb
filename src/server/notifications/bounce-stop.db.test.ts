import { sql } from "kysely";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { withTenant } from "@/server/db";
import { at } from "@/server/ledger/testing";
import type { ShopContext } from "@/server/tenancy/context";
import { type TestTenant, testMembers, testTenant } from "@/server/tenancy/world.testing";
import { setTestClock } from "../clock";
import { smtpAdapter } from "./channels/smtp";
import { recordBounces } from "./consent/record-bounces";
import { deliverMessages } from "./deliver-messages";
import { planMessages } from "./plan-messages";
import { getSendingStop, resumeMarketing } from "./resume-marketing";
import { getSettings, saveSettings } from "./settings";
import { type MailHost, onlySenders, smtpError, startMailHost } from "./testing";

/** 5 % of addresses that do not exist stop marketing e-mail as complaints do (domain.md 4.3). */
const PEOPLE = 40;
let tenant: TestTenant;
let ctx: ShopContext;
let customers: string[];
let host: MailHost;
let dead: (address: string) => boolean = () => false;

beforeEach(async () => {
  await at("2026-06-01T10:00:00Z");
  tenant = await testTenant("Stop");
  ctx = tenant.shop;
  dead = () => false;
  const rows = await withTenant(ctx, ({ trx }) =>
    sql<{ id: string }>`insert into customer (org_id, shop_id, external_id, email, email_key, email_consent)
      select ${ctx.orgId}, ${ctx.shopId}, 'c' || i, 'c' || i || '@example.com', 'c' || i || '@example.com', 'SUBSCRIBED'
      from generate_series(1, ${PEOPLE}::int) i returning id`.execute(trx),
  );
  customers = rows.rows.map(({ id }) => id);
  const settings = await getSettings(ctx);
  const caps = { email: [], sms: [], push: [] };
  await saveSettings(ctx, { ...settings, policy: { ...settings.policy, caps, rate: { perSecond: 0, perDomainPerSecond: 0 } } });
  host = await startMailHost({ rcpt: (address) => (dead(address) ? smtpError(550, "5.1.1 no such user") : null) });
});
afterEach(async () => {
  await host.close();
  await setTestClock(null);
});

const rowsOf = <Row>(query: ReturnType<typeof sql<Row>>): Promise<Row[]> =>
  withTenant(ctx, ({ trx }) => query.execute(trx)).then((result) => result.rows);
/** So many marketing e-mails that were sent at an instant; their ids. */
const sentBefore = async (count: number, sentAt: string): Promise<string[]> => {
  const rows = await rowsOf(
    sql<{ id: string }>`
      insert into message (org_id, shop_id, customer_id, kind, channel, key, locale, params, status, provider, sent_at, category)
      select ${ctx.orgId}, ${ctx.shopId}, (${customers}::uuid[])[1 + i % ${PEOPLE}::int], 'campaign_message', 'email', gen_random_uuid()::text,
        'de', '{}', 'sent', 'smtp', ${sentAt}::timestamptz, 'marketing' from generate_series(1, ${count}::int) i returning id`,
  );
  return rows.map(({ id }) => id);
};
const bounce = (ids: readonly string[], kind: "hardBounce" | "softBounce" = "hardBounce") =>
  withTenant(ctx, (handle) =>
    recordBounces(
      handle,
      ctx,
      ids.map((id) => ({
        ...{ id: `b:${id}`, kind, channel: "email", address: null, messageId: id },
        customerId: null,
        code: "5.1.1",
        detail: null,
      })),
    ),
  );
const plan = (keyPrefix: string) =>
  withTenant(ctx, (handle) =>
    planMessages(handle, ctx, { kind: "campaign_message", keyPrefix, customers: customers.map((customerId) => ({ customerId })) }),
  );
async function deliver() {
  const adapter = smtpAdapter({ host: "127.0.0.1", port: host.port, secure: "none", user: null, password: null });
  try {
    return await deliverMessages(ctx, async () => onlySenders({ email: adapter }));
  } finally {
    adapter.close();
  }
}

describe("dead addresses", () => {
  it("that come back stop at 5 %, exactly, and of at least 200 messages", async () => {
    await bounce((await sentBefore(199, "2026-05-30T10:00:00Z")).slice(0, 9));
    expect(await getSendingStop(ctx)).toBeNull();
    const [tenth = "", eleventh = ""] = await sentBefore(21, "2026-05-30T10:00:00Z");
    await bounce([tenth]);
    expect(await getSendingStop(ctx)).toBeNull();
    await bounce([eleventh]);
    expect(await getSendingStop(ctx)).toMatchObject({ cause: "bounces", sent: 220, counted: 11 });
  });

  it("do not stop where few were sent, nor do full mailboxes, nor the same notice told twice", async () => {
    await bounce(await sentBefore(20, "2026-05-30T10:00:00Z"));
    expect(await getSendingStop(ctx)).toBeNull();
    const ids = await sentBefore(400, "2026-05-30T10:00:00Z");
    await bounce(ids.slice(0, 100), "softBounce");
    expect(await getSendingStop(ctx)).toBeNull();
    await rowsOf(sql`delete from delivery_event`);
    for (let n = 0; n < 3; n++) await bounce(ids.slice(0, 9));
    expect(await getSendingStop(ctx)).toBeNull();
  });

  it("stop a campaign in its middle; what waits goes on with a reason, and old ones do not stop again", async () => {
    const people = await testMembers(tenant);
    await sentBefore(190, "2026-05-31T10:00:00Z");
    dead = (address) => Number(address.slice(1, address.indexOf("@"))) <= 12;
    await plan("first");
    expect(await deliver()).toMatchObject({ sent: PEOPLE - 12, failed: 12 });
    const stop = await getSendingStop(ctx);
    expect(stop).toMatchObject({ cause: "bounces", sent: 190 + PEOPLE, counted: 12 });
    await at("2026-06-01T10:05:00Z");
    await plan("second");
    expect(await deliver()).toMatchObject({ sent: 0, skipped: 0, failed: 0 });
    expect(await getSendingStop(ctx)).toMatchObject({ waiting: PEOPLE });
    const told = await rowsOf(sql<{ user_id: string }>`select user_id from staff_notice where kind = 'sendingStopped'`);
    expect(told.map(({ user_id }) => user_id).sort()).toEqual([people.owner, people.admin].sort());
    const audits = await rowsOf(sql<{ after: unknown }>`select after from audit where action = 'sending.stopped'`);
    expect(audits).toMatchObject([{ after: { cause: "bounces", counted: 12 } }]);
    await resumeMarketing(ctx, { id: stop?.id, reason: "Alte Liste entfernt" });
    expect(await deliver()).toMatchObject({ sent: PEOPLE - 12, skipped: 12 });
    expect(await getSendingStop(ctx)).toBeNull();
  });
});
