import { fileSlug } from "@/server/csv";
import { withTenant } from "@/server/db";
import { instantToLocal } from "@/server/time";
import type { ShopContext } from "./context";

/**
 * What a file is called on somebody's desk: what is in it, of which shop, and when it was taken by the shop's own calendar, e.g.
 * `guthaben-customers-teeladen-2026-11-30.csv`.
 */
export const exportName = (ctx: ShopContext, ...what: readonly string[]): Promise<string> => nameFile(ctx, "csv", what);

/** The same for files that are no tables. */
export const nameFile = (ctx: ShopContext, extension: string, what: readonly string[]): Promise<string> =>
  withTenant(ctx, async ({ trx, now }) => {
    const shop = await trx.selectFrom("shop").select(["name", "time_zone"]).where("id", "=", ctx.shopId).executeTakeFirstOrThrow();
    const day = instantToLocal(now, shop.time_zone).slice(0, 10);
    return `${["guthaben", ...what, shop.name].map(fileSlug).filter(Boolean).join("-")}-${day}.${extension}`;
  });
