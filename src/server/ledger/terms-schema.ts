/** Conditions of spending credit, and what of an order they look at. Shared with the interface and the API. */
import { z } from "zod";
import { minorSchema, positiveMinorSchema } from "@/server/money";

const idList = z.array(z.string().min(1).max(200)).max(500).default([]);
const listSchema = z.strictObject({ products: idList, collections: idList });

/** What a lot's terms may name. Ids are the shop's own (external ids). Without any condition there are no terms. */
export const termsSchema = z
  .strictObject({
    /** Total of the order before credit, in minor units of the credit's unit. */
    minOrder: positiveMinorSchema.nullable().default(null),
    /** Only lines of these products and collections can be paid. */
    include: listSchema.nullable().default(null),
    /** Lines of these products and collections cannot be paid, also when included. */
    exclude: listSchema.nullable().default(null),
    firstOrderOnly: z.boolean().default(false),
    /** Not together with other discounts. */
    noDiscounts: z.boolean().default(false),
  })
  .refine(
    (terms) => terms.minOrder !== null || terms.include !== null || terms.exclude !== null || terms.firstOrderOnly || terms.noDiscounts,
    { error: "at least one condition" },
  );
export type Terms = z.output<typeof termsSchema>;

const orderTotal = minorSchema.refine((value) => value >= 0n, { error: "must not be negative" });

/** The order that credit is spent on, as far as terms look at it. Amounts before credit, in minor units. */
export const orderFactsSchema = z.strictObject({
  total: orderTotal,
  /** Whether the order carries a discount already. */
  discounted: z.boolean().default(false),
  /** Left away: known from the customer's orders. */
  firstOrder: z.boolean().optional(),
  lines: z
    .array(
      z.strictObject({
        productId: z.string().min(1).max(200).optional(),
        collections: z.array(z.string().min(1).max(200)).max(100).optional(),
        total: orderTotal,
      }),
    )
    .max(500)
    .default([]),
});
export type OrderFacts = z.output<typeof orderFactsSchema>;
