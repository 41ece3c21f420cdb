import type pg from "pg";
import { backoffMs } from "./duration";
import type { Job } from "./progress";
import { LOCK_SPACE, transaction } from "./store";

/** Takes at most `max` due jobs of the given functions. */
export async function claim(pool: pg.Pool, workerNo: number, fnIds: readonly string[], max: number, leaseMs: number): Promise<Job[]> {
  const claimed = await pool.query<Job>({
    name: "engine.claim",
    text: "select * from engine.claim($1, $2, $3, $4)",
    values: [workerNo, fnIds, max, leaseMs],
  });
  return claimed.rows;
}

/** Keeps the leases of what is in hand, by token: a job whose last commit answer was lost is nobody's and must run out. */
export async function extendLeases(pool: pg.Pool, tokens: readonly string[], leaseMs: number): Promise<void> {
  if (tokens.length === 0) return;
  await pool.query(
    "update engine.job set leased_until = clock_timestamp() + make_interval(secs => $2::double precision / 1000) where token = any ($1)",
    [tokens, leaseMs],
  );
}

const CRASH = JSON.stringify({ name: "Crash", message: "The process that was running this ended before the result was stored." });

/** SQL that gives jobs back and counts the crash apart from the attempts: a function is not to blame for a killed process. */
const giveBack = (where: string): string => `
  with lost as (
    update engine.job set token = null, worker = null, leased_until = null, crashes = crashes + 1 where token is not null and ${where}
    returning run_id, step_id, attempt)
  insert into engine.attempt (run_id, step_id, attempt, kind, error) select run_id, step_id, attempt, 'crash', $1 from lost`;

/** Gives back the jobs of dead processes: whose advisory lock is free, or whose lease ran out. Returns how many. */
export async function releaseDead(pool: pg.Pool, workerNo: number, ownTokens: readonly string[]): Promise<number> {
  const holders = await pool.query<{ worker: number }>(
    "select distinct worker from engine.job where token is not null and worker <> $1 limit 100",
    [workerNo],
  );
  let released = 0;
  for (const { worker } of holders.rows) {
    released += await transaction(pool, async (client) => {
      const free = await client.query<{ dead: boolean }>("select pg_try_advisory_xact_lock($1, $2) as dead", [LOCK_SPACE, worker]);
      if (!free.rows[0]?.dead) return 0;
      return (await client.query(giveBack("worker = $2"), [CRASH, worker])).rowCount ?? 0;
    });
  }
  const expired = await pool.query(giveBack("leased_until < clock_timestamp() and token <> all ($2::uuid[])"), [CRASH, ownTokens]);
  return released + (expired.rowCount ?? 0);
}

/** Gives back work this process began but could not store, for a reason other than a lost connection. Counted like a crash. */
export async function releaseBroken(pool: pg.Pool, job: Job, message: string, backoffFactor: number): Promise<void> {
  await pool.query(
    `with lost as (
       update engine.job set token = null, worker = null, leased_until = null, crashes = crashes + 1,
         run_at = app_now() + make_interval(secs => $3::double precision / 1000) where id = $1 and token = $2
       returning run_id, step_id, attempt)
     insert into engine.attempt (run_id, step_id, attempt, kind, error)
     select run_id, step_id, attempt, 'crash', jsonb_build_object('name', 'EngineError', 'message', $4::text) from lost`,
    [job.id, job.token, backoffMs(job.crashes, backoffFactor), message.slice(0, 2_000)],
  );
}

/** At a clean stop: what did not finish in time goes back without counting a crash. */
export async function releaseUnfinished(pool: pg.Pool, tokens: readonly string[]): Promise<void> {
  if (tokens.length === 0) return;
  await pool.query("update engine.job set token = null, worker = null, leased_until = null where token = any ($1)", [tokens]);
}
