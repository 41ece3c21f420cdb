import { setTimeout as delay } from "node:timers/promises";
import type pg from "pg";
import { OUTBOX_CHANNEL } from "@/server/jobs/outbox";

/** Receives events; the row's id is the event's id, so a second delivery after a crash starts nothing twice. */
export type Deliver = (events: { id: string; name: string; data: Record<string, unknown> }[]) => Promise<void>;

export type DispatcherOptions = { pool: pg.Pool; deliver: Deliver; pollMs?: number; chunk?: number };

export type Dispatcher = {
  start(): void;
  stop(): Promise<void>;
  /** Sends what is due now; resolves to how many events were sent. Throws when delivery fails (the rows are put off). */
  flush(): Promise<number>;
};

type Row = { id: string; name: string; data: Record<string, unknown> };

const KEEP_SENT = "7 days";
const TIDY_EVERY_MS = 600_000;

/** Moves events from the outbox to the job engine or to Inngest: at least once, oldest first, several processes side by side. */
export function createDispatcher({ pool, deliver, pollMs = 1_000, chunk = 100 }: DispatcherOptions): Dispatcher {
  const abort = new AbortController();
  let loop: Promise<void> = Promise.resolve();
  let wake: () => void = () => {};

  /** Rows stay locked while they are delivered, so two dispatchers never send the same one; delivery has its own transaction. */
  const sendChunk = async (): Promise<number> => {
    const client = await pool.connect();
    let failure: unknown;
    let broken = false;
    try {
      await client.query("begin");
      const due = await client.query<Row>(
        `select id, name, data from job_outbox where sent_at is null and run_at <= (select app_now())
         order by run_at, id limit $1 for update skip locked`,
        [chunk],
      );
      const ids = due.rows.map((row) => row.id);
      if (ids.length > 0) {
        try {
          await deliver(due.rows);
          await client.query("update job_outbox set sent_at = app_now() where id = any ($1)", [ids]);
        } catch (error) {
          failure = error;
          // Put off by 2, 4, 8 … seconds, at most five minutes; the order among the others does not suffer.
          await client.query(
            `update job_outbox set attempts = attempts + 1, last_error = $2,
               run_at = app_now() + least(interval '5 minutes', interval '1 second' * power(2, least(attempts + 1, 10))) where id = any ($1)`,
            [ids, message(error).slice(0, 1_000)],
          );
        }
      }
      await client.query("commit");
      if (failure) throw failure;
      return ids.length;
    } catch (error) {
      if (!failure) broken = true;
      throw error;
    } finally {
      client.release(broken);
    }
  };

  const flush = async (): Promise<number> => {
    let total = 0;
    for (;;) {
      const sent = await sendChunk();
      total += sent;
      if (sent < chunk || abort.signal.aborted) return total;
    }
  };

  const tidy = async () => {
    await pool.query(
      `delete from job_outbox where ctid = any (array(
         select ctid from job_outbox where sent_at < (select app_now()) - interval '${KEEP_SENT}' limit 10000))`,
    );
  };

  const run = async () => {
    const listener = listen(pool, () => wake());
    let nextTidy = 0;
    while (!abort.signal.aborted) {
      const woken = new Promise<void>((done) => {
        wake = done;
      });
      try {
        listener.ensure();
        await flush();
        if (Date.now() >= nextTidy) {
          await tidy();
          nextTidy = Date.now() + TIDY_EVERY_MS;
        }
      } catch (error) {
        console.error(`jobs: outbox: ${message(error)}`);
      }
      // A pause that ends early takes its timer along: hundreds of them would wait while events come in quick succession.
      const pause = new AbortController();
      await Promise.race([woken, delay(pollMs, undefined, { signal: pause.signal }).catch(() => {})]);
      pause.abort();
    }
    listener.close();
  };

  return {
    start: () => {
      loop = run();
    },
    stop: async () => {
      abort.abort();
      wake();
      await loop;
    },
    flush,
  };
}

const message = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** One connection that hears new rows; when it breaks, the poll carries on and the next round opens another. */
function listen(pool: pg.Pool, onNotify: () => void): { ensure: () => void; close: () => void } {
  let drop: (() => void) | null = null;
  let opening = false;
  let finished = false;
  const open = async (): Promise<void> => {
    const client = await pool.connect();
    let released = false;
    // Destroyed rather than returned: a pooled connection would keep the subscription.
    const release = () => {
      if (released) return;
      released = true;
      drop = null;
      client.release(true);
    };
    client.on("error", release);
    client.on("end", release);
    client.on("notification", onNotify);
    drop = release;
    try {
      await client.query(`listen ${OUTBOX_CHANNEL}`);
      await client.query("listen guthaben_clock");
    } catch (error) {
      release();
      throw error;
    }
    if (finished) release();
    else onNotify(); // what was announced before we listened is found by looking
  };
  return {
    ensure: () => {
      if (drop || opening || finished) return;
      opening = true;
      open()
        .catch((error: unknown) => console.error(`jobs: outbox cannot listen: ${message(error)}`))
        .finally(() => {
          opening = false;
        });
    },
    close: () => {
      finished = true;
      drop?.();
    },
  };
}
