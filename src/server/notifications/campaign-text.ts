import { sql } from "kysely";
import type { ShopContext, TenantTrx } from "@/server/tenancy/context";
import type { Channel } from "./schema";
import { findSources, isBuiltIn } from "./templates/template-source";

/** By which channel a campaign speaks, and whether somebody has written what it says there besides the built-in words. */
export type CampaignText = {
  channel: Channel;
  templateId: string | null;
  templateVersion: number | null;
  /** Whether the campaign's own words are sent; a template brings its own. */
  ownWords: boolean;
  /** The chosen template has been removed since. */
  templateGone: boolean;
  written: boolean;
};

/** What a campaign without credit would say. The built-in text of such a message says nothing: there is no news that fits everybody. */
export async function campaignText(handle: TenantTrx, ctx: ShopContext, campaignId: string): Promise<CampaignText> {
  const row = await handle.trx
    .selectFrom("campaign_message as p")
    .leftJoin("message_template as t", (join) => join.onRef("t.shop_id", "=", "p.shop_id").onRef("t.id", "=", "p.template_id"))
    .select(["p.channel", "p.template_id", "t.kind", "t.version", "t.archived_at"])
    .where("p.shop_id", "=", ctx.shopId)
    .where("p.campaign_id", "=", campaignId)
    .executeTakeFirst();
  const channel = row?.channel ?? "email";
  const wanted = { kind: "campaign_message", channel, campaignId, templateId: null, templateVersion: null } as const;
  const source = (await findSources(handle, ctx, [wanted]))(wanted);
  // A template about credit would speak of an amount that nobody gets.
  const fits = !row?.kind || row.kind === "campaign_message";
  const templateId = row?.template_id ?? null;
  return {
    ...{ channel, templateId, templateVersion: row?.version ?? null },
    ownWords: channel === "email" && templateId === null,
    templateGone: Boolean(row?.archived_at),
    written: fits && !isBuiltIn(source),
  };
}

/** At the launch: from now on the campaign speaks with the version its template has at this moment. */
export async function keepTemplateVersion({ trx }: TenantTrx, ctx: ShopContext, campaignId: string): Promise<void> {
  await sql`
    update campaign_message p set template_version = t.version from message_template t
    where p.shop_id = ${ctx.shopId} and p.campaign_id = ${campaignId} and t.shop_id = p.shop_id and t.id = p.template_id`.execute(trx);
}

/** A campaign that goes back to draft follows its template again. */
export async function followTemplate({ trx }: TenantTrx, ctx: ShopContext, campaignId: string): Promise<void> {
  await trx
    .updateTable("campaign_message")
    .set({ template_version: null })
    .where("shop_id", "=", ctx.shopId)
    .where("campaign_id", "=", campaignId)
    .execute();
}

/** How a campaign speaks, for a copy of it. */
export async function copyCampaignText({ trx }: TenantTrx, ctx: ShopContext, ids: { from: string; to: string }): Promise<void> {
  await sql`
    insert into campaign_message (org_id, shop_id, campaign_id, channel, template_id, spread_minutes)
    select org_id, shop_id, ${ids.to}::uuid, channel, template_id, spread_minutes from campaign_message
    where shop_id = ${ctx.shopId} and campaign_id = ${ids.from}`.execute(trx);
}
