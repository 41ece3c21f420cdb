import type { Database } from "@db/schema";
import { sql, type Transaction } from "kysely";
import { z } from "zod";
import { withTenant } from "@/server/db";
import { parseInput } from "@/server/errors";
import { minorSchema } from "@/server/money";
import type { ShopContext } from "@/server/tenancy/context";

const webUrl = z.url({ protocol: /^https?$/ }).max(2_000);
const labels = z.array(z.string().trim().min(1).max(100)).max(250);

export const productInput = z.strictObject({
  externalId: z.string().trim().min(1).max(200),
  title: z.string().trim().min(1).max(500),
  tags: labels.default([]),
  collections: labels.default([]),
  price: minorSchema.nullish(),
  /** Left away: as it was known before. New products are taken to be there. */
  inStock: z.boolean().optional().describe("Recommendations leave out what is not in stock; left away, it stays as it is"),
  imageUrl: webUrl.nullish().describe("A picture for recommendations; left away, it stays as it is, null removes it"),
  url: webUrl.nullish().describe("The product's page; left away, it stays as it is, null removes it"),
  updatedAt: z.iso
    .datetime({ offset: true })
    .transform((value) => new Date(value))
    .optional(),
});
export const productsInput = z.array(productInput).min(1).max(1_000);

/** Creates or updates products by the shop's ids; an older state never overwrites a newer one. Returns how many rows changed. */
export const upsertProducts = async (ctx: ShopContext, raw: z.input<typeof productsInput>): Promise<{ changed: number }> =>
  upsertParsedProducts(ctx, parseInput(productsInput, raw));

/** The same for input that was parsed at the boundary already. */
export async function upsertParsedProducts(ctx: ShopContext, products: z.output<typeof productsInput>): Promise<{ changed: number }> {
  // The last word about a product counts; sorted, so that two calls lock rows in the same order.
  const latest = [...new Map(products.map((product) => [product.externalId, product])).values()].sort((a, b) =>
    a.externalId < b.externalId ? -1 : 1,
  );
  return withTenant(ctx, async ({ trx, now }) => {
    /** A field that some products did not mention stays as it was for those. */
    const told = <Value>(field: "inStock" | "imageUrl" | "url", column: string) => {
      const silent = latest.filter((product) => product[field] === undefined).map((product) => product.externalId);
      const [before, after] = [sql.ref(`product.${column}`), sql.ref(`excluded.${column}`)];
      return sql<Value>`case when excluded.external_id = any(${silent}::text[]) then ${before} else ${after} end`;
    };
    const stock = told<boolean>("inStock", "in_stock");
    const image = told<string | null>("imageUrl", "image_url");
    const page = told<string | null>("url", "url");
    const result = await trx
      .insertInto("product")
      .values(
        latest.map((product) => ({
          org_id: ctx.orgId,
          shop_id: ctx.shopId,
          external_id: product.externalId,
          title: product.title,
          tags: product.tags,
          collections: product.collections,
          price: product.price ?? null,
          in_stock: product.inStock ?? true,
          image_url: product.imageUrl ?? null,
          url: product.url ?? null,
          source_updated_at: product.updatedAt ?? null,
        })),
      )
      .onConflict((conflict) =>
        conflict
          .columns(["shop_id", "external_id"])
          .doUpdateSet((eb) => ({
            title: eb.ref("excluded.title"),
            tags: eb.ref("excluded.tags"),
            collections: eb.ref("excluded.collections"),
            price: eb.ref("excluded.price"),
            in_stock: stock,
            image_url: image,
            url: page,
            source_updated_at: sql<Date | null>`coalesce(excluded.source_updated_at, product.source_updated_at)`,
            updated_at: now,
          }))
          .where(
            sql<boolean>`(product.source_updated_at is null or excluded.source_updated_at is null or excluded.source_updated_at >= product.source_updated_at)
              and (product.title, product.tags, product.collections, product.price, product.in_stock, product.image_url, product.url) is distinct from
                  (excluded.title, excluded.tags, excluded.collections, excluded.price, ${stock}, ${image}, ${page})`,
          ),
      )
      .executeTakeFirst();
    return { changed: Number(result.numInsertedOrUpdatedRows ?? 0n) };
  });
}

/** Ids of products by the shop's ids; unknown ones are created with the title they came with, so that no line loses its product. */
export async function ensureProducts(
  trx: Transaction<Database>,
  ctx: ShopContext,
  wanted: ReadonlyMap<string, string | null>,
): Promise<Map<string, string>> {
  const ids = [...wanted.keys()].sort();
  if (ids.length === 0) return new Map();
  await trx
    .insertInto("product")
    .values(ids.map((id) => ({ org_id: ctx.orgId, shop_id: ctx.shopId, external_id: id, title: wanted.get(id) || id })))
    .onConflict((conflict) => conflict.columns(["shop_id", "external_id"]).doNothing())
    .execute();
  const rows = await trx
    .selectFrom("product")
    .select(["id", "external_id"])
    .where("shop_id", "=", ctx.shopId)
    .where("external_id", "in", ids)
    .execute();
  return new Map(rows.map((row) => [row.external_id, row.id]));
}
