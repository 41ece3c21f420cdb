import { afterEach, beforeEach, expect, it } from "vitest";
import { setTestClock } from "@/server/clock";
import { withTenant } from "@/server/db";
import { grantMany } from "@/server/ledger/grant-many";
import { createTerms } from "@/server/ledger/terms";
import { at, createLedgerShop, type LedgerShop } from "@/server/ledger/testing";
import { previewTemplate } from "./try-template";

/* What a template would say to a real customer: their own credit with its conditions, or an example that says it is one. */

let shop: LedgerShop;
beforeEach(async () => {
  await at("2026-06-01T10:00:00Z");
  shop = await createLedgerShop(2, "CHF");
});
afterEach(() => setTestClock(null));

async function grant(amount: bigint, { minOrder = null, from = null }: { minOrder?: bigint | null; from?: string | null } = {}) {
  const termsId = minOrder === null ? null : await withTenant(shop.ctx, ({ trx }) => createTerms(trx, shop.ctx, { minOrder }));
  const id = crypto.randomUUID();
  await grantMany(shop.ctx, {
    ...{ source: { type: "manual", id }, chunkKey: id, unit: "CHF", originClass: "unpaid", termsId },
    ...{ availableFrom: from === null ? null : new Date(from), expiresAt: new Date("2026-09-01T22:00:00Z") },
    grants: [{ customerId: shop.customers[0] ?? "", amount }],
  });
}

const words = "{{ amount }}|{{ conditions }}|{{ preferences_url }}";
async function preview(kind = "credit_refunded", customerId: string | null = shop.customers[0] ?? "") {
  const content = { de: { text: words }, en: { text: words } };
  const { text, exampleCredit } = await previewTemplate(shop.ctx, { kind, channel: "sms", locale: "de", content, customerId });
  const [amount, conditions] = text.split("|");
  return { amount, conditions, exampleCredit };
}

it("says the conditions of the customer's own credit", async () => {
  await grant(1_500n, { minOrder: 3_000n });
  expect(await preview()).toEqual({ amount: "15,00 CHF", conditions: "Einlösbar ab 30,00 CHF Bestellwert.", exampleCredit: false });
  await grant(500n);
  expect(await preview()).toEqual({
    ...{ amount: "20,00 CHF", conditions: "Für einen Teil des Guthabens gelten Bedingungen.", exampleCredit: false },
  });
});

it("counts what can be spent now, and not what begins later", async () => {
  await grant(1_500n, { from: "2026-07-01T10:00:00Z" });
  expect(await preview()).toMatchObject({ amount: "10,00 CHF", exampleCredit: true });
  await grant(700n);
  expect(await preview()).toMatchObject({ amount: "7,00 CHF", exampleCredit: false });
});

it("marks an example, in the shop's currency, and only where credit is spoken of", async () => {
  expect(await preview()).toMatchObject({ amount: "10,00 CHF", exampleCredit: true });
  // Nobody takes an invented person's credit for somebody's.
  expect(await preview("credit_refunded", null)).toMatchObject({ amount: "10,00 CHF", exampleCredit: false });
  expect(await preview("campaign_message")).toMatchObject({ exampleCredit: false });
});
