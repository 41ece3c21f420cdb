import { sql } from "kysely";
import pg from "pg";
import { beforeAll, describe, expect, it } from "vitest";
import { withTenant } from "@/server/db";
import { at, type LedgerShop, violationsOf } from "@/server/ledger/testing";
import type { ShopContext } from "@/server/tenancy/context";
import { armOf } from "./assignment";
import { finishDrop } from "./finish-drop";
import { freezeDrop } from "./freeze-drop";
import { getCampaign } from "./get-campaign";
import { grantChunk } from "./grant-chunk";
import { launchCampaign } from "./launch-campaign";
import { pauseCampaign } from "./pause-campaign";
import { resumeCampaign } from "./resume-campaign";
import { createCampaignShop, createDraft, insertSegment, outboxOf } from "./testing";

/** Launches a campaign and moves the clock to its release. */
async function released(ctx: ShopContext, patch: Parameters<typeof createDraft>[1] = {}): Promise<{ id: string; dropId: string }> {
  await at("2026-06-01T11:30:00Z");
  const draft = await createDraft(ctx, patch);
  const { drop } = await launchCampaign(ctx, { id: draft.id });
  if (!drop) throw new Error("launched without a drop");
  await at("2026-06-01T12:00:01Z");
  return { id: draft.id, dropId: drop.id };
}

type Facts = { treated: bigint; lots: bigint; twice: bigint; granted: bigint; messages: bigint; member_granted: bigint };

const factsOf = (ctx: ShopContext, dropId: string): Promise<Facts> =>
  withTenant(ctx, async ({ trx }) => {
    const { rows } = await sql<Facts>`
      select (select count(*) from drop_member where drop_id = ${dropId} and arm = 'treated') as treated,
             (select count(*) from drop_member m where drop_id = ${dropId} and arm = 'treated' and (status = 'granted' or status = 'planned'
               and exists (select from drop_chunk c where c.drop_id = m.drop_id and c.done_at is not null and m.seq between c.first_seq and c.last_seq))) as member_granted,
             (select count(*) from ledger.lot where source_id = ${dropId}) as lots,
             (select coalesce(sum(granted), 0)::bigint from ledger.lot where source_id = ${dropId}) as granted,
             (select count(*) from (select customer_id from ledger.lot where source_id = ${dropId} group by 1 having count(*) > 1) t) as twice,
             (select count(*) from message where key like ${`drop:${dropId}:%`}) as messages`.execute(trx);
    const row = rows[0];
    if (!row) throw new Error("no facts");
    return row;
  });

/** Fresh tables have no statistics; the invariants' joins need them to be fast. Only the owner may. */
async function analyze(): Promise<void> {
  const owner = new pg.Client({ connectionString: process.env.DATABASE_URL });
  await owner.connect();
  await owner.query("analyze ledger.account, ledger.transfer, ledger.posting, ledger.lot, ledger.lot_move");
  await owner.end();
}

/** What must hold after any drop: one lot and one message per treated member, counters equal to the books, no broken invariant. */
async function expectExactlyOnce(ctx: ShopContext, id: string, dropId: string): Promise<void> {
  const facts = await factsOf(ctx, dropId);
  const { drop } = await getCampaign(ctx, { id });
  if (!drop) throw new Error("no drop");
  expect(facts.lots).toBe(facts.treated);
  expect(facts.twice).toBe(0n);
  expect(facts.member_granted).toBe(facts.treated);
  expect(facts.messages).toBe(facts.treated);
  expect(BigInt(drop.grantedCount)).toBe(facts.treated);
  expect(drop.grantedTotal).toBe(facts.granted);
  expect(drop.grantedTotal).toBe(drop.cap);
  await analyze();
  expect(await violationsOf(ctx)).toEqual([]);
}

let shop: LedgerShop;
let ctx: ShopContext;
beforeAll(async () => {
  await at("2026-06-01T11:00:00Z");
  shop = await createCampaignShop(12_000);
  ctx = shop.ctx;
});

describe("freezing", () => {
  it("gives every member the arm of the hash, once, and answers a replay alike", async () => {
    const { id, dropId } = await released(ctx);
    const first = await freezeDrop(ctx, dropId);
    expect(await freezeDrop(ctx, dropId)).toEqual(first);
    const members = await withTenant(ctx, ({ trx }) =>
      trx.selectFrom("drop_member").select(["seq", "customer_id", "arm", "amount"]).where("drop_id", "=", dropId).orderBy("seq").execute(),
    );
    expect(members).toHaveLength(12_000);
    expect(members.map((m) => m.seq)).toEqual(members.map((_, i) => i + 1));
    expect(members.filter((m) => m.arm !== armOf(id, m.customer_id, 1000))).toEqual([]);
    expect(members.filter((m) => m.amount !== (m.arm === "treated" ? 500n : 0n))).toEqual([]);
    const treated = members.filter((m) => m.arm === "treated");
    expect(members.slice(0, treated.length)).toEqual(treated);
    const { drop, status } = await getCampaign(ctx, { id });
    expect(status).toBe("running");
    expect(drop).toMatchObject({ members: 12_000, treated: treated.length, control: 12_000 - treated.length, chunks: 3 });
    expect(await factsOf(ctx, dropId)).toMatchObject({ lots: 0n, messages: 0n });
  });

  it("does not start before its time", async () => {
    const { dropId } = await released(ctx);
    await at("2026-06-01T11:59:59Z");
    expect(await freezeDrop(ctx, dropId)).toEqual({ status: "early", runAt: "2026-06-01T12:00:00.000Z" });
    expect(await factsOf(ctx, dropId)).toMatchObject({ treated: 0n });
  });

  it("fails in words when nobody is left at its time", async () => {
    const { ctx: small } = await createCampaignShop(1);
    const { id, dropId } = await released(small, { holdoutBps: 0 });
    await withTenant(small, ({ trx, now }) => trx.updateTable("customer").set({ erased_at: now }).execute());
    expect(await freezeDrop(small, dropId)).toEqual({ status: "stopped", reason: "failed" });
    expect(await getCampaign(small, { id })).toMatchObject({
      status: "failed",
      statusReason: "EMPTY_AUDIENCE",
      drop: { status: "failed" },
    });
  });

  it("grants by the query as it was at launch, whatever the segment says later", async () => {
    const { ctx: few, customers } = await createCampaignShop(3);
    await withTenant(few, ({ trx }) =>
      trx
        .updateTable("customer")
        .set({ tags: ["vip"] })
        .where("id", "=", customers[0] ?? "")
        .execute(),
    );
    const segmentId = await insertSegment(few, "customer_tags CONTAINS 'vip'");
    const { dropId } = await released(few, { segmentId, holdoutBps: 0 });
    await withTenant(few, ({ trx }) => trx.updateTable("segment").set({ query: "", ast: '{"kind":"and","children":[]}' }).execute());
    await freezeDrop(few, dropId);
    expect(await factsOf(few, dropId)).toMatchObject({ treated: 1n });
  });
});

describe("granting", () => {
  it("books nothing twice when chunks are replayed, run at once, or rolled back in between (B01)", async () => {
    const { id, dropId } = await released(ctx);
    await freezeDrop(ctx, dropId);
    // A crash after the work and before the commit: nothing of the chunk may remain.
    await expect(
      withTenant(ctx, async (handle) => {
        expect(await grantChunk({ ...ctx, trx: handle }, { dropId, no: 0 })).toMatchObject({ status: "granted", replay: false });
        throw new Error("crash");
      }),
    ).rejects.toThrow("crash");
    expect(await factsOf(ctx, dropId)).toMatchObject({ lots: 0n, messages: 0n, member_granted: 0n });
    const first = await grantChunk(ctx, { dropId, no: 0 });
    expect(first).toEqual({ status: "granted", granted: 5000, total: "2500000", replay: false });
    // The same chunk again, as after a crash between commit and acknowledgement, and the others from four workers at once.
    expect(await grantChunk(ctx, { dropId, no: 0 })).toEqual({ ...first, replay: true });
    const results = await Promise.all([1, 2, 1, 2, 0, 1].map((no) => grantChunk(ctx, { dropId, no })));
    expect(results.filter((r) => r.status === "granted" && !r.replay)).toHaveLength(2);
    await expectExactlyOnce(ctx, id, dropId);
  });

  it("survives killed connections at any moment", async () => {
    const { id, dropId } = await released(ctx);
    await freezeDrop(ctx, dropId);
    const killer = new pg.Client({ connectionString: process.env.DATABASE_URL });
    await killer.connect();
    let kills = 0;
    let running = true;
    const murder = (async () => {
      while (running) {
        await new Promise((done) => setTimeout(done, 15 + Math.random() * 120));
        const { rowCount } = await killer.query(
          `select pg_terminate_backend(pid) from pg_stat_activity
           where datname = current_database() and pid <> pg_backend_pid() and state <> 'idle' and random() < 0.5 and $1::boolean`,
          [kills < 12],
        );
        kills += rowCount ?? 0;
      }
    })();
    const insist = async (no: number): Promise<void> => {
      for (let attempt = 0; attempt < 60; attempt++) {
        try {
          const result = await grantChunk(ctx, { dropId, no });
          if (result.status !== "granted") throw new Error(`stopped: ${result.reason}`);
          return;
        } catch (error) {
          if (error instanceof Error && error.message.startsWith("stopped")) throw error;
          await new Promise((done) => setTimeout(done, 20));
        }
      }
      throw new Error(`chunk ${no} never finished`);
    };
    await Promise.all([0, 1, 2, 2, 1, 0].map(insist));
    running = false;
    await murder;
    await killer.end();
    expect(kills).toBeGreaterThan(0);
    await expectExactlyOnce(ctx, id, dropId);
  }, 60_000);

  it("is a no-op when the release event comes again after a day (B02)", async () => {
    const { id, dropId } = await released(ctx);
    const frozen = await freezeDrop(ctx, dropId);
    for (let no = 0; frozen.status === "granting" && no < frozen.chunks; no++) await grantChunk(ctx, { dropId, no });
    expect(await finishDrop(ctx, dropId)).toMatchObject({ status: "done" });
    const before = await factsOf(ctx, dropId);
    await at("2026-06-02T13:00:01Z");
    expect(await freezeDrop(ctx, dropId)).toEqual({ status: "stopped", reason: "done" });
    expect(await grantChunk(ctx, { dropId, no: 0 })).toMatchObject({ replay: true });
    expect(await finishDrop(ctx, dropId)).toMatchObject({ status: "done" });
    expect(await factsOf(ctx, dropId)).toEqual(before);
    expect((await getCampaign(ctx, { id })).status).toBe("running");
  });

  it("stops between chunks on pause and goes on exactly there", async () => {
    const { id, dropId } = await released(ctx);
    await freezeDrop(ctx, dropId);
    await grantChunk(ctx, { dropId, no: 0 });
    const paused = await pauseCampaign(ctx, { id });
    expect(paused).toMatchObject({ status: "paused", drop: { status: "paused", chunksDone: 1 } });
    expect(await grantChunk(ctx, { dropId, no: 1 })).toEqual({ status: "stopped", reason: "paused" });
    expect(await freezeDrop(ctx, dropId)).toEqual({ status: "stopped", reason: "paused" });
    expect(await factsOf(ctx, dropId)).toMatchObject({ lots: 5000n });
    const events = (await outboxOf(ctx, "campaign/drop.due")).filter((e) => e.data.dropId === dropId).length;
    const resumed = await resumeCampaign(ctx, { id });
    expect(resumed).toMatchObject({ status: "running", drop: { status: "granting", chunksDone: 1 } });
    expect((await outboxOf(ctx, "campaign/drop.due")).filter((e) => e.data.dropId === dropId)).toHaveLength(events + 1);
    for (const no of [0, 1, 2]) await grantChunk(ctx, { dropId, no });
    await finishDrop(ctx, dropId);
    await expectExactlyOnce(ctx, id, dropId);
  });

  it("refuses to go on when its credit would be granted expired", async () => {
    const { id, dropId } = await released(ctx, { expiryDays: 1 });
    await freezeDrop(ctx, dropId);
    await grantChunk(ctx, { dropId, no: 0 });
    await pauseCampaign(ctx, { id });
    await at("2026-06-03T00:00:00Z");
    await expect(resumeCampaign(ctx, { id })).rejects.toMatchObject({ code: "EXPIRES_IN_PAST" });
  });

  it("two campaigns that start together both grant each person once (B16)", async () => {
    const a = await released(ctx);
    const b = await released(ctx);
    await Promise.all([freezeDrop(ctx, a.dropId), freezeDrop(ctx, b.dropId)]);
    await Promise.all([a, b].flatMap(({ dropId }) => [0, 1, 2].map((no) => grantChunk(ctx, { dropId, no }))));
    await expectExactlyOnce(ctx, a.id, a.dropId);
    await expectExactlyOnce(ctx, b.id, b.dropId);
  });

  it("releases a late drop when it really starts, with all its days", async () => {
    const { id, dropId } = await released(ctx, { expiryDays: 10 });
    await at("2026-06-04T09:00:00Z");
    await freezeDrop(ctx, dropId);
    const late = await getCampaign(ctx, { id });
    expect(late.releasedAt?.toISOString().slice(0, 16)).toBe("2026-06-04T09:00");
    expect(late.expiresAt?.toISOString()).toBe("2026-06-14T22:00:00.000Z");
    expect(await grantChunk(ctx, { dropId, no: 0 })).toMatchObject({ status: "granted" });
  });
});
