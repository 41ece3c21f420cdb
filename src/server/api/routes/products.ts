/** Products: what segments, credit's terms and recommendations know of the catalogue. */
import { z } from "zod";
import { productInput, productsInput, upsertParsedProducts } from "@/server/catalogue/upsert-products";
import { defineRoute } from "../route";
import { externalIdIn } from "../wire";

const one = defineRoute({
  method: "PUT",
  path: "/products/{externalId}",
  scope: "products:write",
  summary: "Create or update a product and whether it is in stock",
  tag: "Products",
  params: z.object({ externalId: externalIdIn }),
  body: productInput.omit({ externalId: true }),
  response: z.object({ changed: z.boolean().describe("False where it was known like this, or a newer state is") }),
  handler: async (ctx, input) => {
    const { changed } = await upsertParsedProducts(ctx, [{ ...input.body, externalId: input.params.externalId }]);
    return { changed: changed > 0 };
  },
});

const many = defineRoute({
  method: "POST",
  path: "/products",
  scope: "products:write",
  summary: "Create or update up to 1,000 products",
  tag: "Products",
  body: z.strictObject({ products: productsInput }),
  maxBodyBytes: 8 * 1024 * 1024,
  response: z.object({ changed: z.int() }),
  handler: (ctx, input) => upsertParsedProducts(ctx, input.body.products),
});

export const productRoutes = [one, many];
