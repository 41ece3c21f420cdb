import { z } from "zod";
import { recordAudit } from "@/server/audit/record-audit";
import { withTenant } from "@/server/db";
import { AppError, parseInput } from "@/server/errors";
import { enqueue } from "@/server/jobs/outbox";
import type { ShopContext } from "@/server/tenancy/context";
import { isTimeZone } from "@/server/time";
import {
  FIELDS,
  IMPORT_KINDS,
  type ImportField,
  type ImportKind,
  type ImportMapping,
  mappingSchema,
  optionsSchema,
  previewSchema,
  REQUIRED,
} from "./schema";

export const startImportInput = z.object({ id: z.uuid(), kind: z.enum(IMPORT_KINDS), mapping: mappingSchema, options: optionsSchema });

/** Throws IMPORT_MAPPING when a required meaning has no column, or a column is not in the file. */
export function checkMapping(kind: ImportKind, mapping: ImportMapping, columns: readonly string[]): void {
  const missing = REQUIRED[kind].filter((group) => !group.some((field) => mapping[field] !== undefined));
  if (missing.length > 0) throw new AppError("IMPORT_MAPPING", { missing: missing.map((group) => group.join("|")).join(",") });
  const allowed: readonly ImportField[] = FIELDS[kind];
  for (const [field, column] of Object.entries(mapping) as [ImportField, string][]) {
    if (!columns.includes(column) || !allowed.includes(field)) throw new AppError("IMPORT_MAPPING", { field, column });
  }
}

/** Starts an import with the mapping a person (or an API call) has settled on. A failed one may be started again. */
export async function startImport(ctx: ShopContext, raw: z.input<typeof startImportInput>): Promise<{ id: string }> {
  const input = parseInput(startImportInput, raw);
  if (!isTimeZone(input.options.timeZone)) throw new AppError("VALIDATION", { fields: "options.timeZone" });
  return withTenant(ctx, async ({ trx, now }) => {
    const row = await trx
      .selectFrom("data_import")
      .select(["status", "preview"])
      .where("shop_id", "=", ctx.shopId)
      .where("id", "=", input.id)
      .forUpdate()
      .executeTakeFirst();
    if (!row) throw new AppError("NOT_FOUND");
    if (row.status !== "uploaded" && row.status !== "failed") throw new AppError("IMPORT_STATE", { status: row.status });
    checkMapping(input.kind, input.mapping, previewSchema.parse(row.preview).columns);
    await trx.deleteFrom("import_issue").where("shop_id", "=", ctx.shopId).where("import_id", "=", input.id).execute();
    await trx
      .updateTable("data_import")
      .set({
        kind: input.kind,
        mapping: JSON.stringify(input.mapping),
        options: JSON.stringify(input.options),
        status: "queued",
        phase: null,
        bytes_read: 0n,
        rows_read: 0n,
        report: null,
        error_code: null,
        error_params: null,
        cancel_requested: false,
        started_at: now,
        finished_at: null,
      })
      .where("shop_id", "=", ctx.shopId)
      .where("id", "=", input.id)
      .execute();
    await recordAudit(trx, ctx, { action: "import.started", entity: "import", entityId: input.id, after: { kind: input.kind } });
    await enqueue(trx, { name: "import/uploaded", data: { orgId: ctx.orgId, shopId: ctx.shopId, importId: input.id } });
    return { id: input.id };
  });
}
