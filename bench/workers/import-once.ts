/** One import of the file in argv[2], as its job runs it; prints `{seconds, peakMb, value}`. Started by bench/import.ts. */
import { createReadStream } from "node:fs";
import { createImport } from "@/server/connectors/csv/create-import";
import { getImport } from "@/server/connectors/csv/get-import";
import { runImport } from "@/server/connectors/csv/run-import";
import { startImport } from "@/server/connectors/csv/start-import";
import { storeUpload } from "@/server/connectors/csv/upload-store";
import { createTestShop } from "@/server/customers/testing";
import { closeDb } from "@/server/db";

async function main(file: string): Promise<void> {
  const ctx = await createTestShop({ currency: "GBP", timeZone: "Europe/London" });
  const upload = await storeUpload(createReadStream(file));
  const { id } = await createImport(ctx, { upload, fileName: "online-retail.csv.gz" });
  const { kind, mapping, options } = await getImport(ctx, id);
  await startImport(ctx, { id, kind, mapping, options });
  const began = performance.now();
  await runImport(ctx, id);
  const seconds = (performance.now() - began) / 1000;
  const { report } = await getImport(ctx, id);
  await closeDb();
  console.log(JSON.stringify({ seconds, peakMb: process.resourceUsage().maxRSS / 1024, value: report?.countedValue ?? "none" }));
}

main(process.argv[2] ?? "").catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
