import { unitScale } from "@/server/money";
import type { RfmGroup } from "@/server/scoring/schema";

/**
 * What usually suits a group: the share of its average order as credit, how long it lasts, and the share that gets none so that the result
 * can be measured. Loyal people need no discount; who sleeps needs a strong reason, once.
 */
const SUITS: Record<RfmGroup, { percent: bigint; expiryDays: number; holdoutBps: number }> = {
  NEW: { percent: 10n, expiryDays: 45, holdoutBps: 1_000 },
  POTENTIAL_LOYAL: { percent: 8n, expiryDays: 45, holdoutBps: 1_000 },
  LOYAL: { percent: 5n, expiryDays: 60, holdoutBps: 1_000 },
  LOYAL_AT_RISK: { percent: 15n, expiryDays: 30, holdoutBps: 1_000 },
  ABOUT_TO_SLEEP: { percent: 12n, expiryDays: 30, holdoutBps: 1_000 },
  SLEEPERS: { percent: 20n, expiryDays: 21, holdoutBps: 2_000 },
};

/** A campaign for a group; the amount is a whole number of major units, at least one. */
export function proposalFor({ group, averageOrder }: { group: RfmGroup; averageOrder: string | null }, unit: string) {
  const { percent, expiryDays, holdoutBps } = SUITS[group];
  const major = 10n ** BigInt(unitScale(unit));
  const wanted = (BigInt(averageOrder ?? "0") * percent) / 100n;
  const rounded = ((wanted + major / 2n) / major) * major;
  const amount = rounded < major ? major : rounded;
  return { query: `rfm_group = '${group}'`, strategy: null, amount, expiryDays, holdoutBps };
}
