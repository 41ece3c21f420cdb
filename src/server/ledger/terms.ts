import type { Database } from "@db/schema";
import { sql, type Transaction } from "kysely";
import type { z } from "zod";
import { AppError, parseInput } from "@/server/errors";
import type { ShopContext } from "@/server/tenancy/context";
import { type OrderFacts, type Terms, termsSchema } from "./terms-schema";

const listJson = (list: Terms["include"]): string | null =>
  list && list.products.length + list.collections.length > 0
    ? JSON.stringify({ products: [...new Set(list.products)].sort(), collections: [...new Set(list.collections)].sort() })
    : null;

/**
 * Keeps conditions for lots to refer to (`termsId` of `grantMany`); they never change. The same conditions have the same id in a shop.
 * VALIDATION when there is no condition in them: `include` of nothing is none.
 */
export async function createTerms(trx: Transaction<Database>, ctx: ShopContext, input: z.input<typeof termsSchema>): Promise<string> {
  const terms = parseInput(termsSchema, input);
  const [include, exclude] = [listJson(terms.include), listJson(terms.exclude)];
  if (!include && !exclude && terms.minOrder === null && !terms.firstOrderOnly && !terms.noDiscounts)
    throw new AppError("VALIDATION", { field: "terms" });
  const result = await sql<{ id: string }>`select ledger.create_terms(${terms.minOrder}::bigint, ${include}::jsonb, ${exclude}::jsonb,
    ${terms.firstOrderOnly}, ${terms.noDiscounts}) as id`.execute(trx);
  const id = result.rows[0]?.id;
  if (!id) throw new Error(`no terms for shop ${ctx.shopId}`);
  return id;
}

/** An order as the ledger's functions take it: one text for one meaning, because it is part of the request's hash. */
export const orderFactsJson = (order: OrderFacts | undefined): string | null =>
  order === undefined
    ? null
    : JSON.stringify({
        total: order.total.toString(),
        discounted: order.discounted,
        ...(order.firstOrder === undefined ? {} : { firstOrder: order.firstOrder }),
        lines: order.lines.map((line) => ({
          ...(line.productId === undefined ? {} : { productId: line.productId }),
          ...(line.collections === undefined ? {} : { collections: line.collections }),
          total: line.total.toString(),
        })),
      });
