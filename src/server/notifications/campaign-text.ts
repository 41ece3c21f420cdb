import type { ShopContext, TenantTrx } from "@/server/tenancy/context";
import type { Channel } from "./schema";
import { findSources, isBuiltIn } from "./templates/template-source";

/** By which channel a campaign speaks, and whether somebody has written what it says there besides the built-in words. */
export type CampaignText = { channel: Channel; templateId: string | null; written: boolean };

/** What a campaign without credit would say. The built-in text of such a message says nothing: there is no news that fits everybody. */
export async function campaignText(handle: TenantTrx, ctx: ShopContext, campaignId: string): Promise<CampaignText> {
  const row = await handle.trx
    .selectFrom("campaign_message as p")
    .leftJoin("message_template as t", (join) => join.onRef("t.shop_id", "=", "p.shop_id").onRef("t.id", "=", "p.template_id"))
    .select(["p.channel", "p.template_id", "t.kind"])
    .where("p.shop_id", "=", ctx.shopId)
    .where("p.campaign_id", "=", campaignId)
    .executeTakeFirst();
  const channel = row?.channel ?? "email";
  const wanted = { kind: "campaign_message", channel, campaignId, templateId: null, templateVersion: null } as const;
  const source = (await findSources(handle, ctx, [wanted]))(wanted);
  // A template about credit would speak of an amount that nobody gets.
  const fits = !row?.kind || row.kind === "campaign_message";
  return { channel, templateId: row?.template_id ?? null, written: fits && !isBuiltIn(source) };
}
