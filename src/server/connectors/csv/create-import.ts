import { recordAudit } from "@/server/audit/record-audit";
import { metricsScale } from "@/server/customers/metrics";
import { withTenant } from "@/server/db";
import { env } from "@/server/env";
import type { ShopContext } from "@/server/tenancy/context";
import { guessKind, guessMapping, guessOptions } from "./guess-mapping";
import { makePreview } from "./preview";
import { inspectFile } from "./read-file";
import type { ImportKind } from "./schema";
import { removeUpload, type StoredUpload, uploadPath } from "./upload-store";

/** The name to show: without folders and control characters. */
export function cleanFileName(name: string): string {
  const base = name.split(/[\\/]/).at(-1) ?? "";
  return (
    base
      .replace(/\p{Cc}/gu, "")
      .trim()
      .slice(0, 255) || "upload.csv"
  );
}

/**
 * Takes a stored upload as a new import: looks at the file and guesses what it is. Nothing is imported yet.
 * Throws IMPORT_FORMAT (with `reason`) for what is no CSV file; the upload is removed then.
 */
export async function createImport(
  ctx: ShopContext,
  input: { upload: StoredUpload; fileName: string; kind?: ImportKind },
): Promise<{ id: string }> {
  const { upload } = input;
  try {
    const preview = makePreview(await inspectFile(uploadPath(upload.id), env().GUTHABEN_IMPORT_MAX_BYTES));
    return await withTenant(ctx, async ({ trx }) => {
      const scale = await metricsScale(trx, ctx.shopId);
      const kind = input.kind ?? guessKind(preview.columns, preview.sample);
      const mapping = guessMapping(kind, preview.columns, preview.sample);
      const options = guessOptions(preview.columns, preview.sample, mapping, { ...scale, separator: preview.separator });
      await trx
        .insertInto("data_import")
        .values({
          org_id: ctx.orgId,
          shop_id: ctx.shopId,
          id: upload.id,
          kind,
          file_name: cleanFileName(input.fileName),
          file_bytes: BigInt(upload.bytes),
          file_sha256: upload.sha256,
          preview: JSON.stringify(preview),
          mapping: JSON.stringify(mapping),
          options: JSON.stringify(options),
          created_by: ctx.actor.label,
        })
        .execute();
      await recordAudit(trx, ctx, {
        action: "import.uploaded",
        entity: "import",
        entityId: upload.id,
        after: { kind, bytes: upload.bytes, sha256: upload.sha256 },
      });
      return { id: upload.id };
    });
  } catch (error) {
    await removeUpload(upload.id);
    throw error;
  }
}
