import type { ColumnType, Generated, JSONColumnType } from "kysely";

export type RfmGroup = "NEW" | "POTENTIAL_LOYAL" | "LOYAL" | "LOYAL_AT_RISK" | "ABOUT_TO_SLEEP" | "SLEEPERS";
export type SpendTier = "HIGH" | "MEDIUM" | "LOW";
export type ScoringKind = "rfm" | "prediction";
export type ScoringCause = "monthly" | "daily" | "manual";

type Tenant = { org_id: string; shop_id: string };

export type ScoringTables = {
  customer_score: Tenant & {
    customer_id: string;
    rfm_recency: number | null;
    rfm_frequency: number | null;
    rfm_monetary: number | null;
    rfm_group: RfmGroup | null;
    rfm_shopify_group: string | null;
    rfm_scored_at: Date | null;
    churn_probability: number | null;
    predicted_orders: number | null;
    predicted_value: bigint | null;
    predicted_spend_tier: SpendTier | null;
    clv_3: bigint | null;
    clv_12: bigint | null;
    clv_24: bigint | null;
    predicted_at: Date | null;
  };
  scoring_run: Tenant & {
    id: Generated<string>;
    kind: ScoringKind;
    cause: ScoringCause;
    status: Generated<"running" | "done" | "failed">;
    phase: string | null;
    progress: Generated<number>;
    customers: Generated<number>;
    /** Checked with the schemas of scoring/schema.ts on reading. */
    result: JSONColumnType<object | null, string | null, string | null>;
    error: string | null;
    requested_by: string;
    started_at: ColumnType<Date, Date | undefined, never>;
    finished_at: Date | null;
  };
  rfm_history: Tenant & { run_id: string; customer_id: string; score: number };
  rfm_change: Tenant & {
    id: Generated<string>;
    run_id: string;
    customer_id: string;
    from_group: RfmGroup | null;
    to_group: RfmGroup;
    at: Date;
  };
  drop_baseline: Tenant & { drop_id: string; customer_id: string; revenue_30: bigint; revenue_90: bigint };
  drop_measure: Tenant & {
    drop_id: string;
    revenue_cap: bigint | null;
    frozen_at: Date;
    /** Written and checked by roi/pre-period.ts. */
    assigned: JSONColumnType<object, string, string> | null;
  };
  campaign_result: Tenant & {
    campaign_id: string;
    computed_at: Date;
    final: boolean;
    /** Checked by roi/results.ts when read. */
    summary: JSONColumnType<object, string, string>;
  };
  kept_figures: Tenant & {
    kind: "overview" | "programme";
    computed_at: Date;
    took_ms: number;
    shape: number;
    /** Written and read by roi/kept-figures.ts only. */
    value: JSONColumnType<object, string, string>;
  };
  goods_margin: Tenant & {
    scope: "collection" | "product";
    ref: string;
    margin_bps: number;
    updated_at: Generated<Date>;
    updated_by_label: string;
  };
  global_holdout: Tenant & { year: number; bps: number; salt: string; started_at: Date; created_by_label: string };
};
