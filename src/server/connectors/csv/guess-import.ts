import { metricsScale } from "@/server/customers/metrics";
import { withTenant } from "@/server/db";
import { AppError } from "@/server/errors";
import type { ShopContext } from "@/server/tenancy/context";
import { guessMapping, guessOptions } from "./guess-mapping";
import { type ImportKind, type ImportMapping, type ImportOptions, previewSchema } from "./schema";

/** What the columns of an upload would mean as another kind of file. */
export function guessImport(
  ctx: ShopContext,
  input: { id: string; kind: ImportKind },
): Promise<{ mapping: ImportMapping; options: ImportOptions }> {
  return withTenant(ctx, async ({ trx }) => {
    const row = await trx
      .selectFrom("data_import")
      .select("preview")
      .where("shop_id", "=", ctx.shopId)
      .where("id", "=", input.id)
      .executeTakeFirst();
    if (!row) throw new AppError("NOT_FOUND");
    const { columns, sample, separator } = previewSchema.parse(row.preview);
    const mapping = guessMapping(input.kind, columns, sample);
    const options = guessOptions(columns, sample, mapping, { ...(await metricsScale(trx, ctx.shopId)), separator });
    return { mapping, options };
  });
}
