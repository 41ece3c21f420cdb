import type { ShopContext } from "@/server/tenancy/context";
import { createImport } from "./create-import";
import { getImport, type ImportDetail } from "./get-import";
import { runImport } from "./run-import";
import type { ImportKind, ImportMapping, ImportOptions } from "./schema";
import { startImport } from "./start-import";
import { storeUpload } from "./upload-store";

export type Choices = { fileName?: string; kind?: ImportKind; mapping?: ImportMapping; options?: Partial<ImportOptions> };

/** Takes a file the way a person does: upload, accept what was guessed (or choose), start; then runs the job. */
export async function importFile(ctx: ShopContext, body: AsyncIterable<Uint8Array>, choices: Choices = {}): Promise<ImportDetail> {
  const upload = await storeUpload(body);
  const { id } = await createImport(ctx, { upload, fileName: choices.fileName ?? "test.csv", kind: choices.kind });
  const { kind, mapping, options } = await getImport(ctx, id);
  await startImport(ctx, { id, kind, mapping: choices.mapping ?? mapping, options: { ...options, ...choices.options } });
  await runImport(ctx, id);
  return getImport(ctx, id);
}

export async function* bytesOf(text: string | Uint8Array): AsyncGenerator<Uint8Array> {
  yield typeof text === "string" ? Buffer.from(text, "utf8") : text;
}
