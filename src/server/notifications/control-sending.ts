import { sql } from "kysely";
import { z } from "zod";
import { recordAudit } from "@/server/audit/record-audit";
import { withTenant } from "@/server/db";
import { AppError, parseInput } from "@/server/errors";
import { enqueue } from "@/server/jobs/outbox";
import type { ShopContext } from "@/server/tenancy/context";
import { type Channel, channelSchema } from "./schema";

/** Holds a campaign's waiting messages back, or lets them go on. What is on the wire is not stopped. */
export const pauseSending = (ctx: ShopContext, { campaignId, paused }: { campaignId: string; paused: boolean }): Promise<void> =>
  withTenant(ctx, async ({ trx, now }) => {
    const campaign = await trx
      .selectFrom("campaign")
      .select("id")
      .where("shop_id", "=", ctx.shopId)
      .where("id", "=", campaignId)
      .executeTakeFirst();
    if (!campaign) throw new AppError("NOT_FOUND");
    await sql`
      insert into campaign_message (org_id, shop_id, campaign_id, paused_at) values (${ctx.orgId}, ${ctx.shopId}, ${campaignId}, ${paused ? now : null})
      on conflict (shop_id, campaign_id) do update set paused_at = excluded.paused_at`.execute(trx);
    await recordAudit(trx, ctx, {
      action: paused ? "campaign.sendingPaused" : "campaign.sendingResumed",
      entity: "campaign",
      entityId: campaignId,
    });
    if (!paused) await enqueue(trx, { name: "message/send.due", data: { orgId: ctx.orgId, shopId: ctx.shopId, campaignId } });
  });

export type CampaignSending = {
  channel: Channel;
  templateId: string | null;
  /** Null without a template of its own. */
  templateName: string | null;
  /** The template has been removed since it was chosen; nothing is launched with it. */
  templateGone: boolean;
  spreadMinutes: number;
  paused: boolean;
};
export const campaignSendingSchema = z.object({
  campaignId: z.uuid(),
  channel: channelSchema,
  templateId: z.uuid().nullable(),
  spreadMinutes: z.int().min(0).max(1_440),
});

/** How a campaign's messages go out: channel, template, spread. */
export const getCampaignSending = (ctx: ShopContext, { campaignId }: { campaignId: string }): Promise<CampaignSending> =>
  withTenant(ctx, async ({ trx }) => {
    const row = await trx
      .selectFrom("campaign as k")
      .leftJoin("campaign_message as p", (join) => join.onRef("p.shop_id", "=", "k.shop_id").onRef("p.campaign_id", "=", "k.id"))
      .leftJoin("message_template as t", (join) => join.onRef("t.shop_id", "=", "p.shop_id").onRef("t.id", "=", "p.template_id"))
      .select(["p.channel", "p.template_id", "t.name as template_name", "t.archived_at", "p.spread_minutes", "p.paused_at"])
      .where("k.shop_id", "=", ctx.shopId)
      .where("k.id", "=", campaignId)
      .executeTakeFirst();
    if (!row) throw new AppError("NOT_FOUND");
    return {
      channel: row.channel ?? "email",
      templateId: row.template_id,
      templateName: row.template_name,
      templateGone: row.archived_at !== null,
      spreadMinutes: row.spread_minutes ?? 0,
      paused: row.paused_at !== null,
    };
  });

/** Only before the launch: what was approved is what people get. */
export async function setCampaignSending(ctx: ShopContext, input: unknown): Promise<CampaignSending> {
  const wanted = parseInput(campaignSendingSchema, input);
  return withTenant(ctx, async (handle) => {
    const { trx } = handle;
    const campaign = await trx
      .selectFrom("campaign")
      .select("status")
      .where("shop_id", "=", ctx.shopId)
      .where("id", "=", wanted.campaignId)
      .forUpdate()
      .executeTakeFirst();
    if (!campaign) throw new AppError("NOT_FOUND");
    if (!["draft", "submitted", "approved"].includes(campaign.status)) throw new AppError("CAMPAIGN_STATE", { status: campaign.status });
    const before = await getCampaignSending({ ...ctx, trx: handle }, wanted);
    // One that was removed meanwhile may stay while something else is changed.
    if (wanted.templateId && !(before.templateId === wanted.templateId && before.channel === wanted.channel)) {
      const template = await trx
        .selectFrom("message_template")
        .select("channel")
        .where("shop_id", "=", ctx.shopId)
        .where("id", "=", wanted.templateId)
        .where("archived_at", "is", null)
        .executeTakeFirst();
      if (template?.channel !== wanted.channel) throw new AppError("NOT_FOUND", { entity: "template" });
    }
    await sql`
      insert into campaign_message (org_id, shop_id, campaign_id, channel, template_id, spread_minutes)
      values (${ctx.orgId}, ${ctx.shopId}, ${wanted.campaignId}, ${wanted.channel}, ${wanted.templateId}, ${wanted.spreadMinutes})
      on conflict (shop_id, campaign_id) do update set channel = excluded.channel, template_id = excluded.template_id,
        spread_minutes = excluded.spread_minutes`.execute(trx);
    await recordAudit(trx, ctx, {
      action: "campaign.sendingChanged",
      entity: "campaign",
      entityId: wanted.campaignId,
      after: { channel: wanted.channel, templateId: wanted.templateId, spreadMinutes: wanted.spreadMinutes },
    });
    return getCampaignSending({ ...ctx, trx: handle }, wanted);
  });
}
