import type { CampaignTables, DropStatus } from "@db/schema/campaigns";
import type { Selectable } from "kysely";
import { sql } from "kysely";
import { AppError } from "@/server/errors";
import type { TenantTrx } from "@/server/tenancy/context";
import type { CampaignStatus } from "./schema";

type CampaignRow = Selectable<CampaignTables["campaign"]>;
type DropRow = Selectable<CampaignTables["campaign_drop"]>;

/** A drop as the pages show it. Amounts in minor units. */
export type DropProgress = {
  id: string;
  status: DropStatus;
  error: string | null;
  runAt: Date;
  frozenAt: Date | null;
  finishedAt: Date | null;
  members: number;
  treated: number;
  control: number;
  excluded: number;
  chunks: number;
  chunksDone: number;
  grantedCount: number;
  grantedTotal: bigint;
  cap: bigint;
};

export type Campaign = {
  id: string;
  name: string;
  description: string;
  segment: { id: string; name: string } | null;
  segmentQuery: string | null;
  unit: string;
  amount: bigint;
  expiryDays: number | null;
  availableLocal: string | null;
  timeZone: string;
  holdoutBps: number;
  messageEnabled: boolean;
  messageTexts: CampaignRow["message_texts"];
  status: CampaignStatus;
  statusReason: string | null;
  version: number;
  runAt: Date | null;
  releasedAt: Date | null;
  expiresAt: Date | null;
  windowEndsAt: Date | null;
  audienceAtLaunch: number | null;
  createdBy: string;
  createdAt: Date;
  updatedAt: Date;
  launchedAt: Date | null;
  finishedAt: Date | null;
  drop: DropProgress | null;
};

export function toDrop(row: DropRow): DropProgress {
  return {
    id: row.id,
    status: row.status,
    error: row.error,
    runAt: row.run_at,
    frozenAt: row.frozen_at,
    finishedAt: row.finished_at,
    members: row.members,
    treated: row.treated,
    control: row.control,
    excluded: row.excluded,
    chunks: row.chunks,
    chunksDone: row.chunks_done,
    grantedCount: row.granted_count,
    grantedTotal: row.granted_total,
    cap: row.cap,
  };
}

export function toCampaign(row: CampaignRow & { segment_name: string | null }, drop: DropRow | undefined): Campaign {
  return {
    id: row.id,
    name: row.name,
    description: row.description,
    segment: row.segment_id && row.segment_name !== null ? { id: row.segment_id, name: row.segment_name } : null,
    segmentQuery: row.segment_query,
    unit: row.unit,
    amount: row.amount,
    expiryDays: row.expiry_days,
    availableLocal: row.available_local,
    timeZone: row.time_zone,
    holdoutBps: row.holdout_bps,
    messageEnabled: row.message_enabled,
    messageTexts: row.message_texts,
    status: row.status,
    statusReason: row.status_reason,
    version: row.version,
    runAt: row.run_at,
    releasedAt: row.released_at,
    expiresAt: row.expires_at,
    windowEndsAt: row.window_ends_at,
    audienceAtLaunch: row.audience_at_launch,
    createdBy: row.created_by_label,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    launchedAt: row.launched_at,
    finishedAt: row.finished_at,
    drop: drop ? toDrop(drop) : null,
  };
}

const campaigns = ({ trx }: TenantTrx, shopId: string) =>
  trx
    .selectFrom("campaign as c")
    .leftJoin("segment as s", (join) => join.onRef("s.shop_id", "=", "c.shop_id").onRef("s.id", "=", "c.segment_id"))
    .selectAll("c")
    .select("s.name as segment_name")
    .where("c.shop_id", "=", shopId);

/** The newest drop of each campaign; a campaign that went back to draft and was launched again has more than one. */
export async function latestDrops({ trx }: TenantTrx, shopId: string, campaignIds: string[]): Promise<Map<string, DropRow>> {
  if (campaignIds.length === 0) return new Map();
  const rows = await trx
    .selectFrom("campaign_drop")
    .selectAll()
    .distinctOn("campaign_id")
    .where("shop_id", "=", shopId)
    .where("campaign_id", "in", campaignIds)
    .orderBy("campaign_id")
    .orderBy("no", "desc")
    .execute();
  return new Map(rows.map((row) => [row.campaign_id, row]));
}

/** One campaign with its drop; NOT_FOUND for a foreign or unknown id alike. `lock` keeps others from changing it until commit. */
export async function readCampaign(handle: TenantTrx, shopId: string, id: string, options: { lock?: boolean } = {}): Promise<Campaign> {
  let query = campaigns(handle, shopId).where("c.id", "=", id);
  if (options.lock) query = query.forUpdate("c");
  const row = await query.executeTakeFirst();
  if (!row) throw new AppError("NOT_FOUND");
  return toCampaign(row, (await latestDrops(handle, shopId, [id])).get(id));
}

const GROUPS: Record<"draft" | "active" | "ended", CampaignStatus[]> = {
  draft: ["draft"],
  active: ["scheduled", "running", "paused"],
  ended: ["done", "failed", "cancelled"],
};

/** Campaigns, newest first (ids are time-ordered), one page at a time. */
export async function pageOfCampaigns(
  handle: TenantTrx,
  shopId: string,
  input: { search: string; group: "all" | "draft" | "active" | "ended"; cursor?: string | null; limit: number },
): Promise<{ items: Campaign[]; nextCursor: string | null }> {
  let query = campaigns(handle, shopId)
    .orderBy("c.id", "desc")
    .limit(input.limit + 1);
  if (input.group !== "all") query = query.where("c.status", "in", GROUPS[input.group]);
  if (input.search !== "") query = query.where(sql<boolean>`position(lower(${input.search}) in lower(c.name)) > 0`);
  if (input.cursor) query = query.where("c.id", "<", input.cursor);
  const rows = await query.execute();
  const page = rows.slice(0, input.limit);
  const drops = await latestDrops(
    handle,
    shopId,
    page.map((row) => row.id),
  );
  return {
    items: page.map((row) => toCampaign(row, drops.get(row.id))),
    nextCursor: rows.length > input.limit ? (page.at(-1)?.id ?? null) : null,
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
