import type { CreditLot } from "@/server/ledger/schema";

const DAY_MS = 86_400_000;

/** Places instants between 0 and 100 per cent of the drawing. */
export type TimeScale = { from: Date; to: Date; now: number; at: (instant: Date) => number };

/** From the first availability to the last expiry, at least 30 days to each side of today; lots without end run to the right edge. */
export function timeScale(lots: readonly Pick<CreditLot, "availableFrom" | "expiresAt">[], now: Date): TimeScale {
  const starts = lots.map((lot) => lot.availableFrom.getTime());
  const ends = lots.flatMap((lot) => (lot.expiresAt ? [lot.expiresAt.getTime()] : []));
  const from = Math.min(now.getTime() - 30 * DAY_MS, ...starts);
  const to = Math.max(now.getTime() + 30 * DAY_MS, ...ends);
  const at = (instant: Date) => Math.min(100, Math.max(0, ((instant.getTime() - from) / (to - from)) * 100));
  return { from: new Date(from), to: new Date(to), now: at(now), at };
}

const PARTS = ["remaining", "held", "redeemed", "expired", "recalled", "moved"] as const;
export type LotPart = (typeof PARTS)[number];

/** What became of a lot, without empty parts; the shares sum to 1. */
export function lotParts(lot: Pick<CreditLot, LotPart | "granted">): { part: LotPart; amount: bigint; share: number }[] {
  return PARTS.filter((part) => lot[part] > 0n).map((part) => ({
    part,
    amount: lot[part],
    // Six digits are more than a bar shows; the division happens in integers, so large amounts do not lose their proportion.
    share: Number((lot[part] * 1_000_000n) / lot.granted) / 1_000_000,
  }));
}
