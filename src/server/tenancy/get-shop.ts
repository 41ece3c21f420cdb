import { withTenant } from "@/server/db";
import { AppError } from "@/server/errors";
import type { ShopContext } from "./context";
import { currencyInUse } from "./update-shop";

/** A shop's settings, and whether its currency may still change. */
export const getShop = (ctx: ShopContext) =>
  withTenant(ctx, async (handle) => {
    const shop = await handle.trx
      .selectFrom("shop")
      .select(["id", "org_id as orgId", "name", "currency", "time_zone as timeZone", "country", "locale", "created_at as createdAt"])
      .where("id", "=", ctx.shopId)
      .executeTakeFirst();
    if (!shop) throw new AppError("NOT_FOUND");
    return { ...shop, currencyFixed: await currencyInUse(handle, ctx.shopId) };
  });
