import { env } from "@/server/env";
import type { ShopContext } from "@/server/tenancy/context";
import { Backstage } from "./backstage";
import { makePassword, writeDemoFile } from "./demo-file";
import { loadProducts } from "./load-rows";
import { ShopPlay } from "./play-shop";
import { DAY, type ShopProfile, simulateShop } from "./simulate";
import { Logins, makeAgencyClient, makeKey, makeMainOrganisation, openShop, userActor, writeBrand } from "./tenants";

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
  const backstage = await Backstage.open();
  try {
    const logins = new Logins(makePassword());
    await backstage.setClock(today - 3 * 365 * DAY - 7 * DAY);
    const main = await makeMainOrganisation(logins);
    const shop = await openShop(main.ctx, {
      name: "Nordlicht Outdoor & Wohnen",
      currency: "EUR",
      timeZone: "Europe/Berlin",
      country: "DE",
      locale: "de",
    });
    await writeBrand(shop);
    const client = await makeAgencyClient(logins);
    const shops: { ctx: ShopContext; profile: ShopProfile; timeZone: string }[] = [];
    for (const { profile, shop } of CLIENT_SHOPS) shops.push({ ctx: await openShop(client, shop), profile, timeZone: shop.timeZone });
    const open = async (ctx: ShopContext, profile: ShopProfile, timeZone: string) => {
      const data = simulateShop(profile, now, today);
      await loadProducts(ctx, data.products, today - 3 * 365 * DAY);
      return new ShopPlay(ctx, profile, timeZone, data, backstage, now);
    };
    const staff = new Map([...main.people].map(([role, person]) => [role, { ...shop, actor: userActor(person) }]));
    await (await open(shop, MAIN, "Europe/Berlin")).play(staff);
    for (const { ctx, profile, timeZone } of shops) await (await open(ctx, profile, timeZone)).playQuietly();
    await backstage.setClock(now - 60_000);
    writeDemoFile({ url: env().APP_URL, logins: logins.list, shopId: shop.shopId, apiKey: await makeKey(shop) });
  } finally {
    await backstage.close();
  }
}
