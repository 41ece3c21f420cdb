import { withTenant } from "@/server/db";
import type { ShopContext } from "@/server/tenancy/context";

/** An empty shop of an organisation of its own, for database tests. */
export async function createTestShop(scale: { currency?: string; timeZone?: string } = {}): Promise<ShopContext> {
  const ctx: ShopContext = {
    orgId: crypto.randomUUID(),
    shopId: crypto.randomUUID(),
    actor: { type: "system", label: "test" },
    requestId: crypto.randomUUID(),
  };
  await withTenant(ctx, async ({ trx }) => {
    await trx.insertInto("organisation").values({ id: ctx.orgId, name: "Test" }).execute();
    await trx
      .insertInto("shop")
      .values({
        org_id: ctx.orgId,
        id: ctx.shopId,
        name: "Test",
        currency: scale.currency ?? "EUR",
        time_zone: scale.timeZone ?? "Europe/Berlin",
        country: "DE",
      })
      .execute();
  });
  return ctx;
}
