/** Types and limits of the ledger, shared with the interface. Amounts are bigint minor units of a unit (`EUR`, `PTS:…`). */
import { z } from "zod";
import { positiveMinorSchema } from "@/server/money";

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

/** Local calendar days as days since 1970-01-01; `toDay` is exclusive. Without them: the running month of the shop up to today. */
const daySchema = z.int().min(0).max(80_000).nullish();
export const periodSchema = z.object({ fromDay: daySchema, toDay: daySchema });
export type PeriodInput = z.input<typeof periodSchema>;

export const LAPSING_DAYS = [7, 30, 90] as const;
export const lapsingSchema = z.object({ days: z.literal(LAPSING_DAYS) });

export const transferFilterSchema = z.object({
  kinds: z.array(z.enum(TRANSFER_KINDS)).max(TRANSFER_KINDS.length).optional(),
  customerId: z.uuid().optional(),
  sourceId: z.uuid().optional(),
  orderRef: orderRefSchema.optional(),
  from: z.coerce.date().optional(),
  to: z.coerce.date().optional(),
  cursor: z.uuid().nullish(),
  limit: z.int().min(1).max(200).default(50),
});
export type TransferFilter = z.input<typeof transferFilterSchema>;

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
  lots: CreditLot[];
};

export type CustomerCredit = { customerId: string; asOf: Date; balances: CreditBalance[] };
