import { type Kysely, sql } from "kysely";

/**
 * What is known about customers by calculation: RFM scores and groups, predictions, the runs that made them, and what the result of
 * campaigns is measured with (frozen baselines, margins, the global holdout).
 */
const SCORES = `
-- One row per customer that was scored; a customer without one was not.
create table customer_score (
  org_id uuid not null,
  shop_id uuid not null,
  customer_id uuid not null,
  -- 1 to 5, 5 is best: by the borders of the newest monthly run.
  rfm_recency smallint check (rfm_recency between 1 and 5),
  rfm_frequency smallint check (rfm_frequency between 1 and 5),
  rfm_monetary smallint check (rfm_monetary between 1 and 5),
  rfm_group text check (rfm_group in ('NEW', 'POTENTIAL_LOYAL', 'LOYAL', 'LOYAL_AT_RISK', 'ABOUT_TO_SLEEP', 'SLEEPERS')),
  -- The same scores under the eleven names of Shopify's segment language.
  rfm_shopify_group text,
  rfm_scored_at timestamptz,
  -- 1 - P(alive).
  churn_probability real check (churn_probability between 0 and 1),
  -- Of the next 365 days. Value: net revenue, minor units of the shop's currency.
  predicted_orders real check (predicted_orders >= 0),
  predicted_value bigint check (predicted_value >= 0),
  predicted_spend_tier text check (predicted_spend_tier in ('HIGH', 'MEDIUM', 'LOW')),
  -- Contribution (margin x revenue), discounted, of the next 3, 12 and 24 months; minor units.
  clv_3 bigint,
  clv_12 bigint,
  clv_24 bigint,
  predicted_at timestamptz,
  primary key (shop_id, customer_id)
) with (fillfactor = 85);
create index customer_score_group on customer_score (shop_id, rfm_group, customer_id);

create table scoring_run (
  org_id uuid not null,
  shop_id uuid not null,
  id uuid not null default uuid_v7(),
  kind text not null check (kind in ('rfm', 'prediction')),
  -- monthly: makes new borders; daily: scores with the frozen ones; manual: monthly on demand.
  cause text not null check (cause in ('monthly', 'daily', 'manual')),
  status text not null default 'running' check (status in ('running', 'done', 'failed')),
  phase text,
  progress smallint not null default 0 check (progress between 0 and 100),
  customers integer not null default 0,
  -- Borders, group sizes and statistics; model parameters and backtest. Checked by scoring/schema.ts when read.
  result jsonb,
  error text,
  requested_by text not null,
  started_at timestamptz not null default app_now(),
  finished_at timestamptz,
  primary key (shop_id, id)
);
create index scoring_run_recent on scoring_run (shop_id, kind, id desc);
-- One run of a kind at a time: two would write the same rows.
create unique index scoring_run_alone on scoring_run (shop_id, kind) where status = 'running';

-- Every customer's score in every kept monthly run: 111 to 555. The group follows from the score.
create table rfm_history (
  org_id uuid not null,
  shop_id uuid not null,
  run_id uuid not null,
  customer_id uuid not null,
  score smallint not null check (score between 111 and 555),
  primary key (shop_id, run_id, customer_id)
);

-- Customers who changed group, as machines are told about it; read by the webhook feed in order of id.
create table rfm_change (
  org_id uuid not null,
  shop_id uuid not null,
  id uuid not null default uuid_v7(),
  run_id uuid not null,
  customer_id uuid not null,
  from_group text,
  to_group text not null,
  at timestamptz not null,
  primary key (shop_id, id)
);
`;

const OUTCOMES = `
-- Revenue of a drop's members before its release, frozen once: what CUPED and the cap are taken from (domain.md 2.2, 7 and 8).
-- Members without a row had none.
create table drop_baseline (
  org_id uuid not null,
  shop_id uuid not null,
  drop_id uuid not null,
  customer_id uuid not null,
  revenue_30 bigint not null,
  revenue_90 bigint not null,
  primary key (shop_id, drop_id, customer_id)
);
create table drop_measure (
  org_id uuid not null,
  shop_id uuid not null,
  drop_id uuid not null,
  -- 99.5 % quantile of the non-zero revenue of 30 days before, minor units; null when nobody had bought.
  revenue_cap bigint,
  frozen_at timestamptz not null,
  primary key (shop_id, drop_id),
  foreign key (shop_id, drop_id) references campaign_drop (shop_id, id)
);

-- Share of net revenue that stays after the cost of goods, where it differs from the shop's: product before collection before shop.
create table goods_margin (
  org_id uuid not null,
  shop_id uuid not null,
  scope text not null check (scope in ('collection', 'product')),
  ref text not null check (length(ref) between 1 and 200),
  margin_bps integer not null check (margin_bps between 0 and 10000),
  updated_at timestamptz not null default app_now(),
  updated_by_label text not null,
  primary key (shop_id, scope, ref)
);

-- People who sit out of every campaign of a year and so measure the whole programme. Salt: global:<shop>:<year>.
create table global_holdout (
  org_id uuid not null,
  shop_id uuid not null,
  year smallint not null check (year between 2000 and 2200),
  bps integer not null check (bps between 100 and 500),
  salt text not null,
  -- Whoever was a customer then is measured.
  started_at timestamptz not null,
  created_by_label text not null,
  primary key (shop_id, year)
);

select make_tenant_table(t) from unnest(array['scoring_run', 'goods_margin', 'global_holdout', 'drop_measure']::regclass[]) t;
select make_tenant_table(t, true, true) from unnest(array['customer_score', 'rfm_history', 'rfm_change', 'drop_baseline']::regclass[]) t;
`;

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const part of [SCORES, OUTCOMES]) await sql.raw(part).execute(db);
}
