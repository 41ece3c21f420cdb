import { sql } from "kysely";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createCampaignShop } from "@/server/campaigns/testing";
import { setTestClock } from "@/server/clock";
import { withTenant } from "@/server/db";
import { grantMany } from "@/server/ledger/grant-many";
import { redeem } from "@/server/ledger/redeem";
import { at, type LedgerShop } from "@/server/ledger/testing";
import { smtpAdapter } from "./channels/smtp";
import { setEmailConsent } from "./consent/change-consent";
import { recordBounces } from "./consent/record-bounces";
import { pauseSending } from "./control-sending";
import { type DeliveryResult, deliverMessages, sweepStaleMessages } from "./deliver-messages";
import { getMessage } from "./get-message";
import { readLink } from "./links";
import { type MessagePlan, planMessages } from "./plan-messages";
import { listUnknown, resolveBatch, resolveMessage } from "./resolve-unknown";
import { getSettings, saveSettings } from "./settings";
import { type MailHost, type MailHostOptions, onlySenders, smtpError, startMailHost } from "./testing";
import { traceMessage } from "./trace-message";

let shop: LedgerShop;
let host: MailHost | null = null;

const NOON = "2026-06-01T10:00:00Z";
beforeEach(async () => {
  await at(NOON);
  shop = await createCampaignShop(4);
  await unlimited();
});
afterEach(async () => {
  await host?.close();
  host = null;
  await setTestClock(null);
});

/** No pauses between messages: how fast is measured elsewhere. */
async function unlimited(): Promise<void> {
  const settings = await getSettings(shop.ctx);
  await saveSettings(shop.ctx, { ...settings, policy: { ...settings.policy, rate: { perSecond: 0, perDomainPerSecond: 0 } } });
}

const plan = (patch: Partial<MessagePlan> = {}): Promise<{ planned: number }> =>
  withTenant(shop.ctx, (handle) =>
    planMessages(handle, shop.ctx, {
      kind: "campaign_message",
      keyPrefix: "news",
      customers: shop.customers.map((customerId) => ({ customerId })),
      ...patch,
    }),
  );

async function deliver(options: MailHostOptions = {}): Promise<DeliveryResult> {
  host ??= await startMailHost(options);
  const adapter = smtpAdapter({ host: "127.0.0.1", port: host.port, secure: "none", user: null, password: null });
  try {
    return await deliverMessages(shop.ctx, async () => onlySenders({ email: adapter }));
  } finally {
    adapter.close();
  }
}

type Row = {
  id: string;
  status: string;
  reason: string | null;
  customer_id: string;
  attempts: number;
  error: string | null;
  send_after: Date;
  basis: string | null;
};
const messages = (): Promise<Row[]> =>
  withTenant(shop.ctx, async ({ trx }) => {
    const result =
      await sql<Row>`select id, status, reason, customer_id, attempts, error, send_after, basis from message order by key`.execute(trx);
    return result.rows;
  });
const statuses = async () => (await messages()).map(({ status, reason }) => (reason ? `${status}:${reason}` : status));

describe("sending by SMTP", () => {
  it("sends each message once, with text, HTML, a way out, and nothing of one person in another's", async () => {
    await plan();
    expect(await deliver()).toMatchObject({ sent: 4, skipped: 0, more: false });
    expect(await deliver()).toMatchObject({ sent: 0 });
    const mails = host?.received ?? [];
    expect(mails.flatMap(({ to }) => to).sort()).toEqual(["c1@example.com", "c2@example.com", "c3@example.com", "c4@example.com"]);
    for (const { mail, to, raw } of mails) {
      const name = `Name ${to[0]?.split("@")[0] ?? ""}`;
      expect(mail.text).toContain(`Guten Tag ${name},`);
      expect(mail.html).toContain(name);
      expect(raw).toMatch(/^List-Unsubscribe:\s+<https?:[^>]+\/u\/[\w-]{87}>/m);
      expect(raw).toMatch(/^List-Unsubscribe-Post:\s+List-Unsubscribe=One-Click/m);
      expect(mail.headers.filter(({ key }) => key === "to")).toHaveLength(1);
    }
    expect((await messages()).every(({ basis }) => basis === "consent")).toBe(true);
  });

  it("says on links to the shop where a visit comes from, unless the shop does not want it", async () => {
    const { brand, ...settings } = await getSettings(shop.ctx);
    await saveSettings(shop.ctx, { ...settings, brand: { ...brand, shopUrl: "https://laden.example/" } });
    await plan({ kind: "credit_granted", customers: [{ customerId: shop.customers[0] ?? "", amount: 1000n }] });
    await deliver();
    const tagged = "https://laden.example/?utm_source=guthaben&amp;utm_medium=email&amp;utm_campaign=credit-granted";
    expect(host?.received[0]?.mail.html).toContain(`href="${tagged}"`);
    expect(host?.received[0]?.mail.html).not.toMatch(/\/(?:u|preferences)\/[^"]*utm_/);
    const now = await getSettings(shop.ctx);
    await saveSettings(shop.ctx, { ...now, policy: { ...now.policy, linkTags: false } });
    await plan({ kind: "credit_granted", keyPrefix: "second", customers: [{ customerId: shop.customers[1] ?? "", amount: 1000n }] });
    await deliver();
    expect(host?.received[1]?.mail.html).toContain('href="https://laden.example/"');
  });

  it("planned twice is one message; two senders at once send it once", async () => {
    await plan();
    expect(await plan()).toEqual({ planned: 0 });
    host = await startMailHost();
    const results = await Promise.all([deliver(), deliver(), deliver()]);
    expect(results.reduce((sum, result) => sum + result.sent, 0)).toBe(4);
    expect(host.received).toHaveLength(4);
  });

  it("asks consent, objection, bounces and erasure again when it sends, not when it planned (B18)", async () => {
    await plan();
    const [a, b, c] = shop.customers;
    await withTenant(shop.ctx, async (handle) => {
      await setEmailConsent(handle, shop.ctx, a ?? "", "UNSUBSCRIBED", { basis: "manual" });
      await sql`update customer set erased_at = app_now(), email = null, email_key = null where id = ${b}`.execute(handle.trx);
      await sql`insert into consent_event (org_id, shop_id, customer_id, channel, purpose, state, basis)
        values (${shop.ctx.orgId}, ${shop.ctx.shopId}, ${c}, 'all', 'objection', 'granted', 'test')`.execute(handle.trx);
    });
    expect(await deliver()).toMatchObject({ sent: 1, skipped: 3 });
    expect((await statuses()).sort()).toEqual(["sent", "skipped:erased", "skipped:noConsent", "skipped:objection"]);
  });

  it("counts all campaigns against one cap, atomically, and names the loser (B16)", async () => {
    await plan();
    await plan({ keyPrefix: "other" });
    await plan({ keyPrefix: "third", kind: "credit_expired" });
    const results = await Promise.all([deliver(), deliver()]);
    expect(results.reduce((sum, result) => sum + result.sent, 0)).toBe(4);
    expect((await statuses()).filter((status) => status === "skipped:frequencyCap")).toHaveLength(8);
    // A day later the window has moved on.
    await at("2026-06-02T10:30:00Z");
    await plan({ keyPrefix: "next" });
    expect(await deliver()).toMatchObject({ sent: 4 });
  });

  it("a refusal for now is tried again later and gives its place back; at some point it ends", async () => {
    await plan({ customers: [{ customerId: shop.customers[0] ?? "" }] });
    expect(await deliver({ rcpt: () => smtpError(451, "4.7.1 try again later") })).toMatchObject({ sent: 0, deferred: 1 });
    const [waiting] = await messages();
    expect(waiting).toMatchObject({ status: "queued", reason: "retry", attempts: 1 });
    expect(waiting?.send_after.getTime()).toBeGreaterThan(Date.parse(NOON) + 50_000);
    for (let n = 0; n < 12 && (await messages())[0]?.status === "queued"; n++) {
      const due = (await messages())[0]?.send_after ?? new Date();
      const local = new Date(due.getTime() + 1_000);
      await setTestClock(local);
      await deliver();
    }
    expect((await messages())[0]).toMatchObject({ status: "failed", reason: "rejected" });
    expect(host?.received).toHaveLength(0);
    // A mailbox that refused for two days counts towards the three that rest an address.
    const bounces = await withTenant(shop.ctx, ({ trx }) => trx.selectFrom("delivery_event").select(["kind"]).execute());
    expect(bounces).toEqual([{ kind: "softBounce" }]);
  });

  it("an unknown mailbox is suppressed, also for the next campaign and after erasure of the address from the customer", async () => {
    const [customerId] = shop.customers;
    await plan({ customers: [{ customerId: customerId ?? "" }] });
    await deliver({ rcpt: () => smtpError(550, "5.1.1 no such user") });
    expect(await statuses()).toEqual(["failed:hardBounce"]);
    await plan({ keyPrefix: "again", customers: [{ customerId: customerId ?? "" }] });
    await deliver();
    expect(await statuses()).toEqual(["skipped:hardBounce", "failed:hardBounce"]);
    const kept = await withTenant(shop.ctx, ({ trx }) => trx.selectFrom("suppression").selectAll().execute());
    expect(JSON.stringify(kept)).not.toContain("example.com");
  });

  it("a connection that breaks after the message was taken leaves its outcome unknown, and nobody gets it twice", async () => {
    await plan({ customers: [{ customerId: shop.customers[0] ?? "" }] });
    expect(await deliver({ data: () => "hangUp" })).toMatchObject({ unknown: 1, sent: 0 });
    expect(await deliver()).toMatchObject({ sent: 0, unknown: 0 });
    expect(host?.received).toHaveLength(1);
    const [lost] = await messages();
    expect(lost).toMatchObject({ status: "unknown" });
    await resolveMessage(shop.ctx, { id: lost?.id, as: "sent" });
    expect(await statuses()).toEqual(["sent"]);
    await expect(resolveMessage(shop.ctx, { id: lost?.id, as: "again" })).rejects.toMatchObject({ code: "MESSAGE_STATE" });
  });

  it("that broke down over a whole batch leaves one question, which is answered once and for all of it", async () => {
    const settings = await getSettings(shop.ctx);
    const caps = { ...settings.policy.caps, email: [{ count: 2, hours: 24 }] };
    await saveSettings(shop.ctx, { ...settings, policy: { ...settings.policy, caps } });
    await plan();
    await plan({ keyPrefix: "second" });
    expect(await deliver({ data: () => "hangUp" })).toMatchObject({ unknown: 8 });
    const [batch, ...more] = await listUnknown(shop.ctx, {});
    expect(more).toEqual([]);
    expect(batch).toMatchObject({ count: 8, channel: "email", campaign: null });
    const answer = { claim: batch?.claim, campaignId: null, channel: "email" };
    await expect(resolveBatch(shop.ctx, { ...answer, count: 7, as: "sent" })).rejects.toMatchObject({ code: "CONFLICT" });
    await resolveMessage(shop.ctx, { id: (await messages())[0]?.id, as: "sent" });
    await expect(resolveBatch(shop.ctx, { ...answer, count: 8, as: "again" })).rejects.toMatchObject({ code: "CONFLICT" });
    await expect(
      resolveBatch({ ...shop.ctx, shopId: (await createCampaignShop(0)).ctx.shopId }, { ...answer, count: 7, as: "sent" }),
    ).rejects.toThrow();
    const both = await Promise.allSettled([1, 2].map(() => resolveBatch(shop.ctx, { ...answer, count: 7, as: "again" })));
    expect(both.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
    expect(await listUnknown(shop.ctx, {})).toEqual([]);
    // Sent again under the same caps: every one of them had given its own place back.
    await host?.close();
    host = null;
    expect(await deliver()).toMatchObject({ sent: 7, skipped: 0 });
  });

  it("an unknown message of which something comes back is known", async () => {
    await plan();
    expect(await deliver({ data: () => "hangUp" })).toMatchObject({ unknown: 4 });
    const [a, b] = await messages();
    const notice = { channel: "email" as const, address: null, customerId: null, code: null, detail: null };
    await withTenant(shop.ctx, (handle) =>
      recordBounces(handle, shop.ctx, [
        { ...notice, id: "1", kind: "delivered", messageId: a?.id ?? "" },
        { ...notice, id: "2", kind: "hardBounce", messageId: b?.id ?? "" },
      ]),
    );
    expect((await statuses()).sort()).toEqual(["sent", "sent", "unknown", "unknown"]);
    expect(await listUnknown(shop.ctx, {})).toMatchObject([{ count: 2 }]);
  });

  it("a sender that died between handing over and recording leaves 'unknown' behind", async () => {
    await plan();
    await withTenant(shop.ctx, ({ trx }) =>
      sql`update message set status = 'sending', claim = gen_random_uuid(), claimed_at = app_now()`.execute(trx),
    );
    expect(await sweepStaleMessages(shop.ctx)).toEqual({ unknown: 0 });
    await at("2026-06-01T10:11:00Z");
    expect(await sweepStaleMessages(shop.ctx)).toEqual({ unknown: 4 });
    expect(await deliver()).toMatchObject({ sent: 0 });
    const [lost] = await messages();
    await resolveMessage(shop.ctx, { id: lost?.id, as: "again" });
    expect(await deliver()).toMatchObject({ sent: 1 });
  });

  it("a server that is down costs no attempts and loses nothing", async () => {
    await plan();
    const adapter = smtpAdapter({ host: "127.0.0.1", port: 1, secure: "none", user: null, password: null });
    const result = await deliverMessages(shop.ctx, async () => onlySenders({ email: adapter }));
    expect(result).toMatchObject({ sent: 0, more: false });
    expect((await statuses()).every((status) => status === "queued:retry")).toBe(true);
    await at("2026-06-01T10:30:00Z");
    expect(await deliver()).toMatchObject({ sent: 4 });
  });

  it("refuses a line break in a header instead of sending it (B22)", async () => {
    const settings = await getSettings(shop.ctx);
    await expect(
      saveSettings(shop.ctx, { ...settings, brand: { ...settings.brand, senderName: "Shop\r\nBcc: all@example.com" } }),
    ).rejects.toMatchObject({
      code: "VALIDATION",
    });
    await withTenant(shop.ctx, ({ trx }) => sql`update customer set first_name = ${"Eve\r\nBcc: all@example.com"}`.execute(trx));
    await plan();
    await deliver();
    for (const { mail, to } of host?.received ?? []) {
      expect(to).toHaveLength(1);
      expect(mail.headers.some(({ key }) => key === "bcc")).toBe(false);
    }
  });

  it("an address the server cannot take is marked, not crashed on (B23)", async () => {
    await withTenant(shop.ctx, ({ trx }) =>
      sql`update customer set email = ${"Jörg+test@EXÄMPLE.de"}, email_key = 'jörg+test@xn--exmple-cua.de' where external_id = 'c1'`.execute(
        trx,
      ),
    );
    await plan();
    await deliver({ rcpt: (address) => (/[^\p{ASCII}]/u.test(address) ? smtpError(553, "5.6.7 no SMTPUTF8 here") : null) });
    expect((await statuses()).sort()).toEqual(["failed:unreachable", "sent", "sent", "sent"]);
  });
});

describe("messages about credit", () => {
  const grant = (customerId: string, id: string) =>
    grantMany(shop.ctx, {
      source: { type: "drop", id },
      chunkKey: `${id}:${customerId}`,
      unit: "EUR",
      originClass: "unpaid",
      availableFrom: null,
      expiresAt: new Date("2026-07-01T22:00:00Z"),
      grants: [{ customerId, amount: 500n }],
    });

  it("are dropped when the credit is gone, and traced to the order it paid when it is not", async () => {
    const [a = "", b = ""] = shop.customers;
    const source = crypto.randomUUID();
    await grant(a, source);
    await grant(b, source);
    await redeem(shop.ctx, { key: "r1", customerId: a, unit: "EUR", amount: 500n, orderRef: "order-1" });
    const one = (customerId: string) => ({ customerId, amount: 500n, creditKey: source, expiresAt: new Date("2026-07-01T22:00:00Z") });
    await plan({ kind: "credit_granted", unit: "EUR", customers: [one(a), one(b)] });
    await deliver();
    expect((await statuses()).sort()).toEqual(["sent", "skipped:creditGone"]);
    const sent = (await messages()).find(({ status }) => status === "sent");
    await redeem(shop.ctx, { key: "r2", customerId: b, unit: "EUR", amount: 200n, orderRef: "order-2" });
    const trace = await traceMessage(shop.ctx, { id: sent?.id ?? "" });
    expect(trace.lots).toMatchObject([{ granted: 500n, redeemed: 200n }]);
    expect(trace.orders).toMatchObject([{ orderRef: "order-2", redeemed: 200n }]);
  });

  it("wait for the morning, and stay away from credit that would be nearly over (B28)", async () => {
    await at("2026-06-01T20:30:00Z");
    const [a = "", b = ""] = shop.customers;
    const until = (iso: string) => new Date(iso);
    await plan({
      kind: "credit_granted",
      customers: [
        { customerId: a, amount: 500n, expiresAt: until("2026-06-02T22:00:00Z") },
        { customerId: b, amount: 500n, expiresAt: until("2026-06-10T22:00:00Z") },
      ],
    });
    expect(await deliver()).toMatchObject({ sent: 0, deferred: 1, skipped: 1 });
    await at("2026-06-02T06:31:00Z");
    expect(await deliver()).toMatchObject({ sent: 1 });
    expect((await statuses()).sort()).toEqual(["sent", "skipped:quietHoursTooLate"]);
  });

  it("are asked again when quiet hours change: lifted ones let what waits go", async () => {
    await at("2026-06-01T20:30:00Z");
    await plan();
    expect(await deliver()).toMatchObject({ sent: 0, deferred: 4 });
    const settings = await getSettings(shop.ctx);
    await saveSettings(shop.ctx, { ...settings, policy: { ...settings.policy, quiet: null } });
    expect(await deliver()).toMatchObject({ sent: 4 });
  });

  it("stop while their campaign's sending is paused, and go on afterwards", async () => {
    const campaignId = await withTenant(shop.ctx, async ({ trx }) => {
      const row = await trx
        .insertInto("campaign")
        .values({
          org_id: shop.ctx.orgId,
          shop_id: shop.ctx.shopId,
          name: "K",
          unit: "EUR",
          time_zone: "Europe/Berlin",
          created_by_label: "t",
        })
        .returning("id")
        .executeTakeFirstOrThrow();
      return row.id;
    });
    await plan({ campaignId });
    await pauseSending(shop.ctx, { campaignId, paused: true });
    expect(await deliver()).toMatchObject({ sent: 0 });
    await pauseSending(shop.ctx, { campaignId, paused: false });
    expect(await deliver()).toMatchObject({ sent: 4 });
  });

  it("land in the local outbox, rendered, when no way out is set up; whoever looks cannot unsubscribe the recipient", async () => {
    await plan({ kind: "credit_granted", customers: [{ customerId: shop.customers[0] ?? "", amount: 1000n }] });
    expect(await deliverMessages(shop.ctx, async () => onlySenders({}))).toMatchObject({ sent: 1 });
    const [row] = await messages();
    const view = await getMessage(shop.ctx, { id: row?.id ?? "" }, { pii: false });
    expect(view.subject.replace(/\s/g, " ")).toBe("10,00 € Guthaben bei Test");
    expect(view.to.email).not.toBe("c1@example.com");
    // The links look like real ones, in their length, too, and belong to nobody.
    const tokens = [...view.html.matchAll(/\/(?:u|preferences)\/([\w-]+)/g)].map(([, token]) => token ?? "");
    expect(tokens).toHaveLength(2);
    expect(tokens.map(readLink)).toEqual([null, null]);
  });
});
