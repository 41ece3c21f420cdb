import { type Campaign, pageOfCampaigns } from "@/server/campaigns/read-campaigns";
import { listImports } from "@/server/connectors/csv/get-import";
import { withTenant } from "@/server/db";
import { type Liability, liability } from "@/server/ledger/liability";
import type { ShopContext, TenantTrx } from "@/server/tenancy/context";

export type Overview = {
  asOf: Date;
  /** What the shop has, so that an empty shop is told what to do next. */
  steps: { customers: boolean; segments: boolean; campaigns: boolean };
  /** Outstanding credit in the shop's currency; null when none was ever granted. */
  credit: { unit: string; outstanding: bigint; customers: number; lapsing30: bigint; lapsing30Customers: number } | null;
  active: Campaign[];
  ended: Campaign[];
  /** Null for roles that do not see imports. */
  imports: { id: string; fileName: string; status: string; rows: number | null; createdAt: Date }[] | null;
};

const SHOWN = 5;

const exists = async ({ trx }: TenantTrx, table: "customer" | "segment" | "campaign", shopId: string): Promise<boolean> =>
  (await trx.selectFrom(table).select("id").where("shop_id", "=", shopId).limit(1).executeTakeFirst()) !== undefined;

function creditOf(rows: Liability[], currency: string): Overview["credit"] {
  const own = rows.find((row) => row.unit === currency);
  if (!own) return null;
  const soon = own.lapsing.find((entry) => entry.days === 30);
  return {
    unit: own.unit,
    outstanding: own.outstanding,
    customers: own.customers,
    lapsing30: soon?.amount ?? 0n,
    lapsing30Customers: soon?.customers ?? 0,
  };
}

async function recentImports(ctx: ShopContext): Promise<NonNullable<Overview["imports"]>> {
  const { rows } = await listImports(ctx, { limit: SHOWN });
  return rows.map((row) => ({ id: row.id, fileName: row.fileName, status: row.status, rows: row.rows, createdAt: row.createdAt }));
}

/** The first page of a shop. */
export async function overview(ctx: ShopContext, viewer: { imports: boolean }): Promise<Overview> {
  return withTenant(ctx, async (handle) => {
    const joined = { ...ctx, trx: handle };
    const shop = await handle.trx.selectFrom("shop").select("currency").where("id", "=", ctx.shopId).executeTakeFirstOrThrow();
    const page = { search: "", limit: SHOWN } as const;
    return {
      asOf: handle.now,
      steps: {
        customers: await exists(handle, "customer", ctx.shopId),
        segments: await exists(handle, "segment", ctx.shopId),
        campaigns: await exists(handle, "campaign", ctx.shopId),
      },
      credit: creditOf(await liability(joined), shop.currency),
      active: (await pageOfCampaigns(handle, ctx.shopId, { ...page, group: "active" })).items,
      ended: (await pageOfCampaigns(handle, ctx.shopId, { ...page, group: "ended" })).items,
      imports: viewer.imports ? await recentImports(joined) : null,
    };
  });
}
