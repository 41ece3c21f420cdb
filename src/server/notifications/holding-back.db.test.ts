import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { launchCampaign } from "@/server/campaigns/launch-campaign";
import { pauseCampaign } from "@/server/campaigns/pause-campaign";
import { resumeCampaign } from "@/server/campaigns/resume-campaign";
import { createCampaignShop, createDraft } from "@/server/campaigns/testing";
import { haltShop } from "@/server/campaigns/update-policy";
import { setTestClock } from "@/server/clock";
import { withTenant } from "@/server/db";
import { at, type LedgerShop } from "@/server/ledger/testing";
import { pauseChannel, saveChannel } from "./channels/manage-channels";
import { addConsentEvent, setEmailConsent } from "./consent/change-consent";
import { addSuppression } from "./consent/manage-suppression";
import { pauseSending } from "./control-sending";
import { deliverMessages } from "./deliver-messages";
import { planMessages } from "./plan-messages";
import { closeSenders } from "./senders";
import { getSettings, saveSettings } from "./settings";
import { type MailHost, startMailHost } from "./testing";

const PEOPLE = 8;
let shop: LedgerShop;
let host: MailHost;
let campaignId: string;
let firstArrived: () => void;
let arrival: Promise<void>;

beforeEach(async () => {
  await at("2026-06-01T10:00:00Z");
  shop = await createCampaignShop(PEOPLE);
  arrival = new Promise((done) => {
    firstArrived = done;
  });
  host = await startMailHost({
    data: () => {
      firstArrived();
      return null;
    },
  });
  const settings = { host: "127.0.0.1", port: host.port, secure: "none", user: null };
  await saveChannel(shop.ctx, { kind: "smtp", enabled: true, settings, secret: null });
  const news = { offer: { type: "none" } as const, messageTexts: { de: { subject: "Neues", body: "Hallo" } } };
  campaignId = (await createDraft(shop.ctx, news)).id;
  await launchCampaign(shop.ctx, { id: campaignId });
});
afterEach(async () => {
  closeSenders();
  await host.close();
  await setTestClock(null);
});

async function rate(perSecond: number): Promise<void> {
  const settings = await getSettings(shop.ctx);
  await saveSettings(shop.ctx, { ...settings, policy: { ...settings.policy, rate: { perSecond, perDomainPerSecond: 0 } } });
}
const plan = () =>
  withTenant(shop.ctx, (handle) =>
    planMessages(handle, shop.ctx, {
      ...{ kind: "campaign_message", keyPrefix: "news", campaignId },
      customers: shop.customers.map((customerId) => ({ customerId })),
    }),
  );
const statuses = () =>
  withTenant(shop.ctx, async ({ trx }) => {
    const rows = await trx.selectFrom("message").select(["status", "reason"]).execute();
    return rows.map(({ status, reason }) => (reason ? `${status}:${reason}` : status));
  });
const everybody = (change: (customerId: string) => Promise<unknown>) => Promise.all(shop.customers.map(change));

/** What stops sending, and what lets it go on; without the latter the messages are never sent. */
const STOPS: Record<string, { stop: () => Promise<unknown>; resume?: () => Promise<unknown>; reason?: string }> = {
  "a campaign's sending": {
    stop: () => pauseSending(shop.ctx, { campaignId, paused: true }),
    resume: () => pauseSending(shop.ctx, { campaignId, paused: false }),
  },
  "a campaign": {
    stop: () => pauseCampaign(shop.ctx, { id: campaignId }),
    resume: () => resumeCampaign(shop.ctx, { id: campaignId }),
  },
  "a channel": {
    stop: () => pauseChannel(shop.ctx, { kind: "smtp", paused: true }),
    resume: () => pauseChannel(shop.ctx, { kind: "smtp", paused: false }),
  },
  "the whole shop": {
    stop: () => haltShop(shop.ctx, { halted: true, reason: "Preisfehler" }),
    resume: () => haltShop(shop.ctx, { halted: false }),
  },
  "who objects": {
    stop: () =>
      everybody((id) =>
        withTenant(shop.ctx, (handle) =>
          addConsentEvent(handle, shop.ctx, id, { channel: "all", purpose: "objection", state: "granted" }, { basis: "manual" }),
        ),
      ),
    reason: "objection",
  },
  "who leaves": {
    stop: () =>
      everybody((id) => withTenant(shop.ctx, (handle) => setEmailConsent(handle, shop.ctx, id, "UNSUBSCRIBED", { basis: "oneClick" }))),
    reason: "noConsent",
  },
  "an address that is shut": {
    stop: () => Promise.all(shop.customers.map((_, n) => addSuppression(shop.ctx, { addresses: [`c${(n + 1).toString()}@example.com`] }))),
    reason: "suppressed",
  },
};

describe("stopping", () => {
  it.each(Object.entries(STOPS))("%s lets out what is on the wire, not what is decided", async (_, { stop, resume, reason }) => {
    // One a second: all eight are decided about at once and would leave one by one.
    await rate(1);
    await plan();
    const running = deliverMessages(shop.ctx);
    await arrival;
    await stop();
    const before = host.received.length;
    const result = await running;
    // Of a decision that is less than a second old, at most one more.
    expect(host.received.length - before).toBeLessThanOrEqual(2);
    const sent = host.received.length;
    expect(result).toMatchObject({ sent, failed: 0, unknown: 0 });
    const kept = reason ? `skipped:${reason}` : "queued";
    expect((await statuses()).sort()).toEqual([...Array<string>(PEOPLE - sent).fill(kept), ...Array<string>(sent).fill("sent")].sort());
    await resume?.();
    await rate(0);
    await deliverMessages(shop.ctx);
    // Each once, and every place under the caps was given back.
    const reached = host.received.flatMap(({ to }) => to);
    expect(new Set(reached).size).toBe(reached.length);
    expect(reached).toHaveLength(resume ? PEOPLE : sent);
  });
});

describe("the emergency stop", () => {
  it("keeps advertising waiting, and lets out what belongs to a contract", async () => {
    await rate(0);
    await plan();
    await haltShop(shop.ctx, { halted: true, reason: "Preisfehler" });
    await withTenant(shop.ctx, (handle) =>
      planMessages(handle, shop.ctx, {
        kind: "credit_refunded",
        keyPrefix: "refund",
        customers: [{ customerId: shop.customers[0] ?? "", amount: 500n }],
      }),
    );
    expect(await deliverMessages(shop.ctx)).toMatchObject({ sent: 1 });
    expect(host.received.flatMap(({ to }) => to)).toEqual(["c1@example.com"]);
    await haltShop(shop.ctx, { halted: false });
    expect(await deliverMessages(shop.ctx)).toMatchObject({ sent: PEOPLE });
  });
});
