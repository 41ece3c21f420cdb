import { spawn } from "node:child_process";
import { createReadStream, existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import pg from "pg";
import { from as copyFrom } from "pg-copy-streams";
import { createTestDatabase, prepareTemplate } from "../db/testing";
import { type Measure, median, seconds } from "./measure";

/** Online Retail (UCI, CC BY 4.0): 541,909 order lines of a real shop. */
const FILE = join(import.meta.dirname, "../../shared/data/online-retail.csv.gz");
const ROUNDS = 3;
/** What one import must give, or its time means nothing. */
const VALUE = "891140790";

type Result = { seconds: number; peakMb: number; value: string };

/** The whole import in a process of its own, so that the peak of its memory is the import's. */
function importOnce(databaseUrl: string, dataDir: string): Promise<Result> {
  const child = spawn(
    process.execPath,
    [join(import.meta.dirname, "../node_modules/tsx/dist/cli.mjs"), join(import.meta.dirname, "workers/import-once.ts"), FILE],
    {
      env: { ...process.env, DATABASE_URL: databaseUrl, GUTHABEN_DATA_DIR: dataDir, AUTH_SECRET: "bench-secret-bench-secret-bench-secret" },
      stdio: ["ignore", "pipe", "inherit"],
    },
  );
  let output = "";
  child.stdout.on("data", (chunk: Buffer) => {
    output += chunk.toString();
  });
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => {
      if (code === 0) resolve(JSON.parse(output.trim().split("\n").at(-1) ?? "") as Result);
      else reject(new Error(`the import ended with ${code}`));
    });
  });
}

/** The peer: COPY of the unpacked file into one table of texts without an index. */
async function bareCopy(databaseUrl: string): Promise<number> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    await client.query(
      "drop table if exists bare_copy; create table bare_copy (a text, b text, c text, d text, e text, f text, g text, h text)",
    );
    const copy = client.query(copyFrom("copy bare_copy from stdin (format csv, header)"));
    return await seconds(() => pipeline(createReadStream(FILE), createGunzip(), copy));
  } finally {
    await client.query("drop table if exists bare_copy");
    await client.end();
  }
}

/** Import of the real file against a bare COPY of it, alternating, so that both see the same machine. */
export async function run(): Promise<Measure[]> {
  if (!existsSync(FILE)) {
    console.log("import: ../shared/data/online-retail.csv.gz is not here; skipped");
    return [];
  }
  const template = await prepareTemplate();
  process.env.GUTHABEN_TEST_TEMPLATE = template.url;
  const dataDir = mkdtempSync(join(tmpdir(), "guthaben-bench-"));
  const rounds: { copy: number; result: Result }[] = [];
  try {
    for (let round = 0; round < ROUNDS; round++) {
      const database = await createTestDatabase();
      try {
        const copy = await bareCopy(database.url);
        const result = await importOnce(database.url, dataDir);
        if (result.value !== VALUE) throw new Error(`the import gave ${result.value} instead of ${VALUE}`);
        rounds.push({ copy, result });
      } finally {
        await database.drop();
      }
    }
  } finally {
    await template.stop();
    rmSync(dataDir, { recursive: true, force: true });
  }
  const copy = median(rounds.map((r) => r.copy));
  const whole = median(rounds.map((r) => r.result.seconds));
  const ratio = median(rounds.map((r) => r.result.seconds / r.copy));
  const note = `541,909 lines; import ${whole.toFixed(2)} s, bare COPY ${copy.toFixed(2)} s; median of ${ROUNDS}`;
  return [
    { name: "import against bare COPY", value: ratio, unit: "×", limit: { at: "most", value: 4 }, note },
    { name: "import, lines per second", value: 541_909 / whole, unit: "lines/s" },
    {
      name: "import, peak memory of the process",
      value: Math.max(...rounds.map((r) => r.result.peakMb)),
      unit: "MB",
      limit: { at: "most", value: 300 },
    },
  ];
}
