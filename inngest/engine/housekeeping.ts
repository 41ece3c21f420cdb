import type pg from "pg";
import { LIMITS } from "./store";

const CHUNK = 1_000;
const MAX_CHUNKS = 200;

/** Deletes in chunks until nothing is left, so that no transaction holds thousands of locks. */
async function deleteInChunks(pool: pg.Pool, table: string, condition: string, params: unknown[]): Promise<number> {
  let total = 0;
  for (let i = 0; i < MAX_CHUNKS; i++) {
    const gone = await pool.query(
      `delete from ${table} where ctid = any (array(select ctid from ${table} where ${condition} limit ${CHUNK}))`,
      params,
    );
    total += gone.rowCount ?? 0;
    if ((gone.rowCount ?? 0) < CHUNK) break;
  }
  return total;
}

/** Forgets runs that ended more than `retentionDays` ago, event ids older than a day and old ticks. Returns how many runs went. */
export async function forgetOld(pool: pg.Pool, retentionDays: number): Promise<number> {
  const runs = await deleteInChunks(pool, "engine.run", "ended_at < (select app_now()) - make_interval(days => $1)", [retentionDays]);
  await deleteInChunks(pool, "engine.seen", "seen_at < (select app_now()) - interval '24 hours'", []);
  await deleteInChunks(pool, "engine.cron_tick", "tick < (select app_now()) - interval '7 days'", []);
  return runs;
}

/** True when so much is open that new events have to wait outside. Counts no further than the bound. */
export async function isFull(pool: pg.Pool): Promise<boolean> {
  const open = await pool.query<{ n: string }>(`select count(*)::text as n from (select 1 from engine.job limit ${LIMITS.openJobs}) j`);
  return Number(open.rows[0]?.n ?? 0) >= LIMITS.openJobs;
}
