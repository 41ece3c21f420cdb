import { join } from "node:path";
import { dropsUnderFire, type Mortal } from "@inngest/testing-kills";
import { MortalPostgres } from "@inngest/testing-postgres";
import { closeDb } from "@/server/db";
import { migrate } from "../db/migrate";
import { startApp } from "../scripts/app.mjs";
import { ensureBuilt } from "../scripts/build.mjs";
import { ensurePostgres } from "../scripts/postgres.mjs";
import type { Measure } from "./measure";

/** 50 moments are what the promise is about: GUTHABEN_BENCH_KILLS=50. */
const KILLS = Number(process.env.GUTHABEN_BENCH_KILLS ?? 8);
const MEMBERS = Number(process.env.GUTHABEN_BENCH_KILL_MEMBERS ?? 50_000);
/** A run that must end in time stops killing then, and says how many it were. */
const SECONDS = Number(process.env.GUTHABEN_BENCH_SECONDS ?? 3_600);
const PORT = Number(process.env.PORT ?? 3430);
const DATA_DIR = ".guthaben-bench-kills";

/**
 * Drops during which the app that serves people, an engine beside it, the database server and single backends are killed with SIGKILL at
 * random moments. What does not hold afterwards ends the measurement with what was found.
 */
export async function run(): Promise<Measure[]> {
  const server = await ensurePostgres({ dataDir: DATA_DIR, database: `kills_${process.pid}` });
  const env = {
    ...{ DATABASE_URL: server.url, GUTHABEN_MODE: "local", GUTHABEN_DATA_DIR: DATA_DIR, APP_URL: `http://localhost:${PORT}` },
    AUTH_SECRET: "bench-secret-bench-secret-bench-secret",
  };
  Object.assign(process.env, env);
  try {
    await migrate(server.url, { testClock: false });
    await ensureBuilt(console.log, join(DATA_DIR, "build.log"), env);
    const result = await dropsUnderFire({
      ...{ members: MEMBERS, kills: KILLS, victims: ["app", "server", "engine", "backend"] },
      ...{ postgres: new MortalPostgres(server.pid, server.url), backoffFactor: 0.1, withinMs: 2_500, forMs: SECONDS * 1000 },
      startApp: () => mortalApp(env),
      say: (line) => console.log(line),
    });
    return [
      {
        name: `violations after ${result.at.length} SIGKILLs during drops to ${MEMBERS} members`,
        value: result.violations,
        unit: "",
        limit: { at: "most", value: 0 },
        note: `${Object.entries(result.kills)
          .map(([who, n]) => `${who} ${n}`)
          .join(", ")}; ${result.drops} drops, each ended by itself: a lot and a message each, counters and budgets equal to the sum`,
      },
      { name: "moments", value: result.at.length, unit: "", note: result.at.join(" · ") },
    ];
  } finally {
    await closeDb();
    await server.stop();
    server.remove();
  }
}

/** `next start` as `npm start` runs it; killed with its whole group, as the kernel would do it to a container. */
async function mortalApp(env: Record<string, string>): Promise<Mortal> {
  const app = await startApp({ dev: false, port: PORT, env, logFile: join(DATA_DIR, "app.log") });
  return {
    kill: async () => {
      if (app.pid) process.kill(-app.pid, "SIGKILL");
      await app.exited;
    },
  };
}
