import type pg from "pg";
import { type Json, type JsonObject, jsonText, withoutNul } from "./json";
import { applyOps, isRace, nameOf, Refused, typeOf } from "./ops";
import { type Commit, dropJob, fail, type Job, proceed, retryLater, tooLarge, type Work } from "./progress";
import { type Answer, type StepError, toStepError } from "./protocol";
import { byteLength, LIMITS, transaction } from "./store";

/** What a run consists of when one of its jobs starts. */
export type RunState = {
  events: Json[];
  steps: JsonObject;
  stack: string[];
  seq: number;
  bytes: number;
  pending: number;
  raced: boolean;
  now: Date;
};

const LOAD = `
  with started as (
    update engine.run set status = 'running', started_at = coalesce(started_at, app_now()) where id = $1 and status = 'queued')
  select r.events, app_now() as now, s.steps, s.stack, s.seq, s.bytes, s.pending, s.raced
  from engine.run r, lateral (
    select coalesce(jsonb_object_agg(s.id, case when s.status = 'completed'
             then jsonb_build_object('type', 'data', 'data', coalesce(s.data, 'null'))
             else jsonb_build_object('type', 'error', 'error', s.error) end) filter (where s.seq is not null), '{}') as steps,
           coalesce(array_agg(s.id order by s.seq) filter (where s.seq is not null), '{}') as stack, coalesce(max(s.seq), 0) as seq,
           count(*) filter (where s.seq is null)::integer as pending, coalesce(bool_or(s.race), false) as raced,
           coalesce(sum(s.bytes), 0)::integer as bytes
    from engine.step s where s.run_id = r.id) s
  where r.id = $1 and r.ended_at is null`;

/** Reads the run and marks it as running. Null when it has ended meanwhile (cancelled): the job is gone then too. */
export async function loadRun(pool: pg.Pool, runId: string): Promise<RunState | null> {
  const found = await pool.query<RunState>({ name: "engine.load", text: LOAD, values: [runId] });
  return found.rows[0] ?? null;
}

/** Locks the run, then the job, and finds nothing when the run has ended or the job has another token. */
const FENCE = `select r.id from engine.run r, engine.job j
  where r.id = $1 and r.ended_at is null and j.id = $2 and j.run_id = r.id and j.token = $3 for no key update of r, j`;

/**
 * Runs `work` with the run locked and the job proven ours; null when it is not any more. Also right when an earlier try had
 * committed and only its answer was lost: then the token is gone and nothing happens twice.
 */
async function fenced(work: Work, write: (commit: Commit) => Promise<Job | null>): Promise<Job | null> {
  const { job } = work;
  return transaction(work.committer.pool, async (client) => {
    const mine = await client.query(FENCE, [job.run_id, job.id, job.token]);
    return mine.rowCount === 0 ? null : write({ ...work, client });
  });
}

/** Stores what a call of the function answered, and what follows from it. Resolves to the next piece of the same run, if any. */
export async function commitAnswer(work: Work, answer: Answer, mayContinue: boolean): Promise<Job | null> {
  const { job, fn } = work;
  try {
    if (answer.type === "result") return await finish(work, answer.data);
    return await fenced(work, async (commit) => {
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

const FINISH = `with mine as (${FENCE}) select engine.finish_run(id, 'completed', $4, null) from mine`;

/** Ends a run with its result. One statement: most commits are this one or `commitNextStep`. */
async function finish(work: Work, output: Json): Promise<null> {
  const text = jsonText(output);
  if (byteLength(text) > LIMITS.stepBytes) {
    await commitFailure(work, tooLarge("The result", byteLength(text), LIMITS.stepBytes));
    return null;
  }
  const { job, committer } = work;
  await committer.pool.query({ name: "engine.finish", text: FINISH, values: [job.run_id, job.id, job.token, text] });
  return null;
}

/** The next piece of a run with the state it starts from. */
export type Next = { job: Job; state: RunState };

/**
 * Fenced by the job alone: a run's end deletes its jobs, and while the run has nothing pending nobody else can settle one of its steps.
 * So the run's lock would keep nobody out.
 */
const NEXT_STEP = `
  with clock as materialized (select app_now() as now), mine as (
    update engine.job j set attempt = 0, crashes = 0, run_at = clock.now, worker = case when $11 then j.worker end,
      token = case when $11 then gen_random_uuid() end, leased_until = case when $11 then j.leased_until end
    from clock where j.id = $2 and j.run_id = $1 and j.token = $3
    returning j.id, j.run_id, j.fn_id, j.kind, j.step_id, j.payload, j.attempt, j.crashes, j.token, clock.now), stored as (
    insert into engine.step (run_id, id, name, op, status, data, bytes, attempt, created_at, started_at, ended_at, seq)
    select run_id, $4, $5, $6, 'completed', $7, $8, $9, $10, $10, now, $12 from mine)
  select * from mine`;

/**
 * The usual case in one statement: the run's only job ran the next step of a chain. Undefined when it is not that case, null when the
 * job is no longer ours.
 */
export async function commitNextStep(work: Work, state: RunState, answer: Answer, mayContinue: boolean): Promise<Next | null | undefined> {
  const { job, committer, startedAt } = work;
  const op = answer.type === "ops" && answer.ops.length === 1 ? answer.ops[0] : undefined;
  if (op?.op !== "StepRun" || job.kind !== "run" || state.pending > 0 || state.raced || isRace(op) || op.id in state.steps)
    return undefined;
  const given = JSON.stringify(op.data ?? null);
  const text = withoutNul(given);
  const bytes = byteLength(text);
  // A call must not go on with another value than the one it will be given when it is repeated.
  const fits =
    text === given && bytes <= LIMITS.stepBytes && state.bytes + bytes <= LIMITS.stateBytes && state.stack.length < LIMITS.stepsPerRun;
  if (!fits) return undefined;
  const seq = state.seq + 1;
  const values = [job.run_id, job.id, job.token, op.id, nameOf(op), typeOf(op), text, bytes, job.attempt, startedAt, mayContinue, seq];
  const stored = await committer.pool.query<Job & { now: Date }>({ name: "engine.next_step", text: NEXT_STEP, values });
  const row = stored.rows[0];
  if (!row || !mayContinue) return null;
  const { now, ...next } = row;
  const data: Json = JSON.parse(text);
  return {
    job: next,
    state: {
      ...state,
      now,
      seq,
      bytes: state.bytes + bytes,
      steps: { ...state.steps, [op.id]: { type: "data", data } },
      stack: [...state.stack, op.id],
    },
  };
}
