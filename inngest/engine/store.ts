import { setTimeout as delay } from "node:timers/promises";
import type pg from "pg";
import type { Json, JsonObject } from "./json";

/** An event as it is kept with its runs. */
export type EngineEvent = { id: string; name: string; data: JsonObject; ts: number; v?: string; user?: Json; meta?: Json };

/** Bounds that keep one bad function from filling the database. Sizes are those of the hosted service. */
export const LIMITS = {
  eventBytes: 512 * 1024,
  stepBytes: 4 * 1024 * 1024,
  stateBytes: 32 * 1024 * 1024,
  stepsPerRun: 1_000,
  opsPerAnswer: 200,
  eventsPerSend: 5_000,
  /** Unfinished jobs over all functions; `send` refuses above it and the outbox keeps the rest. */
  openJobs: 500_000,
  /** Pieces of one run re-entered in a row before others get the slot. */
  continuations: 25,
} as const;

export const WAKE_CHANNEL = "guthaben_engine";
/** Written by `set_test_clock`: everything may have become due. */
export const CLOCK_CHANNEL = "guthaben_clock";
/** First key of every advisory lock of the engine; `0` is the claim, a worker's number its own life. */
export const LOCK_SPACE = 724_311;

const CONFLICT = new Set(["40001", "40P01"]);
const LOST = /^(08|57P0[123])/;
const LOST_NODE = new Set(["ECONNREFUSED", "ECONNRESET", "EPIPE", "ETIMEDOUT", "ENOTFOUND"]);

const codeOf = (error: unknown): string =>
  typeof error === "object" && error !== null && "code" in error && typeof error.code === "string" ? error.code : "";

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** True when the connection is gone and not the statement wrong: the same work may succeed a moment later. */
export function isLostConnection(error: unknown): boolean {
  const code = codeOf(error);
  return (
    LOST.test(code) ||
    LOST_NODE.has(code) ||
    /Connection terminated|connection timeout|timeout exceeded when trying to connect/i.test(messageOf(error))
  );
}

/** One transaction; conflicts with other transactions are run again, at most five times. */
export async function transaction<T>(pool: pg.Pool, work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    const client = await pool.connect();
    let broken: Error | undefined;
    try {
      await client.query("begin");
      const result = await work(client);
      await client.query("commit");
      return result;
    } catch (error) {
      await client.query("rollback").catch((second: unknown) => {
        broken = second instanceof Error ? second : new Error(String(second));
      });
      if (attempt >= 5 || !CONFLICT.has(codeOf(error))) throw error;
    } finally {
      client.release(broken);
    }
    await delay(10 * 2 ** attempt * (0.5 + Math.random()));
  }
}

/** Repeats work whose connection was lost until it succeeds or `giveUp` says so. The work must be fenced: its first try may have committed. */
export async function throughOutages<T>(work: () => Promise<T>, giveUp: () => boolean): Promise<T> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      if (!isLostConnection(error) || giveUp()) throw error;
      await delay(Math.min(100 * 2 ** attempt, 5_000));
    }
  }
}

export const byteLength = (value: string): number => Buffer.byteLength(value, "utf8");
