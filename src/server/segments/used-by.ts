import type { CampaignStatus } from "@db/schema/campaigns";
import { withTenant } from "@/server/db";
import type { ShopContext, TenantTrx } from "@/server/tenancy/context";
import { dependantsOf } from "./dependants";
import { findSegment } from "./queries";

export type UsedBy = { campaigns: { id: string; name: string; status: CampaignStatus }[]; segments: { id: string; name: string }[] };

/** Campaigns that have not frozen their query yet. */
export const BEFORE_LAUNCH: ReadonlySet<string> = new Set(["draft", "submitted", "approved", "scheduled"]);
const LISTED = 200;

/** Campaigns and live segments that depend on a segment. Rank order forbids importing campaigns here; the database knows. */
export async function usersOf(handle: TenantTrx, shopId: string, id: string): Promise<UsedBy> {
  const campaigns = await handle.trx
    .selectFrom("campaign")
    .select(["id", "name", "status"])
    .where("shop_id", "=", shopId)
    .where("segment_id", "=", id)
    .orderBy("created_at", "desc")
    .limit(LISTED)
    .execute();
  const segments = await dependantsOf(handle, shopId, [id]);
  return { campaigns, segments: segments.filter((s) => s.direct && !s.archived).map((s) => ({ id: s.id, name: s.name })) };
}

export const usedBy = (ctx: ShopContext, id: string): Promise<UsedBy> =>
  withTenant(ctx, async (handle) => {
    await findSegment(handle, ctx, id);
    return usersOf(handle, ctx.shopId, id);
  });
