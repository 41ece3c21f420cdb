import type { Inngest, InngestFunction } from "inngest";
import { serve } from "inngest/edge";
import type pg from "pg";
import type { JobsMode } from "@/server/jobs/mode";
import { inngest } from "./client";
import { createEngineCore, type Engine, type EngineOptions } from "./engine/engine";
import { runtime } from "./runtime";

type Handler = (request: Request) => Promise<Response>;
export type Functions = readonly InngestFunction.Like[];

/** The SDK's HTTP endpoint. Embedded, it refuses everything that is not signed with this process's own key, syncs included. */
export function buildServeHandler(functions: Functions, { mode, client = inngest }: { mode: JobsMode; client?: Inngest }): Handler {
  return serve({ client, functions, servePath: "/api/inngest", ...(mode === "embedded" ? { enableUnauthedSync: false } : {}) });
}

export type CreateEngineOptions = Omit<EngineOptions, "handler" | "signingKey"> & {
  pool: pg.Pool;
  functions: Functions;
  /** Another client than the app's (tests, benchmarks), with the key it was made with. */
  embedded?: { client: Inngest; signingKey: string };
};

/** The embedded engine over the given functions. Nothing runs before `start()`. */
export function createEngine({ functions, embedded, ...options }: CreateEngineOptions): Engine {
  const { client, signingKey } = embedded ?? { client: inngest, signingKey: runtime().signingKey };
  return createEngineCore({ ...options, signingKey, handler: buildServeHandler(functions, { mode: "embedded", client }) });
}
