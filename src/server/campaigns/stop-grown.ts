import { recordAudit } from "@/server/audit/record-audit";
import { withTenant } from "@/server/db";
import type { ShopContext } from "@/server/tenancy/context";
import { approvalsNeeded } from "./approval-rule";
import { approversOf } from "./authors";
import { lockDrop } from "./drop-state";
import { readPolicy } from "./policy";
import { prepareLaunch } from "./prepare-launch";
import { readCampaign } from "./read-campaigns";
import { openApproval } from "./submit-campaign";
import type { MemberCounts } from "./write-members";

/**
 * Stops the release of a drop whose audience or cost has grown by more than a tenth since it was approved (domain.md B15), and asks for an
 * approval of what it is now. Nothing was written or granted.
 */
export async function stopGrown(ctx: ShopContext, dropId: string, counts: MemberCounts): Promise<void> {
  await withTenant(ctx, async (handle) => {
    const { trx, now } = handle;
    const drop = await lockDrop(handle, ctx.shopId, dropId);
    if (!["scheduled", "claimed"].includes(drop.status)) return;
    const campaign = await readCampaign(handle, ctx.shopId, drop.campaign_id, { lock: true });
    const { hash, content } = await prepareLaunch(handle, ctx, campaign);
    if (hash === null || content === null) throw new Error(`campaign ${campaign.id} was launched without a query`);
    const approvers = await approversOf(handle, ctx, campaign.id);
    const needed = approvalsNeeded(counts.cost, await readPolicy(handle, ctx, campaign.unit), approvers.length);
    const before = campaign.approval?.status === "approved" ? campaign.approval : null;
    const params = {
      approved: before?.audience ?? campaign.audienceAtLaunch ?? 0,
      now: counts.members,
      approvedCost: (before?.cost ?? 0n).toString(),
      cost: counts.cost.toString(),
      unit: campaign.unit,
    };
    const reason = before ? "AUDIENCE_GREW" : "APPROVAL_REQUIRED";
    await openApproval(handle, ctx, {
      ...{ campaignId: campaign.id, hash, content, audience: counts.members, cost: counts.cost, note: reason },
      required: Math.max(1, needed),
    });
    await trx
      .updateTable("campaign_drop")
      .set({ status: "paused", error: reason, error_params: JSON.stringify(params) })
      .where("shop_id", "=", ctx.shopId)
      .where("id", "=", dropId)
      .execute();
    await trx
      .updateTable("campaign")
      .set({ status: "paused", status_reason: reason, status_params: JSON.stringify(params), updated_at: now })
      .where("shop_id", "=", ctx.shopId)
      .where("id", "=", campaign.id)
      .execute();
    await recordAudit(trx, ctx, { action: "campaign.grew", entity: "campaign", entityId: campaign.id, after: params });
  });
}
