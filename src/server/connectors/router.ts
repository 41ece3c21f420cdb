import { z } from "zod";
import { router, shopProcedure } from "@/server/trpc/init";
import { cancelImport } from "./csv/cancel-import";
import { checkSample } from "./csv/check-sample";
import { getImport, listImports, listIssues } from "./csv/get-import";
import { guessImport } from "./csv/guess-import";
import { IMPORT_KINDS } from "./csv/schema";
import { startImport, startImportInput } from "./csv/start-import";

const id = z.object({ id: z.uuid() });

/** Imported files hold addresses: whoever may not see those gets the report without the rows. */
export const importsRouter = router({
  list: shopProcedure("import.read")
    .input(z.object({ before: z.uuid().nullish(), limit: z.int().min(1).max(100).default(25) }))
    .query(({ ctx, input }) => listImports(ctx.tenant, input)),
  get: shopProcedure("import.read")
    .input(id)
    .query(({ ctx, input }) => getImport(ctx.tenant, input.id)),
  issues: shopProcedure("import.read")
    .input(id.extend({ cursor: z.int().min(0).nullish(), limit: z.int().min(1).max(500).default(50) }))
    .query(({ ctx, input }) => listIssues(ctx.tenant, { ...input, after: input.cursor })),
  guess: shopProcedure("import.write")
    .input(id.extend({ kind: z.enum(IMPORT_KINDS) }))
    .query(({ ctx, input }) => guessImport(ctx.tenant, input)),
  check: shopProcedure("import.write")
    .input(startImportInput)
    .query(({ ctx, input }) => checkSample(ctx.tenant, input)),
  start: shopProcedure("import.write")
    .input(startImportInput)
    .mutation(({ ctx, input }) => startImport(ctx.tenant, input)),
  cancel: shopProcedure("import.write")
    .input(id)
    .mutation(({ ctx, input }) => cancelImport(ctx.tenant, input.id)),
});
