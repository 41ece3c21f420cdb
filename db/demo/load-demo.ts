import type { Role } from "@/server/auth/permissions";
import { env } from "@/server/env";
import type { ShopContext } from "@/server/tenancy/context";
import { Backstage } from "./backstage";
import { MAIN_PLAN, type ShopPlan } from "./campaign-plan";
import { type ClientShop, clientShops } from "./client-shops";
import { makePassword, writeDemoFile } from "./demo-file";
import { loadProducts } from "./load-rows";
import { ShopPlay } from "./play-shop";
import { DAY, type ShopProfile, simulateShop } from "./simulate";
import { Logins, makeAgencyClient, makeKey, makeMainOrganisation, openShop, type Person, userActor, writeBrand } from "./tenants";

/** GUTHABEN_DEMO_CUSTOMERS makes a smaller demo for tests. */
const wanted = Number(process.env.GUTHABEN_DEMO_CUSTOMERS ?? 25_000);
const MAIN: ShopProfile = { seed: "nordlicht", customers: wanted, region: "dach", currency: "EUR", english: false, vat: 19, models: 3 };

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
    await writeBrand(shop, "Nordlicht Outdoor & Wohnen", {
      host: "nordlicht.example",
      company: "Nordlicht Handel GmbH",
      address: "Speicherstraße 12\n24103 Kiel",
      register: "Amtsgericht Kiel, HRB 00000",
    });
    const client = await makeAgencyClient(logins);
    const shops: { ctx: ShopContext; set: ClientShop }[] = [];
    for (const set of clientShops(Math.min(2_000, wanted))) {
      const ctx = await openShop(client.ctx, set.shop);
      await writeBrand(ctx, set.shop.name, set.brand);
      shops.push({ ctx, set });
    }
    const play = async (ctx: ShopContext, profile: ShopProfile, timeZone: string, people: ReadonlyMap<Role, Person>, plan: ShopPlan) => {
      const data = simulateShop(profile, now, today);
      await loadProducts(ctx, data.products, today - 3 * 365 * DAY);
      const staff = new Map([...people].map(([role, person]) => [role, { ...ctx, actor: userActor(person) }]));
      await new ShopPlay(ctx, profile, timeZone, data, backstage, now).play(staff, plan);
    };
    await play(shop, MAIN, "Europe/Berlin", main.people, MAIN_PLAN);
    for (const { ctx, set } of shops) await play(ctx, set.profile, set.shop.timeZone, client.people, set.plan);
    await backstage.setClock(now - 60_000);
    writeDemoFile({ url: env().APP_URL, logins: logins.list, shopId: shop.shopId, apiKey: await makeKey(shop) });
  } finally {
    await backstage.close();
  }
}
