import { createHash } from "node:crypto";
import { sql } from "kysely";
import { z } from "zod";
import type { Campaign } from "@/server/campaigns/campaign";
import { readCampaign } from "@/server/campaigns/read-campaigns";
import { withTenant } from "@/server/db";
import type { ShopContext, TenantTrx } from "@/server/tenancy/context";
import { type CampaignReport, reportOf } from "./campaign-report";
import { type Margins, readMargins } from "./margins";
import { writeAssigned, writeBaseline } from "./pre-period";
import { type Estimate, VERDICTS } from "./schema";

const minor = z
  .string()
  .regex(/^-?\d+$/)
  .transform(BigInt);
const estimate = z.object({ value: minor, low: minor, high: minor });

const summarySchema = z.object({
  unit: z.string(),
  verdict: z.enum(VERDICTS),
  reason: z.string().nullable(),
  preliminary: z.boolean(),
  people: z.int(),
  granted: minor,
  cost: minor,
  profitPerPerson: estimate.nullable(),
  profit: estimate.nullable(),
  profitStandardError: z.number().nullable(),
  marginBps: z.int(),
  /** What it was calculated with; missing where an older version did. */
  basis: z.string().optional(),
});
export type ResultSummary = z.output<typeof summarySchema>;

const text = (e: Estimate | undefined) => (e ? { value: e.value.toString(), low: e.low.toString(), high: e.high.toString() } : null);

/** Everything of the shop's settings that moves a result: another margin, price of a message or margin of some goods is another result. */
const basisOf = ({ shopBps, messageCost, goods }: Margins): string =>
  createHash("sha256")
    .update(JSON.stringify([shopBps, messageCost.toString(), goods.map(({ scope, ref, marginBps }) => [scope, ref, marginBps])]))
    .digest("hex")
    .slice(0, 16);

function summaryOf(report: CampaignReport, margins: Margins): object {
  return {
    unit: report.unit,
    verdict: report.verdict.kind,
    reason: report.verdict.reason,
    preliminary: report.preliminary,
    people: report.arms.treated.people,
    granted: report.credit.granted.toString(),
    cost: (report.effect?.cost ?? report.credit.redeemed).toString(),
    profitPerPerson: text(report.effect?.profitPerPerson),
    profit: text(report.effect?.profit),
    profitStandardError: report.effect?.profitStandardError ?? null,
    marginBps: report.marginBps,
    basis: basisOf(margins),
  };
}

/** Calculates a campaign's result and keeps it. */
async function refresh(handle: TenantTrx, ctx: ShopContext, campaign: Campaign, margins: Margins): Promise<void> {
  const report = await reportOf(handle, ctx.shopId, campaign, margins);
  const values = {
    computed_at: handle.now,
    final: report.window !== null && !report.preliminary,
    summary: JSON.stringify(summaryOf(report, margins)),
  };
  await handle.trx
    .insertInto("campaign_result")
    .values({ org_id: ctx.orgId, shop_id: ctx.shopId, campaign_id: campaign.id, ...values })
    .onConflict((conflict) => conflict.columns(["shop_id", "campaign_id"]).doUpdateSet(values))
    .execute();
}

const STALE_MS = 6 * 3_600_000;
/** Orders of its window may still be imported or returned, and credit without an end still be spent, after a result is final … */
const MATURE_MS = 24 * 3_600_000;
/** … but hardly so long after its window. */
const MATURE_DAYS = 180;
/** So many a page may calculate while somebody waits for it; more are due after a change of the shop's assumptions, or of how we calculate. */
export const RESULTS_PER_PAGE = 5;

/**
 * Brings kept results up to date: those never calculated, those not final that are older than six hours, all after a change of the shop's
 * assumptions, and, where there is time for it (`matured`), final ones once a day. Then the oldest go first; where there is none, what may
 * still change does, the newest campaigns before others.
 * @param limit campaigns at most
 * @returns how many were calculated
 */
export function refreshResults(ctx: ShopContext, limit: number, { matured = false } = {}): Promise<number> {
  return withTenant(ctx, async (handle) => {
    const margins = await readMargins(handle, ctx.shopId);
    const before = (ms: number) => new Date(handle.now.getTime() - ms);
    let query = handle.trx
      .selectFrom("campaign as c")
      .leftJoin("campaign_result as r", (join) => join.onRef("r.shop_id", "=", "c.shop_id").onRef("r.campaign_id", "=", "c.id"))
      .select("c.id")
      .where("c.shop_id", "=", ctx.shopId)
      .where("c.released_at", "is not", null)
      .where((eb) =>
        eb.or([
          eb("r.campaign_id", "is", null),
          eb.and([eb("r.final", "=", false), eb("r.computed_at", "<", before(STALE_MS))]),
          sql<boolean>`r.summary ->> 'basis' is distinct from ${basisOf(margins)}`,
          ...(matured
            ? [eb.and([eb("r.computed_at", "<", before(MATURE_MS)), eb("c.window_ends_at", ">", before(MATURE_DAYS * 24 * 3_600_000))])]
            : []),
        ]),
      );
    query = matured ? query.orderBy("r.computed_at", (order) => order.asc().nullsFirst()) : query.orderBy(sql`coalesce(r.final, false)`);
    const due = await query.orderBy("c.id", "desc").limit(limit).execute();
    for (const { id } of due) await refresh(handle, ctx, await readCampaign(handle, ctx.shopId, id), margins);
    return due.length;
  });
}

export type KeptResult = {
  campaignId: string;
  name: string;
  strategy: string | null;
  segment: string | null;
  query: string | null;
  status: Campaign["status"];
  releasedAt: Date | null;
  windowEndsAt: Date | null;
  computedAt: Date;
  result: ResultSummary;
};

const MAX_CAMPAIGNS = 200;

/** Kept results, newest campaign first. */
export async function readResults({ trx }: TenantTrx, shopId: string): Promise<KeptResult[]> {
  const rows = await trx
    .selectFrom("campaign_result as r")
    .innerJoin("campaign as c", (join) => join.onRef("c.shop_id", "=", "r.shop_id").onRef("c.id", "=", "r.campaign_id"))
    .leftJoin("segment as s", (join) => join.onRef("s.shop_id", "=", "c.shop_id").onRef("s.id", "=", "c.segment_id"))
    .select(["c.id", "c.name", "c.strategy", "s.name as segment", "c.segment_query", "c.status", "c.released_at", "c.window_ends_at"])
    .select(["r.computed_at", "r.summary"])
    .where("r.shop_id", "=", shopId)
    .orderBy("c.id", "desc")
    .limit(MAX_CAMPAIGNS)
    .execute();
  return rows.map((row) => ({
    ...{ campaignId: row.id, name: row.name, strategy: row.strategy, segment: row.segment, query: row.segment_query, status: row.status },
    ...{ releasedAt: row.released_at, windowEndsAt: row.window_ends_at, computedAt: row.computed_at },
    result: summarySchema.parse(row.summary),
  }));
}

/** Kept results of these campaigns; those never calculated are missing. */
export async function readResultsOf({ trx }: TenantTrx, shopId: string, ids: readonly string[]): Promise<Map<string, ResultSummary>> {
  if (ids.length === 0) return new Map();
  const rows = await trx
    .selectFrom("campaign_result")
    .select(["campaign_id", "summary"])
    .where("shop_id", "=", shopId)
    .where("campaign_id", "in", ids)
    .execute();
  return new Map(rows.map((row) => [row.campaign_id, summarySchema.parse(row.summary)]));
}

/** Freezes the history of every drop whose members are fixed and that has none yet. Returns how many. */
export function freezeBaselines(ctx: ShopContext): Promise<number> {
  return withTenant(ctx, async (handle) => {
    const drops = await handle.trx
      .selectFrom("campaign_drop as d")
      .leftJoin("drop_measure as m", (join) => join.onRef("m.shop_id", "=", "d.shop_id").onRef("m.drop_id", "=", "d.id"))
      .select(["d.id", "d.unit", "d.frozen_at", "d.run_at", "m.drop_id as measured"])
      .where("d.shop_id", "=", ctx.shopId)
      .where("d.frozen_at", "is not", null)
      // Those frozen by an older version have no sums yet.
      .where("m.assigned", "is", null)
      .orderBy("d.id")
      .limit(50)
      .execute();
    // The planned time or the freeze, whichever came first: nothing of the campaign had happened then.
    for (const { id, unit, frozen_at, run_at, measured } of drops) {
      const at = frozen_at && frozen_at < run_at ? frozen_at : run_at;
      if (measured === null) await writeBaseline(handle, ctx.orgId, { shopId: ctx.shopId, id, unit, at });
      await writeAssigned(handle, { shopId: ctx.shopId, id });
    }
    return drops.length;
  });
}
