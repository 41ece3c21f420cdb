import { randomUUID } from "node:crypto";
import { afterEach, describe, expect, it } from "vitest";
import { startTestEngine, type TestEngine } from "./testing";

let test: TestEngine;
afterEach(() => test.stop());

describe("several steps in one call", () => {
  it("stores each step before the next one runs", async () => {
    test = await startTestEngine((client, log) => [
      client.createFunction({ id: "chain", triggers: [{ event: "chain" }] }, async ({ runId, step }) => {
        log("entered");
        const stored = async (): Promise<string> => {
          const steps = await test.pool.query<{ name: string }>(
            "select name from engine.step where run_id = $1 and status = 'completed' order by seq",
            [runId],
          );
          return steps.rows.map(({ name }) => name).join();
        };
        for (const id of ["a", "b", "c"]) await step.run(id, async () => log(`${id} after ${await stored()}`));
        return "end";
      }),
    ]);
    await test.engine.send([{ name: "chain" }]);
    await test.engine.idle();
    expect(test.lines).toEqual(["entered", "a after ", "b after a", "c after a,b"]);
    expect(await test.runs()).toMatchObject([{ status: "completed", output: "end" }]);
  });

  it("gives a step's result to what follows as it is stored", async () => {
    test = await startTestEngine((client) => [
      client.createFunction({ id: "values", triggers: [{ event: "values" }] }, async ({ step }) => {
        const first = await step.run("first", () => ({ at: new Date(0), gone: undefined, nul: "a\u0000b" }));
        return step.run("second", () => [first.at, Object.keys(first), first.nul.length]);
      }),
    ]);
    await test.engine.send([{ name: "values" }]);
    await test.engine.idle();
    expect(await test.runs()).toMatchObject([{ output: ["1970-01-01T00:00:00.000Z", ["at", "nul"], 2] }]);
  });

  it("lets others have the slot in the middle of a long run", async () => {
    test = await startTestEngine(
      (client, log) => [
        client.createFunction({ id: "long", triggers: [{ event: "go" }] }, async ({ step }) => {
          for (let i = 0; i < 60; i++) await step.run(`s${i}`, () => log(`s${i}`));
        }),
        client.createFunction({ id: "short", triggers: [{ event: "go" }] }, async ({ step }) => step.run("short", () => log("short"))),
      ],
      { slots: 1 },
    );
    await test.engine.send([{ name: "go" }]);
    await test.engine.idle();
    expect(test.lines.filter((line) => line !== "short")).toEqual(Array.from({ length: 60 }, (_, i) => `s${i}`));
    expect(test.lines.indexOf("short")).toBeLessThan(test.lines.indexOf("s59"));
  });

  it("runs no further step once the run is cancelled", async () => {
    test = await startTestEngine((client, log) => [
      client.createFunction({ id: "stop", triggers: [{ event: "begin" }], cancelOn: [{ event: "stop" }] }, async ({ step }) => {
        await step.run("a", () => log("a"));
        await step.run("b", async () => {
          log("b");
          await test.engine.send([{ name: "stop" }]);
        });
        await step.run("c", () => log("c"));
      }),
    ]);
    await test.engine.send([{ name: "begin" }]);
    await test.engine.idle();
    expect(test.lines).toEqual(["a", "b"]);
    expect(await test.runs()).toMatchObject([{ status: "cancelled" }]);
  });

  it("tries a later step again without its predecessors", async () => {
    test = await startTestEngine((client, log) => [
      client.createFunction({ id: "later", triggers: [{ event: "later" }] }, async ({ step }) => {
        await step.run("a", () => log("a"));
        const result = await step.run("b", () => {
          log("b");
          if (test.lines.length < 4) throw new Error("not yet");
          return "done";
        });
        await step.run("c", () => log("c"));
        return result;
      }),
    ]);
    await test.engine.send([{ name: "later" }]);
    await test.engine.idle({ withinMs: 60_000 });
    expect(test.lines).toEqual(["a", "b", "b", "b", "c"]);
    expect(await test.runs()).toMatchObject([{ status: "completed", output: "done" }]);
  });

  it("stores nothing for a call that is not under way", async () => {
    test = await startTestEngine((client) => [client.createFunction({ id: "f", triggers: [{ event: "f" }] }, async () => {})]);
    const op = { id: "x", op: "StepRun", data: 1 };
    expect(await test.engine.checkpoint({ callId: randomUUID(), ops: [op] })).toBe(false);
  });
});
