import type { ColumnType, Generated, JSONColumnType } from "kysely";
import type { CreatedAt } from "./tenancy";

export type Consent = "SUBSCRIBED" | "NOT_SUBSCRIBED" | "PENDING" | "UNSUBSCRIBED" | "REDACTED" | "INVALID";
/** Where an e-mail consent or its end came from: the shop's data, or one of our own ways in and out. */
export type ConsentBasis =
  | ("shop" | "import" | "unproven" | "manual")
  | ("optInRequested" | "doubleOptIn" | "notConfirmed" | "preferences" | "oneClick" | "mail" | "complaint" | "provider" | "smsReply");
export type AccountStatus = "ENABLED" | "DISABLED" | "INVITED" | "DECLINED";
export type OrderStatus = "pending" | "paid" | "partially_paid" | "cancelled" | "refunded";
export type ImportKind = "order_lines" | "orders" | "customers";
export type ImportStatus = "uploaded" | "queued" | "running" | "done" | "failed" | "cancelled";
export type ImportPhase = "reading" | "customers" | "products" | "orders" | "lines" | "refunds" | "metrics" | "finishing";

/** int4 columns with a default. */
type Counter = Generated<number>;
/** int8 columns with a default: minor units. */
type Minor = ColumnType<bigint, bigint | undefined, bigint>;
type Json<T extends object> = JSONColumnType<T, string | undefined, string>;

export type CustomerTables = {
  customer: {
    org_id: string;
    shop_id: string;
    id: Generated<string>;
    external_id: string;
    email: string | null;
    email_key: string | null;
    first_name: string | null;
    last_name: string | null;
    /** Generated: lower case of the names, for prefix search. */
    first_key: ColumnType<string | null, never, never>;
    last_key: ColumnType<string | null, never, never>;
    phone: string | null;
    /** Generated: the last digits, for whose number it is. */
    phone_end: ColumnType<string | null, never, never>;
    country: string | null;
    region: string | null;
    city: string | null;
    locale: string | null;
    time_zone: string | null;
    birth_date: string | null;
    tags: Generated<string[]>;
    account_status: Generated<AccountStatus>;
    email_consent: Generated<Consent>;
    email_consent_at: Date | null;
    email_consent_basis: ConsentBasis | null;
    sms_consent: Generated<Consent>;
    custom: Json<Record<string, unknown>>;
    added_at: Generated<Date>;
    source_updated_at: Date | null;
    updated_at: Generated<Date>;
    erased_at: Date | null;
  };
  product: {
    org_id: string;
    shop_id: string;
    id: Generated<string>;
    external_id: string;
    title: string;
    tags: Generated<string[]>;
    collections: Generated<string[]>;
    price: bigint | null;
    in_stock: Generated<boolean>;
    image_url: Generated<string | null>;
    url: Generated<string | null>;
    source_updated_at: Date | null;
    updated_at: Generated<Date>;
  };
  shop_order: {
    org_id: string;
    shop_id: string;
    id: Generated<string>;
    external_id: string;
    customer_id: string | null;
    placed_at: Date;
    currency: string;
    total: bigint;
    tax: Minor;
    shipping: Minor;
    refunded: Minor;
    credit_used: Minor;
    status: OrderStatus;
    is_test: Generated<boolean>;
    /** A real purchase. Every count and every sum over orders filters on it. */
    counts: boolean;
    lines: Counter;
    source: string;
    content_hash: bigint | null;
    source_updated_at: Date | null;
    updated_at: Generated<Date>;
  };
  /** Lines of one order, parallel arrays. */
  order_items: {
    org_id: string;
    shop_id: string;
    order_id: string;
    customer_id: string | null;
    placed_day: number;
    counts: boolean;
    product_ids: (string | null)[];
    quantities: number[];
    unit_prices: bigint[];
    totals: bigint[];
    line_counts: boolean[];
  };
  /** A view over order_items, one row per line. */
  order_line: {
    org_id: ColumnType<string, never, never>;
    shop_id: ColumnType<string, never, never>;
    order_id: ColumnType<string, never, never>;
    product_id: ColumnType<string | null, never, never>;
    customer_id: ColumnType<string | null, never, never>;
    unit_price: ColumnType<bigint, never, never>;
    total: ColumnType<bigint, never, never>;
    line_no: ColumnType<number, never, never>;
    quantity: ColumnType<number, never, never>;
    placed_day: ColumnType<number, never, never>;
    counts: ColumnType<boolean, never, never>;
  };
  order_refund: {
    org_id: string;
    shop_id: string;
    id: Generated<string>;
    external_id: string;
    order_external_id: string | null;
    order_id: string | null;
    customer_id: string | null;
    currency: string;
    amount: bigint;
    refunded_at: Date;
    source: string;
    content_hash: bigint | null;
    updated_at: Generated<Date>;
  };
  activity_event: {
    org_id: string;
    shop_id: string;
    id: string;
    customer_id: string;
    kind: string;
    occurred_at: Date;
    ref_id: string | null;
    data: Json<Record<string, unknown>>;
    received_at: CreatedAt;
  };
  /** One row per customer, made by a trigger. Timestamps are '-infinity' (a number in pg: -Infinity) and days -1 when there is none. */
  customer_metrics: {
    org_id: string;
    shop_id: string;
    customer_id: string;
    first_order_at: Generated<Date | number>;
    last_order_at: Generated<Date | number>;
    gross_spent: Minor;
    refunded: Minor;
    net_spent: Minor;
    credit_used: Minor;
    last_order_total: Minor;
    max_order_total: Minor;
    orders_count: Counter;
    refunds_count: Counter;
    first_order_day: Counter;
    last_order_day: Counter;
    order_day_2: Counter;
    order_day_3: Counter;
    order_day_4: Counter;
    order_day_5: Counter;
    opens_count: Counter;
    last_open_day: Counter;
    open_day_2: Counter;
    open_day_3: Counter;
    open_day_4: Counter;
    open_day_5: Counter;
    clicks_count: Counter;
    last_click_day: Counter;
    click_day_2: Counter;
    click_day_3: Counter;
    product_views: Counter;
    last_product_view_day: Counter;
    collection_views: Counter;
    last_collection_view_day: Counter;
    last_cart_day: Counter;
    abandoned_checkout_day: Counter;
    email_reach: Generated<boolean>;
    sms_reach: Generated<boolean>;
    erased: Generated<boolean>;
    /** 0: none; else the position in RFM_GROUPS from 1, in SHOPIFY_RFM_CODES from 0, in SPEND_TIERS from 1 (segments/fields.ts). */
    rfm_group: Counter;
    rfm_shopify: Counter;
    spend_tier: Counter;
    /** Month × 100 + day, 0 for none. */
    birth_month_day: Counter;
  };
  data_import: {
    org_id: string;
    shop_id: string;
    id: Generated<string>;
    kind: ImportKind;
    status: Generated<ImportStatus>;
    file_name: string;
    file_bytes: bigint;
    file_sha256: string;
    preview: JSONColumnType<object, string, string>;
    mapping: Json<object>;
    options: Json<object>;
    phase: ImportPhase | null;
    bytes_read: Minor;
    rows_read: Minor;
    report: JSONColumnType<object | null, string | null, string | null>;
    error_code: string | null;
    error_params: JSONColumnType<Record<string, string | number> | null, string | null, string | null>;
    cancel_requested: Generated<boolean>;
    created_by: string;
    created_at: CreatedAt;
    started_at: Date | null;
    finished_at: Date | null;
  };
  import_issue: {
    org_id: string;
    shop_id: string;
    import_id: string;
    no: number;
    line: bigint;
    level: "error" | "warning";
    column_name: string | null;
    reason: string;
    value: string | null;
    raw: string | null;
  };
};
