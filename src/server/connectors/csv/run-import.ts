import { sql } from "kysely";
import type pg from "pg";
import { recordAudit } from "@/server/audit/record-audit";
import { withTenant, withTenantSession } from "@/server/db";
import { AppError } from "@/server/errors";
import type { ShopContext, TenantTrx } from "@/server/tenancy/context";
import { importOrders, importPeople, type Job, type Side } from "./import-kinds";
import { Problems } from "./problems";
import { ImportCancelled, Progress } from "./progress";
import { type ImportReport, mappingSchema, optionsSchema, previewSchema } from "./schema";
import { removeUpload } from "./upload-store";
import { withoutSample } from "./without-sample";

export type RunResult = { status: "done" | "cancelled" | "failed" | "skipped"; rows: number };

/**
 * Runs a started import to its end. Everything it writes is one transaction, so a crash leaves nothing and the next try starts from the
 * file again; an import that is over already is skipped. A file that cannot be read ends the import as failed, with the reason; other
 * errors are thrown, for the job to be tried again.
 */
export async function runImport(ctx: ShopContext, id: string): Promise<RunResult> {
  const claimed = await claim(ctx, id);
  if (!claimed) return { status: "skipped", rows: 0 };
  try {
    const report = await load(ctx, claimed);
    await removeUpload(id);
    return { status: "done", rows: report.rows };
  } catch (error) {
    if (error instanceof ImportCancelled) {
      await end(ctx, id, { status: "cancelled" });
      await removeUpload(id);
      return { status: "cancelled", rows: 0 };
    }
    if (error instanceof AppError) {
      await end(ctx, id, { status: "failed", code: error.code, params: error.params });
      return { status: "failed", rows: 0 };
    }
    throw error;
  }
}

/** Ends an import whose job gave up, so that it does not seem to run for ever. The file stays: it may be started again. */
export const failImport = (ctx: ShopContext, id: string): Promise<void> => end(ctx, id, { status: "failed", code: "INTERNAL", params: {} });

function claim(ctx: ShopContext, id: string): Promise<Job | null> {
  return withTenant(ctx, async ({ trx }) => {
    const row = await trx
      .updateTable("data_import")
      .set({ status: "running", phase: "reading", bytes_read: 0n, rows_read: 0n })
      .where("shop_id", "=", ctx.shopId)
      .where("id", "=", id)
      .where("status", "in", ["queued", "running"])
      .returning(["kind", "preview", "mapping", "options"])
      .executeTakeFirst();
    if (!row) return null;
    return {
      id,
      kind: row.kind,
      format: previewSchema.parse(row.preview),
      mapping: mappingSchema.parse(row.mapping),
      options: optionsSchema.parse(row.options),
    };
  });
}

/**
 * Larger than usual, because the staging tables of one import are all that this connection ever holds: half a million lines fit, and are
 * read five times. Taken as needed.
 */
const SESSION = { temp_buffers: "96MB", work_mem: "64MB" };

function load(ctx: ShopContext, job: Job): Promise<ImportReport> {
  const started = performance.now();
  return withTenantSession(
    ctx,
    async (handle) => {
      let side: Side | undefined;
      try {
        // Two imports of one shop after each other: they would wait for each other's rows anyway, and might deadlock.
        await sql`select pg_advisory_xact_lock(hashtextextended(${`import:${ctx.shopId}`}, 0))`.execute(handle.trx);
        const problems = new Problems();
        const progress = new Progress(ctx, job.id);
        const beside = (opened: Side) => {
          side = opened;
        };
        const counts = await (job.kind === "customers" ? importPeople : importOrders)(ctx, job, handle, problems, progress, beside);
        const report: ImportReport = {
          ...counts,
          currency: job.options.currency,
          errors: problems.errors,
          warnings: problems.warnings,
          seconds: Math.round(performance.now() - started) / 1000,
        };
        await progress.phase("finishing", job.format.decodedBytes, report.rows);
        // Before the row is written here: the other connection would wait for this transaction.
        await progress.settled();
        await finish(ctx, job, handle, report, problems);
        await side?.commit();
        return report;
      } catch (error) {
        await side?.abort();
        throw error;
      }
    },
    SESSION,
  );
}

async function finish(
  ctx: ShopContext,
  job: Job,
  { trx, now }: TenantTrx & { client: pg.PoolClient },
  report: ImportReport,
  problems: Problems,
): Promise<void> {
  await trx.deleteFrom("import_issue").where("shop_id", "=", ctx.shopId).where("import_id", "=", job.id).execute();
  for (let from = 0; from < problems.kept.length; from += 1_000) {
    await trx
      .insertInto("import_issue")
      .values(
        problems.kept.slice(from, from + 1_000).map((issue, index) => ({
          org_id: ctx.orgId,
          shop_id: ctx.shopId,
          import_id: job.id,
          no: from + index + 1,
          line: BigInt(issue.line),
          level: issue.level,
          column_name: issue.column,
          reason: issue.reason,
          value: issue.value?.replaceAll("\0", "") ?? null,
          raw: issue.raw?.replaceAll("\0", "") ?? null,
        })),
      )
      .execute();
  }
  await trx
    .updateTable("data_import")
    .set({
      status: "done",
      phase: "finishing",
      rows_read: BigInt(report.rows),
      report: JSON.stringify(report),
      finished_at: now,
      preview: withoutSample,
    })
    .where("shop_id", "=", ctx.shopId)
    .where("id", "=", job.id)
    .execute();
  const { rows, badRows, ordersNew, ordersChanged, customersNew } = report;
  await recordAudit(trx, ctx, {
    action: "import.finished",
    entity: "import",
    entityId: job.id,
    after: { kind: job.kind, rows, badRows, ordersNew, ordersChanged, customersNew },
  });
}

async function end(
  ctx: ShopContext,
  id: string,
  outcome: { status: "cancelled" } | { status: "failed"; code: string; params: Record<string, string | number> },
): Promise<void> {
  await withTenant(ctx, ({ trx, now }) =>
    trx
      .updateTable("data_import")
      .set({
        status: outcome.status,
        finished_at: now,
        ...(outcome.status === "failed"
          ? { error_code: outcome.code, error_params: JSON.stringify(outcome.params) }
          : { preview: withoutSample }),
      })
      .where("shop_id", "=", ctx.shopId)
      .where("id", "=", id)
      .where("status", "in", ["queued", "running"])
      .execute(),
  );
}
