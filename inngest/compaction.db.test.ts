import pg from "pg";
import { afterAll, beforeAll, expect, it } from "vitest";
import { withTenant } from "@/server/db";
import { listRuns } from "@/server/jobs/list-runs";
import { at, createLedgerShop, type LedgerShop } from "@/server/ledger/testing";
import { startBackground } from "./background";
import { runtime } from "./runtime";

/** With their older versions more than the size below which nothing is done. */
const PEOPLE = 36_000;
/** On a busy machine the table may not be free within the time a night waits for it. */
const MAX_NIGHTS = 6;

let shop: LedgerShop;
let owner: pg.Client;
beforeAll(async () => {
  await at("2030-05-01T02:00:00Z");
  shop = await createLedgerShop(PEOPLE);
  owner = new pg.Client({ connectionString: process.env.DATABASE_URL });
  await owner.connect();
  await startBackground({ backoffFactor: 0.002 });
}, 180_000);
afterAll(async () => {
  await runtime().stop?.();
  await owner.end();
});

/** Leaves the room of every row's older version behind. */
async function leaveRoom(): Promise<void> {
  await withTenant(shop.ctx, ({ trx }) =>
    trx
      .updateTable("customer_metrics")
      .set((eb) => ({ clicks_count: eb("clicks_count", "+", 1) }))
      .execute(),
  );
  await owner.query("vacuum analyze customer_metrics");
}

const size = async (): Promise<number> =>
  Number((await owner.query<{ bytes: string }>("select pg_relation_size('customer_metrics') as bytes")).rows[0]?.bytes);

/** As the page of background runs shows them, oldest first; what a run of the system returned or met is for the operator only. */
async function compactions() {
  const { items } = await listRuns(shop.ctx, { functionId: "guthaben-metrics-compact" });
  const { rows } = await owner.query<{ id: string; output: unknown; message: string | null }>(
    "select id, output, error ->> 'message' as message from engine.run",
  );
  const told = new Map(rows.map((row) => [row.id, row.output ?? row.message]));
  return items.reverse().map(({ id, status }) => ({ status, told: told.get(id) }));
}

const night = async (day: number, time: string): Promise<void> => {
  await at(`2030-05-0${day.toString()}T${time}Z`);
  await runtime().engine?.idle();
};

it("compacts the figures once a night, at its minute, and shows where it could not", { timeout: 240_000 }, async () => {
  await runtime().engine?.idle();
  await leaveRoom();
  const bytes = await size();
  await night(1, "02:30:00");
  expect(await compactions()).toEqual([]);
  const [rewritten, left] = [true, false].map((done) => ({ status: "completed", told: { rewritten: done } }));
  const runs: unknown[] = [];
  let day = 0;
  do {
    day++;
    // What the day before left to do is done first: some of it writes every row.
    await night(day, "02:30:00");
    await night(day, "02:35:01");
    await night(day, "02:39:00");
    runs.push(left);
  } while (day < MAX_NIGHTS && JSON.stringify((await compactions()).at(-1)) !== JSON.stringify(rewritten));
  runs.splice(-1, 1, rewritten);
  expect(await compactions()).toEqual(runs);
  expect(await size()).toBeLessThan(0.6 * bytes);

  // Nothing to do is done in no time, and said.
  await night(day + 1, "02:36:00");
  runs.push(left);
  expect(await compactions()).toEqual(runs);

  await owner.query("revoke execute on function compact_customer_metrics() from guthaben_app");
  await night(day + 2, "02:36:00");
  const failed = { status: "failed", told: "permission denied for function compact_customer_metrics" };
  await expect.poll(compactions).toEqual([...runs, failed]);
  // What follows in the night does not hang on it.
  await night(day + 2, "02:42:00");
  expect((await listRuns(shop.ctx, { functionId: "guthaben-segments-nightly" })).items[0]).toMatchObject({ status: "completed" });
});
