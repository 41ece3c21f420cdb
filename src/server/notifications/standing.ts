/** Real time, as in pace.ts. A decision is asked for anew this often while its message waits for its turn … */
const AGAIN_MS = 300;
/** … and never acted on when it is older than this. */
const STANDS_MS = 800;
/** So often the answer is waited for when it takes longer than it stands; then nothing is sent for now. */
const MAX_WAITS = 3;

/**
 * Whether the messages of a batch may still go out. Their turns come over seconds, and somebody may pause or object meanwhile: then what is
 * on the wire is the last. Asked for all that are left at once, not for each.
 */
export class Standing {
  private readonly left: Set<string>;
  private going: ReadonlySet<string>;
  private asking: Promise<void> | null = null;

  /** `since`: when it was begun to decide about `ids` (performance.now()). `ask` says which of some still go. */
  constructor(
    ids: readonly string[],
    private since: number,
    private readonly ask: (ids: readonly string[]) => Promise<ReadonlySet<string>>,
  ) {
    this.left = new Set(ids);
    this.going = this.left;
  }

  /** Throws what `ask` throws, and when no answer comes in time: who cannot know must not send. */
  async allows(id: string): Promise<boolean> {
    for (let waits = 0; this.age() >= STANDS_MS; waits++) {
      if (waits === MAX_WAITS) throw new Error("whether messages may still go could not be found out in time");
      await this.renewed();
    }
    // A failure is not lost: without an answer the next one waits for another, and throws.
    if (this.age() >= AGAIN_MS) this.renewed().catch(() => undefined);
    return this.going.has(id);
  }

  /** It was handed over, or never will be. */
  done(id: string): void {
    this.left.delete(id);
  }

  private age(): number {
    return performance.now() - this.since;
  }

  private renewed(): Promise<void> {
    this.asking ??= this.renew();
    return this.asking;
  }

  private async renew(): Promise<void> {
    const since = performance.now();
    try {
      this.going = await this.ask([...this.left]);
      this.since = since;
    } finally {
      this.asking = null;
    }
  }
}
