import { sql } from "kysely";
import { AppError } from "@/server/errors";
import type { TenantTrx } from "@/server/tenancy/context";
import { type Approval, type Belongings, type Campaign, type DropRow, NO_TOTALS, type Recall, toCampaign } from "./campaign";
import type { CAMPAIGN_GROUPS, CampaignStatus } from "./schema";

const campaigns = ({ trx }: TenantTrx, shopId: string) =>
  trx
    .selectFrom("campaign as c")
    .leftJoin("segment as s", (join) => join.onRef("s.shop_id", "=", "c.shop_id").onRef("s.id", "=", "c.segment_id"))
    .selectAll("c")
    .select(["s.name as segment_name", "s.query as segment_now"])
    .where("c.shop_id", "=", shopId);

/**
 * The drop that stands for each campaign: the newest that is not just waiting for its time; without one, the newest. A campaign that went
 * back to draft and was launched again has more than one, a repeated one has one per time.
 */
export async function latestDrops({ trx }: TenantTrx, shopId: string, campaignIds: string[]): Promise<Map<string, DropRow>> {
  if (campaignIds.length === 0) return new Map();
  const rows = await trx
    .selectFrom("campaign_drop")
    .selectAll()
    .distinctOn("campaign_id")
    .where("shop_id", "=", shopId)
    .where("campaign_id", "in", campaignIds)
    .orderBy("campaign_id")
    .orderBy(sql`case when frozen_at is not null then 0 when status <> 'cancelled' then 1 else 2 end`)
    .orderBy("no", "desc")
    .execute();
  return new Map(rows.map((row) => [row.campaign_id, row]));
}

async function dropSums({ trx }: TenantTrx, shopId: string, ids: string[]) {
  const rows = await trx
    .selectFrom("campaign_drop")
    .select(({ fn }) => [
      "campaign_id",
      fn.countAll<bigint>().as("drops"),
      fn.sum<bigint>("members").as("members"),
      fn.sum<bigint>("treated").as("treated"),
      fn.sum<bigint>("control").as("control"),
      fn.sum<bigint>("excluded").as("excluded"),
      fn.sum<bigint>("granted_count").as("granted"),
      fn.sum<string>("granted_total").as("grantedTotal"),
      fn.sum<bigint>("failed_count").as("failed"),
      fn.sum<bigint>("skipped_count").as("skipped"),
      sql<Date | null>`min(run_at) filter (where status in ('scheduled', 'claimed'))`.as("plannedAt"),
    ])
    .where("shop_id", "=", shopId)
    .where("campaign_id", "in", ids)
    .groupBy("campaign_id")
    .execute();
  return new Map(
    rows.map((row) => [
      row.campaign_id,
      {
        drops: Number(row.drops),
        plannedAt: row.plannedAt,
        totals: {
          members: Number(row.members),
          treated: Number(row.treated),
          control: Number(row.control),
          excluded: Number(row.excluded),
          granted: Number(row.granted),
          grantedTotal: BigInt(row.grantedTotal),
          failed: Number(row.failed),
          skipped: Number(row.skipped),
        },
      },
    ]),
  );
}

async function newestApprovals({ trx }: TenantTrx, shopId: string, ids: string[]): Promise<Map<string, Approval>> {
  const rows = await trx
    .selectFrom("campaign_approval as a")
    .selectAll("a")
    .select(DECISIONS.as("decisions"))
    .distinctOn("a.campaign_id")
    .where("a.shop_id", "=", shopId)
    .where("a.campaign_id", "in", ids)
    .orderBy("a.campaign_id")
    .orderBy("a.id", "desc")
    .execute();
  return new Map(
    rows.map((row) => [
      row.campaign_id,
      {
        id: row.id,
        status: row.status,
        required: row.required,
        given: row.decisions.filter((d) => d.decision === "approve").length,
        audience: row.audience,
        cost: row.cost,
        hash: row.hash,
        submittedBy: row.submitted_by_label,
        submittedAt: row.submitted_at,
        note: row.note,
        decisions: row.decisions.map((d) => ({ ...d, at: new Date(d.at) })),
      },
    ]),
  );
}

const DECISIONS = sql<{ by: string; decision: "approve" | "reject"; note: string; at: string }[]>`(
  select coalesce(jsonb_agg(jsonb_build_object('by', d.label, 'decision', d.decision, 'note', d.note, 'at', d.at) order by d.at), '[]')
  from campaign_decision d where d.shop_id = a.shop_id and d.approval_id = a.id)`;

async function newestRecalls({ trx }: TenantTrx, shopId: string, ids: string[]): Promise<Map<string, Recall>> {
  const rows = await trx
    .selectFrom("campaign_recall")
    .selectAll()
    .distinctOn("campaign_id")
    .where("shop_id", "=", shopId)
    .where("campaign_id", "in", ids)
    .orderBy("campaign_id")
    .orderBy("id", "desc")
    .execute();
  return new Map(
    rows.map((row) => [
      row.campaign_id,
      {
        id: row.id,
        status: row.status,
        reason: row.reason,
        notify: row.notify,
        required: row.required,
        lots: row.lots,
        total: row.total,
        recalledLots: row.recalled_lots,
        recalledTotal: row.recalled_total,
        requestedBy: row.requested_by_label,
        requestedAt: row.requested_at,
        decidedBy: row.decided_by_label,
        decidedAt: row.decided_at,
      },
    ]),
  );
}

/** Everything that hangs on these campaigns, in a fixed number of queries. */
async function belongingsOf(handle: TenantTrx, shopId: string, ids: string[]): Promise<(id: string) => Belongings> {
  if (ids.length === 0) return () => ({ drops: 0, totals: NO_TOTALS, approval: null, recall: null });
  const drops = await latestDrops(handle, shopId, ids);
  const sums = await dropSums(handle, shopId, ids);
  const approvals = await newestApprovals(handle, shopId, ids);
  const recalls = await newestRecalls(handle, shopId, ids);
  return (id) => ({
    drop: drops.get(id),
    ...(sums.get(id) ?? { drops: 0, totals: NO_TOTALS, plannedAt: null }),
    approval: approvals.get(id) ?? null,
    recall: recalls.get(id) ?? null,
  });
}

/** One campaign with its drop; NOT_FOUND for a foreign or unknown id alike. `lock` keeps others from changing it until commit. */
export async function readCampaign(handle: TenantTrx, shopId: string, id: string, options: { lock?: boolean } = {}): Promise<Campaign> {
  let query = campaigns(handle, shopId).where("c.id", "=", id);
  if (options.lock) query = query.forUpdate("c");
  const row = await query.executeTakeFirst();
  if (!row) throw new AppError("NOT_FOUND");
  return toCampaign(row, (await belongingsOf(handle, shopId, [id]))(id));
}

type Group = Exclude<(typeof CAMPAIGN_GROUPS)[number], "all" | "archived">;
const GROUPS: Record<Group, CampaignStatus[]> = {
  draft: ["draft"],
  approval: ["submitted", "approved"],
  active: ["scheduled", "running", "paused"],
  ended: ["done", "failed", "cancelled", "recalled"],
};

const SORTS = {
  newest: sql`c.id`,
  name: sql`lower(c.name)`,
  // What the list shows: of what was released, that; of a draft, its wall time. Not by its zone: the database need not know every one that
  // we know, and would answer for one campaign's with an error for all.
  runAt: sql`coalesce(c.released_at, c.run_at, c.available_local::timestamp at time zone 'UTC')`,
  granted: sql`(select sum(d.granted_total) from campaign_drop d where d.shop_id = c.shop_id and d.campaign_id = c.id)`,
} as const;

/** Pages of a changing list, so far: further than this nobody turns pages. */
const MAX_OFFSET = 100_000;

/** Campaigns, one page at a time; the newest first unless another order is asked for (ids are time-ordered). The cursor is opaque. */
export async function pageOfCampaigns(
  handle: TenantTrx,
  shopId: string,
  input: {
    search: string;
    group: (typeof CAMPAIGN_GROUPS)[number];
    sort?: keyof typeof SORTS;
    direction?: "asc" | "desc";
    cursor?: string | null;
    limit: number;
    /** Only those that were released: a draft that was thrown away has no result. */
    released?: boolean;
  },
): Promise<{ items: Campaign[]; nextCursor: string | null }> {
  const offset = Math.min(Number.parseInt(input.cursor ?? "0", 10) || 0, MAX_OFFSET);
  let query = campaigns(handle, shopId)
    .where("c.archived_at", input.group === "archived" ? "is not" : "is", null)
    .orderBy(SORTS[input.sort ?? "newest"], (order) => (input.direction === "asc" ? order.asc().nullsLast() : order.desc().nullsLast()))
    .orderBy("c.id", "desc")
    .offset(offset)
    .limit(input.limit + 1);
  if (input.group !== "all" && input.group !== "archived") query = query.where("c.status", "in", GROUPS[input.group]);
  if (input.released) query = query.where("c.released_at", "is not", null);
  if (input.search !== "") query = query.where(sql<boolean>`position(lower(${input.search}) in lower(c.name)) > 0`);
  const rows = await query.execute();
  const page = rows.slice(0, input.limit);
  const own = await belongingsOf(
    handle,
    shopId,
    page.map((row) => row.id),
  );
  return {
    items: page.map((row) => toCampaign(row, own(row.id))),
    nextCursor: rows.length > input.limit ? String(offset + input.limit) : null,
  };
}

export type ShopFacts = {
  name: string;
  currency: string;
  timeZone: string;
  locale: "de" | "en";
  country: string;
  marginBps: number;
  marginIsAssumed: boolean;
};

/** Share of revenue that stays after the cost of goods, assumed until the shop says its own (setting `marginBps`). */
export const DEFAULT_MARGIN_BPS = 4_000;

export async function readShop({ trx }: TenantTrx, shopId: string): Promise<ShopFacts> {
  const row = await trx
    .selectFrom("shop")
    .select(["name", "currency", "time_zone", "locale", "country", "settings"])
    .where("id", "=", shopId)
    .executeTakeFirst();
  if (!row) throw new AppError("NOT_FOUND");
  const margin = row.settings.marginBps;
  const known = typeof margin === "number" && Number.isInteger(margin) && margin > 0 && margin <= 10_000;
  return {
    name: row.name,
    currency: row.currency,
    timeZone: row.time_zone,
    locale: row.locale,
    country: row.country,
    marginBps: known ? margin : DEFAULT_MARGIN_BPS,
    marginIsAssumed: !known,
  };
}
