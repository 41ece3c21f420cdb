import type { ColumnType, Generated, JSONColumnType } from "kysely";

/** A timestamp the database fills in; never changed afterwards. */
export type CreatedAt = ColumnType<Date, Date | undefined, never>;
export type Role = "owner" | "admin" | "marketer" | "analyst" | "support" | "finance";

export type TenancyTables = {
  app_user: {
    id: Generated<string>;
    email: string;
    email_key: string;
    name: string;
    password_hash: string | null;
    locale: Generated<"de" | "en">;
    theme: Generated<"system" | "light" | "dark">;
    created_at: CreatedAt;
    disabled_at: Date | null;
  };
  auth_session: {
    id: Generated<string>;
    user_id: string;
    token_hash: Buffer;
    created_at: CreatedAt;
    last_seen_at: Generated<Date>;
    expires_at: Date;
    revoked_at: Date | null;
    strong_at: Generated<Date>;
    ip: string | null;
    user_agent: string | null;
  };
  auth_throttle: { key: string; window_start: Date; attempts: number };
  auth_factor: {
    user_id: string;
    secret: Buffer;
    created_at: CreatedAt;
    confirmed_at: Date | null;
    last_step: Generated<bigint>;
  };
  /** One open link a person. */
  auth_reset: {
    token_hash: Buffer;
    user_id: string;
    created_at: CreatedAt;
    expires_at: Date;
    by_org: string | null;
    drops_factor: Generated<boolean>;
  };
  auth_recovery_code: { user_id: string; code_hash: Buffer; used_at: Date | null };
  organisation: { id: Generated<string>; name: string; created_at: CreatedAt; second_factor_required: Generated<boolean> };
  shop: {
    org_id: string;
    id: Generated<string>;
    name: string;
    currency: string;
    time_zone: string;
    country: string;
    locale: Generated<"de" | "en">;
    settings: JSONColumnType<ShopSettings, string | undefined, string>;
    created_at: CreatedAt;
    archived_at: Date | null;
  };
  membership: {
    org_id: string;
    id: Generated<string>;
    user_id: string;
    role: Role;
    shop_ids: string[] | null;
    created_at: CreatedAt;
  };
  agency: { id: Generated<string>; name: string; created_at: CreatedAt };
  agency_member: { agency_id: string; user_id: string; role: Generated<"admin" | "member">; created_at: CreatedAt };
  agency_invitation: {
    id: Generated<string>;
    agency_id: string;
    email: string;
    email_key: string;
    role: "admin" | "member";
    token_hash: Buffer;
    invited_by: string | null;
    created_at: CreatedAt;
    expires_at: Date;
    accepted_at: Date | null;
    revoked_at: Date | null;
  };
  agency_grant: {
    org_id: string;
    id: Generated<string>;
    agency_id: string;
    max_role: Exclude<Role, "owner">;
    shop_ids: string[] | null;
    granted_by: string | null;
    created_at: CreatedAt;
    expires_at: Date | null;
    revoked_at: Date | null;
  };
  invitation: {
    org_id: string;
    id: Generated<string>;
    email: string;
    email_key: string;
    role: Role;
    shop_ids: string[] | null;
    token_hash: Buffer;
    invited_by: string | null;
    created_at: CreatedAt;
    expires_at: Date;
    accepted_at: Date | null;
    revoked_at: Date | null;
  };
  api_key: {
    org_id: string;
    shop_id: string;
    id: Generated<string>;
    public_id: string;
    name: string;
    secret_hash: Buffer;
    scopes: string[];
    created_by: string | null;
    created_at: CreatedAt;
    expires_at: Date | null;
    revoked_at: Date | null;
    last_used_at: Date | null;
  };
  audit: {
    org_id: string;
    id: Generated<string>;
    shop_id: string | null;
    at: CreatedAt;
    actor_type: "user" | "apiKey" | "system";
    actor_id: string | null;
    actor_label: string;
    agency_id: string | null;
    action: string;
    entity: string;
    entity_id: string | null;
    before_hash: string | null;
    after: JSONColumnType<Record<string, unknown>, string, never>;
    request_id: string;
  };
  audit_chain: { org_id: string; seq: bigint; audit_id: string; prev_hash: string; hash: string };
};

/** Per-shop settings with their defaults applied on reading; unknown keys are kept. */
export type ShopSettings = Record<string, unknown>;
