import { withTenant } from "@/server/db";
import { AppError } from "@/server/errors";
import type { ShopContext } from "@/server/tenancy/context";
import type { Issue } from "./problems";
import { mappingSchema, optionsSchema, previewSchema, reportSchema } from "./schema";

const HEAD = ["id", "kind", "status", "file_name", "file_bytes", "phase", "bytes_read", "rows_read", "error_code", "error_params"] as const;
const TAIL = ["cancel_requested", "created_by", "created_at", "started_at", "finished_at", "report"] as const;

/** Share of a running import that is done, 0 to 1: reading is most of it. */
function progressOf(row: { status: string; phase: string | null; bytes_read: bigint }, decodedBytes: number): number {
  if (row.status === "done") return 1;
  if (row.status !== "running") return 0;
  const later = ["customers", "orders", "refunds", "metrics", "finishing"].indexOf(row.phase ?? "");
  if (later >= 0) return 0.6 + later * 0.08;
  return Math.min(0.6, (Number(row.bytes_read) / Math.max(1, decodedBytes)) * 0.6);
}

/** One import with its preview, mapping, progress and report. Throws NOT_FOUND. */
export function getImport(ctx: ShopContext, id: string) {
  return withTenant(ctx, async ({ trx }) => {
    const row = await trx
      .selectFrom("data_import")
      .select([...HEAD, ...TAIL, "preview", "mapping", "options"])
      .where("shop_id", "=", ctx.shopId)
      .where("id", "=", id)
      .executeTakeFirst();
    if (!row) throw new AppError("NOT_FOUND");
    const preview = previewSchema.parse(row.preview);
    return {
      id: row.id,
      kind: row.kind,
      status: row.status,
      fileName: row.file_name,
      fileBytes: Number(row.file_bytes),
      phase: row.phase,
      rowsRead: Number(row.rows_read),
      progress: progressOf(row, preview.decodedBytes),
      cancelRequested: row.cancel_requested,
      errorCode: row.error_code,
      errorParams: row.error_params,
      createdBy: row.created_by,
      createdAt: row.created_at,
      startedAt: row.started_at,
      finishedAt: row.finished_at,
      preview,
      mapping: mappingSchema.parse(row.mapping),
      options: optionsSchema.parse(row.options),
      report: row.report === null ? null : reportSchema.parse(row.report),
    };
  });
}

export type ImportDetail = Awaited<ReturnType<typeof getImport>>;

/** Imports of a shop, newest first. `before` is the id of the last one seen: ids grow with time. */
export function listImports(ctx: ShopContext, input: { before?: string | null; limit: number }) {
  return withTenant(ctx, async ({ trx }) => {
    const anchor = input.before
      ? await trx
          .selectFrom("data_import")
          .select(["created_at", "id"])
          .where("shop_id", "=", ctx.shopId)
          .where("id", "=", input.before)
          .executeTakeFirst()
      : undefined;
    const rows = await trx
      .selectFrom("data_import")
      .select([...HEAD, ...TAIL])
      .where("shop_id", "=", ctx.shopId)
      .$if(anchor !== undefined, (query) =>
        query.where((eb) =>
          eb.or([
            eb("created_at", "<", anchor?.created_at ?? null),
            eb.and([eb("created_at", "=", anchor?.created_at ?? null), eb("id", "<", anchor?.id ?? "")]),
          ]),
        ),
      )
      .orderBy("created_at", "desc")
      .orderBy("id", "desc")
      .limit(input.limit + 1)
      .execute();
    const page = rows.slice(0, input.limit);
    return {
      rows: page.map((row) => {
        const report = row.report === null ? null : reportSchema.parse(row.report);
        return {
          id: row.id,
          kind: row.kind,
          status: row.status,
          fileName: row.file_name,
          fileBytes: Number(row.file_bytes),
          createdBy: row.created_by,
          createdAt: row.created_at,
          rows: report?.rows ?? (row.status === "running" ? Number(row.rows_read) : null),
          errors: report?.errors ?? null,
        };
      }),
      next: rows.length > input.limit ? (page.at(-1)?.id ?? null) : null,
    };
  });
}

/** Problems of an import in the order of the file, `after` the number of the last one seen. */
export function listIssues(
  ctx: ShopContext,
  input: { id: string; after?: number | null; limit: number },
): Promise<{ issues: (Issue & { no: number })[]; next: number | null }> {
  return withTenant(ctx, async ({ trx }) => {
    const rows = await trx
      .selectFrom("import_issue")
      .select(["no", "line", "level", "column_name", "reason", "value", "raw"])
      .where("shop_id", "=", ctx.shopId)
      .where("import_id", "=", input.id)
      .where("no", ">", input.after ?? 0)
      .orderBy("no")
      .limit(input.limit + 1)
      .execute();
    const page = rows.slice(0, input.limit);
    const issues = page.map((row) => ({
      no: row.no,
      line: Number(row.line),
      level: row.level,
      column: row.column_name,
      reason: row.reason as Issue["reason"],
      value: row.value,
      raw: row.raw,
    }));
    return { issues, next: rows.length > input.limit ? (page.at(-1)?.no ?? null) : null };
  });
}
