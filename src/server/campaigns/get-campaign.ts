import { withTenant } from "@/server/db";
import { parseInput } from "@/server/errors";
import type { ShopContext } from "@/server/tenancy/context";
import type { Campaign } from "./campaign";
import { pageOfCampaigns, readCampaign } from "./read-campaigns";
import { campaignIdSchema, listCampaignsSchema } from "./schema";

/** One campaign with its progress. */
export async function getCampaign(ctx: ShopContext, input: unknown): Promise<Campaign> {
  const { id } = parseInput(campaignIdSchema, input);
  return withTenant(ctx, (handle) => readCampaign(handle, ctx.shopId, id));
}

/** Campaigns of the shop, newest first. */
export async function listCampaigns(ctx: ShopContext, input: unknown): Promise<{ items: Campaign[]; nextCursor: string | null }> {
  const page = parseInput(listCampaignsSchema, input);
  return withTenant(ctx, (handle) => pageOfCampaigns(handle, ctx.shopId, page));
}
