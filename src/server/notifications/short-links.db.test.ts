import { sql } from "kysely";
import { afterEach, beforeEach, expect, it } from "vitest";
import { createCampaignShop } from "@/server/campaigns/testing";
import { setTestClock } from "@/server/clock";
import { withTenant } from "@/server/db";
import { at, type LedgerShop } from "@/server/ledger/testing";
import { eraseCustomer } from "@/server/privacy/erase-customer";
import type { Delivery } from "./channels/adapter";
import { savePreferences, viewPreferences } from "./consent/preferences";
import { deliverMessages } from "./deliver-messages";
import { signLink } from "./links";
import { planMessages } from "./plan-messages";
import { openLink, readSettings } from "./settings";
import { shortCodes } from "./short-links";
import { smsSegments } from "./templates/compile";
import { onlySenders } from "./testing";

let shop: LedgerShop;
beforeEach(async () => {
  await at("2026-06-01T10:00:00Z");
  shop = await createCampaignShop(2);
  await withTenant(shop.ctx, ({ trx }) =>
    sql`update customer set phone = '+4915112345' || right(external_id, 1), sms_consent = 'SUBSCRIBED'`.execute(trx),
  );
});
afterEach(() => setTestClock(null));

async function deliver(keyPrefix: string): Promise<string[]> {
  await withTenant(shop.ctx, (handle) =>
    planMessages(handle, shop.ctx, {
      ...{ kind: "credit_granted", channel: "sms", keyPrefix, unit: "EUR" },
      customers: shop.customers.map((customerId) => ({ customerId, amount: 1_000n })),
    }),
  );
  const texts: string[] = [];
  const send = async (delivery: Delivery) => {
    if (delivery.channel === "sms") texts.push(delivery.text);
    return { result: "sent" as const, ref: null };
  };
  await deliverMessages(shop.ctx, async () => onlySenders({ sms: { provider: "test", concurrency: 1, send } as never }));
  return texts.sort();
}
const codeIn = (text: string | undefined): string => /\/u\/([\w-]+)/.exec(text ?? "")?.[1] ?? "";

it("an SMS leads to the settings by a short code that stays the same, and fits one part", async () => {
  const first = await deliver("a");
  expect(first).toHaveLength(2);
  for (const text of first) {
    expect(codeIn(text)).toMatch(/^[\w-]{16}$/);
    expect(smsSegments(text)).toMatchObject({ count: 1, encoding: "GSM-7" });
  }
  expect(new Set(first.map(codeIn)).size).toBe(2);
  await at("2026-06-15T10:00:00Z");
  expect((await deliver("b")).map(codeIn).sort()).toEqual(first.map(codeIn).sort());
});

it("opens the same page as the long link, which works on", async () => {
  const [customerId = ""] = shop.customers;
  const codes = await withTenant(shop.ctx, (handle) => shortCodes(handle, shop.ctx, [customerId]));
  const code = codes.get(customerId) ?? "";
  const { pepper } = await withTenant(shop.ctx, (handle) => readSettings(handle, shop.ctx));
  const long = signLink(pepper, { purpose: "preferences", orgId: shop.ctx.orgId, shopId: shop.ctx.shopId, subject: customerId });
  expect(await viewPreferences(code)).toEqual(await viewPreferences(long));
  expect(await viewPreferences(code)).toMatchObject({ sms: true });
  const choices = { email: false, sms: false, push: false, tracking: false, objected: false };
  await savePreferences(code, choices, { ip: null, userAgent: null, sourceUrl: null });
  expect(await viewPreferences(long)).toMatchObject({ sms: false });
});

it("is good for the settings only, and for nothing that is not exactly it", async () => {
  const [customerId = ""] = shop.customers;
  const codes = await withTenant(shop.ctx, (handle) => shortCodes(handle, shop.ctx, [customerId]));
  const code = codes.get(customerId) ?? "";
  await withTenant(shop.ctx, (handle) => readSettings(handle, shop.ctx));
  for (const purpose of ["message", "inbound", "push", "picture"] as const) expect(await openLink(code, purpose), purpose).toBeNull();
  for (const other of [code.slice(1), `${code}A`, `${code.slice(0, -1)}${code.endsWith("A") ? "B" : "A"}`, `%${code.slice(1)}`, ""])
    expect(await openLink(other, "preferences"), other).toBeNull();
  expect(await openLink(code, "preferences")).toMatchObject({ subject: customerId, shopId: shop.ctx.shopId });
});

it("goes with the person", async () => {
  const [customerId = ""] = shop.customers;
  const codes = await withTenant(shop.ctx, (handle) => shortCodes(handle, shop.ctx, [customerId]));
  await eraseCustomer(shop.ctx, { customerId, keepCredit: true });
  expect(await openLink(codes.get(customerId) ?? "", "preferences")).toBeNull();
});
