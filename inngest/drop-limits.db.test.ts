import { sql } from "kysely";
import { afterAll, beforeAll, expect, it } from "vitest";
import { freezeDrop } from "@/server/campaigns/freeze-drop";
import { launchCampaign } from "@/server/campaigns/launch-campaign";
import { createCampaignShop, createDraft } from "@/server/campaigns/testing";
import { withTenant, workerPool } from "@/server/db";
import { enqueue } from "@/server/jobs/outbox";
import { at, type LedgerShop } from "@/server/ledger/testing";
import { startBackground } from "./background";
import { runtime } from "./runtime";

/** What a real Inngest server allows a run (domain.md 1.5); a result of a step at most 4 MB, a run's state 32 MB. */
const STEPS_PER_RUN = 1_000;
const STEP_BYTES = 4_000_000;
const RUN_BYTES = 32_000_000;
/** Of 5,000 members each: 8.5 million. */
const CHUNKS = 1_701;

let shop: LedgerShop;
beforeAll(async () => {
  await at("2026-06-01T11:30:00Z");
  shop = await createCampaignShop(3);
  await startBackground();
});
afterAll(() => runtime().stop?.());

/** A frozen drop with one chunk to grant and 1,700 that are done already: the steps of millions of people without the people. */
async function hugeDrop(): Promise<string> {
  const { ctx } = shop;
  const draft = await createDraft(ctx, { holdoutBps: 0, messageEnabled: false });
  const { drop } = await launchCampaign(ctx, { id: draft.id });
  if (!drop) throw new Error("launched without a drop");
  await at("2026-06-01T12:00:01Z");
  await freezeDrop(ctx, drop.id);
  await withTenant(ctx, async ({ trx }) => {
    await sql`insert into drop_chunk (org_id, shop_id, drop_id, no, first_seq, last_seq, granted, total, done_at)
      select ${ctx.orgId}, ${ctx.shopId}, ${drop.id}, no, no * 5000 + 1, no * 5000 + 5000, 5000, 2500000, app_now()
      from generate_series(1, ${CHUNKS - 1}::int) no`.execute(trx);
    await trx
      .updateTable("campaign_drop")
      .set({ chunks: CHUNKS, chunks_done: CHUNKS - 1 })
      .where("id", "=", drop.id)
      .execute();
  });
  return drop.id;
}

type Run = { status: string; steps: number; names: number; largest: number; bytes: number; ops: string[] };

it("divides a drop of millions into runs that a real Inngest server takes", { timeout: 120_000 }, async () => {
  const { ctx } = shop;
  const dropId = await hugeDrop();
  await withTenant(ctx, ({ trx }) => enqueue(trx, { name: "campaign/drop.due", data: { orgId: ctx.orgId, shopId: ctx.shopId, dropId } }));
  const status = () =>
    withTenant(ctx, ({ trx }) =>
      trx.selectFrom("campaign_drop").select(["status", "granted_count"]).where("id", "=", dropId).executeTakeFirst(),
    );
  await expect.poll(status, { timeout: 100_000, interval: 200 }).toEqual({ status: "done", granted_count: 3 });

  const runsOf = async () => {
    const { rows } = await workerPool().query<Run>(
      `select r.status, count(s.id)::int as steps, count(distinct s.name)::int as names, max(s.bytes) as largest, sum(s.bytes)::int as bytes,
         array_agg(distinct s.op order by s.op) as ops
       from engine.run r join engine.step s on s.run_id = r.id where r.fn_id like '%campaign-drop' and r.events -> 0 -> 'data' ->> 'dropId' = $1
       group by r.id, r.status, r.queued_at order by r.queued_at`,
      [dropId],
    );
    return rows;
  };
  await expect.poll(async () => (await runsOf()).filter((run) => run.status === "completed").length, { timeout: 20_000 }).toBe(3);
  const runs = await runsOf();
  for (const run of runs) {
    expect(run.steps).toBeLessThan(STEPS_PER_RUN);
    expect(run.largest).toBeLessThan(STEP_BYTES);
    expect(run.bytes).toBeLessThan(RUN_BYTES);
    // Names told apart by the code, not by their order: a replay on another server means the same step.
    expect(run.names).toBe(run.steps);
  }
  expect(runs.map((run) => run.steps)).toEqual([102, 102, 15]);
});
