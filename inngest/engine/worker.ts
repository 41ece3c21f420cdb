import { setTimeout as delay } from "node:timers/promises";
import type pg from "pg";
import { commitAnswer, commitFailure, commitNextStep, commitResume, loadRun, type RunState } from "./commit";
import type { Functions } from "./ingest";
import { claim, extendLeases, releaseBroken, releaseDead, releaseUnfinished } from "./leases";
import type { Job, Work } from "./progress";
import { type Answer, callFunction, type Handler, toStepError } from "./protocol";
import { isLostConnection, LIMITS, messageOf, throughOutages } from "./store";

export type WorkerOptions = {
  pool: pg.Pool;
  handler: Handler;
  signingKey: string;
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

/** Claims due jobs, runs them through the SDK and stores the results, as long as the process lives. */
export class Worker {
  private readonly inHand = new Map<string, Job>();
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
    this.inHand.set(job.token, job);
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
    let piece: Piece | null = { job: first, state: null };
    for (let left = LIMITS.continuations; piece; left--) {
      const { job, state }: Piece = piece;
      try {
        piece = await this.runOne(job, state, left > 1 && !this.stopping);
        if (piece) this.inHand.set(piece.job.token, piece.job);
      } catch (error) {
        piece = null;
        console.error(`jobs: ${job.fn_id} run ${job.run_id}: ${messageOf(error)}`);
        // With the database away the lease runs out instead, which has the same effect.
        if (!isLostConnection(error))
          await releaseBroken(this.options.pool, job, messageOf(error), this.options.backoffFactor).catch((second: unknown) =>
            console.error(`jobs: cannot give back ${job.id}: ${messageOf(second)}`),
          );
      } finally {
        this.inHand.delete(job.token);
      }
    }
  }

  private async runOne(job: Job, known: RunState | null, mayContinue: boolean): Promise<Piece | null> {
    const { pool, functions, backoffFactor, maxCrashes } = this.options;
    const fn = functions.get(job.fn_id);
    if (!fn) throw new Error(`function "${job.fn_id}" is not served here`);
    const patience = (): (() => boolean) => {
      const until = Date.now() + COMMIT_PATIENCE_MS;
      return () => Date.now() > until;
    };
    const state = known ?? (await throughOutages(() => loadRun(pool, job.run_id), patience()));
    if (!state) return null;
    const work: Work = { committer: { pool, functions, backoffFactor }, job, fn, event: state.events[0] ?? null, startedAt: state.now };
    const piece = (next: Job | null): Piece | null => (next ? { job: next, state: null } : null);
    if (job.crashes > maxCrashes) {
      const message = `Given up after ${job.crashes} crashes: each time the process ended or the result could not be stored.`;
      return piece(await throughOutages(() => commitFailure(work, { name: "TooManyCrashes", message }), patience()));
    }
    if (job.kind === "resume") return piece(await throughOutages(() => commitResume(work, mayContinue), patience()));
    const answer = await this.call(job, state, fn.maxAttempts);
    // The function has run: from here on only storing is repeated, never the function.
    return throughOutages(async () => {
      const next = await commitNextStep(work, state, answer, mayContinue);
      return next === undefined ? piece(await commitAnswer(work, answer, mayContinue)) : next;
    }, patience());
  }

  private async call(job: Job, state: RunState, maxAttempts: number): Promise<Answer> {
    const { handler, signingKey } = this.options;
    try {
      return await callFunction(handler, signingKey, {
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
