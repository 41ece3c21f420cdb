import { NonRetriableError, RetryAfterError } from "inngest";
import { afterEach, describe, expect, it } from "vitest";
import { type JobsUnderTest, startJobs } from "./any-service";

/**
 * What functions may rely on, wherever they run: embedded, or on the Inngest server that INNGEST_DEV names
 * (`INNGEST_DEV=http://localhost:8288 npx vitest run --project database inngest/engine/behaviour.db.test.ts`). Nothing here looks inside.
 */
let jobs: JobsUnderTest;
afterEach(() => jobs.stop());

/** Event names are the server's, not the app's: two tests must not start each other's functions. */
const unique = (name: string): string => `${name}/${process.pid}.${Date.now()}.${Math.random().toString(36).slice(2)}`;

describe("every job service", { timeout: 90_000 }, () => {
  it("runs steps in order, numbers those that share an id, and gives results on", async () => {
    const go = unique("go");
    jobs = await startJobs((client, log) => [
      client.createFunction({ id: "steps", triggers: [{ event: go }] }, async ({ event, step }) => {
        let sum = 0;
        for (let i = 0; i < 3; i++) sum += await step.run("add", () => event.data.n * i);
        const nothing = await step.run("nothing", () => {});
        await step.run("tell", () => log(`${sum} ${nothing}`));
      }),
    ]);
    await jobs.client.send({ name: go, data: { n: 5 } });
    expect(await jobs.linesWhen(1)).toEqual(["15 null"]);
  });

  it("runs a stored step never again: not after a sleep, not beside parallel ones, not when a later one fails", async () => {
    const go = unique("go");
    jobs = await startJobs((client, log) => [
      client.createFunction({ id: "once", triggers: [{ event: go }] }, async ({ step }) => {
        await step.run("first", () => log("first"));
        await step.sleep("pause", "1s");
        await Promise.all(["a", "b", "c"].map((id) => step.run(id, () => log(id))));
        let tries = 0;
        await step.run("flaky", () => {
          log("try");
          tries = jobs.lines.filter((line) => line === "try").length;
          if (tries < 3) throw new RetryAfterError("not yet", "1s");
        });
        await step.run("end", () => log("end"));
      }),
    ]);
    await jobs.client.send({ name: go });
    const lines = await jobs.linesWhen(8);
    expect(lines.slice(1, 4).toSorted()).toEqual(["a", "b", "c"]);
    expect(lines.filter((line) => line.length > 1)).toEqual(["first", "try", "try", "try", "end"]);
  });

  it("does not retry what cannot be retried and tells onFailure", async () => {
    const go = unique("go");
    jobs = await startJobs((client, log) => [
      client.createFunction(
        {
          id: "doomed",
          triggers: [{ event: go }],
          onFailure: async ({ error, event, step }) => {
            await step.run("note", () => log(`failed: ${error.message} ${event.data.event.data.n}`));
          },
        },
        async ({ step }) => {
          await step.run("x", () => {
            log("tried");
            throw new NonRetriableError("never");
          });
        },
      ),
    ]);
    await jobs.client.send({ name: go, data: { n: 7 } });
    expect(await jobs.linesWhen(2)).toEqual(["tried", "failed: never 7"]);
  });

  it("lets a function catch a step's final error and go on", async () => {
    const go = unique("go");
    jobs = await startJobs((client, log) => [
      client.createFunction({ id: "catches", triggers: [{ event: go }], retries: 0 }, async ({ step }) => {
        const said = await step
          .run("bad", () => {
            throw new Error("gave up");
          })
          .catch((error: unknown) => (error instanceof Error ? error.message : "?"));
        await step.run("tell", () => log(String(said)));
      }),
    ]);
    await jobs.client.send({ name: go });
    expect(await jobs.linesWhen(1)).toEqual(["gave up"]);
  });

  it("waits for the matching event, and for no other, until the timeout", async () => {
    const [ordered, paid] = [unique("ordered"), unique("paid")];
    jobs = await startJobs((client, log) => [
      client.createFunction({ id: "waits", triggers: [{ event: ordered }] }, async ({ event, step }) => {
        await step.run("begin", () => log(`waiting ${event.data.order}`));
        const found = await step.waitForEvent("paid", {
          event: paid,
          timeout: event.data.timeout,
          if: "event.data.order == async.data.order",
        });
        await step.run("tell", () => log(`${event.data.order} ${found ? found.data.by : "timeout"}`));
      }),
    ]);
    await jobs.client.send([
      { name: ordered, data: { order: "a", timeout: "1h" } },
      { name: ordered, data: { order: "b", timeout: "2s" } },
    ]);
    await jobs.linesWhen(2);
    await jobs.client.send({ name: paid, data: { order: "c", by: "nobody" } });
    await jobs.client.send({ name: paid, data: { order: "a", by: "card" } });
    expect((await jobs.linesWhen(4)).slice(2).toSorted()).toEqual(["a card", "b timeout"]);
  });

  it("sends events from steps and invokes other functions with their results", async () => {
    const [go, told, square] = [unique("go"), unique("told"), unique("square")];
    jobs = await startJobs((client, log) => {
      const squared = client.createFunction({ id: "square", triggers: [{ event: square }] }, async ({ event }) => event.data.n ** 2);
      return [
        squared,
        client.createFunction({ id: "caller", triggers: [{ event: go }] }, async ({ step }) => {
          const n = await step.invoke("sq", { function: squared, data: { n: 9 } });
          await step.sendEvent("tell", { name: told, data: { n } });
        }),
        client.createFunction({ id: "told", triggers: [{ event: told }] }, async ({ event }) => log(`told ${event.data.n}`)),
      ];
    });
    await jobs.client.send({ name: go });
    expect(await jobs.linesWhen(1)).toEqual(["told 81"]);
  });

  it("takes an event id once, and gathers a batch", async () => {
    const [go, item] = [unique("go"), unique("item")];
    jobs = await startJobs((client, log) => [
      client.createFunction({ id: "once", triggers: [{ event: go }] }, async () => log("once")),
      client.createFunction({ id: "batch", triggers: [{ event: item }], batchEvents: { maxSize: 3, timeout: "2s" } }, async ({ events }) =>
        log(`batch of ${events.length}`),
      ),
    ]);
    const id = unique("id");
    for (let i = 0; i < 3; i++) await jobs.client.send({ name: go, id });
    await jobs.client.send(Array.from({ length: 4 }, () => ({ name: item })));
    expect((await jobs.linesWhen(3)).toSorted()).toEqual(["batch of 1", "batch of 3", "once"]);
  });

  it("cancels by a matching event", async () => {
    const [go, stop] = [unique("go"), unique("stop")];
    jobs = await startJobs((client, log) => [
      client.createFunction(
        { id: "c", triggers: [{ event: go }], cancelOn: [{ event: stop, if: "event.data.id == async.data.id" }] },
        async ({ event, step }) => {
          await step.run("begin", () => log(`begin ${event.data.id}`));
          await step.sleep("pause", "3s");
          await step.run("end", () => log(`end ${event.data.id}`));
        },
      ),
    ]);
    await jobs.client.send([1, 2].map((id) => ({ name: go, data: { id } })));
    await jobs.linesWhen(2);
    await jobs.client.send({ name: stop, data: { id: 1 } });
    expect((await jobs.linesWhen(3)).slice(2)).toEqual(["end 2"]);
  });

  it("runs no more at once than the limit of a key allows", async () => {
    const go = unique("go");
    let [running, most] = [0, 0];
    jobs = await startJobs((client, log) => [
      client.createFunction(
        { id: "limited", triggers: [{ event: go }], concurrency: { limit: 1, key: "event.data.key" } },
        async ({ step }) => {
          await step.run("work", async () => {
            most = Math.max(most, ++running);
            await new Promise((done) => setTimeout(done, 50));
            running--;
            log("done");
          });
        },
      ),
    ]);
    await jobs.client.send(Array.from({ length: 5 }, () => ({ name: go, data: { key: "same" } })));
    expect(await jobs.linesWhen(5)).toHaveLength(5);
    expect(most).toBe(1);
  });
});
