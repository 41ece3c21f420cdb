import { randomUUID } from "node:crypto";
import type pg from "pg";
import type { CronTrigger, EngineFunction } from "./config";
import { type Functions, startRun } from "./ingest";
import { transaction } from "./store";

type Row = { now: Date; fn_id: string | null; cron: string | null; last_tick: Date | null };

/**
 * Starts what the calendar says. After a pause or a jump of the clock only the newest missed tick fires: a sweep that missed ten
 * nights has one night's work. Several processes may run this at once; each tick exists once.
 * @returns how many runs were started.
 */
export async function fireCrons(pool: pg.Pool, functions: Functions): Promise<number> {
  const scheduled = [...functions.values()].flatMap((fn) => fn.crons.map((trigger) => ({ fn, trigger })));
  if (scheduled.length === 0) return 0;
  const state = await pool.query<Row>(
    "select n.now, c.fn_id, c.cron, c.last_tick from (select app_now() as now) n left join engine.cron c on true",
  );
  const now = state.rows[0]?.now;
  if (!now) return 0;
  const last = new Map(state.rows.map((row) => [`${row.fn_id}\n${row.cron}`, row.last_tick]));
  let started = 0;
  for (const { fn, trigger } of scheduled) {
    const lastTick = last.get(`${fn.id}\n${trigger.cron}`) ?? null;
    if (!lastTick || lastTick > now) await startCounting(pool, fn.id, trigger.cron, now);
    else {
      const tick = newestTick(trigger, lastTick, now);
      if (tick && (await fire(pool, fn, trigger, tick))) started++;
    }
  }
  return started;
}

/** The newest moment of the schedule in (after, until]; null when there is none. */
export function newestTick({ schedule }: CronTrigger, after: Date, until: Date): Date | null {
  const next = schedule.nextRun(after);
  if (!next || next > until) return null;
  // One millisecond later, because croner looks strictly before its argument.
  const [newest] = schedule.previousRuns(1, new Date(until.getTime() + 1));
  return newest && newest > next ? newest : next;
}

/** A new schedule counts from now; one whose last tick lies in the future (the clock was set back) counts from now again. */
async function startCounting(pool: pg.Pool, fnId: string, cron: string, now: Date): Promise<void> {
  await transaction(pool, async (client) => {
    await client.query(
      `insert into engine.cron as c (fn_id, cron, last_tick) values ($1, $2, $3)
       on conflict (fn_id, cron) do update set last_tick = excluded.last_tick where c.last_tick > excluded.last_tick`,
      [fnId, cron, now],
    );
    await client.query("delete from engine.cron_tick where fn_id = $1 and cron = $2 and tick > $3", [fnId, cron, now]);
  });
}

function fire(pool: pg.Pool, fn: EngineFunction, { cron }: CronTrigger, tick: Date): Promise<boolean> {
  return transaction(pool, async (client) => {
    await client.query("update engine.cron set last_tick = greatest(last_tick, $3) where fn_id = $1 and cron = $2", [fn.id, cron, tick]);
    const first = await client.query("insert into engine.cron_tick (fn_id, cron, tick) values ($1, $2, $3) on conflict do nothing", [
      fn.id,
      cron,
      tick,
    ]);
    if (first.rowCount === 0) return false;
    await startRun(client, { fn, events: [{ id: randomUUID(), name: "inngest/scheduled.timer", data: { cron }, ts: tick.getTime() }] });
    return true;
  });
}
