import type pg from "pg";
import { type Json, type JsonObject, jsonText } from "./json";
import { applyOps, Refused } from "./ops";
import { type Commit, dropJob, fail, type Job, proceed, retryLater, tooLarge, type Work } from "./progress";
import { type Answer, type StepError, toStepError } from "./protocol";
import { byteLength, LIMITS, transaction } from "./store";

/** What a run consists of when one of its jobs starts. */
export type RunState = { events: Json[]; steps: JsonObject; stack: string[]; pending: number; raced: boolean; now: Date };

/** Reads the run and marks it as running. Null when it has ended meanwhile (cancelled): the job is gone then too. */
export async function loadRun(pool: pg.Pool, runId: string): Promise<RunState | null> {
  const found = await pool.query<RunState>(
    `with started as (
       update engine.run set status = 'running', started_at = coalesce(started_at, app_now()) where id = $1 and status = 'queued')
     select r.events, app_now() as now, s.steps, s.stack, s.pending, s.raced
     from engine.run r, lateral (
       select coalesce(jsonb_object_agg(s.id, case when s.status = 'completed'
                then jsonb_build_object('type', 'data', 'data', coalesce(s.data, 'null'))
                else jsonb_build_object('type', 'error', 'error', s.error) end) filter (where s.seq is not null), '{}') as steps,
              coalesce(array_agg(s.id order by s.seq) filter (where s.seq is not null), '{}') as stack,
              count(*) filter (where s.seq is null)::integer as pending, coalesce(bool_or(s.race), false) as raced
       from engine.step s where s.run_id = r.id) s
     where r.id = $1 and r.ended_at is null`,
    [runId],
  );
  return found.rows[0] ?? null;
}

/**
 * Runs `work` with the run locked and the job proven ours; null when it is not any more. Also right when an earlier try had
 * committed and only its answer was lost: then the token is gone and nothing happens twice.
 */
async function fenced(work: Work, write: (commit: Commit) => Promise<Job | null>): Promise<Job | null> {
  const { job } = work;
  return transaction(work.committer.pool, async (client) => {
    const mine = await client.query(
      `select 1 from engine.run r, engine.job j
       where r.id = $1 and r.ended_at is null and j.id = $2 and j.run_id = r.id and j.token = $3 for no key update of r, j`,
      [job.run_id, job.id, job.token],
    );
    return mine.rowCount === 0 ? null : write({ ...work, client });
  });
}

/** Stores what a call of the function answered, and what follows from it. Resolves to the next piece of the same run, if any. */
export async function commitAnswer(work: Work, answer: Answer, mayContinue: boolean): Promise<Job | null> {
  const { job, fn } = work;
  try {
    return await fenced(work, async (commit) => {
      if (answer.type === "result") return finish(commit, answer.data);
      if (answer.type === "ops") return applyOps(commit, answer.ops, answer.retryAfter, mayContinue);
      if (!answer.retry || job.attempt + 1 >= fn.maxAttempts) return fail(commit, answer.error);
      await retryLater(commit, { kind: job.kind, stepId: job.step_id, error: answer.error, retryAfter: answer.retryAfter });
      return null;
    });
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    // What the refused answer had written was rolled back with its transaction.
    return commitFailure(work, { name: error.title, message: error.message });
  }
}

/** Stores a result that came from outside the function: a sleep that is over, an event, an invoked run's end. */
export function commitResume(work: Work, mayContinue: boolean): Promise<Job | null> {
  return fenced(work, async (commit) => {
    const { client, job } = commit;
    const error = job.payload?.error;
    const done = await client.query<{ race: boolean }>(
      `update engine.step set status = $3, data = $4, error = $5, bytes = $6, ended_at = app_now(),
         seq = (select coalesce(max(seq), 0) + 1 from engine.step where run_id = $1)
       where run_id = $1 and id = $2 and status = 'waiting' returning race`,
      [
        job.run_id,
        job.step_id,
        error === undefined ? "completed" : "failed",
        error === undefined ? jsonText(job.payload?.data ?? null) : null,
        error === undefined ? null : jsonText(toStepError(error)),
        byteLength(JSON.stringify(job.payload)),
      ],
    );
    await client.query("delete from engine.job where run_id = $1 and step_id = $2 and kind = 'resume' and id <> $3", [
      job.run_id,
      job.step_id,
      job.id,
    ]);
    await client.query("delete from engine.wait where run_id = $1 and step_id = $2", [job.run_id, job.step_id]);
    const step = done.rows[0];
    if (!step) {
      await dropJob(commit); // its step was settled before: the timeout of a wait that had been answered
      return null;
    }
    return proceed(commit, { settled: true, race: step.race }, mayContinue);
  });
}

/** Fails the run from outside the function (crashed too often). */
export const commitFailure = (work: Work, error: StepError): Promise<Job | null> => fenced(work, (commit) => fail(commit, error));

async function finish(commit: Commit, output: Json): Promise<null> {
  const text = jsonText(output);
  if (byteLength(text) > LIMITS.stepBytes) return fail(commit, tooLarge("The result", byteLength(text), LIMITS.stepBytes));
  await commit.client.query("select engine.finish_run($1, 'completed', $2, null)", [commit.job.run_id, text]);
  return null;
}
