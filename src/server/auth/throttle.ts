import { sql } from "kysely";
import { withoutTenant } from "@/server/db";
import { AppError } from "@/server/errors";

/** At most `limit` attempts in `windowSeconds` for each key. */
export type Throttle = { key: string; limit: number; windowSeconds: number };

/**
 * Counts one attempt for every key, atomically in SQL (parallel guesses cannot slip through between reading and writing), in a
 * transaction of its own, so that a failing sign-in is still counted. Throws TOO_MANY_REQUESTS with the seconds to wait.
 */
export async function throttle(...limits: readonly Throttle[]): Promise<void> {
  const wait = await withoutTenant(async ({ trx }) => {
    let longest = 0;
    // Always in the same order of keys: two requests never wait for each other's row.
    for (const { key, limit, windowSeconds } of [...limits].sort((a, b) => (a.key < b.key ? -1 : 1))) {
      const counted = await sql<{ attempts: number; wait: number }>`
        insert into auth_throttle as t (key, window_start, attempts) values (${key}, clock_timestamp(), 1)
        on conflict (key) do update set
          attempts = case when t.window_start < clock_timestamp() - make_interval(secs => ${windowSeconds}) then 1 else t.attempts + 1 end,
          window_start = case when t.window_start < clock_timestamp() - make_interval(secs => ${windowSeconds}) then clock_timestamp() else t.window_start end
        returning attempts, ceil(extract(epoch from window_start + make_interval(secs => ${windowSeconds}) - clock_timestamp()))::int as wait`.execute(
        trx,
      );
      const row = counted.rows[0];
      if (row && row.attempts > limit) longest = Math.max(longest, row.wait, 1);
    }
    return longest;
  });
  if (wait > 0) throw new AppError("TOO_MANY_REQUESTS", { seconds: wait });
}

/** Forgets old windows; called when someone signs in, so that the table stays as small as the last hour. */
export const sweepThrottle = (): Promise<void> =>
  withoutTenant(async ({ trx }) => {
    await sql`delete from auth_throttle where window_start < clock_timestamp() - interval '1 hour'`.execute(trx);
  });
