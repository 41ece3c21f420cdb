import { percentOf } from "@/server/money";
import { BUCKETS, bucketOf } from "./assignment";
import type { Offer } from "./schema";

/** What an amount may depend on. Money in minor units of the shop's currency; orders that count only. */
export type PersonFacts = {
  lastOrder: bigint;
  /** After refunds, all time; and since the beginning of the offer's window. */
  spent: bigint;
  spentInWindow: bigint;
  orders: number;
  rfmGroup: string | null;
};

/** Half up to a whole multiple of `step`. Both at least 0 and 1. */
export const roundToStep = (amount: bigint, step: bigint): bigint => ((2n * amount + step) / (2n * step)) * step;

/** `bps` hundredths of a percent of a quotient, half up, in one division: an average must not be rounded before the share is taken. */
export const shareOf = (numerator: bigint, denominator: bigint, bps: bigint): bigint =>
  denominator === 1n ? percentOf(numerator, bps) : (2n * numerator * bps + denominator * 10_000n) / (2n * denominator * 10_000n);

function largest(amounts: readonly bigint[]): bigint {
  let most = 0n;
  for (const amount of amounts) if (amount > most) most = amount;
  return most;
}

const positive = (value: bigint): bigint => (value > 0n ? value : 0n);

/** The number of an offer's amounts that are drawn by lot; 1 without arms. */
export const variantsOf = (offer: Offer): number => (offer.type === "arms" ? offer.arms.length : 1);

/** Upper borders (exclusive) of the arms in buckets of 10,000, by weight; the last is always 10,000. */
export function variantBorders(weights: readonly number[]): number[] {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  let reached = 0;
  return weights.map((weight) => {
    reached += weight;
    return Math.floor((reached * BUCKETS) / total);
  });
}

/** Salt of the draw among amounts: another one than the holdout's, so that the two are independent. */
export const variantSalt = (salt: string): string => `${salt}:variant`;

/** The amount arm of a person; 0 without arms. PostgreSQL draws the same (plan-members.ts). */
export function variantOf(offer: Offer, salt: string, customerId: string): number {
  if (offer.type !== "arms") return 0;
  const bucket = bucketOf(variantSalt(salt), customerId);
  return variantBorders(offer.arms.map((arm) => arm.weight)).findIndex((border) => bucket < border);
}

/**
 * What a person gets; 0 means nothing. The reference of the SQL in plan-members.ts (a property test compares both).
 * Share, then whole steps, then min and max (domain.md 1.8).
 */
export function amountFor(offer: Offer, fixed: bigint, facts: PersonFacts, variant: number): bigint {
  switch (offer.type) {
    case "none":
      return 0n;
    case "fixed":
      return fixed;
    case "arms":
      return offer.arms[variant]?.amount ?? 0n;
    case "rfm":
      return lookUp(offer.amounts, facts.rfmGroup) ?? offer.otherwise;
    case "spendTiers": {
      const spent = positive(offer.windowDays === null ? facts.spent : facts.spentInWindow);
      return offer.tiers.findLast((tier) => tier.from <= spent)?.amount ?? 0n;
    }
    case "variable": {
      const [numerator, denominator] = basisOf(offer, facts);
      const rounded = roundToStep(shareOf(positive(numerator), denominator, BigInt(offer.bps)), offer.step);
      const atLeast = largest([rounded, offer.min]);
      return offer.max !== null && atLeast > offer.max ? offer.max : atLeast;
    }
  }
}

const lookUp = (amounts: Readonly<Record<string, bigint | undefined>>, group: string | null): bigint | undefined =>
  group === null ? undefined : amounts[group];

/** What the share is taken of, as a fraction: nobody without orders divides by zero. */
export function basisOf(offer: Extract<Offer, { type: "variable" }>, facts: PersonFacts): [bigint, bigint] {
  if (offer.base === "lastOrder") return [facts.lastOrder, 1n];
  if (offer.base === "averageOrder") return facts.orders > 0 ? [facts.spent, BigInt(facts.orders)] : [0n, 1n];
  return [offer.windowDays === null ? facts.spent : facts.spentInWindow, 1n];
}

/** The days back from which an offer counts spend; null when it does not or counts all of it. */
export const windowDaysOf = (offer: Offer): number | null =>
  (offer.type === "variable" && offer.base === "spend") || offer.type === "spendTiers" ? offer.windowDays : null;

/** The most one person can get; null when there is no bound. */
export function largestAmount(offer: Offer, fixed: bigint): bigint | null {
  switch (offer.type) {
    case "none":
      return 0n;
    case "fixed":
      return fixed;
    case "arms":
      return largest(offer.arms.map((arm) => arm.amount));
    case "rfm":
      return largest([offer.otherwise, ...Object.values(offer.amounts)]);
    case "spendTiers":
      return largest(offer.tiers.map((tier) => tier.amount));
    case "variable":
      return offer.max;
  }
}
