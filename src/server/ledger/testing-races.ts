/** Two connections in a fixed order: the first does its work and keeps its transaction open until the second is seen waiting for it. */
import pg from "pg";
import { withTenant } from "@/server/db";
import { AppError } from "@/server/errors";
import type { ShopContext } from "@/server/tenancy/context";

let watcher: pg.Client | undefined;

export async function startWatching(): Promise<void> {
  watcher = new pg.Client({ connectionString: process.env.DATABASE_URL });
  await watcher.connect();
}
export const stopWatching = async (): Promise<void> => watcher?.end();

const PATIENCE_MS = 5_000;

/** Waits until one backend of this database waits for a lock; fails after five seconds. */
export async function someoneWaits(patienceMs = PATIENCE_MS): Promise<void> {
  if (!watcher) throw new Error("call startWatching first");
  for (let tries = 0; tries < patienceMs / 10; tries++) {
    const { rows } = await watcher.query(
      "select count(*)::int as n from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'",
    );
    if (rows[0].n > 0) return;
    await new Promise((done) => setTimeout(done, 10));
  }
  throw new Error("nobody waits: the second operation does not depend on the first one's lock");
}

export type Settled = { ok: unknown } | { code: string };
export const settle = (work: Promise<unknown>): Promise<Settled> =>
  work.then(
    (ok) => ({ ok }),
    (error: unknown) => {
      if (error instanceof AppError) return { code: error.code };
      throw error;
    },
  );

/**
 * Runs `first`, starts `second` while the first is not committed, runs `between` when the second waits, and lets the first commit. The
 * second is seen to its end even when the first fails: it may fail as well, and must not do so in the middle of the next test.
 */
export async function interleave(
  ctx: ShopContext,
  first: (inner: ShopContext) => Promise<unknown>,
  second: () => Promise<unknown>,
  { between = async () => {}, patienceMs = PATIENCE_MS }: { between?: () => Promise<unknown>; patienceMs?: number } = {},
): Promise<{ first: unknown; second: Settled }> {
  let late: Promise<PromiseSettledResult<Settled>[]> | undefined;
  const early = withTenant(ctx, async (handle) => {
    const result = await first({ ...ctx, trx: handle });
    late = Promise.allSettled([settle(second())]);
    await someoneWaits(patienceMs);
    await between();
    return result;
  });
  const [one] = await Promise.allSettled([early]);
  const [two] = (await late) ?? [];
  if (one.status === "rejected") throw one.reason;
  if (two?.status !== "fulfilled") throw two?.reason;
  return { first: one.value, second: two.value };
}
