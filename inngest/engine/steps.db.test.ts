import { NonRetriableError, RetryAfterError } from "inngest";
import { afterEach, describe, expect, it } from "vitest";
import { startTestEngine, type TestEngine } from "./testing";

let test: TestEngine;
afterEach(() => test.stop());

const within = { withinMs: 3_000 };

describe("steps", () => {
  it("runs an event's function step by step and stores its result", async () => {
    test = await startTestEngine((client, log) => [
      client.createFunction({ id: "sum", triggers: [{ event: "numbers/came" }] }, async ({ event, step }) => {
        const a = await step.run("first", () => {
          log("first");
          return Number(event.data.n) + 1;
        });
        const b = await step.run("second", () => {
          log("second");
          return a * 2;
        });
        return { a, b };
      }),
    ]);
    await test.engine.send([{ name: "numbers/came", data: { n: 4 } }]);
    await test.engine.idle();
    expect(await test.runs()).toMatchObject([{ status: "completed", output: { a: 5, b: 10 }, event_name: "numbers/came" }]);
    expect(test.lines).toEqual(["first", "second"]);
  });

  it("numbers steps that share an id and keeps undefined as null", async () => {
    test = await startTestEngine((client) => [
      client.createFunction({ id: "same", triggers: [{ event: "same" }] }, async ({ step }) => {
        const seen: unknown[] = [];
        for (let i = 0; i < 3; i++) seen.push(await step.run("again", () => i));
        seen.push(await step.run("nothing", () => {}));
        return seen;
      }),
    ]);
    await test.engine.send([{ name: "same" }]);
    await test.engine.idle();
    expect(await test.runs()).toMatchObject([{ status: "completed", output: [0, 1, 2, null] }]);
  });

  it("runs parallel steps once each and goes on when all are done", async () => {
    test = await startTestEngine((client, log) => [
      client.createFunction({ id: "fan", triggers: [{ event: "fan" }] }, async ({ step }) => {
        const parts = await Promise.all(
          ["a", "b", "c", "d"].map((id) =>
            step.run(id, async () => {
              log(id);
              await new Promise((done) => setTimeout(done, 20));
              return id.toUpperCase();
            }),
          ),
        );
        return step.run("join", () => parts.join(""));
      }),
    ]);
    await test.engine.send([{ name: "fan" }]);
    await test.engine.idle();
    expect(await test.runs()).toMatchObject([{ status: "completed", output: "ABCD" }]);
    expect(test.lines.toSorted()).toEqual(["a", "b", "c", "d"]);
  });

  it("runs chains side by side, with a sleep in one of them", async () => {
    test = await startTestEngine((client, log) => [
      client.createFunction({ id: "chains", triggers: [{ event: "chains" }] }, async ({ step }) => {
        const chain = async (name: string, pause: boolean) => {
          await step.run(`${name}1`, () => log(`${name}1`));
          if (pause) await step.sleep(`${name}-pause`, "1s");
          return step.run(`${name}2`, () => name);
        };
        return Promise.all([chain("x", true), chain("y", false)]);
      }),
    ]);
    await test.engine.send([{ name: "chains" }]);
    await test.engine.idle(within);
    expect(await test.runs()).toMatchObject([{ status: "completed", output: ["x", "y"] }]);
    expect(test.lines.toSorted()).toEqual(["x1", "y1"]);
  });

  it("goes on with the winner of a race; the run ends when the loser is through, as the SDK wants it", async () => {
    test = await startTestEngine((client, log) => [
      client.createFunction({ id: "race", triggers: [{ event: "race" }] }, async ({ step, group }) => {
        const winner = await group.parallel({ mode: "race" }, () =>
          Promise.race([step.sleep("slow", "2s").then(() => "slow"), step.run("fast", () => "fast")]),
        );
        return step.run("after", () => {
          log(`after ${winner}`);
          return winner;
        });
      }),
    ]);
    await test.engine.send([{ name: "race" }]);
    await test.engine.idle();
    expect(test.lines).toEqual(["after fast"]);
    await test.engine.idle(within);
    expect(await test.runs()).toMatchObject([{ status: "completed", output: "fast" }]);
    expect(test.lines).toEqual(["after fast"]);
  });

  it("stores results with a NUL character instead of losing them", async () => {
    test = await startTestEngine((client) => [
      client.createFunction({ id: "nul", triggers: [{ event: "nul" }] }, async ({ step }) => step.run("text", () => "a\u0000b\\u0000c")),
    ]);
    await test.engine.send([{ name: "nul" }]);
    await test.engine.idle();
    expect(await test.runs()).toMatchObject([{ status: "completed", output: "ab\\u0000c" }]);
  });

  it("fails a run whose step returns more than a step may", async () => {
    test = await startTestEngine((client) => [
      client.createFunction({ id: "big", triggers: [{ event: "big" }] }, async ({ step }) => step.run("big", () => "x".repeat(5_000_000))),
    ]);
    await test.engine.send([{ name: "big" }]);
    await test.engine.idle();
    expect(await test.runs()).toMatchObject([{ status: "failed", error: { message: expect.stringContaining("the limit is 4194304") } }]);
  });
});

describe("errors", () => {
  it("retries a step with growing attempts, then goes on", async () => {
    test = await startTestEngine((client, log) => [
      client.createFunction({ id: "flaky", triggers: [{ event: "flaky" }] }, async ({ step }) => {
        await step.run("before", () => log("before"));
        let tries = 0;
        return step.run("flaky", () => {
          tries++;
          log("try");
          if (test.lines.filter((line) => line === "try").length < 3) throw new Error("not yet");
          return tries;
        });
      }),
    ]);
    await test.engine.send([{ name: "flaky" }]);
    await test.engine.idle(within);
    expect(await test.runs()).toMatchObject([{ status: "completed" }]);
    expect(test.lines).toEqual(["before", "try", "try", "try"]);
    const attempts = await test.pool.query(
      "select a.attempt, a.kind, a.error ->> 'message' as message from engine.attempt a join engine.run r on r.id = a.run_id where r.fn_id = $1 order by a.at",
      [`${test.app}-flaky`],
    );
    expect(attempts.rows).toEqual([
      { attempt: 0, kind: "error", message: "not yet" },
      { attempt: 1, kind: "error", message: "not yet" },
    ]);
  });

  it("gives up after the configured retries and tells onFailure", async () => {
    test = await startTestEngine((client, log) => [
      client.createFunction(
        {
          id: "doomed",
          triggers: [{ event: "doomed" }],
          retries: 2,
          onFailure: async ({ error, event, step }) => {
            await step.run("note", () => log(`failed: ${error.message} (${event.data.event.data.n})`));
          },
        },
        async ({ attempt }) => {
          log(`attempt ${attempt}`);
          throw new Error("no");
        },
      ),
    ]);
    await test.engine.send([{ name: "doomed", data: { n: 7 } }]);
    await test.engine.idle(within);
    expect(test.lines).toEqual(["attempt 0", "attempt 1", "attempt 2", "failed: no (7)"]);
    expect(await test.runs("doomed")).toMatchObject([{ status: "failed", error: { message: "no" } }]);
    expect(await test.runs("doomed-failure")).toMatchObject([{ status: "completed", event_name: "inngest/function.failed" }]);
  });

  it("does not retry a NonRetriableError, nor anything when retries is 0", async () => {
    test = await startTestEngine((client, log) => [
      client.createFunction({ id: "final", triggers: [{ event: "go" }] }, async ({ step }) => {
        await step.run("x", () => {
          log("final");
          throw new NonRetriableError("never");
        });
      }),
      client.createFunction({ id: "once", triggers: [{ event: "go" }], retries: 0 }, async () => {
        log("once");
        throw new Error("never again");
      }),
    ]);
    await test.engine.send([{ name: "go" }]);
    await test.engine.idle(within);
    expect(test.lines.toSorted()).toEqual(["final", "once"]);
    expect((await test.runs()).map((run) => run.status)).toEqual(["failed", "failed"]);
  });

  it("lets a function catch a step's final error and go on", async () => {
    test = await startTestEngine((client) => [
      client.createFunction({ id: "catch", triggers: [{ event: "catch" }], retries: 1 }, async ({ step }) => {
        try {
          await step.run("bad", () => {
            throw new TypeError("broken");
          });
        } catch (error) {
          return step.run("saved", () => `caught ${error instanceof Error ? error.message : ""}`);
        }
      }),
    ]);
    await test.engine.send([{ name: "catch" }]);
    await test.engine.idle(within);
    expect(await test.runs()).toMatchObject([{ status: "completed", output: "caught broken" }]);
  });

  it("waits as long as a RetryAfterError asks", async () => {
    test = await startTestEngine((client) => [
      client.createFunction({ id: "later", triggers: [{ event: "later" }] }, async ({ step, attempt }) => {
        if (attempt === 0) throw new RetryAfterError("busy", "1h");
        return step.run("ok", () => "ok");
      }),
    ]);
    await test.engine.send([{ name: "later" }]);
    await test.engine.idle();
    const due = await test.pool.query(
      "select round(extract(epoch from j.run_at - app_now()) / 60)::integer as minutes from engine.job j where fn_id = $1",
      [`${test.app}-later`],
    );
    expect(due.rows).toEqual([{ minutes: 60 }]);
  });

  it("keeps what finished when a failed run is tried again", async () => {
    let healed = false;
    test = await startTestEngine((client, log) => [
      client.createFunction({ id: "heal", triggers: [{ event: "heal" }], retries: 0 }, async ({ step }) => {
        await step.run("money", () => log("money"));
        return step.run("rest", () => {
          if (!healed) throw new Error("down");
          return "done";
        });
      }),
    ]);
    await test.engine.send([{ name: "heal" }]);
    await test.engine.idle();
    const [run] = await test.runs();
    expect(run).toMatchObject({ status: "failed" });
    healed = true;
    await test.pool.query("select engine.restart_run($1)", [run?.id]);
    await test.engine.idle();
    expect(await test.runs()).toMatchObject([{ status: "completed", output: "done" }]);
    expect(test.lines).toEqual(["money"]);
  });
});
