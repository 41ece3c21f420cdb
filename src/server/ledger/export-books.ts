/** Files of the books for people who may export them; who took what is in the audit log before the first line leaves. */
import { z } from "zod";
import { recordAudit } from "@/server/audit/record-audit";
import { withTenant } from "@/server/db";
import { parseInput } from "@/server/errors";
import type { ShopContext } from "@/server/tenancy/context";
import { exportName } from "@/server/tenancy/export-name";
import { exportTransfers } from "./list-transfers";
import { exportOwed } from "./owed";
import { LAPSING_DAYS, owedFilterSchema, transferFilterSchema } from "./schema";
import type { Sight } from "./who";

/** An exporter traces a lot to its customer's number; names are the business of other pages. */
const BY_NUMBER: Sight = { names: false, ids: true, full: true };

export type BooksFile = { name: string; parts: AsyncGenerator<string> };

const noteExport = (ctx: ShopContext, after: Record<string, string>): Promise<void> =>
  withTenant(ctx, ({ trx }) => recordAudit(trx, ctx, { action: "ledger.exported", entity: "ledger", entityId: ctx.shopId, after }));

const texts = (filter: Record<string, unknown>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(filter).flatMap(([name, value]) =>
      value === undefined || value === null || name === "search"
        ? []
        : [[name, value instanceof Date ? value.toISOString() : String(value)]],
    ),
  );

const owedQuery = owedFilterSchema.extend({
  withinDays: z.coerce.number().pipe(z.literal(LAPSING_DAYS)).optional(),
});

/** The lots behind a cell of the matrix. VALIDATION when the cell does not exist. */
export async function owedFile(ctx: ShopContext, raw: unknown): Promise<BooksFile> {
  const filter = parseInput(owedQuery, raw);
  await noteExport(ctx, { file: "outstanding", ...texts(filter) });
  return { name: await exportName(ctx, "outstanding"), parts: exportOwed(ctx, filter, BY_NUMBER) };
}

const transfersQuery = transferFilterSchema.omit({ kinds: true, cursor: true, limit: true }).extend({
  kind: z.enum(transferFilterSchema.shape.kinds.unwrap().element.options).optional(),
});

/** The transfers that a filter leaves. */
export async function transfersFile(ctx: ShopContext, raw: unknown): Promise<BooksFile> {
  const { kind, ...filter } = parseInput(transfersQuery, raw);
  await noteExport(ctx, { file: "transfers", ...texts({ ...filter, kind }) });
  return { name: await exportName(ctx, "transfers"), parts: exportTransfers(ctx, { ...filter, ...(kind ? { kinds: [kind] } : {}) }) };
}
