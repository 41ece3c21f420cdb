import type { VerdictKind } from "./schema";
import { type Comparison, type Insufficient, type InsufficientReason, SRM_ALARM } from "./statistics/compare";

export type Verdict = {
  kind: VerdictKind;
  /** Why there is no result; null when there is one. */
  reason: InsufficientReason | null;
  /** Whether the interval of the additional revenue alone lies above zero: sales may rise while the credit costs more than they bring. */
  revenueProven: boolean;
};

export type VerdictInput = {
  now: Date;
  releasedAt: Date | null;
  windowEndsAt: Date | null;
  maturesAt: Date | null;
  /** p-value of the sample-ratio check. */
  sampleRatio: number;
  comparison: Comparison | Insufficient;
  /** 95 % interval of the profit that the comparison gives; null without one. */
  profit: { low: number; high: number } | null;
};

const none = (kind: VerdictKind, reason: InsufficientReason | null = null): Verdict => ({ kind, reason, revenueProven: false });

/** What time heals: more days bring more buyers, but no holdout that was never kept. */
const MAY_COME: readonly InsufficientReason[] = ["too_few_buyers", "zero_variance"];

/**
 * The sentence a campaign deserves at an instant. "Too early" until returns have matured (domain.md 2.1), "not proven" when the interval
 * holds both profit and loss; both are ordinary results. A broken split between the arms hides every number (2.2, 10).
 */
export function verdictOf(input: VerdictInput): Verdict {
  if (!input.releasedAt || !input.windowEndsAt || !input.maturesAt || input.now < input.releasedAt) return none("not_started");
  if (input.sampleRatio < SRM_ALARM) return none("insufficient_data", "sample_ratio_mismatch");
  if (input.comparison.status !== "ok") {
    const { reason } = input.comparison;
    return input.now < input.windowEndsAt && MAY_COME.includes(reason) ? none("too_early", reason) : none("insufficient_data", reason);
  }
  if (input.now < input.maturesAt) return none("too_early");
  const revenueProven = input.comparison.interval.low > 0;
  if (!input.profit) return none("insufficient_data", "invalid_numbers");
  if (input.profit.low > 0) return { kind: "proven_profit", reason: null, revenueProven };
  if (input.profit.high < 0) return { kind: "proven_loss", reason: null, revenueProven };
  return { kind: "not_proven", reason: null, revenueProven };
}
