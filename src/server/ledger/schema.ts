/** Types and limits of the ledger, shared with the interface. Amounts are bigint minor units of a unit (`EUR`, `PTS:…`). */
import { z } from "zod";
import { minorSchema, positiveMinorSchema } from "@/server/money";
import type { Terms } from "./terms-schema";

export const ORIGIN_CLASSES = ["unpaid", "earned", "paid"] as const;
export type OriginClass = (typeof ORIGIN_CLASSES)[number];

export const TRANSFER_KINDS = [
  "grant",
  "hold",
  "capture",
  "release",
  "redeem",
  "refund",
  "expire",
  "recall",
  "adjust",
  "merge",
  "clawback",
  "convert",
] as const;
export type TransferKind = (typeof TRANSFER_KINDS)[number];

/** Who stands behind a grant. The ledger keeps the reference and knows nothing else about it. */
export const SOURCE_TYPES = ["drop", "manual", "api", "adjustment"] as const;
export type SourceType = (typeof SOURCE_TYPES)[number];
export type Source = { type: SourceType; id: string };

export const unitSchema = z.string().regex(/^([A-Z]{3}|PTS:.{1,60})$/);
export const reasonSchema = z.string().trim().min(1).max(500);
export const orderRefSchema = z.string().trim().min(1).max(200);
export const idempotencyKeySchema = z.string().min(1).max(255);

/** How many customers one grant transaction may hold; measured best between 5,000 and 10,000. */
export const MAX_GRANTS_PER_CALL = 10_000;

export const HOLD_TTL_SECONDS = 15 * 60;

/** What a person may give or take by hand per customer and day, in minor units: 50.00 unless the shop's settings say otherwise. */
export const DEFAULT_MANUAL_LIMIT = 5_000n;

export const manualCreditSchema = z.object({
  customerId: z.uuid(),
  direction: z.enum(["give", "take"]),
  amount: positiveMinorSchema,
  reason: reasonSchema,
  /** Whole days the credit stays valid, to the end of the last local day; null never lapses. Only for giving. */
  expiryDays: z.int().min(1).max(3650).nullable().default(null),
  /** Made once per dialog, so that a double click or a retry changes nothing. */
  key: z.uuid(),
});

export const refundPreviewSchema = z.object({ customerId: z.uuid(), orderRef: orderRefSchema, amount: positiveMinorSchema });
export const manualRefundSchema = refundPreviewSchema.extend({ reason: reasonSchema, key: z.uuid() });

/** The customer of the page is the one that stays; the other one's credit comes to it. */
export const mergePreviewSchema = z
  .object({ fromCustomerId: z.uuid(), intoCustomerId: z.uuid() })
  .refine(({ fromCustomerId, intoCustomerId }) => fromCustomerId !== intoCustomerId, { path: ["fromCustomerId"] });
export const mergeSchema = mergePreviewSchema.safeExtend({ reason: reasonSchema, key: z.uuid() });

export const clawbackPreviewSchema = z.object({ customerId: z.uuid(), unit: unitSchema, amount: positiveMinorSchema });
export const manualClawbackSchema = clawbackPreviewSchema.extend({ reason: reasonSchema, key: z.uuid() });

export const convertPreviewSchema = z.object({
  customerId: z.uuid(),
  fromUnit: z.string().regex(/^PTS:.{1,60}$/),
  points: positiveMinorSchema,
  /** In the shop's currency; who converts by hand names both, because the rate belongs to the programme. */
  amount: positiveMinorSchema,
  expiryDays: z.int().min(1).max(3650).nullable().default(null),
});
export const manualConvertSchema = convertPreviewSchema.extend({ reason: reasonSchema, key: z.uuid() });

/** Whole sources of drops are recalled by their campaign; here go those that were given one by one. */
export const RECALLABLE_SOURCES = ["manual", "api", "adjustment"] as const;
export const recallPreviewSchema = z.object({ customerId: z.uuid(), sourceType: z.enum(RECALLABLE_SOURCES), sourceId: z.uuid() });
export const manualRecallSchema = recallPreviewSchema.extend({ reason: reasonSchema, key: z.uuid() });

/** Local calendar days as days since 1970-01-01; `toDay` is exclusive. Without them: the running month of the shop up to today. */
const daySchema = z.int().min(0).max(80_000).nullish();
export const periodSchema = z.object({ fromDay: daySchema, toDay: daySchema });
export type PeriodInput = z.input<typeof periodSchema>;

export const LAPSING_DAYS = [7, 30, 90] as const;
export const lapsingSchema = z.object({ days: z.literal(LAPSING_DAYS) });

export const ACTOR_TYPES = ["user", "apiKey", "system"] as const;

export const transferFilterSchema = z.object({
  kinds: z.array(z.enum(TRANSFER_KINDS)).max(TRANSFER_KINDS.length).optional(),
  /** All that touched this customer's credit, collective entries included. */
  customerId: z.uuid().optional(),
  sourceType: z.string().min(1).max(40).optional(),
  sourceId: z.uuid().optional(),
  orderRef: orderRefSchema.optional(),
  actorType: z.enum(ACTOR_TYPES).optional(),
  /** Minor units, both included. */
  minAmount: positiveMinorSchema.optional(),
  maxAmount: positiveMinorSchema.optional(),
  /** In the reason, the order, the name of who did it; or the id of the transfer. */
  search: z.string().trim().min(1).max(200).optional(),
  from: z.coerce.date().optional(),
  to: z.coerce.date().optional(),
  cursor: z.uuid().nullish(),
  limit: z.int().min(1).max(200).default(50),
});
export const postingPageSchema = z.object({
  id: z.uuid(),
  cursor: z.int().min(0).nullish(),
  limit: z.int().min(1).max(200).default(50),
});
export type TransferFilter = z.input<typeof transferFilterSchema>;

export const orderDifferencePageSchema = z.object({
  cursor: z.string().max(200).nullish(),
  limit: z.int().min(1).max(200).default(25),
});

/**
 * The cap of a budget nobody has limited. Every campaign's grants count against the month of shop and organisation all the same, so that a
 * cap set in the middle of a month knows what was granted before it.
 */
export const UNLIMITED = 900_000_000_000_000_000n;

/** Budgets that people set; campaigns' own ones are opened and bounded by their campaign. */
export const budgetSchema = z.object({
  scope: z.enum(["shop", "organisation"]),
  key: z
    .string()
    .trim()
    .min(1)
    .max(100)
    .regex(/^(?!campaign:)[\p{L}\p{N}][\p{L}\p{N} ._:-]*$/u),
  unit: unitSchema,
  cap: minorSchema.refine((value) => value >= 0n, { error: "must not be negative" }),
});

/** What a check of the books looks at, in this order: sums, orders, then each invariant of domain.md 1.9 that a query can break. */
export const INVARIANTS = ["I1", "I2", "I3", "I4", "I5", "I6", "I8", "I9", "I10", "I11", "I13", "I14", "I15"] as const;
export const CHECK_PARTS = ["accounts", "orders", ...INVARIANTS] as const;
export type CheckPart = (typeof CHECK_PARTS)[number];

/**
 * A part of what is owed: a month of expiry (`YYYY-MM`, shop time), `none` without expiry, `held` in open checkouts, `unbooked` lapsed but
 * not booked yet; nothing for all of it.
 */
const bucketSchema = z.union([z.string().regex(/^\d{4}-(0[1-9]|1[0-2])$/), z.enum(["none", "held", "unbooked"])]);
export const owedFilterSchema = z.object({
  unit: unitSchema,
  bucket: bucketSchema.nullish(),
  origin: z.enum(ORIGIN_CLASSES).nullish(),
  /** Instead of a bucket: what lapses within so many days. */
  withinDays: z.literal(LAPSING_DAYS).nullish(),
});
export type OwedFilter = z.output<typeof owedFilterSchema>;
export const owedPageSchema = owedFilterSchema.extend({
  cursor: z.string().max(100).nullish(),
  limit: z.int().min(1).max(200).default(50),
});

export type CreditLot = {
  id: string;
  granted: bigint;
  remaining: bigint;
  held: bigint;
  redeemed: bigint;
  expired: bigint;
  recalled: bigint;
  moved: bigint;
  availableFrom: Date;
  expiresAt: Date | null;
  createdAt: Date;
  origin: OriginClass;
  source: { type: string; id: string };
  parentId: string | null;
  /** On which orders it can be spent; null: on any. */
  terms: LotTerms | null;
  /** What the time says now; the sweep books `lapsed` a moment later. */
  state: "upcoming" | "open" | "lapsed" | "empty";
};

export type CreditBalance = {
  unit: string;
  /** Can be spent now. */
  available: bigint;
  /** Reserved by open checkouts. */
  held: bigint;
  /** Granted, not yet available. */
  upcoming: bigint;
  /** Of what is available, the part that not every order can be paid with. */
  conditional: bigint;
  /** Owed by the customer (claw-backs of credit already spent); comes off the next grants. */
  debt: bigint;
  lots: CreditLot[];
};

export type LotTerms = Pick<Terms, "include" | "exclude" | "firstOrderOnly" | "noDiscounts"> & { id: string; minOrder: bigint | null };

export type CustomerCredit = { customerId: string; asOf: Date; mergedInto: string | null; balances: CreditBalance[] };
