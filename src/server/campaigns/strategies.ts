import { sql } from "kysely";
import { recordAudit } from "@/server/audit/record-audit";
import { withTenant } from "@/server/db";
import { AppError, parseInput } from "@/server/errors";
import { unitScale } from "@/server/money";
import type { ShopContext, TenantTrx } from "@/server/tenancy/context";
import { toJson } from "./campaign";
import { readCampaign, readShop } from "./read-campaigns";
import { type Offer, offerSchema, saveStrategySchema, strategyIdSchema, type Terms, termsSchema } from "./schema";
import { STRATEGY_WHY, type Suggestion, suggestCredit } from "./strategy-credit";

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
  messageEnabled: boolean;
  messageTexts: { de?: { subject: string; body: string }; en?: { subject: string; body: string } };
  createdBy: string;
  createdAt: Date;
};

const MAX_OWN = 200;

export async function ownStrategies(ctx: ShopContext): Promise<OwnStrategy[]> {
  return withTenant(ctx, async ({ trx }) => {
    const rows = await trx
      .selectFrom("campaign_strategy")
      .selectAll()
      .where("shop_id", "=", ctx.shopId)
      .orderBy("id", "desc")
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
      messageEnabled: row.message_enabled,
      messageTexts: row.message_texts,
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

/** Keeps a campaign's audience, credit and texts for the next time, under a name of its own. */
export async function saveStrategy(ctx: ShopContext, input: unknown): Promise<{ id: string }> {
  const { campaignId, name, description } = parseInput(saveStrategySchema, input);
  return withTenant(ctx, async (handle) => {
    const { trx } = handle;
    const campaign = await readCampaign(handle, ctx.shopId, campaignId);
    const query = campaign.segmentQuery ?? (await queryOf(handle, ctx.shopId, campaign.segment?.id ?? null));
    if (query === null) throw new AppError("VALIDATION", { problems: "segmentMissing" });
    const saved = await trx
      .insertInto("campaign_strategy")
      .values({
        ...{ org_id: ctx.orgId, shop_id: ctx.shopId, name, description, query, unit: campaign.unit, amount: campaign.amount },
        segment_id: campaign.segment?.id ?? null,
        offer: toJson(campaign.offer),
        terms: campaign.terms === null ? null : toJson(campaign.terms),
        expiry_days: campaign.expiryDays,
        holdout_bps: campaign.holdoutBps,
        message_enabled: campaign.messageEnabled,
        message_texts: JSON.stringify(campaign.messageTexts),
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
