import { dropDatabase } from "@db/drop-database";
import pg from "pg";
import { closeDb } from "@/server/db";
import { migrate } from "../db/migrate";
import { ensurePostgres } from "../scripts/postgres.mjs";
import { generateShop } from "./generate-shop";

/** Small enough for every run of all measurements; the limits are meant for 1,000,000. */
const DEFAULT_CUSTOMERS = 20_000;

export type BenchShop = { customers: number; url: string; seconds: number; close: () => Promise<void> };

const customersWanted = (): number => {
  const given = process.argv.find((argument) => argument.startsWith("--customers="))?.split("=")[1];
  const customers = given === undefined ? DEFAULT_CUSTOMERS : Number(given.replaceAll("_", ""));
  if (!Number.isInteger(customers) || customers < 1000 || customers > 10_000_000) throw new Error("--customers=1000 to 10000000");
  return customers;
};

/**
 * The generated shop of the wanted size as the app's database. A kept one is used again; otherwise it is made, and dropped on closing
 * unless `keep` (or `--keep`) says otherwise.
 */
export async function openBenchShop(options: { keep?: boolean } = {}): Promise<BenchShop> {
  const customers = customersWanted();
  const keep = options.keep || process.argv.includes("--keep");
  const server = await ensurePostgres({ dataDir: ".guthaben-bench-shop", settings: { shared_buffers: "2GB", max_wal_size: "16GB" } });
  const name = `bench_shop_${customers}`;
  const url = new URL(server.url);
  url.pathname = `/${name}`;
  const admin = new pg.Client({ connectionString: server.url });
  await admin.connect();
  process.env.DATABASE_URL = url.toString();
  process.env.GUTHABEN_TEST_CLOCK = "1";
  process.env.AUTH_SECRET ??= "bench-secret-bench-secret-bench-secret";
  const known = await admin.query("select from pg_database d where datname = $1 and shobj_description(oid, 'pg_database') = 'complete'", [
    name,
  ]);
  let seconds = 0;
  if (known.rowCount === 0) {
    await dropDatabase(admin, name);
    await admin.query(`create database "${name}"`);
    await migrate(url.toString(), { testClock: true });
    const began = performance.now();
    await generateShop(url.toString(), customers, (text) => console.log(text));
    seconds = (performance.now() - began) / 1000;
    if (keep) await admin.query(`comment on database "${name}" is 'complete'`);
  } else await migrate(url.toString(), { testClock: true }); // a kept shop may be of an older version
  return {
    customers,
    url: url.toString(),
    seconds,
    async close() {
      await closeDb();
      if (!keep && known.rowCount === 0) await dropDatabase(admin, name);
      await admin.end();
      if (server.started) await server.stop();
    },
  };
}
