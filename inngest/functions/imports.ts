import { failImport, runImport } from "@/server/connectors/csv/run-import";
import { sweepUploads } from "@/server/connectors/csv/upload-store";
import { refreshStatistics } from "@/server/customers/refresh-statistics";
import { EVENTS } from "@/server/jobs/events";
import { systemContext } from "@/server/tenancy/context";
import { inngest } from "../client";

const UPLOAD_KEPT_MS = 7 * 24 * 3_600_000;

/** Fewer rows than this change no plan. */
const MANY_ROWS = 5_000;

/** One import: a single step, because its rows are one transaction. A repeated step starts from the file again and changes nothing twice. */
export const importRun = inngest.createFunction(
  {
    id: "import-run",
    triggers: [{ event: "import/uploaded" }],
    concurrency: [{ key: "event.data.shopId", limit: 1 }],
    retries: 3,
    onFailure: async ({ event, step }) => {
      const { orgId, shopId, importId } = EVENTS["import/uploaded"].parse(event.data.event.data);
      await step.run("fail", () => failImport(systemContext(orgId, shopId, "import-run"), importId));
    },
  },
  async ({ event, step }) => {
    const { orgId, shopId, importId } = EVENTS["import/uploaded"].parse(event.data);
    const ctx = systemContext(orgId, shopId, "import-run");
    const result = await step.run("load", () => runImport(ctx, importId));
    // Afterwards and apart: the import is over for the person who waits, and its locks are gone.
    if (result.rows >= MANY_ROWS) await step.run("statistics", () => refreshStatistics(ctx));
    return result;
  },
);

/** Every night: uploads that nobody started within a week. */
export const importSweep = inngest.createFunction({ id: "import-sweep", triggers: [{ cron: "40 3 * * *" }], retries: 2 }, ({ step }) =>
  step.run("sweep", async () => ({ removed: await sweepUploads(UPLOAD_KEPT_MS) })),
);
