import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { listAudit } from "@/server/audit/list-audit";
import { createPool, withTenant } from "@/server/db";
import { cancelRun, retryRun } from "@/server/jobs/change-run";
import type { JobEvent } from "@/server/jobs/events";
import { getRun } from "@/server/jobs/get-run";
import { listRuns, runsOverview } from "@/server/jobs/list-runs";
import { enqueue } from "@/server/jobs/outbox";
import { type TestTenant, testTenant } from "@/server/tenancy/world.testing";
import { createDispatcher, type Deliver } from "./dispatch-outbox";
import { startTestEngine, type TestEngine } from "./engine/testing";

let ours: TestTenant;
let theirs: TestTenant;
let test: TestEngine;
let broken = true;

beforeAll(async () => {
  [ours, theirs] = [await testTenant("Ours"), await testTenant("Theirs")];
  test = await startTestEngine((client) => [
    client.createFunction(
      { id: "refresh", name: "Refresh metrics", triggers: [{ event: "metrics/refresh.due" }], retries: 1 },
      async ({ step }) => {
        const rows = await step.run("count", () => 3);
        return step.run("store", () => {
          if (broken) throw new Error("table is locked");
          return { rows };
        });
      },
    ),
    client.createFunction({ id: "nap", triggers: [{ event: "nap" }] }, async ({ step }) => step.sleep("long", "30d")),
    client.createFunction({ id: "sweep", triggers: [{ cron: "0 3 * * *" }] }, async () => ({ customers: 12 })),
  ]);
});
afterAll(() => test.stop());

const due = (tenant: TestTenant): JobEvent => ({ name: "metrics/refresh.due", data: { orgId: tenant.orgId, shopId: tenant.shopId } });

describe("the outbox", () => {
  it("has an event exactly when its transaction has committed, and delivers it under the row's id", async () => {
    const delivered: Parameters<Deliver>[0] = [];
    const dispatcher = createDispatcher({ pool: test.pool, deliver: async (events) => void delivered.push(...events) });
    await expect(
      withTenant(ours.shop, async ({ trx }) => {
        await enqueue(trx, due(ours));
        throw new Error("rolled back");
      }),
    ).rejects.toThrow("rolled back");
    expect(await dispatcher.flush()).toBe(0);
    const id = crypto.randomUUID();
    await withTenant(ours.shop, async ({ trx }) => {
      await enqueue(trx, { ...due(ours), id });
      await enqueue(trx, { ...due(ours), id });
    });
    expect(await dispatcher.flush()).toBe(1);
    expect(await dispatcher.flush()).toBe(0);
    expect(delivered).toEqual([{ id, name: "metrics/refresh.due", data: { orgId: ours.orgId, shopId: ours.shopId } }]);
  });

  it("refuses data that does not fit the catalogue and another tenant's rows", async () => {
    const odd = { name: "metrics/refresh.due", data: { orgId: ours.orgId, shopId: "x" } } as const;
    await expect(withTenant(ours.shop, ({ trx }) => enqueue(trx, odd))).rejects.toThrow();
    await expect(withTenant(ours.shop, ({ trx }) => enqueue(trx, due(theirs)))).rejects.toThrow(/row-level security/);
  });

  it("keeps what could not be delivered and puts it off; several dispatchers send each event once", async () => {
    const late = new Date(Date.now() + 3_600_000);
    await withTenant(theirs.shop, async ({ trx }) => {
      for (let i = 0; i < 60; i++) await enqueue(trx, due(theirs));
      await enqueue(trx, { ...due(theirs), runAt: late });
    });
    const failing = createDispatcher({ pool: test.pool, chunk: 10, deliver: () => Promise.reject(new Error("service away")) });
    await expect(failing.flush()).rejects.toThrow("service away");
    const put = await test.pool.query("select attempts, last_error from job_outbox where sent_at is null and attempts > 0");
    expect(put.rows).toEqual(Array(10).fill({ attempts: 1, last_error: "service away" }));
    await test.pool.query("update job_outbox set run_at = app_now() where attempts > 0");
    const seen: string[] = [];
    const deliver: Deliver = async (events) => {
      await new Promise((done) => setTimeout(done, 5));
      seen.push(...events.map((event) => event.id));
    };
    await Promise.all([1, 2, 3].map(() => createDispatcher({ pool: test.pool, chunk: 7, deliver }).flush()));
    expect(seen).toHaveLength(60);
    expect(new Set(seen).size).toBe(60);
  });

  it("wakes up for a new row without waiting for the poll", async () => {
    const delivered: string[] = [];
    const pool = createPool(process.env.DATABASE_URL ?? "", "guthaben_worker", 4);
    const dispatcher = createDispatcher({
      pool,
      pollMs: 60_000,
      deliver: async (events) => void delivered.push(...events.map((event) => event.id)),
    });
    dispatcher.start();
    await new Promise((done) => setTimeout(done, 300));
    const id = crypto.randomUUID();
    await withTenant(ours.shop, ({ trx }) => enqueue(trx, { ...due(ours), id }));
    await expect.poll(() => delivered, { timeout: 3_000 }).toEqual([id]);
    await dispatcher.stop();
    await pool.end();
  });
});

describe("runs", () => {
  it("show a tenant its own runs with steps and attempts, and others nothing", async () => {
    await test.engine.send([due(ours), due(theirs)]);
    await test.engine.idle({ withinMs: 2_000 });
    const mine = await listRuns(ours.shop, {});
    expect(mine.items).toMatchObject([
      { status: "failed", functionName: "Refresh metrics", errorMessage: "table is locked", system: false },
    ]);
    const runId = mine.items[0]?.id ?? "";
    await expect(getRun(theirs.shop, { runId })).rejects.toMatchObject({ code: "NOT_FOUND" });
    await expect(retryRun(theirs.shop, { runId })).rejects.toMatchObject({ code: "NOT_FOUND" });
    const run = await getRun(ours.shop, { runId });
    expect(run.steps.map((step) => [step.name, step.status])).toEqual([
      ["count", "completed"],
      ["store", "failed"],
    ]);
    expect(run.attempts.map((attempt) => [attempt.number, attempt.error?.message])).toContainEqual([1, "table is locked"]);
    expect(run.events).toContain(ours.shopId);
    expect((await listRuns(ours.shop, { search: ours.shopId.slice(0, 13), status: "failed" })).items).toHaveLength(1);
    expect((await listRuns(ours.shop, { search: "100%" })).items).toEqual([]);
    expect((await runsOverview(ours.shop)).recent).toEqual({ open: 0, failed: 1 });
  });

  it("are tried again from the failed step, with an entry in the audit log", async () => {
    const runId = (await listRuns(ours.shop, { status: "failed" })).items[0]?.id ?? "";
    await expect(cancelRun(ours.shop, { runId })).rejects.toMatchObject({ code: "RUN_STATE" });
    broken = false;
    await retryRun(ours.shop, { runId });
    await test.engine.idle();
    expect(await getRun(ours.shop, { runId })).toMatchObject({ status: "completed", output: '{\n  "rows": 3\n}' });
    await expect(retryRun(ours.shop, { runId })).rejects.toMatchObject({ code: "RUN_STATE" });
    expect((await listAudit(ours.org, {})).items[0]).toMatchObject({ action: "run.retried", entityId: runId });
  });

  it("are cancelled while they wait", async () => {
    await test.engine.send([{ name: "nap", data: { orgId: ours.orgId, shopId: ours.shopId } }]);
    await test.engine.idle();
    const runId = (await listRuns(ours.shop, { functionId: `${test.app}-nap` })).items[0]?.id ?? "";
    expect((await getRun(ours.shop, { runId })).steps).toMatchObject([{ name: "long", op: "Sleep", status: "waiting" }]);
    await cancelRun(ours.shop, { runId });
    expect(await getRun(ours.shop, { runId })).toMatchObject({ status: "cancelled" });
  });

  it("of the system are shown without what they carry, and cannot be changed", async () => {
    await test.engine.runNow(`${test.app}-sweep`);
    await test.engine.idle();
    const run = (await listRuns(ours.shop, { functionId: `${test.app}-sweep` })).items[0];
    expect(run).toMatchObject({ system: true, status: "completed" });
    expect(await getRun(ours.shop, { runId: run?.id ?? "" })).toMatchObject({ events: null, output: null, system: true });
    await expect(cancelRun(ours.shop, { runId: run?.id ?? "" })).rejects.toMatchObject({ code: "NOT_FOUND" });
  });

  it("can be read by the app through the tenant's views only", async () => {
    const app = createPool(process.env.DATABASE_URL ?? "", "guthaben_app", 1);
    await expect(app.query("select * from engine.run")).rejects.toThrow("permission denied");
    await expect(app.query("select engine.finish_run(gen_random_uuid(), 'completed', null, null)")).rejects.toThrow("permission denied");
    expect((await app.query("select 1 from engine.tenant_run where not system")).rowCount).toBe(0);
    await app.end();
  });
});
