import { setTimeout as delay } from "node:timers/promises";
import type pg from "pg";
import { commitAnswer, commitFailure, commitNextStep, commitResume, loadRun, type RunState } from "./commit";
import type { Functions } from "./ingest";
import { claim, extendLeases, releaseBroken, releaseDead, releaseUnfinished } from "./leases";
import type { Job, Work } from "./progress";
import { type Answer, type Checkpoint, callFunction, type Handler, toStepError } from "./protocol";
import { isLostConnection, LIMITS, messageOf, throughOutages } from "./store";

export type WorkerOptions = {
  pool: pg.Pool;
  handler: Handler;
  functions: Functions;
  workerNo: number;
  /** Pieces of work at the same time in this process. */
  slots: number;
  leaseMs: number;
  /** Longest pause without looking, when no notification arrives. */
  pollMs: number;
  /** Crashes of one piece of work after which its run fails. */
  maxCrashes: number;
  backoffFactor: number;
};

const COMMIT_PATIENCE_MS = 600_000;

/** A job with its run's state, when the piece before it left it known. */
type Piece = { job: Job; state: RunState | null };

/** A run's stay in a slot: the piece it is at, and how many more may follow before others get the slot. */
type Turn = { piece: Piece | null; left: number };

/** A call of a function under way; its work and state move on with every step it has stored. Closed when it must store nothing more. */
type Running = { turn: Turn; work: Work; state: RunState; open: boolean };

const pieceOf = (job: Job | null): Piece | null => (job ? { job, state: null } : null);

/** True once storing one result has been tried for long enough. */
function patience(): () => boolean {
  const until = Date.now() + COMMIT_PATIENCE_MS;
  return () => Date.now() > until;
}

/** Claims due jobs, runs them through the SDK and stores the results, as long as the process lives. */
export class Worker {
  private readonly inHand = new Map<string, Job>();
  private readonly calls = new Map<string, Running>();
  private readonly tasks = new Set<Promise<void>>();
  private stopping = false;
  private awake = false;
  private wakeSleeper: (() => void) | null = null;
  private loops: Promise<void>[] = [];
  private readonly abort = new AbortController();

  constructor(private readonly options: WorkerOptions) {}

  get busy(): boolean {
    return this.inHand.size > 0;
  }

  start(): void {
    this.loops = [this.claimLoop(), this.leaseLoop()];
  }

  /** Something may be due now. */
  readonly wake = (): void => {
    this.awake = true;
    this.wakeSleeper?.();
  };

  /** Takes nothing new, lets what runs finish within `graceMs`, then gives the rest back. */
  async stop(graceMs: number): Promise<void> {
    this.stopping = true;
    this.abort.abort();
    this.wake();
    await Promise.all(this.loops);
    await Promise.race([Promise.all(this.tasks), delay(graceMs, undefined, { ref: false })]);
    await releaseUnfinished(this.options.pool, [...this.inHand.keys()]);
  }

  private async claimLoop(): Promise<void> {
    const { pool, functions, workerNo, slots, leaseMs } = this.options;
    const fnIds = [...functions.keys()];
    let failures = 0;
    while (!this.stopping) {
      this.awake = false;
      const free = slots - this.inHand.size;
      try {
        const jobs = free > 0 ? await claim(pool, workerNo, fnIds, free, leaseMs) : [];
        for (const job of jobs) this.take(job);
        failures = 0;
        if (free === 0 || jobs.length < free) await this.sleep(this.inHand.size > 0 ? this.options.pollMs : await this.untilNextDue(fnIds));
      } catch (error) {
        console.error(`jobs: cannot claim: ${messageOf(error)}`);
        await this.sleep(Math.min(200 * 2 ** failures++, 10_000));
      }
    }
  }

  private take(job: Job): void {
    const task = this.process(job).finally(() => {
      this.tasks.delete(task);
      this.wake();
    });
    this.tasks.add(task);
  }

  private async untilNextDue(fnIds: readonly string[]): Promise<number> {
    const next = await this.options.pool.query<{ ms: number | null }>(
      `select (extract(epoch from min(run_at) - n.now) * 1000)::double precision as ms
       from (select app_now() as now) n, engine.job where token is null and run_at > n.now and fn_id = any ($1) group by n.now`,
      [fnIds],
    );
    return Math.min(Math.max(next.rows[0]?.ms ?? this.options.pollMs, 1), this.options.pollMs);
  }

  private sleep(ms: number): Promise<void> {
    if (this.awake || this.stopping) return Promise.resolve();
    return new Promise((done) => {
      const timer = setTimeout(finish, ms);
      const self = this;
      function finish() {
        clearTimeout(timer);
        self.wakeSleeper = null;
        done();
      }
      this.wakeSleeper = finish;
    });
  }

  private async leaseLoop(): Promise<void> {
    const { pool, workerNo, leaseMs } = this.options;
    while (!this.stopping) {
      try {
        await extendLeases(pool, [...this.inHand.keys()], leaseMs);
        if ((await releaseDead(pool, workerNo, [...this.inHand.keys()])) > 0) this.wake();
      } catch (error) {
        console.error(`jobs: cannot renew leases: ${messageOf(error)}`);
      }
      await delay(leaseMs / 3, undefined, { signal: this.abort.signal }).catch(() => {}); // aborted by stop()
    }
  }

  /** One claimed job and, while they are ours, the pieces of the same run that follow it. */
  private async process(first: Job): Promise<void> {
    const turn: Turn = { piece: null, left: LIMITS.continuations };
    this.hold(turn, { job: first, state: null });
    while (turn.piece) {
      try {
        await this.runOne(turn, turn.piece);
      } catch (error) {
        const { job }: Piece = turn.piece;
        console.error(`jobs: ${job.fn_id} run ${job.run_id}: ${messageOf(error)}`);
        // With the database away the lease runs out instead, which has the same effect.
        if (!isLostConnection(error))
          await releaseBroken(this.options.pool, job, messageOf(error), this.options.backoffFactor).catch((second: unknown) =>
            console.error(`jobs: cannot give back ${job.id}: ${messageOf(second)}`),
          );
        this.hold(turn, null);
      }
    }
  }

  /** Moves a turn to its next piece, or to its end. */
  private hold(turn: Turn, piece: Piece | null): void {
    if (turn.piece) this.inHand.delete(turn.piece.job.token);
    if (piece) this.inHand.set(piece.job.token, piece.job);
    turn.piece = piece;
  }

  private async runOne(turn: Turn, { job, state: known }: Piece): Promise<void> {
    const { pool, functions, backoffFactor, maxCrashes } = this.options;
    const fn = functions.get(job.fn_id);
    if (!fn) throw new Error(`function "${job.fn_id}" is not served here`);
    const state = known ?? (await throughOutages(() => loadRun(pool, job.run_id), patience()));
    if (!state) return this.hold(turn, null);
    const work: Work = { committer: { pool, functions, backoffFactor }, job, fn, event: state.events[0] ?? null, startedAt: state.now };
    const go = async (next: Promise<Job | null>): Promise<void> => this.hold(turn, pieceOf(await next));
    if (job.crashes > maxCrashes) {
      const message = `Given up after ${job.crashes} crashes: each time the process ended or the result could not be stored.`;
      return go(throughOutages(() => commitFailure(work, { name: "TooManyCrashes", message }), patience()));
    }
    if (job.kind === "resume") return go(throughOutages(() => commitResume(work, this.mayContinue(turn)), patience()));
    const running: Running = { turn, work, state, open: true };
    const callId = job.token;
    this.calls.set(callId, running);
    try {
      const answer = await this.call(callId, job, state, fn.maxAttempts);
      if (running.open) await this.store(running, answer);
    } finally {
      this.calls.delete(callId);
    }
  }

  private mayContinue(turn: Turn): boolean {
    turn.left--;
    return turn.left > 0 && !this.stopping;
  }

  /** Stores what a function has done. From here on only storing is repeated, never the function. */
  private async store(running: Running, answer: Answer): Promise<void> {
    const { turn, work, state } = running;
    const mayContinue = this.mayContinue(turn);
    const next = await throughOutages(async () => {
      const simple = await commitNextStep(work, state, answer, mayContinue);
      return simple === undefined ? pieceOf(await commitAnswer(work, answer, mayContinue)) : simple;
    }, patience());
    this.hold(turn, next);
    running.open = Boolean(next?.state);
    if (next?.state) {
      running.work = { ...work, job: next.job, startedAt: next.state.now };
      running.state = next.state;
    }
  }

  /** Stores steps in the middle of a call. False when the call must end there: it is no longer ours, or others get the slot. */
  async checkpoint({ callId, ops }: Checkpoint): Promise<boolean> {
    const running = this.calls.get(callId);
    for (const op of ops) {
      if (!running?.open) return false;
      await this.store(running, { type: "ops", ops: [op], retryAfter: null });
    }
    return Boolean(running?.open);
  }

  private async call(id: string, job: Job, state: RunState, maxAttempts: number): Promise<Answer> {
    try {
      return await callFunction(this.options.handler, {
        id,
        fnId: job.fn_id,
        runId: job.run_id,
        stepId: job.step_id,
        events: state.events,
        steps: state.steps,
        stack: state.stack,
        attempt: job.attempt,
        maxAttempts,
        // While others may report the same step, re-entering must only discover: running what it finds at once could run it twice.
        disableImmediateExecution: job.kind === "run" && (state.pending > 0 || state.raced),
      });
    } catch (error) {
      return { type: "error", error: toStepError({ name: "HandlerError", message: messageOf(error) }), retry: true, retryAfter: null };
    }
  }
}
