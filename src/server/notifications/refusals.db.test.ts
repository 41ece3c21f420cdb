import { sql } from "kysely";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createCampaignShop } from "@/server/campaigns/testing";
import { setTestClock } from "@/server/clock";
import { withTenant } from "@/server/db";
import { at, type LedgerShop } from "@/server/ledger/testing";
import { testRequest, testSignIn, testTenant } from "@/server/tenancy/world.testing";
import { createCallerFactory } from "@/server/trpc/init";
import { appRouter } from "@/server/trpc/root";
import { listChannels, saveChannel } from "./channels/manage-channels";
import { setEmailConsent } from "./consent/change-consent";
import { parseBounce } from "./consent/parse-bounce";
import { deliverMessages } from "./deliver-messages";
import { planMessages } from "./plan-messages";
import { resolveMessage } from "./resolve-unknown";
import { countRefused, sendAgain } from "./send-again";
import { closeSenders } from "./senders";
import { getSettings, saveSettings } from "./settings";
import { type MailHost, type MailHostOptions, smtpError, startMailHost } from "./testing";

let shop: LedgerShop;
let host: MailHost;
let answers: MailHostOptions = {};

beforeEach(async () => {
  await at("2026-06-01T10:00:00Z");
  shop = await createCampaignShop(4);
  const settings = await getSettings(shop.ctx);
  await saveSettings(shop.ctx, { ...settings, policy: { ...settings.policy, rate: { perSecond: 0, perDomainPerSecond: 0 } } });
  answers = {};
  host = await startMailHost({
    sender: () => answers.sender?.() ?? null,
    rcpt: (address) => answers.rcpt?.(address) ?? null,
    data: (received) => answers.data?.(received) ?? null,
  });
  const smtp = { host: "127.0.0.1", port: host.port, secure: "none", user: null };
  await saveChannel(shop.ctx, { kind: "smtp", enabled: true, settings: smtp, secret: null });
});
afterEach(async () => {
  closeSenders();
  await host.close();
  await setTestClock(null);
});

const plan = (keyPrefix = "news") =>
  withTenant(shop.ctx, (handle) =>
    planMessages(handle, shop.ctx, {
      ...{ kind: "campaign_message", keyPrefix },
      customers: shop.customers.map((customerId) => ({ customerId })),
    }),
  );
const rowsOf = <Row>(query: ReturnType<typeof sql<Row>>): Promise<Row[]> =>
  withTenant(shop.ctx, ({ trx }) => query.execute(trx)).then(({ rows }) => rows);
const statuses = () =>
  rowsOf(sql<{ status: string }>`select concat_ws(':', status, reason) as status from message order by key`).then((rows) =>
    rows.map(({ status }) => status),
  );
const suppressed = () => rowsOf(sql`select reason from suppression`);
const all = (status: string) => Array<string>(4).fill(status);

describe("one wrong setting of the sender", () => {
  it.each([
    [550, "Sender address rejected: not owned by user"],
    [550, "5.1.8 Sender domain does not exist"],
    [550, "5.7.1 Sender not authorised"],
  ])("costs neither an address nor a message: %s %s", async (code, words) => {
    await plan();
    answers.sender = () => smtpError(code, words);
    for (const minute of ["01", "03", "05"]) {
      await at(`2026-06-01T10:${minute}:00Z`);
      expect(await deliverMessages(shop.ctx)).toMatchObject({ sent: 0, failed: 0, more: false });
    }
    expect(await statuses()).toEqual(all("queued:retry"));
    expect(await rowsOf(sql`select max(attempts) as n from message`)).toEqual([{ n: 0 }]);
    expect(await suppressed()).toEqual([]);
    const channel = (await listChannels(shop.ctx)).find(({ kind }) => kind === "smtp");
    expect(channel).toMatchObject({ lastError: expect.stringContaining(words) });
    expect(channel?.failingSince?.getTime()).toBeLessThan(Date.parse("2026-06-01T10:02:00Z"));
    answers = {};
    await at("2026-06-01T10:07:00Z");
    expect(await deliverMessages(shop.ctx)).toMatchObject({ sent: 4 });
  });
});

describe("what comes back about the sender", () => {
  const report = (status: string) =>
    Buffer.from(
      [
        ...["From: MAILER-DAEMON@x", "To: bounce@shop", "Subject: Undelivered", "MIME-Version: 1.0"],
        ...[
          'Content-Type: multipart/report; report-type=delivery-status; boundary="b"',
          "",
          "--b",
          "Content-Type: text/plain",
          "",
          "x",
          "--b",
        ],
        ...["Content-Type: message/delivery-status", "", "Reporting-MTA: dns; x", "", "Final-Recipient: rfc822; c1@example.com"],
        ...[
          "Action: failed",
          `Status: ${status}`,
          "",
          "--b",
          "Content-Type: text/rfc822-headers",
          "",
          "Message-ID: <x@y>",
          "",
          "--b--",
          "",
        ],
      ].join("\r\n"),
    );
  it.each([
    ["5.1.1", "hardBounce"],
    ["5.1.7", "failed"],
    ["5.1.8", "failed"],
    ["5.7.1", "failed"],
    ["5.0.0", "failed"],
    ["4.4.7", "softBounce"],
  ])("%s is %s", async (status, kind) => {
    expect((await parseBounce(report(status))).notices).toMatchObject([{ kind, code: status }]);
  });
});

describe("messages that were refused", () => {
  const campaign = async () => {
    const [row] = await rowsOf(
      sql<{ id: string }>`insert into campaign (org_id, shop_id, unit, time_zone, created_by_label)
        values (${shop.ctx.orgId}, ${shop.ctx.shopId}, 'EUR', 'Europe/Berlin', 'test') returning id`,
    );
    return row?.id ?? "";
  };
  const planFor = (campaignId: string) =>
    withTenant(shop.ctx, (handle) =>
      planMessages(handle, shop.ctx, {
        ...{ kind: "campaign_message", keyPrefix: "k", campaignId },
        customers: shop.customers.map((customerId) => ({ customerId })),
      }),
    );
  const refuse = async (campaignId: string) => {
    await planFor(campaignId);
    answers.data = () => smtpError(554, "5.7.1 looks like spam");
    expect(await deliverMessages(shop.ctx)).toMatchObject({ failed: 4, sent: 0 });
    answers = {};
    host.received.length = 0;
  };

  it("are sent again together, each once, and only after a new decision", async () => {
    const campaignId = await campaign();
    await refuse(campaignId);
    expect(await statuses()).toEqual(all("failed:rejected"));
    expect(await suppressed()).toEqual([]);
    expect(await countRefused(shop.ctx, { campaignId })).toEqual({ count: 4, error: expect.stringContaining("looks like spam") });
    await withTenant(shop.ctx, (handle) => setEmailConsent(handle, shop.ctx, shop.customers[0] ?? "", "UNSUBSCRIBED", { basis: "manual" }));
    // As the procedure hands it over: with the shop beside it.
    const asked = { shopId: shop.ctx.shopId, campaignId };
    for (const vague of [{}, { ...asked, id: campaignId }])
      await expect(sendAgain(shop.ctx, vague)).rejects.toMatchObject({ code: "VALIDATION" });
    const both = await Promise.allSettled([1, 2].map(() => sendAgain(shop.ctx, asked)));
    expect(both.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
    expect(await countRefused(shop.ctx, { campaignId })).toMatchObject({ count: 0 });
    expect(await deliverMessages(shop.ctx)).toMatchObject({ sent: 3, skipped: 1 });
    expect(await statuses()).toEqual(expect.arrayContaining(["sent", "skipped:noConsent"]));
    expect(new Set(host.received.flatMap(({ to }) => to)).size).toBe(3);
    expect(host.received).toHaveLength(3);
    await expect(sendAgain(shop.ctx, { campaignId })).rejects.toMatchObject({ code: "MESSAGE_STATE" });
    const audits = await rowsOf(sql`select after, entity_id from audit where action = 'message.sentAgain'`);
    expect(audits).toEqual([{ after: { count: 4 }, entity_id: campaignId }]);
  });

  it("are asked for by people through the procedure, of a campaign and one by one", async () => {
    const tenant = await testTenant("Again");
    const caller = createCallerFactory(appRouter)(testRequest(await testSignIn(tenant.ownerId)));
    const shopId = tenant.shop.shopId;
    // Nothing was refused there: the question itself was understood.
    for (const which of [{ campaignId: crypto.randomUUID() }, { id: crypto.randomUUID() }])
      await expect(caller.messages.sendAgain({ shopId, ...which })).rejects.toMatchObject({ cause: { code: "MESSAGE_STATE" } });
  });

  it("are sent again one by one; not one that may have arrived, that is in the dark, or whose address does not exist", async () => {
    const campaignId = await campaign();
    await refuse(campaignId);
    const [first, second, third, fourth] = await rowsOf(sql<{ id: string }>`select id from message order by key`);
    await rowsOf(sql`update message set delivered_at = app_now() where id = ${second?.id}`);
    await rowsOf(sql`update message set reason = 'hardBounce' where id = ${third?.id}`);
    await rowsOf(sql`update message set status = 'unknown', claim = gen_random_uuid() where id = ${fourth?.id}`);
    await resolveMessage(shop.ctx, { id: fourth?.id, as: "failed" });
    expect(await countRefused(shop.ctx, { campaignId })).toMatchObject({ count: 1 });
    for (const one of [second, third, fourth])
      await expect(sendAgain(shop.ctx, { id: one?.id })).rejects.toMatchObject({ code: "MESSAGE_STATE" });
    const other = (await createCampaignShop(0)).ctx;
    await expect(sendAgain(other, { id: first?.id })).rejects.toMatchObject({ code: "MESSAGE_STATE" });
    expect(await sendAgain(shop.ctx, { id: first?.id })).toEqual({ queued: 1 });
    expect(await deliverMessages(shop.ctx)).toMatchObject({ sent: 1 });
    expect(await statuses()).toEqual(["sent", "failed:rejected", "failed:hardBounce", "failed:saidFailed"]);
  });
});
