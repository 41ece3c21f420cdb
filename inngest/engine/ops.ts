import { z } from "zod";
import { type Due, dueParams, dueSql, parseDue } from "./duration";
import { bind, type Expression, necessaryFilter, parseExpression } from "./expression";
import { startRun } from "./ingest";
import { type Json, type JsonObject, jsonText } from "./json";
import { type Commit, type Job, proceed, retryLater, tooLarge } from "./progress";
import { type Op, type StepError, toStepError } from "./protocol";
import { byteLength, LIMITS } from "./store";

/** A request of the function that this engine will never fulfil: the run fails with the reason, without retries. */
export class Refused extends Error {
  constructor(
    readonly title: string,
    message: string,
  ) {
    super(message);
  }
}

type Effect = { settled: boolean; race: boolean; retried: boolean };

/** Stores the operations of one answer. Resolves to the run's next piece, if it is ours. Throws Refused. */
export async function applyOps(commit: Commit, ops: readonly Op[], retryAfter: string | null, mayContinue: boolean): Promise<Job | null> {
  const done: Effect = { settled: false, race: false, retried: false };
  if (ops.length > LIMITS.opsPerAnswer) throw new Refused("TooManySteps", `At most ${LIMITS.opsPerAnswer} steps may start at once.`);
  for (const op of ops) {
    const effect = await applyOp(commit, op, retryAfter);
    done.settled ||= effect.settled;
    done.race ||= effect.race;
    done.retried ||= effect.retried;
  }
  return done.retried ? null : proceed(commit, done, mayContinue);
}

const PENDING: Effect = { settled: false, race: false, retried: false };

async function applyOp(commit: Commit, op: Op, retryAfter: string | null): Promise<Effect> {
  switch (op.op) {
    case "StepRun":
      return settle(commit, op, { data: (op.data ?? null) as Json });
    case "StepFailed":
      return settle(commit, op, { error: toStepError(op.error) });
    case "StepError":
      return stepError(commit, op, retryAfter);
    case "StepPlanned":
      return planStep(commit, op);
    case "Sleep":
      return sleep(commit, op);
    case "WaitForEvent":
      return waitForEvent(commit, op);
    case "InvokeFunction":
      return invoke(commit, op);
    default:
      throw new Refused(
        "UnsupportedStep",
        `The embedded engine does not support the step operation "${op.op}" (${op.displayName ?? op.id}).`,
      );
  }
}

export const isRace = (op: Op): boolean => op.opts?.parallelMode === "race";
export const nameOf = (op: Op): string => (op.displayName ?? op.name ?? op.id).slice(0, 200);
export const typeOf = (op: Op): string => (typeof op.opts?.type === "string" ? op.opts.type.slice(0, 60) : "step.run");

/** Stores a step's final result; a step that already has one keeps it. */
async function settle(commit: Commit, op: Op, result: { data: Json } | { error: StepError }): Promise<Effect> {
  const failed = "error" in result;
  let text = jsonText(failed ? result.error : result.data);
  let error: string | null = failed ? text : null;
  if (byteLength(text) > LIMITS.stepBytes) {
    error = jsonText(tooLarge(`The result of step "${nameOf(op)}"`, byteLength(text), LIMITS.stepBytes));
    text = error;
  }
  const stored = await commit.client.query<{ race: boolean }>(
    `insert into engine.step as s (run_id, id, name, op, status, data, error, bytes, race, attempt, started_at, ended_at, seq)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, app_now(),
             (select coalesce(max(seq), 0) + 1 from engine.step where run_id = $1))
     on conflict (run_id, id) do update set status = excluded.status, data = excluded.data, error = excluded.error, bytes = excluded.bytes,
       attempt = excluded.attempt, started_at = excluded.started_at, ended_at = excluded.ended_at, seq = excluded.seq
     where s.seq is null returning race`,
    [
      commit.job.run_id,
      op.id,
      nameOf(op),
      typeOf(op),
      error === null ? "completed" : "failed",
      error === null ? text : null,
      error,
      byteLength(text),
      isRace(op),
      commit.job.attempt,
      commit.startedAt,
    ],
  );
  const step = stored.rows[0];
  return step ? { settled: true, race: step.race, retried: false } : PENDING;
}

async function stepError(commit: Commit, op: Op, retryAfter: string | null): Promise<Effect> {
  const error = toStepError(op.error);
  if (commit.job.attempt + 1 >= commit.fn.maxAttempts) return settle(commit, op, { error });
  await plan(commit, op, "planned", null);
  await commit.client.query("update engine.step set attempt = $3 where run_id = $1 and id = $2", [
    commit.job.run_id,
    op.id,
    commit.job.attempt + 1,
  ]);
  await retryLater(commit, { kind: "step", stepId: op.id, error, retryAfter });
  return { settled: false, race: false, retried: true };
}

/** Creates a step that is not done yet; false when it exists. */
async function plan(commit: Commit, op: Op, status: "planned" | "waiting", due: Due | null): Promise<boolean> {
  const kind = status === "planned" ? typeOf(op) : op.op;
  const created = await commit.client.query(
    `insert into engine.step (run_id, id, name, op, status, race, started_at, due_at)
     values ($1, $2, $3, $4, $5, $6, case when $5 = 'waiting' then app_now() end, ${due ? dueSql(7) : "null"}) on conflict do nothing`,
    [commit.job.run_id, op.id, nameOf(op), kind, status, isRace(op), ...(due ? dueParams(due) : [])],
  );
  return created.rowCount === 1;
}

async function planStep(commit: Commit, op: Op): Promise<Effect> {
  if (await plan(commit, op, "planned", null)) {
    await commit.client.query(
      `insert into engine.job (run_id, fn_id, kind, step_id, run_at, ckeys, climits)
       select id, fn_id, 'step', $2, app_now(), ckeys, climits from engine.run where id = $1`,
      [commit.job.run_id, op.id],
    );
  }
  return PENDING;
}

/** Delivers `payload` to the step when it is due, unless something else settles it first. */
async function resumeLater(commit: Commit, op: Op, due: Due, payload: JsonObject): Promise<void> {
  await commit.client.query(
    `insert into engine.job (run_id, fn_id, kind, step_id, payload, run_at) values ($1, $2, 'resume', $3, $4, ${dueSql(5)})`,
    [commit.job.run_id, commit.job.fn_id, op.id, JSON.stringify(payload), ...dueParams(due)],
  );
}

function dueOf(op: Op, source: string | undefined): Due {
  try {
    return parseDue(source ?? "?");
  } catch (error) {
    throw new Refused("InvalidTime", `Step "${nameOf(op)}": ${error instanceof Error ? error.message : String(error)}`);
  }
}

async function sleep(commit: Commit, op: Op): Promise<Effect> {
  const due = dueOf(op, op.name ?? "");
  if (!(await plan(commit, op, "waiting", due))) return PENDING;
  await resumeLater(commit, op, due, { data: null });
  return PENDING;
}

const waitOptions = z.object({ timeout: z.string(), if: z.string().optional() });

async function waitForEvent(commit: Commit, op: Op): Promise<Effect> {
  const options = waitOptions.safeParse(op.opts);
  if (!options.success || !op.name) throw new Refused("InvalidWait", `Step "${nameOf(op)}" waits without an event or a timeout.`);
  const due = dueOf(op, options.data.timeout);
  const condition = options.data.if === undefined ? null : boundCondition(commit, op, options.data.if);
  if (!(await plan(commit, op, "waiting", due))) return PENDING;
  await commit.client.query(
    `insert into engine.wait (run_id, step_id, event_name, filter, expr, expires_at) values ($1, $2, $3, $4, $5, ${dueSql(6)})`,
    [
      commit.job.run_id,
      op.id,
      op.name,
      JSON.stringify(condition ? necessaryFilter(condition) : {}),
      condition ? JSON.stringify(condition) : null,
      ...dueParams(due),
    ],
  );
  await resumeLater(commit, op, due, { data: null });
  return PENDING;
}

function boundCondition(commit: Commit, op: Op, source: string): Expression {
  try {
    return bind(parseExpression(source, ["event", "async"]), commit.event);
  } catch (error) {
    throw new Refused("InvalidExpression", `Step "${nameOf(op)}": ${error instanceof Error ? error.message : String(error)}`);
  }
}

const invokeOptions = z.object({
  function_id: z.string(),
  payload: z.object({ data: z.record(z.string(), z.json()).nullish(), v: z.string().nullish() }).nullish(),
  timeout: z.string().optional(),
});

async function invoke(commit: Commit, op: Op): Promise<Effect> {
  const options = invokeOptions.safeParse(op.opts);
  if (!options.success) throw new Refused("InvalidInvoke", `Step "${nameOf(op)}": ${options.error.message}`);
  const { function_id, payload, timeout } = options.data;
  const target = commit.committer.functions.get(function_id);
  if (!target) throw new Refused("UnknownFunction", `Step "${nameOf(op)}" invokes "${function_id}", which is not served here.`);
  const due = timeout === undefined ? null : dueOf(op, timeout);
  if (!(await plan(commit, op, "waiting", due))) return PENDING;
  const event = {
    id: crypto.randomUUID(),
    name: "inngest/function.invoked",
    data: (payload?.data ?? {}) as JsonObject,
    ts: commit.startedAt.getTime(),
  };
  await startRun(commit.client, { fn: target, events: [event], parent: { runId: commit.job.run_id, stepId: op.id } });
  if (due) {
    const message = `"${function_id}" did not finish in time.`;
    await resumeLater(commit, op, due, { error: { name: "InngestInvokeTimeoutError", message } });
  }
  return PENDING;
}
