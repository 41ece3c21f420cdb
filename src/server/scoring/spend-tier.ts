import type { SpendTier } from "./schema";

/** High is the top tenth, medium the next three tenths; ours, Shopify does not publish its borders (domain.md 3.4). */
export const HIGH_SHARE = 0.1;
export const MEDIUM_SHARE = 0.4;

export type TierBorders = { high: bigint; medium: bigint };

/** Frozen borders of a fit: the smallest predicted value of the top tenth and of the top four tenths among positive predictions. */
export function tierBorders(descending: readonly bigint[]): TierBorders | null {
  const positive = descending.filter((value) => value > 0n);
  if (positive.length === 0) return null;
  const at = (share: number): bigint => positive[Math.max(0, Math.ceil(positive.length * share) - 1)] ?? 0n;
  return { high: at(HIGH_SHARE), medium: at(MEDIUM_SHARE) };
}

/** The tier of a prediction by frozen borders; nobody without a positive one. */
export function tierOf(value: bigint, borders: TierBorders): SpendTier | null {
  if (value <= 0n) return null;
  if (value >= borders.high) return "HIGH";
  return value >= borders.medium ? "MEDIUM" : "LOW";
}
