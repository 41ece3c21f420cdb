import type { ColumnType, Generated, JSONColumnType } from "kysely";
import type { CreatedAt } from "./tenancy";

type Json<T> = ColumnType<T, string | undefined, string>;
type Channel = "email" | "sms" | "push";

export type ConsentChannel = Channel | "all";
export type ConsentPurpose = "marketing" | "tracking" | "objection";
export type ConsentValue = "granted" | "pending" | "withdrawn" | "none";
export type SuppressionReason = "hardBounce" | "softBounce" | "complaint" | "manual";
export type ChannelKind = "smtp" | "twilio" | "sms_http" | "push" | "klaviyo" | "inbound";

export type NotificationTables = {
  send_window: { org_id: string; shop_id: string; customer_id: string; channel: Channel; recent: Date[] };
  campaign_message: {
    org_id: string;
    shop_id: string;
    campaign_id: string;
    channel: Generated<Channel>;
    template_id: string | null;
    spread_minutes: Generated<number>;
    paused_at: Date | null;
  };
  message_settings: {
    org_id: string;
    shop_id: string;
    pepper: Generated<Buffer>;
    policy: Json<Record<string, unknown>>;
    brand: Json<Record<string, unknown>>;
    version: Generated<number>;
    feed_at: Date | null;
    notices_at: Date | null;
    updated_at: Generated<Date>;
  };
  notification_channel: {
    org_id: string;
    shop_id: string;
    kind: ChannelKind;
    enabled: Generated<boolean>;
    settings: Json<Record<string, unknown>>;
    secret: Buffer | null;
    paused_at: Date | null;
    tested_at: Date | null;
    test_error: string | null;
    failing_since: Date | null;
    last_error: string | null;
    updated_at: Generated<Date>;
  };
  message_template: {
    org_id: string;
    shop_id: string;
    id: Generated<string>;
    kind: string;
    channel: Channel;
    name: string;
    version: Generated<number>;
    is_default: Generated<boolean>;
    archived_at: Date | null;
    created_at: CreatedAt;
    updated_at: Generated<Date>;
  };
  message_template_version: {
    org_id: string;
    shop_id: string;
    template_id: string;
    version: number;
    content: JSONColumnType<object, string, never>;
    created_by_label: string;
    created_at: CreatedAt;
  };
  consent_event: {
    org_id: string;
    shop_id: string;
    id: Generated<string>;
    customer_id: string;
    channel: ConsentChannel;
    purpose: ConsentPurpose;
    state: ConsentValue;
    basis: string;
    text_version: string | null;
    source_url: string | null;
    ip: string | null;
    user_agent: string | null;
    proof: ColumnType<Record<string, unknown>, string | undefined, never>;
    at: Generated<Date>;
  };
  consent_state: {
    org_id: string;
    shop_id: string;
    customer_id: string;
    channel: ConsentChannel;
    purpose: ConsentPurpose;
    state: ConsentValue;
    basis: string;
    at: Date;
  };
  opt_in_request: {
    org_id: string;
    shop_id: string;
    token_hash: Buffer;
    customer_id: string;
    channel: "email";
    text_version: string;
    source_url: string | null;
    ip: string | null;
    user_agent: string | null;
    created_at: CreatedAt;
    expires_at: Date;
    confirmed_at: Date | null;
  };
  suppression: {
    org_id: string;
    shop_id: string;
    channel: "email" | "sms";
    address_hash: Buffer;
    reason: SuppressionReason;
    until: Date | null;
    hint: string | null;
    created_by_label: string;
    created_at: CreatedAt;
  };
  delivery_event: {
    org_id: string;
    shop_id: string;
    id: string;
    message_id: string | null;
    customer_id: string | null;
    channel: string;
    kind: "delivered" | "softBounce" | "hardBounce" | "complaint" | "failed";
    address_hash: Buffer | null;
    code: string | null;
    detail: string | null;
    at: Generated<Date>;
  };
  push_subscription: {
    org_id: string;
    shop_id: string;
    id: Generated<string>;
    customer_id: string;
    endpoint: string;
    p256dh: string;
    auth: string;
    user_agent: string | null;
    created_at: CreatedAt;
    gone_at: Date | null;
  };
  webhook_endpoint: {
    org_id: string;
    shop_id: string;
    id: Generated<string>;
    url: string;
    types: string[];
    secret: Buffer;
    enabled: Generated<boolean>;
    failing_since: Date | null;
    created_by_label: string;
    created_at: CreatedAt;
    deleted_at: Date | null;
  };
  outbound_event: {
    org_id: string;
    shop_id: string;
    id: Generated<string>;
    type: string;
    customer_id: string | null;
    key: string;
    data: ColumnType<Record<string, unknown>, string, never>;
    at: Date;
    created_at: CreatedAt;
    fanned_at: Date | null;
    klaviyo_at: Date | null;
  };
  webhook_delivery: {
    org_id: string;
    shop_id: string;
    id: Generated<string>;
    endpoint_id: string;
    event_ids: string[];
    status: Generated<"waiting" | "delivered" | "failed">;
    attempts: Generated<number>;
    next_at: Generated<Date>;
    response_status: number | null;
    error: string | null;
    replay_of: string | null;
    created_at: CreatedAt;
    delivered_at: Date | null;
  };
  product_pair: { org_id: string; shop_id: string; product_id: string; other_id: string; together: number };
};
