import { afterEach, beforeEach, expect, it } from "vitest";
import { freezeDrop } from "@/server/campaigns/freeze-drop";
import { grantChunk } from "@/server/campaigns/grant-chunk";
import { launchCampaign } from "@/server/campaigns/launch-campaign";
import { previewCampaignMessage } from "@/server/campaigns/preview-message";
import { createCampaignShop, createDraft } from "@/server/campaigns/testing";
import { setTestClock } from "@/server/clock";
import { withTenant } from "@/server/db";
import { grantMany } from "@/server/ledger/grant-many";
import { createTerms } from "@/server/ledger/terms";
import { at, type LedgerShop } from "@/server/ledger/testing";
import { setCampaignSending } from "./control-sending";
import { getMessage } from "./get-message";
import { planMessages } from "./plan-messages";

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
