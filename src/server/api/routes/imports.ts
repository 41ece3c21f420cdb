/** Imports of CSV files: upload and start in one call, then ask how it goes (DESIGN section 8). */
import { z } from "zod";
import { cancelImport } from "@/server/connectors/csv/cancel-import";
import { createImport } from "@/server/connectors/csv/create-import";
import { getImport, listIssues } from "@/server/connectors/csv/get-import";
import { IMPORT_KINDS, ISSUE_REASONS, mappingSchema, optionsSchema, reportSchema } from "@/server/connectors/csv/schema";
import { startImport } from "@/server/connectors/csv/start-import";
import { removeUpload, storeUpload } from "@/server/connectors/csv/upload-store";
import { AppError, parseInput } from "@/server/errors";
import type { ShopContext } from "@/server/tenancy/context";
import { readForm } from "../multipart";
import { defineRoute } from "../route";

const status = z.enum(["uploaded", "queued", "running", "done", "failed", "cancelled"]);

const state = z.object({
  id: z.uuid(),
  kind: z.enum(IMPORT_KINDS),
  status,
  fileName: z.string(),
  progress: z.number().describe("0 to 1"),
  rowsRead: z.int(),
  mapping: mappingSchema,
  errorCode: z.string().nullable(),
  errorParams: z.record(z.string(), z.union([z.string(), z.number()])).nullable(),
  createdAt: z.date(),
  finishedAt: z.date().nullable(),
  report: reportSchema.nullable(),
  issues: z
    .array(
      z.object({
        line: z.int(),
        level: z.enum(["error", "warning"]),
        column: z.string().nullable(),
        reason: z.enum(ISSUE_REASONS),
        value: z.string().nullable(),
      }),
    )
    .describe("The first 100"),
});

/** A form field with JSON in it. */
function jsonField<S extends z.ZodType>(fields: Record<string, string>, name: string, schema: S): z.output<S> | undefined {
  const text = fields[name];
  if (text === undefined || text === "") return undefined;
  try {
    return parseInput(schema, JSON.parse(text));
  } catch (cause) {
    throw cause instanceof AppError ? cause : new AppError("VALIDATION", { field: name }, { cause });
  }
}

async function uploadAndStart(ctx: ShopContext, request: Request): Promise<{ id: string; status: "queued" }> {
  const { fields, file } = await readForm(request, storeUpload);
  if (!file) throw new AppError("VALIDATION", { field: "file" });
  // Checked before anything is kept, as far as it can be.
  const kind = await orRemove(file.stored.id, () => (fields.kind ? parseInput(z.enum(IMPORT_KINDS), fields.kind) : undefined));
  const { id } = await createImport(ctx, { upload: file.stored, fileName: file.name, kind });
  try {
    const mapping = jsonField(fields, "mapping", mappingSchema);
    const options = jsonField(fields, "options", optionsSchema.partial());
    const created = await getImport(ctx, id);
    await startImport(ctx, { id, kind: created.kind, mapping: mapping ?? created.mapping, options: { ...created.options, ...options } });
    return { id, status: "queued" };
  } catch (error) {
    await cancelImport(ctx, id);
    throw error;
  }
}

/** An upload whose form is wrong is not kept. */
async function orRemove<T>(uploadId: string, work: () => T): Promise<T> {
  try {
    return work();
  } catch (error) {
    await removeUpload(uploadId);
    throw error;
  }
}

const create = defineRoute({
  method: "POST",
  path: "/imports",
  scope: "imports:write",
  summary: "Upload a CSV file (also gzip) and start its import",
  tag: "Imports",
  accepts: ["multipart/form-data"],
  status: 202,
  response: z.object({ id: z.uuid(), status: z.literal("queued") }),
  problems: ["PAYLOAD_TOO_LARGE", "IMPORT_FORMAT", "IMPORT_MAPPING"],
  handler: (ctx, input) => uploadAndStart(ctx, input.request),
});

const read = defineRoute({
  method: "GET",
  path: "/imports/{id}",
  scope: "imports:write",
  summary: "State, report and first problems of an import",
  tag: "Imports",
  params: z.object({ id: z.uuid() }),
  response: state,
  handler: async (ctx, input) => ({
    ...(await getImport(ctx, input.params.id)),
    issues: (await listIssues(ctx, { id: input.params.id, limit: 100 })).issues,
  }),
});

const cancel = defineRoute({
  method: "POST",
  path: "/imports/{id}/cancel",
  scope: "imports:write",
  summary: "Stop an import; one that runs leaves nothing behind",
  tag: "Imports",
  params: z.object({ id: z.uuid() }),
  response: z.object({ status: z.enum(["cancelled", "cancelling"]) }),
  handler: (ctx, input) => cancelImport(ctx, input.params.id),
});

export const importRoutes = [create, read, cancel];
