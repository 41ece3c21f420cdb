import { sql } from "kysely";
import { recordAudit } from "@/server/audit/record-audit";
import { withoutTenant, withTenant } from "@/server/db";
import { systemContext } from "@/server/tenancy/context";

/** Campaigns whose observation window is over become done. Their result stays preliminary until it has matured. */
export async function endCampaigns(label = "end-campaigns"): Promise<{ ended: number }> {
  const due = await withoutTenant(async ({ trx }) => {
    const result = await sql<{ org_id: string; shop_id: string; campaign_id: string }>`select * from system_ended_campaigns(500)`.execute(
      trx,
    );
    return result.rows;
  });
  let ended = 0;
  for (const { org_id, shop_id, campaign_id } of due) {
    const ctx = systemContext(org_id, shop_id, label);
    ended += await withTenant(ctx, async ({ trx, now }) => {
      const updated = await trx
        .updateTable("campaign")
        .set({ status: "done", finished_at: now, updated_at: now })
        .where("shop_id", "=", shop_id)
        .where("id", "=", campaign_id)
        .where("status", "=", "running")
        .where("window_ends_at", "<=", now)
        .where(({ not, exists, selectFrom }) =>
          not(
            exists(
              selectFrom("campaign_drop")
                .select("id")
                .whereRef("campaign_drop.shop_id", "=", "campaign.shop_id")
                .whereRef("campaign_drop.campaign_id", "=", "campaign.id")
                .where("campaign_drop.status", "in", ["claimed", "granting"]),
            ),
          ),
        )
        .executeTakeFirst();
      if (updated.numUpdatedRows !== 1n) return 0;
      await recordAudit(trx, ctx, { action: "campaign.ended", entity: "campaign", entityId: campaign_id });
      return 1;
    });
  }
  return { ended };
}
