import { sql } from "kysely";
import { withTenant } from "@/server/db";
import type { ShopContext } from "@/server/tenancy/context";

/**
 * Tells PostgreSQL how customers, orders and lines lie now, so that the first questions after much new data are planned for it. Takes
 * about a second whatever the size (samples), waits for nobody, and may be repeated.
 */
export async function refreshStatistics(ctx: ShopContext): Promise<void> {
  await withTenant(ctx, ({ trx }) => sql`select analyze_shop_tables()`.execute(trx));
}
