import { sql } from "kysely";
import { recordAudit } from "@/server/audit/record-audit";
import { withTenant } from "@/server/db";
import { AppError, parseInput } from "@/server/errors";
import { unitScale } from "@/server/money";
import { getCampaignSending } from "@/server/notifications/control-sending";
import type { Channel } from "@/server/notifications/schema";
import type { ShopContext, TenantTrx } from "@/server/tenancy/context";
import { toJson } from "./campaign";
import { readCampaign, readShop } from "./read-campaigns";
import { type Offer, offerSchema, saveStrategySchema, strategyIdSchema, type Terms, termsSchema } from "./schema";
import { isStrategyKey, STRATEGY_WHY, type Suggestion, suggestCredit } from "./strategy-credit";

/** A strategy somebody of the shop has saved. */
export type OwnStrategy = {
  id: string;
  name: string;
  description: string;
  segmentId: string | null;
  query: string;
  unit: string;
  amount: bigint;
  offer: Offer;
  terms: Terms | null;
  expiryDays: number | null;
  holdoutBps: number;
  origin: "unpaid" | "earned";
  messageEnabled: boolean;
  messageTexts: { de?: { subject: string; body: string }; en?: { subject: string; body: string } };
  /** How its campaigns speak. Null without a template: the words above, or the built-in ones. */
  channel: Channel;
  template: { id: string; name: string; gone: boolean } | null;
  createdBy: string;
  createdAt: Date;
};

const MAX_OWN = 200;
/** A copy of a campaign whose credit ended on a date is good for as many days. */
export const DAYS_FOR_DATE = 30;

export async function ownStrategies(ctx: ShopContext): Promise<OwnStrategy[]> {
  return withTenant(ctx, async ({ trx }) => {
    const rows = await trx
      .selectFrom("campaign_strategy as s")
      .leftJoin("message_template as t", (join) => join.onRef("t.shop_id", "=", "s.shop_id").onRef("t.id", "=", "s.template_id"))
      .selectAll("s")
      .select(["t.name as template_name", "t.archived_at as template_archived_at"])
      .where("s.shop_id", "=", ctx.shopId)
      .orderBy("s.id", "desc")
      .limit(MAX_OWN)
      .execute();
    return rows.map((row) => ({
      id: row.id,
      name: row.name,
      description: row.description,
      segmentId: row.segment_id,
      query: row.query,
      unit: row.unit,
      amount: row.amount,
      offer: offerSchema.parse(row.offer),
      terms: row.terms === null ? null : termsSchema.parse(row.terms),
      expiryDays: row.expiry_days,
      holdoutBps: row.holdout_bps,
      origin: row.origin,
      messageEnabled: row.message_enabled,
      messageTexts: row.message_texts,
      channel: row.channel,
      template:
        row.template_id === null || row.template_name === null
          ? null
          : { id: row.template_id, name: row.template_name, gone: row.template_archived_at !== null },
      createdBy: row.created_by_label,
      createdAt: row.created_at,
    }));
  });
}

async function queryOf({ trx }: TenantTrx, shopId: string, segmentId: string | null): Promise<string | null> {
  if (segmentId === null) return null;
  const row = await trx.selectFrom("segment").select("query").where("shop_id", "=", shopId).where("id", "=", segmentId).executeTakeFirst();
  return row?.query ?? null;
}

/** Keeps a campaign's audience, credit and message for the next time, under a name of its own. */
export async function saveStrategy(ctx: ShopContext, input: unknown): Promise<{ id: string }> {
  const { campaignId, name, description } = parseInput(saveStrategySchema, input);
  return withTenant(ctx, async (handle) => {
    const { trx } = handle;
    const campaign = await readCampaign(handle, ctx.shopId, campaignId);
    const query = campaign.segmentQuery ?? (await queryOf(handle, ctx.shopId, campaign.segment?.id ?? null));
    if (query === null) throw new AppError("VALIDATION", { problems: "segmentMissing" });
    const sending = await getCampaignSending({ ...ctx, trx: handle }, { campaignId });
    const saved = await trx
      .insertInto("campaign_strategy")
      .values({
        ...{ org_id: ctx.orgId, shop_id: ctx.shopId, name, description, query, unit: campaign.unit, amount: campaign.amount },
        segment_id: campaign.segment?.id ?? null,
        offer: toJson(campaign.offer),
        terms: campaign.terms === null ? null : toJson(campaign.terms),
        // A fixed last day belongs to the old date.
        expiry_days: campaign.expiryDays ?? (campaign.expiryDate === null ? null : DAYS_FOR_DATE),
        holdout_bps: campaign.holdoutBps,
        origin: campaign.origin,
        message_enabled: campaign.messageEnabled,
        message_texts: JSON.stringify(campaign.messageTexts),
        ...{ channel: sending.channel, template_id: sending.templateId, spread_minutes: sending.spreadMinutes },
        created_by_label: ctx.actor.label,
      })
      .onConflict((conflict) => conflict.doNothing())
      .returning("id")
      .executeTakeFirst();
    if (!saved) throw new AppError("CONFLICT", { field: "name" });
    await recordAudit(trx, ctx, {
      action: "strategy.saved",
      entity: "strategy",
      entityId: saved.id,
      after: { name, campaign: campaignId },
    });
    return { id: saved.id };
  });
}

/**
 * How a draft that begins with a strategy speaks: as the strategy's campaign did, with the template's newest words; the built-in ones bring
 * words for an e-mail. A template that was removed comes along, too: the draft says so and is not launched before another one is chosen,
 * instead of speaking in words that nobody has looked at.
 */
export async function takeStrategyMessage({ trx }: TenantTrx, ctx: ShopContext, campaignId: string, strategy: string): Promise<void> {
  const taken = isStrategyKey(strategy)
    ? await sql`
        update campaign_message set channel = 'email', template_id = null where shop_id = ${ctx.shopId} and campaign_id = ${campaignId}
          and (channel <> 'email' or template_id is not null)`.execute(trx)
    : await sql`
        insert into campaign_message (org_id, shop_id, campaign_id, channel, template_id, spread_minutes)
        select org_id, shop_id, ${campaignId}::uuid, channel, template_id, spread_minutes from campaign_strategy
        where shop_id = ${ctx.shopId} and id::text = ${strategy}
        on conflict (shop_id, campaign_id) do update set channel = excluded.channel, template_id = excluded.template_id,
          spread_minutes = excluded.spread_minutes`.execute(trx);
  if ((taken.numAffectedRows ?? 0n) > 0n)
    await recordAudit(trx, ctx, { action: "campaign.sendingChanged", entity: "campaign", entityId: campaignId, after: { strategy } });
}

export async function deleteStrategy(ctx: ShopContext, input: unknown): Promise<{ id: string }> {
  const { id } = parseInput(strategyIdSchema, input);
  return withTenant(ctx, async ({ trx }) => {
    const gone = await trx
      .deleteFrom("campaign_strategy")
      .where("shop_id", "=", ctx.shopId)
      .where("id", "=", id)
      .returning("name")
      .executeTakeFirst();
    if (!gone) throw new AppError("NOT_FOUND");
    await recordAudit(trx, ctx, { action: "strategy.deleted", entity: "strategy", entityId: id, after: { name: gone.name } });
    return { id };
  });
}

/** Before the first order there is no average: 50 major units stand in for it. */
const FIRST_AVERAGE = 50n;

/** What the built-in strategies start with here, scaled to this shop's average order. */
export async function suggestions(ctx: ShopContext): Promise<Record<string, Suggestion>> {
  return withTenant(ctx, async (handle) => {
    const { currency } = await readShop(handle, ctx.shopId);
    const result = await sql<{ spent: string; orders: string }>`
      select coalesce(sum(net_spent), 0)::text as spent, coalesce(sum(orders_count), 0)::text as orders
      from customer_metrics where shop_id = ${ctx.shopId}`.execute(handle.trx);
    const spent = BigInt(result.rows[0]?.spent ?? "0");
    const orders = BigInt(result.rows[0]?.orders ?? "0");
    const average = orders > 0n && spent > 0n ? spent / orders : FIRST_AVERAGE * 10n ** BigInt(unitScale(currency));
    return Object.fromEntries(Object.entries(STRATEGY_WHY).map(([key, why]) => [key, suggestCredit(why, average, currency)]));
  });
}
