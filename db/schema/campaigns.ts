import type { ColumnType, Generated, JSONColumnType } from "kysely";
import type { CreatedAt } from "./tenancy";

export type CampaignStatus =
  | "draft"
  | "submitted"
  | "approved"
  | "scheduled"
  | "running"
  | "paused"
  | "done"
  | "failed"
  | "cancelled"
  | "recalled";
export type DropStatus = "scheduled" | "claimed" | "granting" | "paused" | "done" | "failed" | "cancelled";
export type Arm = "treated" | "control";
export type MessageStatus = "queued" | "sending" | "sent" | "skipped" | "failed" | "unknown";

export type StaffNoticeKind =
  | "approvalWanted"
  | "recallWanted"
  | "approved"
  | "rejected"
  | "recallApproved"
  | "recallRejected"
  | "sendingStopped"
  | "senderDomainBad";
export type StaffNoticeStatus = "waiting" | "sending" | "sent" | "obsolete" | "failed" | "unknown";

/** Subject and body per language; a language without text falls back to the built-in default. */
export type MessageTexts = { de?: { subject: string; body: string }; en?: { subject: string; body: string } };

/** Checked by campaigns/schema.ts on reading: a row is data, not a promise. */
type Json = ColumnType<unknown, string | undefined, string>;
type NullableJson = ColumnType<unknown, string | null | undefined, string | null>;
type Shop = { org_id: string; shop_id: string };

export type CampaignTables = {
  campaign: {
    org_id: string;
    shop_id: string;
    id: Generated<string>;
    name: Generated<string>;
    description: Generated<string>;
    segment_id: string | null;
    segment_query: string | null;
    unit: string;
    amount: Generated<bigint>;
    offer: Json;
    terms: NullableJson;
    origin: Generated<"unpaid" | "earned">;
    counsel_checked: Generated<boolean>;
    expiry_days: number | null;
    expiry_date: string | null;
    zone: Generated<"shop" | "customer">;
    repeat: Json;
    ends_local: string | null;
    ends_at: Date | null;
    budget: bigint | null;
    strategy: string | null;
    available_local: string | null;
    time_zone: string;
    holdout_bps: Generated<number>;
    message_enabled: Generated<boolean>;
    message_texts: JSONColumnType<MessageTexts, string | undefined, string>;
    status: Generated<CampaignStatus>;
    status_reason: string | null;
    status_params: ColumnType<Record<string, string | number>, string | undefined, string>;
    next_run_at: Date | null;
    archived_at: Date | null;
    version: Generated<number>;
    run_at: Date | null;
    released_at: Date | null;
    expires_at: Date | null;
    window_ends_at: Date | null;
    audience_at_launch: number | null;
    /** The most it could cost, as counted at the launch: of a repeated campaign its budget. Minor units. */
    cost_at_launch: bigint | null;
    created_by: string | null;
    created_by_label: string;
    created_at: CreatedAt;
    updated_at: Generated<Date>;
    launched_at: Date | null;
    finished_at: Date | null;
  };
  campaign_drop: {
    org_id: string;
    shop_id: string;
    id: Generated<string>;
    campaign_id: string;
    no: Generated<number>;
    status: Generated<DropStatus>;
    error: string | null;
    run_at: Date;
    claimed_at: Date | null;
    attempts: Generated<number>;
    heartbeat_at: Date | null;
    frozen_at: Date | null;
    released_at: Date | null;
    expires_at: Date | null;
    finished_at: Date | null;
    unit: string;
    amount: bigint;
    holdout_bps: number;
    salt: string;
    members: Generated<number>;
    treated: Generated<number>;
    control: Generated<number>;
    excluded: Generated<number>;
    chunks: Generated<number>;
    chunks_done: Generated<number>;
    granted_count: Generated<number>;
    granted_total: Generated<bigint>;
    cap: Generated<bigint>;
    terms_id: string | null;
    failed_count: Generated<number>;
    skipped_count: Generated<number>;
    error_params: ColumnType<Record<string, string | number>, string | undefined, string>;
    month: string | null;
    created_at: CreatedAt;
  };
  drop_chunk: {
    org_id: string;
    shop_id: string;
    drop_id: string;
    no: number;
    first_seq: number;
    last_seq: number;
    granted: number | null;
    total: bigint | null;
    done_at: Date | null;
  };
  drop_member: {
    org_id: string;
    shop_id: string;
    drop_id: string;
    seq: number;
    customer_id: string;
    arm: Arm;
    amount: bigint;
    /** In a chunk that is done, `planned` means granted. */
    status: Generated<"planned" | "granted" | "failed" | "skipped">;
    variant: Generated<number>;
    zone_no: Generated<number>;
    reason: string | null;
  };
  drop_exclusion: {
    org_id: string;
    shop_id: string;
    drop_id: string;
    customer_id: string;
    reason: "erased" | "merged" | "noAmount" | "globalHoldout" | "alreadyHad";
  };
  drop_zone: Shop & { drop_id: string; no: number; time_zone: string; available_from: Date; expires_at: Date | null };
  campaign_author: Shop & { campaign_id: string; user_id: string; agency_id: string | null; first_at: Generated<Date> };
  campaign_presence: Shop & { campaign_id: string; customer_id: string; present: boolean; since: Date; had_at: Date | null };
  campaign_approval: Shop & {
    id: Generated<string>;
    campaign_id: string;
    status: Generated<"open" | "approved" | "rejected" | "withdrawn" | "void">;
    hash: string;
    content: ColumnType<Record<string, unknown> | null, string | null, never>;
    audience: number;
    cost: bigint;
    required: number;
    note: Generated<string>;
    submitted_by: string | null;
    submitted_by_label: string;
    submitted_at: CreatedAt;
    closed_at: Date | null;
  };
  campaign_decision: Shop & {
    approval_id: string;
    user_id: string;
    label: string;
    decision: "approve" | "reject";
    note: Generated<string>;
    at: CreatedAt;
  };
  campaign_recall: Shop & {
    id: Generated<string>;
    campaign_id: string;
    status: Generated<"open" | "running" | "done" | "rejected">;
    reason: string;
    notify: Generated<boolean>;
    required: number;
    lots: number;
    total: bigint;
    recalled_lots: Generated<number>;
    recalled_total: Generated<bigint>;
    steps: Generated<number>;
    requested_by: string | null;
    requested_by_label: string;
    requested_at: CreatedAt;
    decided_by_label: string | null;
    decided_at: Date | null;
    finished_at: Date | null;
  };
  campaign_policy: Shop & {
    approval_from: bigint | null;
    second_approval_from: bigint | null;
    month_cap: bigint | null;
    customer_cap: bigint | null;
    customer_days: number;
    halted_at: Date | null;
    halted_by_label: string | null;
    halted_reason: string | null;
    updated_at: Generated<Date>;
    updated_by_label: string;
  };
  organisation_budget: { org_id: string; unit: string; month_cap: bigint; updated_at: Generated<Date>; updated_by_label: string };
  campaign_strategy: Shop & {
    id: Generated<string>;
    name: string;
    description: Generated<string>;
    segment_id: string | null;
    query: string;
    unit: string;
    amount: bigint;
    offer: JSONColumnType<object, string, string>;
    terms: NullableJson;
    expiry_days: number | null;
    holdout_bps: number;
    message_enabled: boolean;
    message_texts: JSONColumnType<MessageTexts, string, string>;
    origin: Generated<"unpaid" | "earned">;
    channel: Generated<"email" | "sms" | "push">;
    template_id: string | null;
    spread_minutes: Generated<number>;
    created_by_label: string;
    created_at: CreatedAt;
  };
  staff_notice: Shop & {
    id: Generated<string>;
    user_id: string;
    kind: StaffNoticeKind;
    /** Null for what is about no campaign. */
    campaign_id: string | null;
    subject_id: string;
    status: Generated<StaffNoticeStatus>;
    created_at: CreatedAt;
    send_after: Generated<Date>;
    attempts: Generated<number>;
    claim: string | null;
    claimed_at: Date | null;
    sent_at: Date | null;
    delivered: boolean | null;
    error: string | null;
    subject: string | null;
    body: string | null;
  };
  message: {
    org_id: string;
    shop_id: string;
    id: Generated<string>;
    customer_id: string;
    campaign_id: string | null;
    kind: string;
    channel: "email" | "sms" | "push";
    status: Generated<MessageStatus>;
    reason: string | null;
    key: string;
    locale: "de" | "en";
    params: ColumnType<Record<string, unknown>, string, string>;
    created_at: CreatedAt;
    send_after: Generated<Date>;
    sent_at: Date | null;
    category: Generated<"marketing" | "transactional">;
    basis: "consent" | "existingCustomer" | "transactional" | null;
    decided_at: Date | null;
    claim: string | null;
    claimed_at: Date | null;
    attempts: Generated<number>;
    error: string | null;
    provider: string | null;
    provider_ref: string | null;
    slot_at: Date | null;
    template_id: string | null;
    template_version: number | null;
    text_id: string | null;
    tracked: boolean | null;
    credit_key: string | null;
    lots: string[] | null;
    /** Of where it went; null before it was sent, and of push. */
    address_hash: Buffer | null;
    delivered_at: Date | null;
    opened_at: Date | null;
    clicked_at: Date | null;
    bounced_at: Date | null;
    complained_at: Date | null;
  };
};
