import { type RawBuilder, sql } from "kysely";
import type { Condition } from "./compile-ranges";
import type { Scope } from "./semantics";

/** What scoring knows about people, beside the two values that the narrow row keeps (group and tier). A missing row is a missing value. */
export const SCORES = {
  rfm_score: sql`(s.rfm_recency * 100 + s.rfm_frequency * 10 + s.rfm_monetary)::text`,
  rfm_recency: sql`s.rfm_recency`,
  rfm_frequency: sql`s.rfm_frequency`,
  rfm_monetary: sql`s.rfm_monetary`,
  predicted_orders: sql`s.predicted_orders::numeric`,
  predicted_value: sql`s.predicted_value`,
  churn_probability: sql`s.churn_probability::numeric`,
} as const satisfies Record<string, RawBuilder<unknown>>;
export type ScoreName = keyof typeof SCORES;

/** Position = code in customer_metrics.rfm_shopify; PROSPECTS are those without a score. */
export const SHOPIFY_RFM_CODES: readonly string[] = [
  ...["PROSPECTS", "CHAMPIONS", "LOYAL", "ACTIVE", "NEW", "PROMISING", "NEEDS_ATTENTION", "AT_RISK", "ALMOST_LOST", "PREVIOUSLY_LOYAL"],
  "DORMANT",
];

export const inScores = (condition: RawBuilder<unknown>, scope: Scope): Condition =>
  sql`(m.customer_id in (select s.customer_id from customer_score s where s.shop_id = ${scope.shopId} and ${condition}))`;

export const hasScore = (name: ScoreName, scope: Scope): Condition => inScores(sql`${SCORES[name]} is not null`, scope);
