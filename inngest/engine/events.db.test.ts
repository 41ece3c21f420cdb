import { afterEach, describe, expect, it } from "vitest";
import { setClock, startTestEngine, type TestEngine } from "./testing";

let test: TestEngine;
afterEach(async () => {
  await test.stop();
  await setClock(null);
});

const within = { withinMs: 3_000 };
const openWaits = async () =>
  (await test.pool.query("select 1 from engine.wait w join engine.run r on r.id = w.run_id where r.fn_id like $1", [`${test.app}-%`]))
    .rowCount;

describe("triggers", () => {
  it("starts every function whose condition holds, and no other", async () => {
    test = await startTestEngine((client) => [
      client.createFunction({ id: "all", triggers: [{ event: "order" }] }, async () => "all"),
      client.createFunction(
        { id: "big", triggers: [{ event: "order", if: "event.data.total > 100 && event.data.kind == 'web'" }] },
        async () => "big",
      ),
      client.createFunction({ id: "other", triggers: [{ event: "else" }] }, async () => "other"),
    ]);
    await test.engine.send([
      { name: "order", data: { total: 50, kind: "web" } },
      { name: "order", data: { total: 500, kind: "web" } },
      { name: "order", data: { total: 500, kind: "pos" } },
    ]);
    await test.engine.idle();
    expect(await test.runs("all")).toHaveLength(3);
    expect(await test.runs("big")).toHaveLength(1);
    expect(await test.runs("other")).toHaveLength(0);
  });

  it("starts the runs of many events in their order", async () => {
    test = await startTestEngine(
      (client, log) => [
        client.createFunction({ id: "order", triggers: [{ event: "order" }] }, async ({ event }) => log(String(event.data.no))),
      ],
      { slots: 1 },
    );
    const numbers = Array.from({ length: 120 }, (_, no) => no);
    await test.engine.send(numbers.map((no) => ({ name: "order", data: { no } })));
    await test.engine.idle();
    expect(test.lines).toEqual(numbers.map(String));
  });

  it("takes an event id once per function within 24 hours", async () => {
    test = await startTestEngine((client) => [
      client.createFunction({ id: "one", triggers: [{ event: "e" }] }, async () => 1),
      client.createFunction({ id: "two", triggers: [{ event: "e" }] }, async () => 2),
    ]);
    for (let i = 0; i < 3; i++) await test.engine.send([{ name: "e", id: "same" }]);
    await test.engine.idle();
    expect(await test.runs()).toHaveLength(2);
    await setClock(new Date(Date.now() + 25 * 3_600_000));
    await test.engine.send([{ name: "e", id: "same" }]);
    await test.engine.idle();
    expect(await test.runs()).toHaveLength(4);
  });

  it("takes an idempotency key once", async () => {
    test = await startTestEngine((client) => [
      client.createFunction({ id: "idem", triggers: [{ event: "pay" }], idempotency: "event.data.order" }, async () => 1),
    ]);
    await test.engine.send([
      { name: "pay", data: { order: "a" } },
      { name: "pay", data: { order: "a" } },
      { name: "pay", data: { order: "b" } },
    ]);
    await test.engine.idle();
    expect(await test.runs()).toHaveLength(2);
  });

  it("starts an event of the future when its time comes", async () => {
    test = await startTestEngine((client) => [client.createFunction({ id: "future", triggers: [{ event: "f" }] }, async () => "now")]);
    const start = new Date("2030-05-01T10:00:00Z");
    await setClock(start);
    await test.engine.send([{ name: "f", ts: start.getTime() + 3_600_000 }]);
    await test.engine.idle();
    expect(await test.runs()).toMatchObject([{ status: "queued" }]);
    await setClock(new Date(start.getTime() + 3_601_000));
    await test.engine.idle();
    expect(await test.runs()).toMatchObject([{ status: "completed" }]);
  });

  it("gathers a batch by size, by time and by key", async () => {
    test = await startTestEngine((client) => [
      client.createFunction(
        { id: "batch", triggers: [{ event: "b" }], batchEvents: { maxSize: 3, timeout: "1s", key: "event.data.shop" } },
        async ({ events }) => events.map((event) => event.data.n).toSorted(),
      ),
    ]);
    await test.engine.send([1, 2, 3, 4].map((n) => ({ name: "b", data: { n, shop: "x" } })));
    await test.engine.send([{ name: "b", data: { n: 9, shop: "y" } }]);
    await test.engine.idle();
    expect((await test.runs()).map((run) => run.output)).toEqual([[1, 2, 3]]);
    await test.engine.idle({ withinMs: 1_500 });
    expect((await test.runs()).map((run) => JSON.stringify(run.output)).toSorted()).toEqual(["[1,2,3]", "[4]", "[9]"]);
  });
});

describe("sleeping", () => {
  it("sleeps until a date on the database's clock and goes on when the clock jumps", async () => {
    test = await startTestEngine((client) => [
      client.createFunction({ id: "until", triggers: [{ event: "u" }] }, async ({ step }) => {
        await step.sleepUntil("wait", new Date("2031-01-01T00:00:00Z"));
        await step.sleep("then", "3 days");
        return step.run("done", () => "awake");
      }),
    ]);
    await setClock(new Date("2030-12-24T12:00:00Z"));
    await test.engine.send([{ name: "u" }]);
    await test.engine.idle(within);
    expect(await test.runs()).toMatchObject([{ status: "running" }]);
    await setClock(new Date("2031-01-01T00:00:01Z"));
    await test.engine.idle(within);
    expect(await test.runs()).toMatchObject([{ status: "running" }]);
    await setClock(new Date("2031-01-04T00:00:05Z"));
    await test.engine.idle(within);
    expect(await test.runs()).toMatchObject([{ status: "completed", output: "awake" }]);
  });
});

describe("waiting for events", () => {
  it("goes on with the first event that matches", async () => {
    test = await startTestEngine((client) => [
      client.createFunction({ id: "wait", triggers: [{ event: "ordered" }] }, async ({ step }) => {
        const paid = await step.waitForEvent("paid", { event: "paid", timeout: "1h", match: "data.order" });
        return { order: paid?.data.order, by: paid?.data.by };
      }),
    ]);
    await test.engine.send([
      { name: "ordered", data: { order: "a" } },
      { name: "ordered", data: {} },
    ]);
    await test.engine.idle();
    await test.engine.send([
      { name: "paid", data: { order: "b" } },
      { name: "paid", data: {} },
      { name: "paid", data: { order: "a", by: "card" } },
    ]);
    await test.engine.send([{ name: "paid", data: { order: "a", by: "late" } }]);
    await test.engine.idle();
    const runs = await test.runs();
    expect(runs.filter((run) => run.status === "completed").map((run) => run.output)).toEqual([{ order: "a", by: "card" }]);
    // Both lacking the field is no match: an order without a number must not be paid by just any payment.
    expect(runs.filter((run) => run.status === "running")).toHaveLength(1);
  });

  it("evaluates conditions beyond equality and gives null at the timeout", async () => {
    test = await startTestEngine((client) => [
      client.createFunction({ id: "cond", triggers: [{ event: "start" }] }, async ({ step }) => {
        const found = await step.waitForEvent("x", {
          event: "x",
          timeout: "2s",
          if: "async.data.n >= event.data.min && async.data.tag != 'skip'",
        });
        return found ? found.data.n : "timeout";
      }),
    ]);
    await test.engine.send([
      { name: "start", data: { min: 5 } },
      { name: "start", data: { min: 50 } },
    ]);
    await test.engine.idle();
    await test.engine.send([
      { name: "x", data: { n: 9, tag: "skip" } },
      { name: "x", data: { n: 4 } },
      { name: "x", data: { n: 7 } },
    ]);
    await test.engine.idle();
    expect((await test.runs()).map((run) => run.output)).toContain(7);
    await test.engine.idle(within);
    expect((await test.runs()).map((run) => run.output)).toContain("timeout");
    expect(await openWaits()).toBe(0);
  });

  it("fails the run that waits with a condition nobody can evaluate", async () => {
    test = await startTestEngine((client) => [
      client.createFunction({ id: "odd", triggers: [{ event: "odd" }] }, async ({ step }) =>
        step.waitForEvent("x", { event: "x", timeout: "1h", if: "size(async.data) > 3" }),
      ),
    ]);
    await test.engine.send([{ name: "odd" }]);
    await test.engine.idle();
    expect(await test.runs()).toMatchObject([{ status: "failed", error: { name: "InvalidExpression" } }]);
  });
});

describe("cancelling", () => {
  it("cancels by a matching event, also before the start, and not after its timeout", async () => {
    test = await startTestEngine((client, log) => [
      client.createFunction(
        { id: "c", triggers: [{ event: "go" }], cancelOn: [{ event: "stop", if: "event.data.id == async.data.id", timeout: "1h" }] },
        async ({ step }) => {
          await step.sleep("s", "10h");
          log("slept");
        },
      ),
    ]);
    await setClock(new Date("2030-01-01T00:00:00Z"));
    await test.engine.send([1, 2, 3].map((id) => ({ name: "go", data: { id } })));
    await test.engine.idle();
    await test.engine.send([{ name: "stop", data: { id: 1 } }]);
    await setClock(new Date("2030-01-01T02:00:00Z"));
    await test.engine.send([{ name: "stop", data: { id: 2 } }]);
    await setClock(new Date("2030-01-01T11:00:00Z"));
    await test.engine.idle(within);
    expect((await test.runs()).map((run) => run.status).toSorted()).toEqual(["cancelled", "completed", "completed"]);
    expect(test.lines).toHaveLength(2);
  });

  it("drops the result of a step that runs while its run is cancelled", async () => {
    test = await startTestEngine((client) => [
      client.createFunction({ id: "mid", triggers: [{ event: "go" }], cancelOn: [{ event: "stop" }] }, async ({ step }) => {
        await step.run("long", () => new Promise((done) => setTimeout(done, 400)));
        return step.run("never", () => "never");
      }),
    ]);
    await test.engine.send([{ name: "go" }]);
    await new Promise((done) => setTimeout(done, 150));
    await test.engine.send([{ name: "stop" }]);
    await test.engine.idle();
    expect(await test.runs()).toMatchObject([{ status: "cancelled", output: null }]);
  });
});

describe("sending and invoking", () => {
  it("sends events from steps and from plain code through the same client", async () => {
    test = await startTestEngine((client, log) => [
      client.createFunction({ id: "a", triggers: [{ event: "a" }] }, async ({ step }) => {
        await step.sendEvent("tell", [
          { name: "b", data: { from: "step" } },
          { name: "b", data: { from: "step too" } },
        ]);
      }),
      client.createFunction({ id: "b", triggers: [{ event: "b" }] }, async ({ event }) => log(event.data.from)),
    ]);
    const sent = await test.client.send({ name: "a" });
    expect(sent.ids).toHaveLength(1);
    await test.client.send({ name: "b", data: { from: "client" } });
    await test.engine.idle();
    expect(test.lines.toSorted()).toEqual(["client", "step", "step too"]);
  });

  it("invokes another function and gets its result or its error", async () => {
    test = await startTestEngine((client) => {
      const square = client.createFunction({ id: "square", triggers: [{ event: "sq" }], retries: 0 }, async ({ event }) => {
        if (event.data.n < 0) throw new Error("negative");
        return event.data.n * event.data.n;
      });
      const caller = client.createFunction({ id: "caller", triggers: [{ event: "call" }] }, async ({ event, step }) => {
        try {
          return await step.invoke("sq", { function: square, data: { n: event.data.n } });
        } catch (error) {
          return `error: ${error instanceof Error ? error.message : ""}`;
        }
      });
      return [square, caller];
    });
    await test.engine.send([
      { name: "call", data: { n: 6 } },
      { name: "call", data: { n: -1 } },
    ]);
    await test.engine.idle(within);
    expect((await test.runs("caller")).map((run) => run.output).toSorted()).toEqual([36, "error: negative"]);
  });

  it("gives up on an invoked function after the timeout", async () => {
    test = await startTestEngine((client) => {
      const slow = client.createFunction({ id: "slow", triggers: [{ event: "slow" }] }, async ({ step }) => step.sleep("s", "1h"));
      const caller = client.createFunction({ id: "caller", triggers: [{ event: "call" }] }, async ({ step }) =>
        step.invoke("slow", { function: slow, data: {}, timeout: "1s" }),
      );
      return [slow, caller];
    });
    await test.engine.send([{ name: "call" }]);
    await test.engine.idle(within);
    expect(await test.runs("caller")).toMatchObject([
      { status: "failed", error: { message: expect.stringContaining("did not finish in time") } },
    ]);
  });
});
