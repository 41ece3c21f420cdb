/** Requests a second and how many may come at once, per API key (domain.md 5.4). */
export const API_RATE = { perSecond: 10, burst: 50 };

type Bucket = { tokens: number; at: number };

/**
 * A token bucket per key, in this process: with n app processes a key gets up to n times the rate. That is the purpose's measure
 * (protect the database from a runaway script), not billing. Holds at most `maxKeys`; full buckets are forgotten first.
 */
export class RateLimiter {
  private readonly buckets = new Map<string, Bucket>();

  constructor(
    private readonly rate = API_RATE,
    private readonly maxKeys = 10_000,
  ) {}

  /** Takes one token. @param now milliseconds of a monotonic clock. @returns seconds to wait, 0 when the request may go on. */
  take(key: string, now: number): number {
    const known = this.buckets.get(key);
    const tokens = known ? Math.min(this.rate.burst, known.tokens + ((now - known.at) / 1000) * this.rate.perSecond) : this.rate.burst;
    const allowed = tokens >= 1;
    if (!known && this.buckets.size >= this.maxKeys) this.forget(now);
    this.buckets.set(key, { tokens: allowed ? tokens - 1 : tokens, at: now });
    return allowed ? 0 : Math.ceil((1 - tokens) / this.rate.perSecond);
  }

  private forget(now: number): void {
    const fullAfter = (this.rate.burst / this.rate.perSecond) * 1000;
    for (const [key, bucket] of this.buckets) if (now - bucket.at >= fullAfter) this.buckets.delete(key);
    // All of them busy: the one that has waited longest for a request makes room.
    const oldest = this.buckets.keys().next().value;
    if (this.buckets.size >= this.maxKeys && oldest !== undefined) this.buckets.delete(oldest);
  }
}
