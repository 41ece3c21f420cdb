import type { Inngest, InngestFunction } from "inngest";
import type pg from "pg";
import { createPool } from "@/server/db";
import { createEmbeddedClient } from "../client";
import { newSigningKey } from "../runtime";
import { buildServeHandler, createEngine } from "../serve";
import type { Engine, EngineOptions } from "./engine";

export type RunRow = {
  id: string;
  fn_id: string;
  status: string;
  output: unknown;
  error: { name?: string; message?: string } | null;
  event_name: string;
};

export type TestEngine = {
  engine: Engine;
  client: Inngest;
  pool: pg.Pool;
  app: string;
  /** What functions logged with `log`, in order. */
  lines: string[];
  handler: (request: Request) => Promise<Response>;
  runs: (fn?: string) => Promise<RunRow[]>;
  stop: () => Promise<void>;
};

let counter = 0;

/** An engine over real functions and a real database, with short pauses. Each gets its own app id, so tests do not see each other. */
export async function startTestEngine(
  define: (client: Inngest, log: (line: string) => void) => InngestFunction.Like[],
  options: Partial<EngineOptions> & { app?: string; idle?: boolean } = {},
): Promise<TestEngine> {
  const app = options.app ?? `t${process.pid}x${counter++}`;
  const signingKey = newSigningKey();
  let engine: Engine | null = null;
  const client = createEmbeddedClient({ id: app, signingKey, engine: () => engine, quiet: true });
  const lines: string[] = [];
  const functions = define(client, (line) => void lines.push(line));
  const pool = options.pool ?? createPool(process.env.DATABASE_URL ?? "", "guthaben_worker", 14);
  const built = createEngine({
    backoffFactor: 0.002,
    pollMs: 100,
    leaseMs: 3_000,
    ...options,
    pool,
    functions,
    client,
  });
  engine = built;
  if (!options.idle) await built.start();
  const runs = async (fn?: string): Promise<RunRow[]> => {
    const found = await pool.query<RunRow>(
      "select id, fn_id, status, output, error, event_name from engine.run where fn_id like $1 order by queued_at, id",
      [fn ? `${app}-${fn}` : `${app}-%`],
    );
    return found.rows;
  };
  const stop = async () => {
    await built.stop();
    if (!options.pool) await pool.end();
  };
  return { engine: built, client, pool, app, lines, handler: buildServeHandler(functions, { mode: "embedded", client }), runs, stop };
}

/** Sets the database's clock (null releases it), as the test clock's route does. */
export async function setClock(now: Date | null): Promise<void> {
  const pool = createPool(process.env.DATABASE_URL ?? "", "guthaben_app", 1);
  try {
    await pool.query("select set_test_clock($1)", [now]);
  } finally {
    await pool.end();
  }
}
