import { type Inngest, InngestCommHandler, type InngestFunction } from "inngest";
import { serve } from "inngest/edge";
import type pg from "pg";
import type { JobsMode } from "@/server/jobs/mode";
import { inngest } from "./client";
import { createEngineCore, type Engine, type EngineOptions } from "./engine/engine";
import type { Handler, HandlerRequest, HandlerResponse } from "./engine/protocol";

type PublicHandler = (request: Request) => Promise<Response>;
const SERVE_PATH = "/api/inngest";
export type Functions = readonly InngestFunction.Like[];

/** The SDK's HTTP endpoint. Embedded, it refuses everything that is not signed with this process's own key, syncs included. */
export function buildServeHandler(functions: Functions, { mode, client = inngest }: { mode: JobsMode; client?: Inngest }): PublicHandler {
  return serve({ client, functions, servePath: SERVE_PATH, ...(mode === "embedded" ? { enableUnauthedSync: false } : {}) });
}

/**
 * The same endpoint for the engine in this process, through the adapter interface that every `serve()` of the SDK is made with. It has no
 * HTTP and checks no signature, because no request from outside can reach it: a quarter of a run's CPU time went into those (measured).
 */
function buildEngineHandler(functions: Functions, client: Inngest): Handler {
  const endpoint = new InngestCommHandler<[HandlerRequest], HandlerResponse>({
    frameworkName: "embedded",
    client,
    functions,
    servePath: SERVE_PATH,
    skipSignatureValidation: true,
    handler: (request: HandlerRequest) => ({
      body: () => request.body,
      headers: (key) => request.headers[key.toLowerCase()],
      method: () => request.method,
      url: () => request.url,
      transformResponse: ({ status, headers, body }) => ({ status, headers, body }),
    }),
  });
  return endpoint.createHandler();
}

export type CreateEngineOptions = Omit<EngineOptions, "handler"> & {
  pool: pg.Pool;
  functions: Functions;
  /** Another client than the app's (tests, benchmarks). */
  client?: Inngest;
};

/** The embedded engine over the given functions. Nothing runs before `start()`. */
export function createEngine({ functions, client = inngest, ...options }: CreateEngineOptions): Engine {
  return createEngineCore({ ...options, handler: buildEngineHandler(functions, client) });
}
