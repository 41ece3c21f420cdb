/** Real time, not the domain's clock: it is about how fast packets leave, whatever day a test plays. */
const SECOND = 1_000;
/** Whoever waits looks up this often to see whether it still makes sense. */
const LOOK_UP_MS = 250;

/** One lane of a rate limit: whoever asks is told how long to wait, in the order of asking. */
class Lane {
  private next = 0;
  constructor(private readonly perSecond: number) {}
  /** Milliseconds until the caller's turn. Up to a tenth of a second's worth may go at once. */
  wait(now: number): number {
    const step = SECOND / this.perSecond;
    this.next = Math.max(this.next + step, now - Math.min(SECOND / 10, step));
    return Math.max(0, this.next - now);
  }
}

/** Limits per provider and per recipient domain (0 = none). One object serves all batches of a run. */
export class Pace {
  private readonly provider: Lane | null;
  private readonly domains = new Map<string, Lane>();
  constructor(
    perSecond: number,
    private readonly perDomain: number,
  ) {
    this.provider = perSecond > 0 ? new Lane(perSecond) : null;
  }

  /** Waits for the turn of a message to an address, as long as it still may go; whether it may. */
  async turn(address: string, may: () => Promise<boolean>): Promise<boolean> {
    const now = performance.now();
    const due = now + Math.max(this.provider?.wait(now) ?? 0, this.domainLane(address)?.wait(now) ?? 0);
    for (;;) {
      const left = due - performance.now();
      if (left > 1) await new Promise((done) => setTimeout(done, Math.min(left, LOOK_UP_MS)));
      if (!(await may())) return false;
      if (due - performance.now() <= 1) return true;
    }
  }

  private domainLane(address: string): Lane | null {
    const at = address.lastIndexOf("@");
    if (this.perDomain === 0 || at < 0) return null;
    const domain = address.slice(at + 1).toLowerCase();
    let lane = this.domains.get(domain);
    if (!lane) {
      lane = new Lane(this.perDomain);
      this.domains.set(domain, lane);
    }
    return lane;
  }
}

/** Runs work over items, so many at a time. */
export async function inParallel<T>(items: readonly T[], limit: number, work: (item: T) => Promise<void>): Promise<void> {
  let next = 0;
  const worker = async () => {
    for (let item = items[next++]; item !== undefined; item = items[next++]) await work(item);
  };
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, worker));
}
