import { recordAudit } from "@/server/audit/record-audit";
import { withTenant } from "@/server/db";
import { parseInput } from "@/server/errors";
import type { TenantContext } from "./context";
import { type ShopInput, shopInputSchema } from "./schema";

/** Adds a shop to the organisation of the context (which is not bound to a shop). */
export async function createShop(ctx: TenantContext, input: ShopInput): Promise<{ id: string }> {
  const shop = parseInput(shopInputSchema, input);
  return withTenant(ctx, async ({ trx }) => {
    const { id } = await trx
      .insertInto("shop")
      .values({
        org_id: ctx.orgId,
        name: shop.name,
        currency: shop.currency,
        time_zone: shop.timeZone,
        country: shop.country,
        locale: shop.locale,
      })
      .returning("id")
      .executeTakeFirstOrThrow();
    await recordAudit(trx, ctx, { action: "shop.created", entity: "shop", entityId: id, after: shop });
    return { id };
  });
}
