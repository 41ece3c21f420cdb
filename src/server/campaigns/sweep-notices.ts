import { sql } from "kysely";
import { withoutTenant, withTenant } from "@/server/db";
import { systemContext } from "@/server/tenancy/context";
import { askForNotices } from "./notices";

/**
 * Asks again for e-mails to the team that are overdue: their run was lost, or their sender died over one. Asking twice sends nothing twice,
 * because the sender claims each e-mail before it hands it over.
 */
export async function sweepNotices(): Promise<{ shops: number }> {
  const shops = await withoutTenant(async ({ trx }) => {
    const result = await sql<{ org_id: string; shop_id: string }>`select org_id, shop_id from system_due_notices(1000)`.execute(trx);
    return result.rows;
  });
  for (const { org_id, shop_id } of shops) {
    const ctx = systemContext(org_id, shop_id, "sweep-notices");
    await withTenant(ctx, (handle) => askForNotices(handle, ctx));
  }
  return { shops: shops.length };
}
