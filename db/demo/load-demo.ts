import { env } from "@/server/env";
import type { ShopContext, TenantContext } from "@/server/tenancy/context";
import { DemoClock } from "./clock";
import { makePassword, writeDemoFile } from "./demo-file";
import { loadProducts, loadRows } from "./load-rows";
import { DAY, type DemoShop, type ShopProfile, simulateShop } from "./simulate";
import { Logins, makeAgencyClient, makeKey, makeMainOrganisation, openShop } from "./tenants";

/** GUTHABEN_DEMO_CUSTOMERS makes a smaller demo for tests. */
const wanted = Number(process.env.GUTHABEN_DEMO_CUSTOMERS ?? 25_000);
const MAIN: ShopProfile = { seed: "nordlicht", customers: wanted, region: "dach", currency: "EUR", english: false, vat: 19, models: 3 };
const small = Math.min(2_000, wanted);
const CLIENT_SHOPS = [
  {
    profile: { seed: "bergwerk", customers: small, region: "at", currency: "EUR", english: false, vat: 20, models: 1 },
    shop: { name: "Bergwerk Wien", currency: "EUR", timeZone: "Europe/Vienna", country: "AT", locale: "de" },
  },
  {
    profile: { seed: "alpenladen", customers: small, region: "ch", currency: "CHF", english: false, vat: 8.1, models: 1 },
    shop: { name: "Alpenladen Zürich", currency: "CHF", timeZone: "Europe/Zurich", country: "CH", locale: "de" },
  },
  {
    profile: { seed: "harbour", customers: small, region: "gb", currency: "GBP", english: true, vat: 20, models: 1 },
    shop: { name: "Harbour & Hill London", currency: "GBP", timeZone: "Europe/London", country: "GB", locale: "en" },
  },
] as const satisfies readonly { profile: ShopProfile; shop: Parameters<typeof openShop>[1] }[];

/** Fills an empty database with the two demo organisations and writes demo.json. About half a minute. */
export async function loadDemo(): Promise<void> {
  const now = Date.now();
  const today = Math.floor(now / DAY) * DAY;
  const clock = await DemoClock.open();
  try {
    const logins = new Logins(makePassword());
    await clock.set(today - 3 * 365 * DAY - 7 * DAY);
    const main = await makeMainOrganisation(logins);
    const shop = await openShop(main.ctx, {
      name: "Nordlicht Outdoor & Wohnen",
      currency: "EUR",
      timeZone: "Europe/Berlin",
      country: "DE",
      locale: "de",
    });
    const client = await makeAgencyClient(logins);
    await fillMainShop(shop, simulateShop(MAIN, now, today), today);
    for (const entry of CLIENT_SHOPS) await fillClientShop(client, entry, now, today);
    await clock.set(now - 60_000);
    writeDemoFile({ url: env().APP_URL, logins: logins.list, shopId: shop.shopId, apiKey: await makeKey(shop) });
  } finally {
    await clock.close();
  }
}

async function fillMainShop(ctx: ShopContext, data: DemoShop, today: number): Promise<void> {
  await loadProducts(ctx, data.products, today - 3 * 365 * DAY);
  await loadRows(ctx, "Europe/Berlin", "EUR", data);
}

async function fillClientShop(
  client: TenantContext,
  { profile, shop }: (typeof CLIENT_SHOPS)[number],
  now: number,
  today: number,
): Promise<void> {
  const ctx = await openShop(client, shop);
  const data = simulateShop(profile, now, today);
  await loadProducts(ctx, data.products, today - 3 * 365 * DAY);
  await loadRows(ctx, shop.timeZone, shop.currency, data);
}
