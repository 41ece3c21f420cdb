import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { freezeDrop } from "@/server/campaigns/freeze-drop";
import { grantChunk } from "@/server/campaigns/grant-chunk";
import { launchCampaign } from "@/server/campaigns/launch-campaign";
import { previewCampaignMessage } from "@/server/campaigns/preview-message";
import { createCampaignShop, createDraft } from "@/server/campaigns/testing";
import { setTestClock } from "@/server/clock";
import { withTenant } from "@/server/db";
import { grantMany } from "@/server/ledger/grant-many";
import { redeem } from "@/server/ledger/redeem";
import { refund } from "@/server/ledger/refund";
import { createTerms } from "@/server/ledger/terms";
import { at, type LedgerShop } from "@/server/ledger/testing";
import { setCampaignSending } from "./control-sending";
import { deliverMessages } from "./deliver-messages";
import { getMessage } from "./get-message";
import { planLedgerNotices } from "./plan-ledger-notices";
import { planMessages } from "./plan-messages";
import type { Channel } from "./schema";
import { getSettings, saveSettings } from "./settings";
import { onlySenders } from "./testing";

let shop: LedgerShop;
beforeEach(async () => {
  await at("2026-06-01T11:30:00Z");
  shop = await createCampaignShop(2);
});
afterEach(() => setTestClock(null));

const plain = (text: string) => text.replace(/\s+/g, " ");
const texts = async (): Promise<string[]> => {
  const rows = await withTenant(shop.ctx, ({ trx }) => trx.selectFrom("message").select("id").orderBy("key").execute());
  return Promise.all(rows.map(async ({ id }) => plain((await getMessage(shop.ctx, { id }, { pii: true })).text)));
};
const terms = { include: null, exclude: null, firstOrderOnly: true, noDiscounts: false, minOrder: 3_000n };
const SAID = "Einlösbar ab 30,00 € Bestellwert. Gilt nur für die erste Bestellung.";

it.each(["email", "sms", "push"] as const)("a campaign says under which conditions its credit can be spent, by %s", async (channel) => {
  const messageTexts = { de: { subject: "Für Sie", body: "Ein Geschenk: {amount}" } };
  const draft = await createDraft(shop.ctx, { terms, holdoutBps: 0, messageTexts });
  await setCampaignSending(shop.ctx, { campaignId: draft.id, channel, templateId: null, spreadMinutes: 0 });
  const preview = await previewCampaignMessage(shop.ctx, { id: draft.id }, { names: true });
  expect(plain(preview?.languages[0]?.text ?? "")).toContain(SAID);
  const { drop } = await launchCampaign(shop.ctx, { id: draft.id });
  await at("2026-06-01T12:00:01Z");
  await freezeDrop(shop.ctx, drop?.id ?? "");
  await grantChunk(shop.ctx, { dropId: drop?.id ?? "", no: 0 });
  const said = await texts();
  expect(said).toHaveLength(2);
  for (const text of said) expect(text).toContain(SAID);
});

it("a notice says what its lots have in common, or that there is something", async () => {
  const [customerId = ""] = shop.customers;
  const grant = async (minOrder: bigint | null) => {
    const termsId = minOrder === null ? null : await withTenant(shop.ctx, ({ trx }) => createTerms(trx, shop.ctx, { minOrder }));
    const id = crypto.randomUUID();
    await grantMany(shop.ctx, {
      ...{ source: { type: "manual", id }, chunkKey: id, unit: "EUR", originClass: "unpaid", availableFrom: null },
      ...{ expiresAt: new Date("2026-07-01T22:00:00Z"), termsId, grants: [{ customerId, amount: 500n }] },
    });
    const lot = await withTenant(shop.ctx, ({ trx }) =>
      trx.selectFrom("ledger.lot").select("id").where("source_id", "=", id).executeTakeFirstOrThrow(),
    );
    return lot.id;
  };
  const [free, thirty, alike, forty] = [await grant(null), await grant(3_000n), await grant(3_000n), await grant(4_000n)];
  const plan = (key: string, lots: string[]) =>
    withTenant(shop.ctx, (handle) =>
      planMessages(handle, shop.ctx, {
        kind: "credit_expiring",
        keyPrefix: "",
        unit: "EUR",
        customers: [{ customerId, amount: 1n, key, lots }],
      }),
    );
  await plan("a", [free]);
  await plan("b", [thirty, alike]);
  await plan("c", [thirty, forty]);
  await plan("d", [free, thirty]);
  const [a, b, c, d] = await texts();
  expect(a).not.toMatch(/Bedingungen|Bestellwert/);
  expect(b).toContain("Einlösbar ab 30,00 € Bestellwert.");
  for (const text of [c, d]) expect(text).toContain("Für einen Teil des Guthabens gelten Bedingungen.");
});

describe("a notice of returned credit", () => {
  const order = { total: 10_000n, discounted: false, firstOrder: true, lines: [{ productId: "p", total: 10_000n }] };
  const give = async (input: Parameters<typeof createTerms>[2] | null, expiresAt = "2026-07-01T22:00:00Z") => {
    const termsId = input && (await withTenant(shop.ctx, ({ trx }) => createTerms(trx, shop.ctx, input)));
    const id = crypto.randomUUID();
    await grantMany(shop.ctx, {
      ...{ source: { type: "manual", id }, chunkKey: id, unit: "EUR", originClass: "unpaid", availableFrom: null },
      ...{ expiresAt: new Date(expiresAt), termsId, grants: [{ customerId: shop.customers[0] ?? "", amount: 500n }] },
    });
  };
  const spend = (key: string, amount: bigint) =>
    redeem(shop.ctx, { key, customerId: shop.customers[0] ?? "", unit: "EUR", amount, orderRef: key, order });
  /** Everything about the order comes back and is told by this way. */
  const told = async (orderRef: string, amount: bigint, channel: Channel = "email"): Promise<string> => {
    const settings = await getSettings(shop.ctx);
    const noticeChannels = { ...settings.policy.noticeChannels, refunded: [channel] };
    await saveSettings(shop.ctx, { ...settings, policy: { ...settings.policy, noticeChannels } });
    await refund(shop.ctx, { key: `back ${orderRef}`, orderRef, amount });
    expect(await planLedgerNotices(shop.ctx)).toEqual({ planned: 1, more: false });
    const { id } = await withTenant(shop.ctx, ({ trx }) =>
      trx.selectFrom("message").select("id").orderBy("id", "desc").executeTakeFirstOrThrow(),
    );
    return plain((await getMessage(shop.ctx, { id }, { pii: true })).text);
  };
  const speak = (locale: string) => withTenant(shop.ctx, ({ trx }) => trx.updateTable("customer").set({ locale }).execute());
  beforeEach(() => planLedgerNotices(shop.ctx));

  const ALL = { minOrder: 3_000n, include: { products: ["p"], collections: [] }, firstOrderOnly: true, noDiscounts: true };
  const WORDS = {
    de: "5,00 € Guthaben .*zurückgebucht.*Es gilt bis .*1. Juli 2026, 23:59 Uhr.*Einlösbar ab 30,00 € Bestellwert. Gilt nur für bestimmte Artikel. Gilt nur für die erste Bestellung. Nicht mit anderen Rabatten kombinierbar.",
    en: "€5.00 .*returned.*It is valid until .*1 July 2026, 23:59.*Valid for orders of €30.00 or more. Valid for certain items only. Valid for a first order only. Cannot be combined with other discounts.",
  };
  it.each((["email", "sms", "push"] as const).flatMap((channel) => (["de", "en"] as const).map((locale) => ({ channel, locale }))))(
    "says under which conditions it can be spent again, by $channel in $locale",
    async ({ channel, locale }) => {
      await speak(locale);
      await give(ALL);
      await spend("o", 500n);
      await at("2026-06-01T12:00:00Z");
      expect(await told("o", 500n, channel)).toMatch(new RegExp(WORDS[locale]));
    },
  );

  it("says nothing of conditions where there are none, and that some has them where its lots differ", async () => {
    await give(null);
    await spend("plain", 500n);
    await at("2026-06-01T12:00:00Z");
    expect(await told("plain", 500n)).not.toMatch(/Bedingungen|Bestellwert/);
    // What came back is there still, without conditions; both pay the next order.
    await give({ minOrder: 3_000n });
    await spend("both", 1_000n);
    await at("2026-06-01T13:00:00Z");
    expect(await told("both", 1_000n)).toContain("Für einen Teil des Guthabens gelten Bedingungen.");
  });

  it("says so of credit that had expired and comes back with a grace, too", async () => {
    await give({ minOrder: 3_000n }, "2026-06-02T22:00:00Z");
    await spend("o", 500n);
    await at("2026-06-05T12:00:00Z");
    await planLedgerNotices(shop.ctx);
    const text = await told("o", 500n);
    expect(text).toContain("Einlösbar ab 30,00 € Bestellwert.");
    expect(text).not.toContain("2. Juni 2026");
  });

  it.each([50n, 300n])("says what came back, whatever the lot holds when it is sent: %s of 300 spent since", async (since) => {
    await give({ minOrder: 3_000n });
    await spend("first", 300n);
    await at("2026-06-01T12:00:00Z");
    await told("first", 100n);
    await spend("second", since);
    await deliverMessages(shop.ctx, async () => onlySenders({}));
    const sent = await withTenant(shop.ctx, ({ trx }) => trx.selectFrom("message").select(["status", "params"]).execute());
    expect(sent).toMatchObject([{ status: "sent", params: { amount: "100", terms: { minOrder: "3000" } } }]);
  });
});
