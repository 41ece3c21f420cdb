import { startBackground } from "@inngest/background";
import { runtime } from "@inngest/runtime";
import { closeDb } from "@/server/db";

const STOP_PATIENCE_MS = 15_000;

/** Background work lives and dies with the server process: on SIGTERM or SIGINT running steps may finish before it ends. */
export async function startWithServer(): Promise<void> {
  if (process.env.NEXT_PHASE === "phase-production-build") return;
  await startBackground();
  let stopping = false;
  const stop = (signal: NodeJS.Signals) => {
    if (stopping) return;
    stopping = true;
    setTimeout(() => process.exit(1), STOP_PATIENCE_MS).unref();
    finish().then(
      () => process.exit(signal === "SIGINT" ? 130 : 0),
      (error: unknown) => {
        console.error("jobs: stopping failed:", error);
        process.exit(1);
      },
    );
  };
  process.on("SIGTERM", stop);
  process.on("SIGINT", stop);
}

async function finish(): Promise<void> {
  await runtime().stop?.();
  await closeDb();
}
