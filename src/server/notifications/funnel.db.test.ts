import { sql } from "kysely";
import { afterAll, beforeAll, expect, it } from "vitest";
import { finishDrop } from "@/server/campaigns/finish-drop";
import { freezeDrop } from "@/server/campaigns/freeze-drop";
import { grantChunk } from "@/server/campaigns/grant-chunk";
import { launchCampaign } from "@/server/campaigns/launch-campaign";
import { createCampaignShop, createDraft } from "@/server/campaigns/testing";
import { withTenant } from "@/server/db";
import { redeem } from "@/server/ledger/redeem";
import { at, type LedgerShop } from "@/server/ledger/testing";
import { smtpAdapter } from "./channels/smtp";
import { recordConsent } from "./consent/consent-history";
import { deliverMessages } from "./deliver-messages";
import { messageFunnel } from "./funnel";
import { planMessages } from "./plan-messages";
import { getSettings, saveSettings } from "./settings";
import { type MailHost, onlySenders, smtpError, startMailHost } from "./testing";
import { traceMessage } from "./trace-message";

let shop: LedgerShop;
let host: MailHost;
let campaignId: string;
let dropId: string;

beforeAll(async () => {
  await at("2026-06-01T11:30:00Z");
  shop = await createCampaignShop(4);
  host = await startMailHost({ rcpt: (to) => (to.startsWith("c4@") ? smtpError(550, "5.1.1 no such user here") : null) });
  const draft = await createDraft(shop.ctx, { holdoutBps: 0, messageEnabled: true });
  campaignId = draft.id;
  const { drop } = await launchCampaign(shop.ctx, { id: draft.id });
  dropId = drop?.id ?? "";
  await at("2026-06-01T12:00:01Z");
  const { chunks = 0 } = (await freezeDrop(shop.ctx, dropId)) as { chunks?: number };
  for (let no = 0; no < chunks; no++) await grantChunk(shop.ctx, { dropId, no });
  await finishDrop(shop.ctx, dropId);
});
afterAll(() => host.close());

let orders = 0;
const spend = (customerId: string | undefined) => {
  orders++;
  const order = orders.toString();
  return redeem(shop.ctx, { key: order, customerId: customerId ?? "", unit: "EUR", amount: 100n, orderRef: order });
};

it("counts as redeemed who spent after the message, once each, and says why messages failed", async () => {
  const [a, b] = shop.customers;
  await spend(a);
  const adapter = smtpAdapter({ host: "127.0.0.1", port: host.port, secure: "none", user: null, password: null });
  await deliverMessages(shop.ctx, async () => onlySenders({ email: adapter })).finally(() => adapter.close());
  const funnel = () => messageFunnel(shop.ctx, { campaignId });
  expect(await funnel()).toMatchObject({ planned: 4, sent: 3, failed: 1, failures: [{ reason: "hardBounce", count: 1 }], redeemed: 0 });
  await at("2026-06-02T12:00:00Z");
  for (const who of [b, b, a]) await spend(who);
  expect(await funnel()).toMatchObject({ redeemed: 2, excluded: [] });
});

it("knows of whom openings could be told when the message was sent, whatever they agree to afterwards", async () => {
  const [a, b, c] = shop.customers;
  const agree = (customerId: string | undefined, state: "granted" | "withdrawn") =>
    recordConsent(shop.ctx, { customerId: customerId ?? "", channel: "email", purpose: "tracking", state, evidence: "on the telephone" });
  const { policy, ...rest } = await getSettings(shop.ctx);
  await saveSettings(shop.ctx, { ...rest, policy: { ...policy, tracking: true, caps: { ...policy.caps, email: [] } } });
  await agree(a, "granted");
  await agree(b, "granted");
  await withTenant(shop.ctx, (handle) =>
    planMessages(handle, shop.ctx, {
      ...{ kind: "campaign_message", campaignId, keyPrefix: "tracked" },
      customers: [a, b, c].map((customerId) => ({ customerId: customerId ?? "" })),
    }),
  );
  const adapter = smtpAdapter({ host: "127.0.0.1", port: host.port, secure: "none", user: null, password: null });
  await deliverMessages(shop.ctx, async () => onlySenders({ email: adapter })).finally(() => adapter.close());
  await agree(b, "withdrawn");
  await agree(c, "granted");
  expect(await messageFunnel(shop.ctx, { campaignId })).toMatchObject({ sent: 6, tracked: 2 });
});

it("leads from a reminder to the campaign that gave its credit", async () => {
  const [, , customerId = ""] = shop.customers;
  const written = await withTenant(shop.ctx, async (handle) => {
    const lots = await handle.trx.selectFrom("ledger.lot").select("id").where("customer_id", "=", customerId).execute();
    await planMessages(handle, shop.ctx, {
      ...{ kind: "credit_expiring", keyPrefix: "reminder", customers: [{ customerId, amount: 500n, lots: lots.map(({ id }) => id) }] },
    });
    const { rows } = await sql<{ id: string }>`select id from message where kind = 'credit_expiring'`.execute(handle.trx);
    return rows[0]?.id ?? "";
  });
  expect(await traceMessage(shop.ctx, { id: written })).toMatchObject({
    campaigns: [{ id: campaignId, name: "Sommer" }],
    lots: [{ granted: 500n }],
  });
});
