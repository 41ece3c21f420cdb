import { setTimeout as delay } from "node:timers/promises";
import type pg from "pg";
import { CLOCK_CHANNEL, LOCK_SPACE, messageOf, WAKE_CHANNEL } from "./store";

/**
 * The connection that proves this process is alive: it holds an advisory lock on the worker's number for as long as it lives, and
 * listens for wake-ups. When it breaks it is opened again under the same number; work in hand goes on meanwhile, fenced by its tokens.
 */
export class Session {
  private client: pg.PoolClient | null = null;
  private closing = false;

  constructor(
    private readonly pool: pg.Pool,
    readonly workerNo: number,
    private readonly onWake: () => void,
  ) {}

  async open(): Promise<void> {
    const client = await this.pool.connect();
    try {
      // Waits only if another process just declared this worker dead and is releasing its jobs.
      await client.query("select pg_advisory_lock($1, $2)", [LOCK_SPACE, this.workerNo]);
      client.on("notification", this.onWake);
      await client.query(`listen ${WAKE_CHANNEL}`);
      await client.query(`listen ${CLOCK_CHANNEL}`);
    } catch (error) {
      client.release(true);
      throw error;
    }
    let lost = false;
    const onLost = (error?: Error) => {
      if (lost || this.client !== client) return;
      lost = true;
      this.client = null;
      client.release(error ?? true);
      if (!this.closing) void this.reopen();
    };
    client.on("error", onLost);
    client.on("end", () => onLost());
    this.client = client;
    // Whatever was announced before we listened is found by looking.
    this.onWake();
  }

  private async reopen(): Promise<void> {
    for (let attempt = 0; !this.closing; attempt++) {
      try {
        await this.open();
        return;
      } catch (error) {
        console.error(`jobs: cannot listen, trying again: ${messageOf(error)}`);
        await delay(Math.min(200 * 2 ** attempt, 10_000));
      }
    }
  }

  /** Ends the connection and with it the lock: other processes may then take over what is still leased. */
  async close(): Promise<void> {
    this.closing = true;
    const client = this.client;
    this.client = null;
    // Destroyed rather than returned: a pooled connection would keep the lock and the subscriptions.
    client?.release(true);
  }
}
