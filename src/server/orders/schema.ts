import { z } from "zod";
import { customerInput, externalIdSchema } from "@/server/customers/schema";
import { currencySchema, minorSchema } from "@/server/money";

export const ORDER_STATUSES = ["pending", "paid", "partially_paid", "cancelled", "refunded"] as const;

const instant = z.iso.datetime({ offset: true }).transform((value) => new Date(value));
const amount = minorSchema.refine((value) => value >= 0n, { error: "must not be negative" });

const lineSchema = z.strictObject({
  productId: externalIdSchema.nullish(),
  title: z.string().trim().max(500).nullish(),
  quantity: z.int().min(-1_000_000).max(1_000_000),
  unitPrice: minorSchema,
  /** Default: quantity × unitPrice. */
  total: minorSchema.optional(),
});

const refundSchema = z.strictObject({ externalId: externalIdSchema, amount, refundedAt: instant });

/** An order as its shop knows it. Money in minor units as decimal strings. With `updatedAt`, an older state never overwrites a newer one. */
export const orderInput = z.strictObject({
  externalId: externalIdSchema,
  /** The shop's id of the customer, or the customer itself, who is then created or updated too. Without both: an order of nobody known. */
  customerId: externalIdSchema.nullish(),
  customer: customerInput.optional(),
  placedAt: instant,
  currency: currencySchema,
  total: amount,
  tax: amount.default(0n),
  shipping: amount.default(0n),
  creditUsed: amount.default(0n),
  status: z.enum(ORDER_STATUSES),
  test: z.boolean().default(false),
  lines: z.array(lineSchema).max(2_000).optional(),
  /** Refunds are added or corrected by their id; one that is missing here stays. */
  refunds: z.array(refundSchema).max(200).optional(),
  source: z.string().min(1).max(50).default("api"),
  updatedAt: instant.optional(),
});
export type OrderInput = z.input<typeof orderInput>;

/** A refund on its own: it may arrive before its order and waits for it (domain.md B17). */
export const refundInput = refundSchema.extend({
  orderExternalId: externalIdSchema,
  currency: currencySchema,
  source: z.string().min(1).max(50).default("api"),
});
export type RefundInput = z.input<typeof refundInput>;
