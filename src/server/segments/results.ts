import type { CustomType, Reach, SamplePerson } from "./schema";

// What the verbs around a query answer.

export type FoundValue = { value: string; label: string; detail: string | null; count: number | null };

/** A bar from `from` (inclusive) to `to`, as decimal texts; null is open. `shop`: everyone of the shop in it. */
export type Bucket = { from: string | null; to: string | null; members: number; shop: number };
/** Spent in minor units, orders as a number, the last order in days ago (the last bar, open on both sides: never ordered). */
export type Distribution = { spent: Bucket[]; orders: Bucket[]; lastOrder: Bucket[]; reach: Reach };

/** `query` can be saved as a segment. */
export type ComparisonPart = { count: number; sample: SamplePerson[]; query: string };
export type Comparing = {
  total: number;
  a: number;
  b: number;
  both: ComparisonPart;
  onlyA: ComparisonPart;
  onlyB: ComparisonPart;
  neither: number;
};

export type MembershipHistory = {
  days: { day: string; count: number; joined: number | null; left: number | null; changed: boolean }[];
  /** The first counted night. */
  since: string | null;
};

export type Snapshot = {
  id: string;
  name: string;
  createdAt: Date;
  createdBy: string;
  query: string;
  hash: string;
  timeZone: string;
  count: number;
};

export type AttributeDefinition = {
  key: string;
  name: string;
  type: CustomType;
  description: string;
  /** Live segments that ask for it. */
  usedBy: number;
  /** People who have one. */
  values: number;
};
