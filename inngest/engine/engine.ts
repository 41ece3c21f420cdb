import { setTimeout as delay } from "node:timers/promises";
import type pg from "pg";
import { parseConfigs } from "./config";
import { fireCrons } from "./cron";
import { forgetOld, isFull } from "./housekeeping";
import { EventRefused, type Functions, flushBatches, type IncomingEvent, prepareEvents, route, startRun } from "./ingest";
import { type JsonObject, jsonText } from "./json";
import { type Checkpoint, fetchConfigs, type Handler } from "./protocol";
import { Session } from "./session";
import { messageOf, transaction } from "./store";
import { Worker } from "./worker";

export type EngineOptions = {
  /** Connections of a role that may use schema `engine`; one is held for as long as the engine runs. */
  pool: pg.Pool;
  /** The SDK's endpoint for calls inside this process. */
  handler: Handler;
  slots?: number;
  leaseMs?: number;
  pollMs?: number;
  maxCrashes?: number;
  /** Scales the pauses between attempts; tests use a small one. */
  backoffFactor?: number;
  retentionDays?: number;
};

export type Engine = {
  /** Registers the functions (throws when one uses an option that is not supported) and begins to work. */
  start(): Promise<void>;
  /** Takes nothing new, lets running steps finish (10 s), gives the rest back. */
  stop(): Promise<void>;
  /** Stores events and what follows from them in one transaction. Returns their ids. */
  send(events: readonly IncomingEvent[]): Promise<string[]>;
  /** Starts a function now, whatever its triggers. Returns the run's id. */
  runNow(fnId: string, data?: JsonObject): Promise<string>;
  /** Stores steps of a call that goes on in this process; false when that call must stop. Only the SDK asks for it. */
  checkpoint(steps: Checkpoint): Promise<boolean>;
  /** For tests: resolves when nothing is running and nothing becomes due within `withinMs`. Throws after `timeoutMs`. */
  idle(options?: { withinMs?: number; timeoutMs?: number }): Promise<void>;
};

const STOP_GRACE_MS = 10_000;
const FORGET_EVERY_MS = 600_000;
const COUNT_EVERY_MS = 30_000;

/** The embedded executor: drives Inngest functions through the SDK's own handler, with all state in PostgreSQL. */
export function createEngineCore(options: EngineOptions): Engine {
  return new EmbeddedEngine(options);
}

class EmbeddedEngine implements Engine {
  private functions: Functions = new Map();
  private session: Session | null = null;
  private worker: Worker | null = null;
  private scheduler: Promise<void> = Promise.resolve();
  private readonly abort = new AbortController();
  private full = false;
  private registered: Promise<void> | null = null;

  constructor(private readonly options: EngineOptions) {}

  async start(): Promise<void> {
    if (this.worker) throw new Error("the engine is already running");
    await this.register();
    const { pool, handler } = this.options;
    const number = await pool.query<{ no: number }>("select nextval('engine.worker_no')::integer as no");
    const workerNo = number.rows[0]?.no;
    if (workerNo === undefined) throw new Error("the database gave no worker number");
    const worker = new Worker({
      pool,
      handler,
      functions: this.functions,
      workerNo,
      slots: this.options.slots ?? 8,
      leaseMs: this.options.leaseMs ?? 30_000,
      pollMs: this.options.pollMs ?? 1_000,
      maxCrashes: this.options.maxCrashes ?? 10,
      backoffFactor: this.options.backoffFactor ?? 1,
    });
    this.worker = worker;
    this.session = new Session(pool, workerNo, worker.wake);
    await this.session.open();
    worker.start();
    this.scheduler = this.schedule();
  }

  async stop(): Promise<void> {
    this.abort.abort();
    await this.scheduler;
    await this.worker?.stop(STOP_GRACE_MS);
    await this.session?.close();
  }

  async send(events: readonly IncomingEvent[]): Promise<string[]> {
    await this.register();
    if (this.full) throw new Error("the job queue is full; events are accepted again when it has shrunk");
    const { pool } = this.options;
    const prepared = await transaction(pool, async (client) => {
      const clock = await client.query<{ now: Date }>("select app_now() as now");
      const list = prepareEvents(events, clock.rows[0]?.now.getTime() ?? 0);
      await route(client, this.functions, list);
      return list;
    });
    this.worker?.wake();
    return prepared.map(({ event }) => event.id);
  }

  async runNow(fnId: string, data: JsonObject = {}): Promise<string> {
    await this.register();
    const fn = this.functions.get(fnId);
    if (!fn) throw new EventRefused(`there is no function "${fnId}"`);
    const name = fn.events[0]?.event ?? "inngest/scheduled.timer";
    const runId = await transaction(this.options.pool, async (client) => {
      const clock = await client.query<{ now: Date }>("select app_now() as now");
      return startRun(client, { fn, events: [{ id: crypto.randomUUID(), name, data, ts: clock.rows[0]?.now.getTime() ?? 0 }] });
    });
    this.worker?.wake();
    return runId;
  }

  async checkpoint(steps: Checkpoint): Promise<boolean> {
    return this.worker?.checkpoint(steps) ?? false;
  }

  async idle({ withinMs = 0, timeoutMs = 30_000 }: { withinMs?: number; timeoutMs?: number } = {}): Promise<void> {
    const until = Date.now() + timeoutMs;
    for (;;) {
      // Asking the database while work is in hand would only slow that work down.
      if (!this.worker?.busy && !(await this.isOpen(withinMs)) && !this.worker?.busy) return;
      if (Date.now() > until) throw new Error(`the engine is still busy after ${timeoutMs} ms`);
      await delay(15);
    }
  }

  private async isOpen(withinMs: number): Promise<boolean> {
    await this.tick();
    const open = await this.options.pool.query<{ busy: boolean }>(
      `select exists (select 1 from engine.job where (token is not null or run_at <= n.until) and fn_id = any ($2))
           or exists (select 1 from engine.batch where due_at <= n.until and fn_id = any ($2)) as busy
       from (select app_now() + make_interval(secs => $1::double precision / 1000) as until) n`,
      [withinMs, [...this.functions.keys()]],
    );
    const busy = open.rows[0]?.busy ?? false;
    if (busy) this.worker?.wake();
    return busy;
  }

  /** Once per engine; a failure is not remembered, so that a later start may succeed. */
  private register(): Promise<void> {
    this.registered ??= this.readFunctions().catch((error: unknown) => {
      this.registered = null;
      throw error;
    });
    return this.registered;
  }

  private async readFunctions(): Promise<void> {
    const { pool, handler } = this.options;
    const configs = await fetchConfigs(handler);
    this.functions = parseConfigs(configs);
    for (const config of configs) {
      await pool.query(
        `insert into engine.function (id, name, config) values ($1, $2, $3)
         on conflict (id) do update set name = excluded.name, config = excluded.config, synced_at = app_now()`,
        [config.id, config.name ?? config.id, jsonText(config)],
      );
    }
  }

  private async tick(): Promise<void> {
    const { pool } = this.options;
    const started = await fireCrons(pool, this.functions);
    const flushed = [...this.functions.values()].some((fn) => fn.batch)
      ? await transaction(pool, (client) => flushBatches(client, this.functions))
      : 0;
    if (started + flushed > 0) this.worker?.wake();
  }

  private async schedule(): Promise<void> {
    const { pool, retentionDays = 30, pollMs = 1_000 } = this.options;
    let nextForget = 0;
    let nextCount = 0;
    while (!this.abort.signal.aborted) {
      try {
        await this.tick();
        if (Date.now() >= nextCount) {
          this.full = await isFull(pool);
          nextCount = Date.now() + COUNT_EVERY_MS;
        }
        if (Date.now() >= nextForget) {
          await forgetOld(pool, retentionDays);
          nextForget = Date.now() + FORGET_EVERY_MS;
        }
      } catch (error) {
        console.error(`jobs: scheduler: ${messageOf(error)}`);
      }
      await delay(pollMs, undefined, { signal: this.abort.signal }).catch(() => {}); // aborted by stop()
    }
  }
}
