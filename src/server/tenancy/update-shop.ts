import { sql } from "kysely";
import { recordAudit } from "@/server/audit/record-audit";
import { withTenant } from "@/server/db";
import { AppError, parseInput } from "@/server/errors";
import { enqueue } from "@/server/jobs/outbox";
import type { ShopContext, TenantTrx } from "./context";
import { type ShopInput, shopInputSchema } from "./schema";

/** Changes a shop's name, zone, country, language, and its currency as long as no money has been written in it. */
export async function updateShop(ctx: ShopContext, input: ShopInput): Promise<void> {
  const shop = parseInput(shopInputSchema, input);
  await withTenant(ctx, async (handle) => {
    const before = await handle.trx
      .selectFrom("shop")
      .select(["name", "currency", "time_zone as timeZone", "country", "locale"])
      .where("id", "=", ctx.shopId)
      .forUpdate()
      .executeTakeFirst();
    if (!before) throw new AppError("NOT_FOUND");
    if (before.currency !== shop.currency && (await currencyInUse(handle, ctx.shopId))) throw new AppError("CURRENCY_FIXED");
    await handle.trx
      .updateTable("shop")
      .set({ name: shop.name, currency: shop.currency, time_zone: shop.timeZone, country: shop.country, locale: shop.locale })
      .where("id", "=", ctx.shopId)
      .execute();
    // Days and amounts of every customer are kept in the shop's zone and currency.
    if (before.timeZone !== shop.timeZone || before.currency !== shop.currency) {
      await enqueue(handle.trx, { name: "metrics/refresh.due", data: { orgId: ctx.orgId, shopId: ctx.shopId } });
    }
    await recordAudit(handle.trx, ctx, { action: "shop.updated", entity: "shop", entityId: ctx.shopId, before, after: shop });
  });
}

/** Whether an order or a credit exists: from then on amounts would change their meaning with the currency. */
export async function currencyInUse({ trx }: TenantTrx, shopId: string): Promise<boolean> {
  const found = await sql<{ used: boolean }>`
    select exists (select 1 from shop_order where shop_id = ${shopId}) or exists (select 1 from ledger.lot where shop_id = ${shopId}) as used`.execute(
    trx,
  );
  return found.rows[0]?.used ?? true;
}
