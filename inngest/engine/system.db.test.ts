import pg from "pg";
import { afterEach, describe, expect, it } from "vitest";
import { parseConfigs } from "./config";
import { setClock, startTestEngine, type TestEngine } from "./testing";

const started: TestEngine[] = [];
const start = async (...args: Parameters<typeof startTestEngine>) => {
  const test = await startTestEngine(...args);
  started.push(test);
  return test;
};
afterEach(async () => {
  for (const test of started.splice(0)) await test.stop();
  await setClock(null);
});

const pause = (ms: number) => new Promise((done) => setTimeout(done, ms));

describe("crons", () => {
  it("fires in the zone's wall time, once for all missed ticks, and not before its first tick", async () => {
    await setClock(new Date("2030-03-29T12:00:00Z"));
    const test = await start((client) => [
      client.createFunction({ id: "daily", triggers: [{ cron: "TZ=Europe/Berlin 0 9 * * *" }] }, async ({ event }) => event.ts),
    ]);
    await test.engine.idle();
    expect(await test.runs()).toEqual([]);
    // The night of 31 March 2030 loses an hour: 09:00 in Berlin is 08:00 UTC before and 07:00 UTC after.
    await setClock(new Date("2030-03-30T08:00:01Z"));
    await test.engine.idle();
    await setClock(new Date("2030-04-05T12:00:00Z"));
    await test.engine.idle();
    await test.engine.idle();
    const ticks = (await test.runs()).map((run) => new Date(Number(run.output)).toISOString());
    expect(ticks).toEqual(["2030-03-30T08:00:00.000Z", "2030-04-05T07:00:00.000Z"]);
    // A clock that was set back must not wait for years to pass.
    await setClock(new Date("2030-01-10T00:00:00Z"));
    await test.engine.idle();
    await setClock(new Date("2030-01-10T08:30:00Z"));
    await test.engine.idle();
    expect(await test.runs()).toHaveLength(3);
  });

  it("fires each tick once although several engines watch", async () => {
    const define: Parameters<typeof startTestEngine>[0] = (client) => [
      client.createFunction({ id: "second", triggers: [{ cron: "* * * * * *" }] }, async ({ event }) => event.ts),
    ];
    const a = await start(define, { app: "twins", pollMs: 20 });
    const b = await start(define, { app: "twins", pollMs: 20 });
    await pause(3_300);
    await Promise.all([a.engine.stop(), b.engine.stop()]);
    const ticks = (await a.runs()).map((run) => run.output);
    expect(ticks.length).toBeGreaterThanOrEqual(2);
    expect(new Set(ticks).size).toBe(ticks.length);
  });
});

describe("concurrency", () => {
  it("holds the limit per key over several engines", async () => {
    let running = 0;
    const peaks = new Map<string, number>();
    const define: Parameters<typeof startTestEngine>[0] = (client) => [
      client.createFunction(
        { id: "keyed", triggers: [{ event: "k" }], concurrency: { limit: 2, key: "event.data.shop" } },
        async ({ event, step }) => {
          await step.run("work", async () => {
            const shop = String(event.data.shop);
            running++;
            await pause(30);
            peaks.set(shop, Math.max(peaks.get(shop) ?? 0, (counts.get(shop) ?? 0) + 1));
            running--;
          });
        },
      ),
    ];
    const counts = new Map<string, number>();
    const a = await start(define, { app: "limits" });
    const b = await start(define, { app: "limits" });
    const overLimit: number[] = [];
    const watch = setInterval(async () => {
      const active = await a.pool.query<{ n: number }>(
        "select count(*)::integer as n from engine.job where token is not null group by ckeys",
      );
      overLimit.push(...active.rows.map((row) => row.n).filter((n) => n > 2));
    }, 7);
    await a.engine.send(["x", "y", "z"].flatMap((shop) => Array.from({ length: 8 }, () => ({ name: "k", data: { shop } }))));
    b.engine.idle().catch(() => {});
    await a.engine.idle();
    clearInterval(watch);
    await pause(30);
    expect((await a.runs()).map((run) => run.status)).toEqual(Array(24).fill("completed"));
    expect(overLimit).toEqual([]);
    expect(running).toBe(0);
  });

  it("does not let one key's queue hold up the others", async () => {
    const test = await start((client, log) => [
      client.createFunction(
        { id: "fair", triggers: [{ event: "q" }], concurrency: { limit: 1, key: "event.data.shop" } },
        async ({ event, step }) => {
          await step.run("work", async () => {
            await pause(event.data.shop === "busy" ? 100 : 1);
            log(String(event.data.shop));
          });
        },
      ),
    ]);
    await test.engine.send([
      ...Array.from({ length: 10 }, () => ({ name: "q", data: { shop: "busy" } })),
      { name: "q", data: { shop: "quick" } },
    ]);
    await test.engine.idle();
    expect(test.lines.indexOf("quick")).toBeLessThan(3);
  });
});

describe("the public endpoint", () => {
  it("refuses calls that this process did not sign, forged step results first", async () => {
    const test = await start((client, log) => [client.createFunction({ id: "f", triggers: [{ event: "f" }] }, async () => log("ran"))]);
    const url = `https://shop.example/api/inngest?fnId=${test.app}-f&stepId=step`;
    const body = JSON.stringify({
      version: 2,
      event: { name: "f", data: {} },
      events: [],
      steps: {},
      use_api: false,
      ctx: { run_id: "x", attempt: 0 },
    });
    const now = Math.floor(Date.now() / 1000);
    const attempts: Record<string, string>[] = [
      {},
      { "x-inngest-signature": `t=${now}&s=${"0".repeat(64)}` },
      { "x-inngest-server-kind": "dev" },
    ];
    for (const headers of attempts) {
      const response = await test.handler(new Request(url, { method: "POST", body, headers: { host: "shop.example", ...headers } }));
      expect(response.status).toBe(401);
    }
    for (const method of ["GET", "PUT"]) {
      const response = await test.handler(
        new Request(url, {
          method,
          ...(method === "PUT" ? { body: '{"url":"x"}' } : {}),
          headers: { host: "shop.example", "x-inngest-sync-kind": "in_band" },
        }),
      );
      expect(response.status).toBe(401);
    }
    expect(test.lines).toEqual([]);
  });
});

describe("configuration", () => {
  it("refuses at start what it cannot honour, with function and option by name", async () => {
    const starting = startTestEngine(
      (client) => [
        client.createFunction(
          { id: "a", triggers: [{ event: "x" }], throttle: { limit: 1, period: "1m" }, priority: { run: "event.data.p" } },
          async () => {},
        ),
        client.createFunction(
          { id: "b", triggers: [{ event: "x", if: "event.data.list.exists(i, i > 1)" }], debounce: { period: "1m" } },
          async () => {},
        ),
        client.createFunction(
          { id: "c", triggers: [{ cron: "61 * * * *" }], singleton: { mode: "skip" }, rateLimit: { limit: 1, period: "1m" } },
          async () => {},
        ),
        client.createFunction(
          { id: "d", triggers: [{ event: "x" }], concurrency: { limit: 1, scope: "account", key: "'k'" } },
          async () => {},
        ),
        client.createFunction({ id: "fine", triggers: [{ event: "x" }] }, async () => {}),
      ],
      { app: "refused" },
    );
    const message = await starting.then(
      () => "started",
      (error: Error) => error.message,
    );
    for (const part of [
      'refused-a: option "throttle"',
      'refused-a: option "priority"',
      'refused-b: option "debounce"',
      'refused-c: option "singleton"',
      'refused-c: option "rateLimit"',
      'refused-d: option "concurrency"',
    ])
      expect(message).toContain(part);
    expect(message).not.toContain("fine");
  });

  it("refuses expressions and crons it cannot read", () => {
    const config = (extra: object) => [{ id: "f", triggers: [{ event: "x" }], steps: {}, ...extra }] as never;
    expect(() => parseConfigs(config({ triggers: [{ cron: "61 * * * *" }] }))).toThrow('f: option "cron"');
    expect(() => parseConfigs(config({ triggers: [{ event: "x", expression: "f(event)" }] }))).toThrow('f: option "triggers.if"');
    expect(() => parseConfigs(config({ idempotency: "user.id" }))).toThrow('f: option "idempotency"');
    expect(() => parseConfigs(config({ cancel: [{ event: "y", timeout: "soon" }] }))).toThrow('f: option "cancelOn.timeout"');
    expect(() => parseConfigs(config({ triggers: [{ event: "inngest/function.finished" }] }))).toThrow("is not supported");
  });

  it("refuses events that are too large or malformed, and says so to the sender", async () => {
    const test = await start((client) => [client.createFunction({ id: "f", triggers: [{ event: "f" }] }, async () => {})]);
    await expect(test.engine.send([{ name: "f", data: { x: "y".repeat(600_000) } }])).rejects.toThrow("the limit is 524288");
    await expect(test.engine.send([{ name: "" }])).rejects.toThrow('event ""');
    expect(await test.runs()).toEqual([]);
  });
});

describe("outages and upkeep", () => {
  it("stores a finished step when its connection breaks, without running it again", async () => {
    const test = await start((client, log) => [
      client.createFunction({ id: "cut", triggers: [{ event: "cut" }] }, async ({ step }) => {
        await step.run("once", async () => {
          log("once");
          await pause(150);
        });
        return step.run("then", () => "fine");
      }),
    ]);
    const admin = new pg.Client({ connectionString: process.env.DATABASE_URL });
    await admin.connect();
    await test.engine.send([{ name: "cut" }]);
    await pause(60);
    // Every connection of the engine, its session with the lock and the subscriptions included.
    await admin.query(
      "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()",
    );
    await admin.end();
    await pause(400);
    await test.engine.idle();
    expect(await test.runs()).toMatchObject([{ status: "completed", output: "fine" }]);
    expect(test.lines).toEqual(["once"]);
    await test.engine.send([{ name: "cut" }]);
    await test.engine.idle();
    expect(await test.runs()).toHaveLength(2);
  });

  it("takes over what a dead process held, counts the crash apart and fails the run after too many", async () => {
    const test = await start(
      (client) => [client.createFunction({ id: "orphan", triggers: [{ event: "o" }], retries: 0 }, async () => "ok")],
      { idle: true, maxCrashes: 1 },
    );
    await test.engine.send([{ name: "o" }, { name: "o" }]);
    const [first, second] = await test.runs();
    await test.pool.query(
      "update engine.job set token = gen_random_uuid(), worker = 987654, leased_until = clock_timestamp() + interval '1 hour' where run_id = $1",
      [first?.id],
    );
    await test.pool.query(
      "update engine.job set token = gen_random_uuid(), worker = 987655, crashes = 1, leased_until = clock_timestamp() + interval '1 hour' where run_id = $1",
      [second?.id],
    );
    await test.engine.start();
    await pause(50);
    await test.engine.idle();
    const runs = new Map((await test.runs()).map((run) => [run.id, run]));
    expect(runs.get(first?.id ?? "")).toMatchObject({ status: "completed" });
    expect(runs.get(second?.id ?? "")).toMatchObject({ status: "failed", error: { name: "TooManyCrashes" } });
  });

  it("forgets ended runs after the retention time and keeps open ones", async () => {
    const define: Parameters<typeof startTestEngine>[0] = (client) => [
      client.createFunction({ id: "short", triggers: [{ event: "r" }] }, async () => "done"),
      client.createFunction({ id: "long", triggers: [{ event: "r" }] }, async ({ step }) => step.sleep("s", "90d")),
    ];
    await setClock(new Date("2030-01-01T00:00:00Z"));
    const first = await start(define, { app: "keep" });
    await first.engine.send([{ name: "r" }]);
    await first.engine.idle();
    await first.engine.stop();
    await setClock(new Date("2030-02-15T00:00:00Z"));
    const second = await start(define, { app: "keep" });
    await pause(200);
    await second.engine.idle();
    expect((await second.runs()).map((run) => run.fn_id)).toEqual(["keep-long"]);
  });

  it("runs a function on demand", async () => {
    const test = await start((client) => [client.createFunction({ id: "sweep", triggers: [{ cron: "0 3 * * *" }] }, async () => "swept")]);
    const runId = await test.engine.runNow(`${test.app}-sweep`);
    await test.engine.idle();
    expect(await test.runs()).toMatchObject([{ id: runId, status: "completed", output: "swept" }]);
    await expect(test.engine.runNow("nothing")).rejects.toThrow("there is no function");
  });
});
