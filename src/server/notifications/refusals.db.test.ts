import { sql } from "kysely";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createCampaignShop } from "@/server/campaigns/testing";
import { setTestClock } from "@/server/clock";
import { withTenant } from "@/server/db";
import { at, type LedgerShop } from "@/server/ledger/testing";
import { listChannels, saveChannel } from "./channels/manage-channels";
import { parseBounce } from "./consent/parse-bounce";
import { deliverMessages } from "./deliver-messages";
import { planMessages } from "./plan-messages";
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
