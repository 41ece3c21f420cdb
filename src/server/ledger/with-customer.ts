import { withTenant } from "@/server/db";
import { AppError } from "@/server/errors";
import type { ShopContext } from "@/server/tenancy/context";

/** Runs work for the customer with the shop's own id, in one transaction. NOT_FOUND when this shop has no such customer. */
export const withCustomer = <T>(
  ctx: ShopContext,
  externalId: string,
  work: (inner: ShopContext, customerId: string) => Promise<T>,
): Promise<T> =>
  withTenant(ctx, async (handle) => {
    const customer = await handle.trx
      .selectFrom("customer")
      .select("id")
      .where("shop_id", "=", ctx.shopId)
      .where("external_id", "=", externalId)
      .executeTakeFirst();
    if (!customer) throw new AppError("NOT_FOUND", { entity: "customer" });
    return work({ ...ctx, trx: handle }, customer.id);
  });
