import { dropDatabase } from "@db/drop-database";
import pg from "pg";
import { createPool } from "@/server/db";
import { migrate } from "../db/migrate";
import { createEmbeddedClient } from "../inngest/client";
import type { Engine } from "../inngest/engine/engine";
import { newSigningKey } from "../inngest/runtime";
import { createEngine } from "../inngest/serve";
import { ensurePostgres } from "../scripts/postgres.mjs";
import { type Measure, median, seconds } from "./measure";

const RUNS = 300;
const CHAIN = 20;
const ROUNDS = 3;

/** The embedded job engine on a PostgreSQL with the settings of `npm start` (every commit reaches the disk). */
export async function run(): Promise<Measure[]> {
  const server = await ensurePostgres({ dataDir: ".guthaben-bench" });
  const name = `bench_engine_${process.pid}`;
  const url = new URL(server.url);
  url.pathname = `/${name}`;
  const admin = new pg.Client({ connectionString: server.url });
  await admin.connect();
  try {
    await admin.query(`create database "${name}"`);
    await migrate(url.toString());
    return await measure(url.toString());
  } finally {
    await dropDatabase(admin, name);
    await admin.end();
    if (server.started) await server.stop();
  }
}

async function measure(url: string): Promise<Measure[]> {
  const signingKey = newSigningKey();
  let engine: Engine | null = null;
  const client = createEmbeddedClient({ id: "bench", signingKey, engine: () => engine, quiet: true });
  const functions = [
    client.createFunction({ id: "three", triggers: [{ event: "bench/three" }] }, async ({ step }) => {
      const a = await step.run("a", () => 1);
      const b = await step.run("b", () => a + 1);
      return step.run("c", () => b + 1);
    }),
    client.createFunction({ id: "chain", triggers: [{ event: "bench/chain" }] }, async ({ step }) => {
      for (let i = 0; i < CHAIN; i++) await step.run(`s${i}`, () => i);
    }),
  ];
  const pool = createPool(url, "guthaben_worker", 16);
  const started = createEngine({ pool, functions, client });
  engine = started;
  await started.start();
  try {
    const burst = (runs: number) => async () => {
      await started.send(Array.from({ length: runs }, (_, i) => ({ name: "bench/three", data: { i } })));
      await started.idle({ timeoutMs: 120_000 });
    };
    await burst(30)();
    const rates: number[] = [];
    const steps: number[] = [];
    const cpu: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const before = process.cpuUsage();
      rates.push(RUNS / (await seconds(burst(RUNS))));
      const used = process.cpuUsage(before);
      cpu.push((used.user + used.system) / 1_000 / RUNS);
      const chain = await seconds(async () => {
        await started.send([{ name: "bench/chain" }]);
        await started.idle({ timeoutMs: 120_000 });
      });
      steps.push((chain / CHAIN) * 1_000);
    }
    const done = await pool.query<{ n: number }>("select count(*)::integer as n from engine.run where status = 'completed'");
    const expected = 30 + ROUNDS * (RUNS + 1);
    if (done.rows[0]?.n !== expected) throw new Error(`${done.rows[0]?.n} of ${expected} runs completed`);
    return [
      {
        name: "jobs: runs of 3 steps",
        value: median(rates),
        unit: "runs/s",
        limit: { at: "least", value: 50 },
        note: `${RUNS} at once, 8 slots`,
      },
      {
        name: "jobs: overhead of a step",
        value: median(steps),
        unit: "ms",
        limit: { at: "most", value: 10 },
        note: `one run of ${CHAIN} steps, each stored before the next one begins`,
      },
      {
        name: "jobs: CPU of a run of 3 steps",
        value: median(cpu),
        unit: "ms",
        note: "of this process, without PostgreSQL; says more than the rate when the machine is busy",
      },
    ];
  } finally {
    await started.stop();
    await pool.end();
  }
}
