import type { Campaign } from "@/server/campaigns/campaign";
import { pageOfCampaigns } from "@/server/campaigns/read-campaigns";
import { listImports } from "@/server/connectors/csv/get-import";
import { withTenant } from "@/server/db";
import { readRfm } from "@/server/scoring/read-scores";
import type { RfmGroup } from "@/server/scoring/schema";
import type { ShopContext, TenantTrx } from "@/server/tenancy/context";
import { readResultsOf } from "./results";
import type { Estimate, VerdictKind } from "./schema";
import { type ShopFigures, shopFigures, type UnitFigures } from "./shop-figures";

export type Overview = {
  /** Of when the figures are. */
  asOf: Date;
  /** What the shop has, so that an empty shop is told what to do next. */
  steps: { customers: boolean; segments: boolean; campaigns: boolean };
  unit: string;
  /** Credit per unit, the shop's currency first; empty when none was ever granted. */
  credit: UnitFigures[];
  /** Sales, the programme's result and what to do next; null for roles without reports. */
  figures: Omit<ShopFigures, "unit" | "units"> | null;
  /** Campaigns that wait for somebody to approve them; null for roles without campaigns. */
  approvals: number | null;
  /** Sizes of the customer groups as the last run left them; null without one, or for roles without reports. */
  groups: { at: Date; customers: number; groups: { group: RfmGroup; customers: number; revenue: bigint }[] } | null;
  active: Campaign[];
  ended: (Campaign & { result: { verdict: VerdictKind; profitPerPerson: Estimate | null } | null })[];
  /** Null for roles that do not see imports. */
  imports: { id: string; fileName: string; status: string; rows: number | null; createdAt: Date }[] | null;
};

const SHOWN = 5;

const exists = async ({ trx }: TenantTrx, table: "customer" | "segment" | "campaign", shopId: string): Promise<boolean> =>
  (await trx.selectFrom(table).select("id").where("shop_id", "=", shopId).limit(1).executeTakeFirst()) !== undefined;

async function recentImports(ctx: ShopContext): Promise<NonNullable<Overview["imports"]>> {
  const { rows } = await listImports(ctx, { limit: SHOWN });
  return rows.map((row) => ({ id: row.id, fileName: row.fileName, status: row.status, rows: row.rows, createdAt: row.createdAt }));
}

async function countApprovals({ trx }: TenantTrx, shopId: string): Promise<number> {
  const row = await trx
    .selectFrom("campaign")
    .select(({ fn }) => fn.countAll<bigint>().as("open"))
    .where("shop_id", "=", shopId)
    .where("status", "=", "submitted")
    .executeTakeFirstOrThrow();
  return Number(row.open);
}

async function groupsOf(ctx: ShopContext): Promise<Overview["groups"]> {
  const latest = (await readRfm(ctx)).latest;
  if (latest?.result.status !== "ok") return null;
  const { customers, groups } = latest.result;
  return { at: latest.at, customers, groups: groups.map((row) => ({ ...row, revenue: BigInt(row.revenue) })) };
}

/** Ended campaigns with their kept results: the reports themselves would each read the orders of a window. */
async function endedCampaigns(handle: TenantTrx, shopId: string): Promise<Overview["ended"]> {
  const { items } = await pageOfCampaigns(handle, shopId, { search: "", limit: SHOWN, group: "ended", released: true });
  const results = await readResultsOf(
    handle,
    shopId,
    items.map((campaign) => campaign.id),
  );
  return items.map((campaign) => {
    const found = results.get(campaign.id);
    return { ...campaign, result: found ? { verdict: found.verdict, profitPerPerson: found.profitPerPerson } : null };
  });
}

export type Viewer = { imports: boolean; reports?: boolean; campaigns?: boolean };

/** The first page of a shop. */
export async function overview(ctx: ShopContext, viewer: Viewer): Promise<Overview> {
  return withTenant(ctx, async (handle) => {
    const joined = { ...ctx, trx: handle };
    const { at, figures } = await shopFigures(handle, ctx);
    const { unit, units, ...shown } = figures;
    return {
      asOf: at,
      steps: {
        customers: await exists(handle, "customer", ctx.shopId),
        segments: await exists(handle, "segment", ctx.shopId),
        campaigns: await exists(handle, "campaign", ctx.shopId),
      },
      unit,
      credit: units,
      figures: viewer.reports ? shown : null,
      approvals: viewer.campaigns ? await countApprovals(handle, ctx.shopId) : null,
      groups: viewer.reports ? await groupsOf(joined) : null,
      active: (await pageOfCampaigns(handle, ctx.shopId, { search: "", limit: SHOWN, group: "active" })).items,
      ended: await endedCampaigns(handle, ctx.shopId),
      imports: viewer.imports ? await recentImports(joined) : null,
    };
  });
}
