import type { Campaign } from "@/server/campaigns/campaign";
import { getCampaign } from "@/server/campaigns/get-campaign";
import { compareSchema } from "@/server/campaigns/schema";
import { withTenant } from "@/server/db";
import { parseInput } from "@/server/errors";
import type { ShopContext } from "@/server/tenancy/context";
import { type CampaignReport, campaignReport } from "./campaign-report";

/** Two to four campaigns side by side: what was offered, and what came of it. */
export async function compareCampaigns(ctx: ShopContext, input: unknown): Promise<{ campaign: Campaign; report: CampaignReport }[]> {
  const { ids } = parseInput(compareSchema, input);
  return withTenant(ctx, async (handle) => {
    const inner = { ...ctx, trx: handle };
    const compared: { campaign: Campaign; report: CampaignReport }[] = [];
    for (const id of [...new Set(ids)])
      compared.push({ campaign: await getCampaign(inner, { id }), report: await campaignReport(inner, { id }) });
    return compared;
  });
}
