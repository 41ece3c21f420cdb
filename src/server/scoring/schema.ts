import { z } from "zod";

/** The six groups of domain.md 3.5, from the best side of a customer's life to its end. */
export const RFM_GROUPS = ["NEW", "POTENTIAL_LOYAL", "LOYAL", "LOYAL_AT_RISK", "ABOUT_TO_SLEEP", "SLEEPERS"] as const;
export type RfmGroup = (typeof RFM_GROUPS)[number];

/** Names of Shopify's segment language for the same scores; PROSPECTS are customers without an order and have no score. */
export const SHOPIFY_GROUPS = [
  ...["CHAMPIONS", "LOYAL", "ACTIVE", "NEW", "PROMISING", "NEEDS_ATTENTION", "AT_RISK", "ALMOST_LOST", "PREVIOUSLY_LOYAL", "DORMANT"],
] as const;

export const SPEND_TIERS = ["HIGH", "MEDIUM", "LOW"] as const;
export type SpendTier = (typeof SPEND_TIERS)[number];

export const SCORING_KINDS = ["rfm", "prediction"] as const;

const amount = z.string().regex(/^-?\d+$/);
const group = z.enum(RFM_GROUPS);

/** Four borders or fewer per dimension, ascending, in raw units: a value at or above a border belongs to the next cluster. */
const dimension = z.object({
  borders: z.array(z.number()).max(4),
  /** Score of each cluster, in ascending order of the value; fewer than five where there are fewer different values. */
  scores: z.array(z.int().min(1).max(5)).min(1).max(5),
  /** Smallest and largest value and the people of each cluster. */
  clusters: z.array(z.object({ from: z.number(), to: z.number(), customers: z.int() })),
  distinct: z.int(),
  /** Within-cluster sum of squares on the transformed scale. */
  sse: z.number(),
});
export type Dimension = z.infer<typeof dimension>;

/** Recency in whole local days, frequency in orders, monetary in minor units of the shop's currency. */
export const bordersSchema = z.object({ recency: dimension, frequency: dimension, monetary: dimension });
export type Borders = z.infer<typeof bordersSchema>;

export const groupStatsSchema = z.object({
  group,
  customers: z.int(),
  orders: z.int(),
  /** Total order value of ten years, minor units. */
  revenue: amount,
  /** Means per customer of the group; null for an empty group. Money in minor units. */
  averageOrder: amount.nullable(),
  ordersPerCustomer: z.number().nullable(),
  daysSinceLast: z.number().nullable(),
});

/** What a finished RFM run keeps for ever. */
export const rfmResultSchema = z.object({
  status: z.enum(["ok", "insufficient_data"]),
  /** The local day the recency counts from, days since 1970-01-01. */
  day: z.int(),
  currency: z.string(),
  customers: z.int(),
  /** Null when there were too few customers. */
  borders: bordersSchema.nullable(),
  /** The run whose borders were used; its own id for a run that made them. */
  bordersOf: z.uuid().nullable(),
  groups: z.array(groupStatsSchema),
  cells: z.array(z.object({ score: z.int(), customers: z.int(), revenue: amount })),
  /** From the monthly run before: who moved where. `from` null: was not scored then; `to` null: is not any more. */
  migration: z.array(z.object({ from: group.nullable(), to: group.nullable(), customers: z.int() })),
  previousRunId: z.uuid().nullable(),
  changes: z.int(),
});
export type RfmResult = z.infer<typeof rfmResultSchema>;

const parameters = z.record(z.string(), z.object({ value: z.number(), standardError: z.number().nullable() }));

export const FALLBACK_REASONS = ["too_few_repeat_customers", "no_convergence", "parameter_out_of_range", "no_mean_value"] as const;

export const predictionResultSchema = z.object({
  /** model: BG/NBD with Gamma-Gamma. medians: too little data, medians of the RFM groups instead. none: not even those. */
  method: z.enum(["model", "medians", "none"]),
  reason: z.enum(FALLBACK_REASONS).nullable(),
  day: z.int(),
  currency: z.string(),
  customers: z.int(),
  fittedOn: z.int(),
  repeatCustomers: z.int(),
  frequency: z.object({ parameters, logLikelihood: z.number(), iterations: z.int() }).nullable(),
  value: z
    .object({ parameters, logLikelihood: z.number(), iterations: z.int(), correlation: z.number(), correlationWarning: z.boolean() })
    .nullable(),
  /** The last fifth of the time, predicted from the first four. */
  backtest: z
    .object({
      days: z.int(),
      customers: z.int(),
      ordersPredicted: z.number(),
      ordersActual: z.number(),
      /** (predicted − actual) / actual of the sum. */
      ordersError: z.number().nullable(),
      /** Mean absolute error per customer, and what "everyone like the average" would have had. */
      meanAbsoluteError: z.number(),
      naiveError: z.number(),
      revenuePredicted: amount.nullable(),
      revenueActual: amount.nullable(),
      revenueError: z.number().nullable(),
      /** Customers by deciles of the forecast, with what came true. */
      deciles: z.array(z.object({ predicted: z.number(), actual: z.number(), customers: z.int() })),
    })
    .nullable(),
  marginBps: z.int(),
  discountRateYear: z.number(),
  tiers: z.object({ high: amount, medium: amount }).nullable(),
  totals: z.object({ orders: z.number(), revenue: amount, clv3: amount, clv12: amount, clv24: amount }).nullable(),
});
export type PredictionResult = z.infer<typeof predictionResultSchema>;

export const startScoringSchema = z.object({ kind: z.enum(SCORING_KINDS) });
export const runListSchema = z.object({ kind: z.enum(SCORING_KINDS), limit: z.int().min(1).max(60).default(36) });
export const groupMembersSchema = z.object({
  group: group.optional(),
  cell: z
    .object({
      recency: z.int().min(1).max(5).optional(),
      frequency: z.int().min(1).max(5).optional(),
      monetary: z.int().min(1).max(5).optional(),
    })
    .default({}),
  cursor: z.string().max(200).nullish(),
  limit: z.int().min(1).max(100).default(50),
});
export const exportScoredSchema = z.object({ group: z.union([group, z.literal("all")]) });
