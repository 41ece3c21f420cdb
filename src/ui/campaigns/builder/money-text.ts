import { LIMITS } from "@/server/campaigns/schema";

const MINOR = /^\d{1,18}$/;

/** Typed minor units as an amount of credit: "" is zero, text that is no amount (or an absurd one) is null. */
export function amountOf(minor: string): bigint | null {
  if (minor === "") return 0n;
  if (!MINOR.test(minor)) return null;
  const amount = BigInt(minor);
  return amount <= LIMITS.amount ? amount : null;
}

/** The same for a budget: "" means none. `undefined` is "not valid yet". */
export function budgetOf(minor: string): bigint | null | undefined {
  if (minor === "") return null;
  if (!MINOR.test(minor)) return undefined;
  const budget = BigInt(minor);
  return budget > 0n && budget <= LIMITS.budget ? budget : undefined;
}

/** Whole days between 1 and `max`, null for anything else. */
export function daysOf(text: string, max: number): number | null {
  const days = /^\d{1,4}$/.test(text.trim()) ? Number(text) : 0;
  return days >= 1 && days <= max ? days : null;
}
