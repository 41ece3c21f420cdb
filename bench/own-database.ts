import { dropDatabase } from "@db/drop-database";
import pg from "pg";
import { closeDb } from "@/server/db";
import { migrate } from "../db/migrate";
import { ensurePostgres } from "../scripts/postgres.mjs";

/** A migrated database of a measurement's own as the app's database, with the test clock; gone afterwards. `raw` is its owner. */
export async function withOwnDatabase<T>(label: string, work: (raw: pg.Client, url: string) => Promise<T>): Promise<T> {
  const server = await ensurePostgres({ dataDir: process.env.GUTHABEN_BENCH_DIR ?? ".guthaben-bench" });
  const name = `bench_${label}_${process.pid}`;
  const url = new URL(server.url);
  url.pathname = `/${name}`;
  const admin = new pg.Client({ connectionString: server.url });
  await admin.connect();
  await admin.query(`create database "${name}"`);
  process.env.DATABASE_URL = url.toString();
  process.env.GUTHABEN_TEST_CLOCK = "1";
  process.env.AUTH_SECRET ??= "bench-secret-bench-secret-bench-secret";
  const raw = new pg.Client({ connectionString: url.toString() });
  try {
    await migrate(url.toString(), { testClock: true });
    await raw.connect();
    return await work(raw, url.toString());
  } finally {
    await raw.end();
    await closeDb();
    await dropDatabase(admin, name);
    await admin.end();
    if (server.started) await server.stop();
  }
}
