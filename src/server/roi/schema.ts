import { z } from "zod";

export const campaignIdSchema = z.object({ id: z.uuid() });

export const VERDICTS = ["not_started", "insufficient_data", "too_early", "proven_profit", "proven_loss", "not_proven"] as const;
export type VerdictKind = (typeof VERDICTS)[number];

/** An estimate with its 95 % interval, in whole minor units. */
export type Estimate = { value: bigint; low: bigint; high: bigint };

/** What to know before believing a result; keys of the pages' texts. */
export const REPORT_WARNINGS = [
  "sample_ratio",
  "imbalanced",
  "contaminated",
  "other_currency",
  "underpowered",
  "no_baseline",
  "margin_assumed",
  "preliminary",
] as const;
export type ReportWarning = (typeof REPORT_WARNINGS)[number];
