import { failImport, runImport } from "@/server/connectors/csv/run-import";
import { sweepUploads } from "@/server/connectors/csv/upload-store";
import { EVENTS } from "@/server/jobs/events";
import { systemContext } from "@/server/tenancy/context";
import { inngest } from "../client";

const UPLOAD_KEPT_MS = 7 * 24 * 3_600_000;

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
  ({ event, step }) => {
    const { orgId, shopId, importId } = EVENTS["import/uploaded"].parse(event.data);
    return step.run("load", () => runImport(systemContext(orgId, shopId, "import-run"), importId));
  },
);

/** Every night: uploads that nobody started within a week. */
export const importSweep = inngest.createFunction({ id: "import-sweep", triggers: [{ cron: "40 3 * * *" }], retries: 2 }, ({ step }) =>
  step.run("sweep", async () => ({ removed: await sweepUploads(UPLOAD_KEPT_MS) })),
);
