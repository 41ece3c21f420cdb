import type pg from "pg";
import type { EngineFunction } from "./config";
import { backoffMs, type Due, dueParams, dueSql, parseRetryAfter } from "./duration";
import { type Functions, failureEvent, route } from "./ingest";
import { at, type Json, type JsonObject, jsonText } from "./json";
import type { StepError } from "./protocol";
import { LIMITS } from "./store";

/** A piece of work this process holds. Every write is fenced by `token`: who lost the lease writes nothing. */
export type Job = {
  id: string;
  run_id: string;
  fn_id: string;
  kind: "run" | "step" | "resume";
  step_id: string | null;
  payload: JsonObject | null;
  attempt: number;
  crashes: number;
  token: string;
};

export type Committer = { pool: pg.Pool; functions: Functions; backoffFactor: number };

/** A job in hand: what it belongs to, who runs it, and when it began (database clock). */
export type Work = { committer: Committer; job: Job; fn: EngineFunction; event: Json; startedAt: Date };

/** One commit in progress: the run is locked, the job is ours. */
export type Commit = Work & { client: pg.PoolClient };

export const tooLarge = (what: string, bytes: number, limit: number): StepError => ({
  name: "PayloadTooLarge",
  message: `${what} has ${bytes} bytes; the limit is ${limit}. Keep it in a table and pass its id.`,
});

/** Ends the run as failed and tells whoever listens (`onFailure`). */
export async function fail(commit: Commit, error: StepError): Promise<null> {
  const { client, job, committer, event } = commit;
  await client.query("select engine.finish_run($1, 'failed', null, $2)", [job.run_id, jsonText(error)]);
  await recordAttempt(commit, "error", job.step_id, error, null);
  // A failing failure handler tells nobody: otherwise one that listens to all failures would start itself for ever.
  if (at(event, ["name"]) === "inngest/function.failed") return null;
  await route(client, committer.functions, [failureEvent(job.fn_id, job.run_id, error as JsonObject, event, commit.startedAt.getTime())]);
  return null;
}

async function recordAttempt(commit: Commit, kind: "error" | "crash", stepId: string | null, error: StepError, nextAt: Date | null) {
  await commit.client.query("insert into engine.attempt (run_id, step_id, attempt, kind, error, next_at) values ($1, $2, $3, $4, $5, $6)", [
    commit.job.run_id,
    stepId,
    commit.job.attempt,
    kind,
    jsonText(error),
    nextAt,
  ]);
}

export type Retry = { kind: Job["kind"]; stepId: string | null; error: StepError; retryAfter: string | null };

/** Puts the job back for its next attempt. */
export async function retryLater(commit: Commit, retry: Retry): Promise<void> {
  const { client, committer, job } = commit;
  const asked = retry.retryAfter === null ? null : parseRetryAfter(retry.retryAfter);
  const due: Due = asked ?? { inMs: backoffMs(job.attempt, committer.backoffFactor) };
  const updated = await client.query<{ run_at: Date }>(
    `update engine.job set kind = $2, step_id = $3, attempt = attempt + 1, worker = null, token = null, leased_until = null,
       run_at = ${dueSql(4)} where id = $1 returning run_at`,
    [job.id, retry.kind, retry.stepId, ...dueParams(due)],
  );
  await recordAttempt(commit, "error", retry.stepId, retry.error, updated.rows[0]?.run_at ?? null);
}

export const dropJob = (commit: Commit) => commit.client.query("delete from engine.job where id = $1", [commit.job.id]);

/**
 * After steps were stored: re-enters the function when a step was settled and nothing it waits for is pending, else leaves that to the
 * others. Racing steps are not waited for: each one that settles re-enters by itself.
 */
export async function proceed(commit: Commit, done: { settled: boolean; race: boolean }, mayContinue: boolean): Promise<Job | null> {
  const { client, job } = commit;
  const counted = await client.query<{ blocking: number; pending: number; steps: number; bytes: number; others: boolean }>(
    `select count(*) filter (where seq is null)::integer as pending, count(*) filter (where seq is null and not race)::integer as blocking,
       count(*)::integer as steps, coalesce(sum(bytes), 0)::integer as bytes,
       exists (select 1 from engine.job where run_id = $1 and id <> $2) as others
     from engine.step where run_id = $1`,
    [job.run_id, job.id],
  );
  const row = counted.rows[0];
  if (!row) throw new Error("counting gave no row");
  if (row.steps > LIMITS.stepsPerRun) return fail(commit, { name: "TooManySteps", message: `A run may have ${LIMITS.stepsPerRun} steps.` });
  if (row.bytes > LIMITS.stateBytes) return fail(commit, tooLarge("The results of all steps", row.bytes, LIMITS.stateBytes));
  if (done.race || (done.settled && row.blocking === 0)) return reenter(commit, mayContinue);
  if (row.pending === 0 && !row.others)
    return fail(commit, { name: "NoProgress", message: "The function reported only steps that are already stored." });
  await dropJob(commit);
  return null;
}

/** Turns the finished job into the run's next one: same row, new token, so the slot and its keys stay taken while we go on. */
async function reenter(commit: Commit, mayContinue: boolean): Promise<Job | null> {
  const { client, job } = commit;
  const continues = mayContinue && (job.kind !== "resume" || commit.fn.concurrency.length === 0);
  const next = await client.query<Job>(
    `update engine.job j set kind = 'run', step_id = null, payload = null, attempt = 0, crashes = 0, run_at = app_now(),
       ckeys = r.ckeys, climits = r.climits,
       worker = case when $2 then j.worker end, token = case when $2 then gen_random_uuid() end, leased_until = case when $2 then j.leased_until end
     from engine.run r where j.id = $1 and r.id = j.run_id
     returning j.id, j.run_id, j.fn_id, j.kind, j.step_id, j.payload, j.attempt, j.crashes, j.token`,
    [job.id, continues],
  );
  return continues ? (next.rows[0] ?? null) : null;
}
