import type { ColumnType, Generated } from "kysely";

export type AccountKind =
  | "customer_credit"
  | "customer_held"
  | "customer_debt"
  | "promo_expense"
  | "goodwill_expense"
  | "earned_deferral"
  | "refund_clearing"
  | "paid_clearing"
  | "redemption_clearing"
  | "promo_unused"
  | "breakage_income"
  | "adjustment";
export type TransferKind =
  | "grant"
  | "hold"
  | "capture"
  | "release"
  | "redeem"
  | "refund"
  | "expire"
  | "recall"
  | "adjust"
  | "merge"
  | "clawback"
  | "convert";
export type OriginClass = "unpaid" | "earned" | "paid";
export type LotBucket = "granted" | "remaining" | "held" | "redeemed" | "expired" | "recalled" | "moved";

type Tenant = { org_id: string; shop_id: string };

/** Read-only for the app except `accounting_setup`: every write goes through the functions of schema `ledger`. Amounts are minor units. */
export type LedgerTables = {
  "ledger.unit": { code: string; kind: Generated<"currency">; scale: number };
  "ledger.account": Tenant & { customer_id: string; unit: string; credit: bigint; held: bigint; debt: bigint };
  "ledger.transfer": Tenant & {
    id: string;
    kind: TransferKind;
    unit: string;
    amount: bigint;
    entries: number;
    at: Date;
    customer_id: string | null;
    source_type: string | null;
    source_id: string | null;
    order_ref: string | null;
    hold_id: string | null;
    link_id: string | null;
    reason: string | null;
    actor_type: "user" | "apiKey" | "system";
    actor_id: string | null;
    actor_label: string;
    request_id: string;
    idem_key: string;
    part: number;
  };
  "ledger.posting": Tenant & { transfer_id: string; no: number; account: AccountKind; customer_id: string | null; amount: bigint };
  "ledger.lot": Tenant & {
    id: string;
    customer_id: string;
    unit: string;
    origin: OriginClass;
    source_type: string;
    source_id: string;
    once_key: string;
    parent_id: string | null;
    terms_id: string | null;
    granted: bigint;
    remaining: bigint;
    held: bigint;
    redeemed: bigint;
    expired: bigint;
    recalled: bigint;
    moved: bigint;
    available_from: Date;
    expires_at: Date | null;
    created_at: Date;
    settled: boolean;
  };
  "ledger.lot_move": Tenant & { transfer_id: string; lot_id: string; from_bucket: LotBucket; to_bucket: LotBucket; amount: bigint };
  "ledger.request": Tenant & { idem_key: string; op: string; hash: Buffer; response: unknown; created_at: Date };
  "ledger.hold": Tenant & {
    id: string;
    customer_id: string;
    unit: string;
    order_ref: string;
    amount: bigint;
    captured: bigint;
    status: "open" | "captured" | "released" | "expired";
    transfer_id: string;
    created_at: Date;
    expires_at: Date;
    closed_at: Date | null;
  };
  "ledger.recall": Tenant & { source_id: string; reason: string; at: Date };
  "ledger.terms": Tenant & {
    id: string;
    hash: Buffer;
    min_order: bigint | null;
    include: { products: string[]; collections: string[] } | null;
    exclude: { products: string[]; collections: string[] } | null;
    first_order_only: boolean;
    no_discounts: boolean;
    created_at: Date;
  };
  /** Without a shop: of all shops of the organisation. */
  "ledger.budget": { org_id: string; shop_id: string | null; key: string; unit: string; cap: bigint; granted: bigint };
  "ledger.budget_use": Tenant & {
    transfer_id: string;
    scope: "shop" | "organisation";
    key: string;
    unit: string;
    amount: bigint;
    after: bigint;
    cap: bigint;
  };
  "ledger.merged": Tenant & { customer_id: string; into_id: string; reason: string; at: Date };
  accounting_setup: Tenant & {
    setup: ColumnType<unknown, string, string>;
    updated_at: Generated<Date>;
    updated_by_label: string;
  };
  ledger_check: Tenant & {
    id: Generated<string>;
    requested_at: Generated<Date>;
    requested_by_label: string;
    finished_at: Date | null;
    done: Generated<number>;
    result: ColumnType<unknown, string | undefined, string>;
    violations: Generated<number>;
  };
  "ledger.violation": Tenant & { invariant: string; subject: string; detail: unknown };
};
