import type { Campaign } from "@/server/campaigns/campaign";
import { MIN_WINDOW_DAYS } from "@/server/campaigns/schedule";
import type { TenantTrx } from "@/server/tenancy/context";
import type { Margins } from "./margins";
import { assignedSchema } from "./pre-period";
import type { Measured } from "./queries";

const DAY_MS = 86_400_000;

/** A drop's window: from the release to the expiry, at least thirty days (domain.md 2.1). */
const windowEnd = (releasedAt: Date, expiresAt: Date | null): Date =>
  new Date(Math.max(releasedAt.getTime() + MIN_WINDOW_DAYS * DAY_MS, expiresAt?.getTime() ?? 0));

/** What of a campaign can be measured: all drops whose members are frozen. Null before the first release. */
export async function measuredOf({ trx }: TenantTrx, shopId: string, campaign: Campaign, margins: Margins): Promise<Measured | null> {
  const rows = await trx
    .selectFrom("campaign_drop as d")
    .leftJoin("drop_measure as m", (join) => join.onRef("m.shop_id", "=", "d.shop_id").onRef("m.drop_id", "=", "d.id"))
    .select(["d.id", "d.released_at", "d.expires_at", "m.revenue_cap", "m.assigned"])
    .where("d.shop_id", "=", shopId)
    .where("d.campaign_id", "=", campaign.id)
    .where("d.frozen_at", "is not", null)
    .where("d.released_at", "is not", null)
    .orderBy("d.no")
    .execute();
  const drops = rows.flatMap((row) =>
    row.released_at === null ? [] : [{ id: row.id, releasedAt: row.released_at, windowEndsAt: windowEnd(row.released_at, row.expires_at) }],
  );
  const [first] = drops;
  if (!first) return null;
  // The window of a single drop was fixed with its launch.
  if (drops.length === 1 && campaign.windowEndsAt) first.windowEndsAt = campaign.windowEndsAt;
  return {
    shopId,
    campaignId: campaign.id,
    drops,
    unit: campaign.unit,
    from: new Date(Math.min(...drops.map((drop) => drop.releasedAt.getTime()))),
    to: new Date(Math.max(...drops.map((drop) => drop.windowEndsAt.getTime()))),
    shopMarginBps: margins.shopBps,
    goodsMargins: margins.goods.length > 0,
    revenueCap: rows[0]?.revenue_cap ?? null,
    messageCost: margins.messageCost,
    assigned: drops.length === 1 ? assignedSchema.nullable().parse(rows[0]?.assigned ?? null) : null,
  };
}
