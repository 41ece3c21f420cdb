import { sql } from "kysely";
import type { ShopContext, TenantTrx } from "@/server/tenancy/context";

/**
 * Whatever comes back of a message, a notice of delivery, a bounce, a complaint or a click, proves that the provider took it: where a crash
 * had left that in the dark, nobody has to be asked any more.
 */
export async function proveSent({ trx }: TenantTrx, ctx: ShopContext, messageId: string): Promise<void> {
  await trx
    .updateTable("message")
    .set({ status: "sent", sent_at: sql<Date>`coalesce(claimed_at, decided_at, app_now())`, error: null, claimed_at: null })
    .where("shop_id", "=", ctx.shopId)
    .where("id", "=", messageId)
    .where("status", "=", "unknown")
    .execute();
}
