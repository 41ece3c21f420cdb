import { sql } from "kysely";
import { afterEach, beforeEach, expect, it } from "vitest";
import { createCampaignShop } from "@/server/campaigns/testing";
import { setTestClock } from "@/server/clock";
import { withTenant } from "@/server/db";
import { at, type LedgerShop } from "@/server/ledger/testing";
import { smtpAdapter } from "./channels/smtp";
import { deliverMessages } from "./deliver-messages";
import { getMessage } from "./get-message";
import { planMessages } from "./plan-messages";
import { getSettings, saveSettings } from "./settings";
import { createTemplate, saveTemplate, setDefaultTemplate } from "./templates/manage-templates";
import { type MailHost, onlySenders, startMailHost } from "./testing";

/* The outbox shows what was sent, whatever became of templates, brand and the shop's name since. */

let shop: LedgerShop;
let host: MailHost | null = null;
beforeEach(async () => {
  await at("2026-06-01T10:00:00Z");
  shop = await createCampaignShop(2);
  await brand({ senderName: "Alter Absender", footer: { company: "Alte GmbH" } });
});
afterEach(async () => {
  await host?.close();
  host = null;
  await setTestClock(null);
});

async function brand(patch: { senderName: string; footer: { company: string } }): Promise<void> {
  const now = await getSettings(shop.ctx);
  const footer = { ...now.brand.footer, ...patch.footer };
  await saveSettings(shop.ctx, { ...now, brand: { ...now.brand, senderName: patch.senderName, footer } });
}

const plan = (keyPrefix = "news"): Promise<unknown> =>
  withTenant(shop.ctx, (handle) =>
    planMessages(handle, shop.ctx, {
      ...{ kind: "campaign_message", keyPrefix, customers: [{ customerId: shop.customers[0] ?? "" }] },
    }),
  );

async function deliverLive(): Promise<void> {
  host ??= await startMailHost();
  const adapter = smtpAdapter({ host: "127.0.0.1", port: host.port, secure: "none", user: null, password: null });
  try {
    await deliverMessages(shop.ctx, async () => onlySenders({ email: adapter }));
  } finally {
    adapter.close();
  }
}
const deliverLocal = () => deliverMessages(shop.ctx, async () => onlySenders({}));

const words = (text: string) => {
  const content = { subject: text, preheader: "", blocks: [{ type: "text", text }] };
  return { de: content, en: content };
};
async function standing(text: string): Promise<{ id: string; version: number }> {
  const { id, version } = await createTemplate(shop.ctx, { kind: "campaign_message", channel: "email", name: text, content: words(text) });
  if (id === null || version === null) throw new Error("no template");
  await setDefaultTemplate(shop.ctx, { id, isDefault: true });
  return { id, version };
}

const query = <T>(statement: ReturnType<typeof sql<T>>) => withTenant(shop.ctx, async ({ trx }) => (await statement.execute(trx)).rows);
async function only(): Promise<Awaited<ReturnType<typeof getMessage>>> {
  const [row] = await query(sql<{ id: string }>`select id from message order by id limit 1`);
  return getMessage(shop.ctx, { id: row?.id ?? "" }, { pii: true });
}

it.each([
  ["live", deliverLive],
  ["local", deliverLocal],
] as const)("keeps the built-in words, brand and names of a message that was sent %s", async (_mode, deliver) => {
  await plan();
  await deliver();
  const before = await only();
  expect(before).toMatchObject({ status: "sent", from: "Alter Absender", template: null, textOfToday: false });
  expect(before.text).toContain("Alte GmbH");
  await standing("Ganz andere Worte");
  await brand({ senderName: "Neuer Absender", footer: { company: "Neue AG" } });
  await query(sql`update shop set name = 'Neuer Name', time_zone = 'America/New_York' where id = ${shop.ctx.shopId}`);
  const { subject, html, text, from, template } = await only();
  expect({ subject, html, text, from, template }).toEqual({
    ...{ subject: before.subject, html: before.html, text: before.text, from: before.from, template: null },
  });
});

it("keeps the version of a template, also where nothing leaves the machine", async () => {
  const { id, version } = await standing("Erste Worte");
  await plan();
  await deliverLocal();
  await saveTemplate(shop.ctx, { id, name: "x", content: words("Zweite Worte"), baseVersion: version });
  expect(await only()).toMatchObject({ subject: "Erste Worte", template: { id, version: 1 } });
});

it("stores each text once, however many messages say it", async () => {
  await plan();
  await plan("second");
  await deliverLive();
  await plan("third");
  await deliverLive();
  expect(await query(sql`select 1 from message_text`)).toHaveLength(1);
});

it("says of older messages that their text is the one of today", async () => {
  await plan();
  await deliverLocal();
  await query(sql`update message set text_id = null`);
  expect(await only()).toMatchObject({ textOfToday: true });
});

it("shows what waits as it would be sent now", async () => {
  await plan();
  await standing("Worte von heute");
  expect(await only()).toMatchObject({ status: "queued", subject: "Worte von heute", textOfToday: false });
});
