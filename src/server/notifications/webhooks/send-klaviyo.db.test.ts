import { sql } from "kysely";
import { afterEach, expect, it } from "vitest";
import { z } from "zod";
import { createCampaignShop } from "@/server/campaigns/testing";
import { setTestClock } from "@/server/clock";
import { withTenant } from "@/server/db";
import { expireDue } from "@/server/ledger/expire-due";
import { grantMany } from "@/server/ledger/grant-many";
import { recallSource } from "@/server/ledger/recall-source";
import { redeem } from "@/server/ledger/redeem";
import { refund } from "@/server/ledger/refund";
import { at } from "@/server/ledger/testing";
import { saveChannel } from "../channels/manage-channels";
import { planReminders } from "../plan-reminders";
import { getSettings, saveSettings } from "../settings";
import { type HttpHost, startHttpHost } from "../testing";
import { collectEvents } from "./collect-events";
import { sendKlaviyoEvents } from "./send-klaviyo";

let host: HttpHost | null = null;
afterEach(async () => {
  await host?.close();
  host = null;
  await setTestClock(null);
});

const eventSchema = z.object({
  data: z.object({
    attributes: z.object({
      properties: z.object({
        ...{ amount: z.number(), balance: z.number(), upcoming_balance: z.number(), currency: z.string() },
        hours_before_expiry: z.number().optional(),
      }),
      metric: z.object({ data: z.object({ attributes: z.object({ name: z.string() }) }) }),
    }),
  }),
});

it("hears of everything that happens to a person's credit, with balance, upcoming balance and currency, also where it reminds in our place", async () => {
  await at("2026-06-01T10:00:00Z");
  const shop = await createCampaignShop(1);
  const [customerId = ""] = shop.customers;
  const server = await startHttpHost(() => ({ status: 202 }));
  host = server;
  await saveChannel(shop.ctx, { kind: "klaviyo", enabled: true, settings: {}, secret: "pk_secret" });
  const settings = await getSettings(shop.ctx);
  const reminders = { ...settings.policy.reminders, enabled: false, hours: [24] };
  await saveSettings(shop.ctx, { ...settings, policy: { ...settings.policy, reminders } });
  await collectEvents(shop.ctx);

  const hours: (number | undefined)[] = [];
  /** What Klaviyo is told from here on, as "metric amount balance upcoming". */
  const heard = async (): Promise<string[]> => {
    const before = server.calls.length;
    await collectEvents(shop.ctx);
    await sendKlaviyoEvents(shop.ctx, (apiKey) => ({ apiKey, baseUrl: server.url }));
    const events = server.calls.slice(before).map(({ body }) => eventSchema.parse(JSON.parse(body.toString())).data.attributes);
    hours.push(...events.map(({ properties }) => properties.hours_before_expiry));
    expect(events.every(({ properties }) => properties.currency === "EUR")).toBe(true);
    const line = ({ metric, properties: p }: (typeof events)[number]) =>
      `${metric.data.attributes.name.replace("Store Credit ", "")} ${[p.amount, p.balance, p.upcoming_balance].join(" ")}`;
    return events.map(line).sort();
  };
  const grant = (availableFrom: string | null, id = crypto.randomUUID()) =>
    grantMany(shop.ctx, {
      source: { type: "api", id },
      chunkKey: crypto.randomUUID(),
      unit: "EUR",
      originClass: "unpaid",
      availableFrom: availableFrom ? new Date(availableFrom) : null,
      expiresAt: new Date("2026-06-20T22:00:00Z"),
      grants: [{ customerId, amount: 500n }],
    });

  await at("2026-06-01T10:00:01Z");
  const mistake = crypto.randomUUID();
  await grant(null);
  await grant("2026-06-05T08:00:00Z");
  await grant("2026-06-05T08:00:00Z", mistake);
  await at("2026-06-01T10:00:02Z");
  expect(await heard()).toEqual(["Added 5 5 10", "Added 5 5 10", "Added 5 5 10", "Available 5 5 10"]);

  // Taken back before its time: it never becomes available.
  await recallSource(shop.ctx, { key: "recall", source: { type: "api", id: mistake }, reason: "mistake" });
  expect(await heard()).toEqual(["Recalled 5 5 5"]);
  await at("2026-06-05T08:00:00Z");
  expect(await heard()).toEqual(["Available 5 10 0"]);

  await redeem(shop.ctx, { key: "r", customerId, unit: "EUR", amount: 400n, orderRef: "o" });
  expect(await heard()).toEqual(["Deducted 4 6 0"]);
  await refund(shop.ctx, { key: "back", orderRef: "o", amount: 200n });
  expect(await heard()).toEqual(["Added 2 8 0"]);

  await at("2026-06-19T21:00:00Z");
  expect(await planReminders(shop.ctx)).toEqual({ planned: 0 });
  expect(await heard()).toEqual([]);
  await at("2026-06-19T22:00:00Z");
  await planReminders(shop.ctx);
  await planReminders(shop.ctx);
  expect(await heard()).toEqual(["Will Expire 8 8 0"]);
  expect(hours.at(-1)).toBe(24);

  await at("2026-06-20T22:00:01Z");
  await expireDue(shop.ctx);
  expect(await heard()).toEqual(["Expired 8 0 0"]);
  expect(await heard()).toEqual([]);

  // What comes back of the first order has expired meanwhile: with no grace nothing was added, it lapsed.
  await withTenant(shop.ctx, ({ trx }) =>
    sql`update shop set settings = '{"refundGraceDays":{"unpaid":0}}' where id = ${shop.ctx.shopId}`.execute(trx),
  );
  await refund(shop.ctx, { key: "late", orderRef: "o", amount: 200n });
  expect(await heard()).toEqual(["Expired 2 0 0"]);
  const events = await withTenant(shop.ctx, ({ trx }) =>
    sql<{ type: string; amount: string; lapsed: string | null }>`
      select type, data ->> 'amount' as amount, data ->> 'lapsed' as lapsed from outbound_event where data ->> 'orderRef' = 'o' order by id`.execute(
      trx,
    ),
  );
  expect(events.rows.map(({ type, amount, lapsed }) => `${type} ${amount} ${lapsed ?? ""}`.trim()).sort()).toEqual([
    "credit.expired 200",
    "credit.redeemed 400",
    "credit.refunded 200 0",
    "credit.refunded 200 200",
  ]);
});

it("is not told that credit of a recalled campaign was added when its order is returned", async () => {
  await at("2026-06-01T10:00:00Z");
  const shop = await createCampaignShop(1);
  const [customerId = ""] = shop.customers;
  const server = await startHttpHost(() => ({ status: 202 }));
  host = server;
  await saveChannel(shop.ctx, { kind: "klaviyo", enabled: true, settings: {}, secret: "pk_secret" });
  await collectEvents(shop.ctx);
  await at("2026-06-01T10:00:01Z");
  const id = crypto.randomUUID();
  await grantMany(shop.ctx, {
    source: { type: "api", id },
    ...{ chunkKey: id, unit: "EUR", originClass: "unpaid", availableFrom: null, expiresAt: new Date("2026-06-20T22:00:00Z") },
    grants: [{ customerId, amount: 500n }],
  });
  await redeem(shop.ctx, { key: "r", customerId, unit: "EUR", amount: 500n, orderRef: "o" });
  await recallSource(shop.ctx, { key: "recall", source: { type: "api", id }, reason: "mistake" });
  await refund(shop.ctx, { key: "back", orderRef: "o", amount: 300n });
  await collectEvents(shop.ctx);
  await sendKlaviyoEvents(shop.ctx, (apiKey) => ({ apiKey, baseUrl: server.url }));
  const told = server.calls.map(({ body }) => eventSchema.parse(JSON.parse(body.toString())).data.attributes);
  expect(told.map(({ metric, properties }) => `${metric.data.attributes.name} ${properties.amount.toString()}`).sort()).toEqual([
    "Store Credit Added 5",
    "Store Credit Available 5",
    "Store Credit Deducted 5",
    "Store Credit Recalled 3",
  ]);
});
