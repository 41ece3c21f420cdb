import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import pg from "pg";
import { afterAll, beforeAll, expect, it } from "vitest";
import { startTestEngine, type TestEngine } from "./testing";

const RUNS = 40;
const KILLS = 10;
const STEPS = ["one", "two", "p1", "p2", "p3", "flaky", "last"];

let test: TestEngine;
let owner: pg.Client;
let child: ChildProcess | undefined;

beforeAll(async () => {
  owner = new pg.Client({ connectionString: process.env.DATABASE_URL });
  await owner.connect();
  await owner.query(
    `create table crash_log (id bigint generated always as identity, run_id uuid, step text, pid integer, at timestamptz default clock_timestamp());
     grant insert, select on crash_log to guthaben_worker`,
  );
  // Only sends; the work is done by the children, whose functions have the same ids.
  test = await startTestEngine(
    (client) => [
      client.createFunction(
        { id: "main", triggers: [{ event: "crash/go" }], concurrency: { limit: 3, key: "event.data.shop" } },
        async () => {},
      ),
    ],
    { app: "crash", idle: true },
  );
});

afterAll(async () => {
  child?.kill("SIGKILL");
  await test.stop();
  await owner.end();
});

async function spawnWorker(): Promise<ChildProcess> {
  const started = fork(fileURLToPath(new URL("./crash-child.ts", import.meta.url)), {
    execArgv: ["--import", "tsx"],
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  child = started;
  await Promise.race([once(started, "message"), once(started, "exit").then(() => Promise.reject(new Error("the worker did not start")))]);
  return started;
}

it("neither loses a run nor repeats a stored step when its process is killed again and again", { timeout: 240_000 }, async () => {
  await test.engine.send(Array.from({ length: RUNS }, (_, i) => ({ name: "crash/go", data: { shop: `s${i % 5}` } })));
  for (let kill = 0; kill < KILLS; kill++) {
    const worker = await spawnWorker();
    await new Promise((done) => setTimeout(done, 30 + Math.random() * 350));
    worker.kill("SIGKILL");
    await once(worker, "exit");
  }
  await spawnWorker();
  await expect
    .poll(async () => (await test.runs("main")).filter((run) => run.status === "completed").length, { timeout: 150_000, interval: 250 })
    .toBe(RUNS);

  const runs = await test.runs();
  expect(runs.filter((run) => run.status !== "completed")).toEqual([]);
  expect(runs).toHaveLength(2 * RUNS);
  const repeated = await owner.query(
    "select l.run_id, l.step from crash_log l join engine.step s on s.run_id = l.run_id and s.name = l.step where l.at > s.ended_at",
  );
  expect(repeated.rows).toEqual([]);
  const missing = await owner.query(
    "select r.id, s from engine.run r, unnest($1::text[]) s where r.fn_id = 'crash-main' and not exists (select 1 from crash_log l where l.run_id = r.id and l.step = s)",
    [STEPS],
  );
  expect(missing.rows).toEqual([]);
  const left = await owner.query(
    "select (select count(*) from engine.job)::integer as jobs, (select count(*) from engine.wait)::integer as waits",
  );
  expect(left.rows).toEqual([{ jobs: 0, waits: 0 }]);
  // Proof that the test did its work: processes died while they held something.
  const crashes = await owner.query("select count(*)::integer as n from engine.attempt where kind = 'crash'");
  expect(crashes.rows[0].n).toBeGreaterThan(3);
});
