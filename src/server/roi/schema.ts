import { z } from "zod";

export const campaignIdSchema = z.object({ id: z.uuid() });

export const VERDICTS = ["not_started", "insufficient_data", "too_early", "proven_profit", "proven_loss", "not_proven"] as const;
export type VerdictKind = (typeof VERDICTS)[number];

/** An estimate with its 95 % interval, in whole minor units. */
export type Estimate = { value: bigint; low: bigint; high: bigint };
