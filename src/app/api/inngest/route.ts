import { functions } from "@inngest/index";
import { buildServeHandler } from "@inngest/serve";
import { jobsMode } from "@/server/jobs/mode";

export const dynamic = "force-dynamic";
/** Seconds a step may take on platforms that limit it. */
export const maxDuration = 300;

// One of the two places where Inngest enters the app; embedded, only this process can sign a call, so strangers get 401.
const handler = buildServeHandler(functions, { mode: jobsMode() });

export { handler as GET, handler as POST, handler as PUT };
