import { recordAudit } from "@/server/audit/record-audit";
import { CSV_BOM, csvLine } from "@/server/csv";
import { withTenant } from "@/server/db";
import { parseInput } from "@/server/errors";
import { toDecimal } from "@/server/money";
import type { ShopContext } from "@/server/tenancy/context";
import { listScored } from "./read-scores";
import { exportScoredSchema } from "./schema";

const PAGE = 100;
const HEADER = [
  "customer_id",
  "email",
  "name",
  "score",
  "group",
  "orders",
  "spent",
  "currency",
  "last_order_at",
  "churn_probability",
  "predicted_value",
];

/** Customers of one RFM group, or of all, with their scores as CSV, page by page. Who exported is in the audit log. */
export async function* exportScored(ctx: ShopContext, input: unknown): AsyncGenerator<string> {
  const { group } = parseInput(exportScoredSchema, input);
  const currency = await withTenant(ctx, async ({ trx }) => {
    await recordAudit(trx, ctx, { action: "customer.exported", entity: "shop", entityId: ctx.shopId, after: { group } });
    return (await trx.selectFrom("shop").select("currency").where("id", "=", ctx.shopId).executeTakeFirstOrThrow()).currency;
  });
  yield CSV_BOM + csvLine(HEADER);
  for (let cursor: string | null = null; ; ) {
    const page: Awaited<ReturnType<typeof listScored>> = await listScored(
      ctx,
      { limit: PAGE, cursor, ...(group === "all" ? {} : { group }) },
      { pii: true },
    );
    yield page.items
      .map((row) =>
        csvLine([
          ...[row.externalId, row.email, row.name],
          ...[
            { number: String(row.score) },
            row.group,
            { number: String(row.orders) },
            { number: toDecimal(row.spent, currency) },
            currency,
          ],
          row.lastOrderAt?.toISOString() ?? null,
          row.churnProbability === null ? null : { number: row.churnProbability.toFixed(4) },
          row.predictedValue === null ? null : { number: toDecimal(row.predictedValue, currency) },
        ]),
      )
      .join("");
    if (page.nextCursor === null) return;
    cursor = page.nextCursor;
  }
}
