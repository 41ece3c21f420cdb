import { recordAudit } from "@/server/audit/record-audit";
import { withTenant } from "@/server/db";
import { parseInput } from "@/server/errors";
import type { ShopContext, TenantTrx } from "@/server/tenancy/context";
import { dayToIsoDate, localDay } from "@/server/time";
import { type AccountingSetup, accountingSetupSchema } from "./schema";

/** The shop's accounts; null until somebody has named them. */
export async function readSetup({ trx }: TenantTrx, shopId: string): Promise<AccountingSetup | null> {
  const row = await trx.selectFrom("accounting_setup").select("setup").where("shop_id", "=", shopId).executeTakeFirst();
  return row ? accountingSetupSchema.parse(row.setup) : null;
}

/** What the export page shows first: the accounts and the shop's local date, from which the last month follows. */
export const accountingSetup = (ctx: ShopContext): Promise<{ setup: AccountingSetup | null; today: string }> =>
  withTenant(ctx, async (handle) => {
    const shop = await handle.trx.selectFrom("shop").select("time_zone").where("id", "=", ctx.shopId).executeTakeFirstOrThrow();
    return { setup: await readSetup(handle, ctx.shopId), today: dayToIsoDate(localDay(handle.now, shop.time_zone)) };
  });

/** Saves the accounts, audited. What was exported before does not change. */
export const saveAccountingSetup = (ctx: ShopContext, raw: unknown): Promise<AccountingSetup> =>
  withTenant(ctx, async (handle) => {
    const setup = parseInput(accountingSetupSchema, raw);
    const before = await readSetup(handle, ctx.shopId);
    const values = { setup: JSON.stringify(setup), updated_at: handle.now, updated_by_label: ctx.actor.label };
    await handle.trx
      .insertInto("accounting_setup")
      .values({ org_id: ctx.orgId, shop_id: ctx.shopId, ...values })
      .onConflict((conflict) => conflict.column("shop_id").doUpdateSet(values))
      .execute();
    await recordAudit(handle.trx, ctx, {
      action: "ledger.accountsChanged",
      entity: "ledger",
      entityId: ctx.shopId,
      ...(before ? { before } : {}),
      after: setup,
    });
    return setup;
  });
