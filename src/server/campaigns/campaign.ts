import type { CampaignTables, DropStatus } from "@db/schema/campaigns";
import type { Selectable } from "kysely";
import { type CampaignStatus, type Offer, offerSchema, type Repeat, repeatSchema, type Terms, termsSchema } from "./schema";

export type CampaignRow = Selectable<CampaignTables["campaign"]>;
export type DropRow = Selectable<CampaignTables["campaign_drop"]>;

/** A drop as the pages show it. Amounts in minor units. */
export type DropProgress = {
  id: string;
  /** 1, 2, … of a repeated campaign. */
  no: number;
  status: DropStatus;
  error: string | null;
  runAt: Date;
  frozenAt: Date | null;
  releasedAt: Date | null;
  expiresAt: Date | null;
  finishedAt: Date | null;
  members: number;
  treated: number;
  control: number;
  excluded: number;
  chunks: number;
  chunksDone: number;
  grantedCount: number;
  grantedTotal: bigint;
  failed: number;
  skipped: number;
  cap: bigint;
};

/** Sums over all drops of a campaign. */
export type DropTotals = {
  members: number;
  treated: number;
  control: number;
  excluded: number;
  granted: number;
  grantedTotal: bigint;
  failed: number;
  skipped: number;
};

export type Decision = { by: string; decision: "approve" | "reject"; note: string; at: Date };

export type Approval = {
  id: string;
  status: "open" | "approved" | "rejected" | "withdrawn" | "void";
  required: number;
  given: number;
  audience: number;
  cost: bigint;
  hash: string;
  submittedBy: string;
  submittedAt: Date;
  note: string;
  decisions: Decision[];
};

export type Recall = {
  id: string;
  status: "open" | "running" | "done" | "rejected";
  reason: string;
  notify: boolean;
  required: number;
  lots: number;
  total: bigint;
  recalledLots: number;
  recalledTotal: bigint;
  requestedBy: string;
  requestedAt: Date;
  decidedBy: string | null;
  decidedAt: Date | null;
};

export type Campaign = {
  id: string;
  name: string;
  description: string;
  segment: { id: string; name: string } | null;
  /** What the segment asked at the launch. */
  segmentQuery: string | null;
  /** What it asks now: before the launch, what an approval would be about. */
  queryNow: string | null;
  unit: string;
  /** What everyone gets; only of meaning while the offer is `fixed`. Without credit (`none`) it and all that follows from it are empty. */
  amount: bigint;
  offer: Offer;
  terms: Terms | null;
  origin: "unpaid" | "earned";
  counselChecked: boolean;
  expiryDays: number | null;
  expiryDate: string | null;
  availableLocal: string | null;
  timeZone: string;
  zone: "shop" | "customer";
  repeat: Repeat;
  endsLocal: string | null;
  budget: bigint | null;
  strategy: string | null;
  holdoutBps: number;
  messageEnabled: boolean;
  messageTexts: CampaignRow["message_texts"];
  status: CampaignStatus;
  statusReason: string | null;
  statusParams: Record<string, string | number>;
  version: number;
  runAt: Date | null;
  releasedAt: Date | null;
  expiresAt: Date | null;
  windowEndsAt: Date | null;
  endsAt: Date | null;
  audienceAtLaunch: number | null;
  createdBy: string;
  createdAt: Date;
  updatedAt: Date;
  launchedAt: Date | null;
  finishedAt: Date | null;
  archivedAt: Date | null;
  nextRunAt: Date | null;
  /** The newest drop that is not just waiting for its time; without one, the waiting one. */
  drop: DropProgress | null;
  drops: number;
  totals: DropTotals;
  approval: Approval | null;
  recall: Recall | null;
};

export function toDrop(row: DropRow): DropProgress {
  return {
    id: row.id,
    no: row.no,
    status: row.status,
    error: row.error,
    runAt: row.run_at,
    frozenAt: row.frozen_at,
    releasedAt: row.released_at,
    expiresAt: row.expires_at,
    finishedAt: row.finished_at,
    members: row.members,
    treated: row.treated,
    control: row.control,
    excluded: row.excluded,
    chunks: row.chunks,
    chunksDone: row.chunks_done,
    grantedCount: row.granted_count,
    grantedTotal: row.granted_total,
    failed: row.failed_count,
    skipped: row.skipped_count,
    cap: row.cap,
  };
}

/** What belongs to a campaign besides its own row. */
export type Belongings = {
  drop?: DropRow | undefined;
  /** When its next planned drop is due. */
  plannedAt?: Date | null;
  drops: number;
  totals: DropTotals;
  approval: Approval | null;
  recall: Recall | null;
};

export const NO_TOTALS: DropTotals = {
  members: 0,
  treated: 0,
  control: 0,
  excluded: 0,
  granted: 0,
  grantedTotal: 0n,
  failed: 0,
  skipped: 0,
};

const NO_CREDIT = { amount: 0n, terms: null, expiryDays: null, expiryDate: null, budget: null };

/**
 * A message-only campaign has no credit that could end or have conditions. A draft keeps what was typed before that was chosen, in case it
 * is chosen away again; whoever checks, counts or launches it must not see it.
 */
export const withoutUnused = (campaign: Campaign): Campaign => (campaign.offer.type === "none" ? { ...campaign, ...NO_CREDIT } : campaign);

/** Of the segment as it is now; null without one. */
type SegmentNow = { segment_name: string | null; segment_now: string | null };

export function toCampaign(row: CampaignRow & SegmentNow, own: Belongings): Campaign {
  const campaign = readRow(row, own);
  return campaign.status === "draft" ? campaign : withoutUnused(campaign);
}

function readRow(row: CampaignRow & SegmentNow, own: Belongings): Campaign {
  return {
    id: row.id,
    name: row.name,
    description: row.description,
    segment: row.segment_id && row.segment_name !== null ? { id: row.segment_id, name: row.segment_name } : null,
    segmentQuery: row.segment_query,
    queryNow: row.segment_now,
    unit: row.unit,
    amount: row.amount,
    offer: offerSchema.parse(row.offer),
    terms: row.terms === null ? null : termsSchema.parse(row.terms),
    expiryDays: row.expiry_days,
    expiryDate: row.expiry_date,
    budget: row.budget,
    origin: row.origin,
    counselChecked: row.counsel_checked,
    availableLocal: row.available_local,
    timeZone: row.time_zone,
    zone: row.zone,
    repeat: repeatSchema.parse(row.repeat),
    endsLocal: row.ends_local,
    strategy: row.strategy,
    holdoutBps: row.holdout_bps,
    messageEnabled: row.message_enabled,
    messageTexts: row.message_texts,
    status: row.status,
    statusReason: row.status_reason,
    statusParams: row.status_params,
    version: row.version,
    runAt: row.run_at,
    releasedAt: row.released_at,
    expiresAt: row.expires_at,
    windowEndsAt: row.window_ends_at,
    endsAt: row.ends_at,
    audienceAtLaunch: row.audience_at_launch,
    createdBy: row.created_by_label,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    launchedAt: row.launched_at,
    finishedAt: row.finished_at,
    archivedAt: row.archived_at,
    nextRunAt: row.next_run_at ?? own.plannedAt ?? null,
    drop: own.drop ? toDrop(own.drop) : null,
    drops: own.drops,
    totals: own.totals,
    approval: own.approval,
    recall: own.recall,
  };
}

/** JSON of the database and of hashes: bigint as a decimal string. */
export const toJson = (value: unknown): string =>
  JSON.stringify(value, (_, member: unknown) => (typeof member === "bigint" ? member.toString() : member));
