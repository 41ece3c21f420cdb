import { startTestEngine } from "./testing";

// Run by crash.db.test.ts as a process of its own, to be killed at any moment.
const pause = (ms: number) => new Promise((done) => setTimeout(done, ms));

const test = await startTestEngine(
  (client) => {
    const effect = async (runId: string, step: string): Promise<number> => {
      await test.pool.query("insert into crash_log (run_id, step, pid) values ($1, $2, $3)", [runId, step, process.pid]);
      await pause(Math.random() * 15);
      return process.pid;
    };
    const child = client.createFunction({ id: "child", triggers: [{ event: "never" }] }, async ({ runId, step }) => {
      await step.run("child-a", () => effect(runId, "child-a"));
      return step.run("child-b", () => effect(runId, "child-b"));
    });
    const main = client.createFunction(
      { id: "main", triggers: [{ event: "crash/go" }], concurrency: { limit: 3, key: "event.data.shop" } },
      async ({ runId, step, attempt }) => {
        await step.run("one", () => effect(runId, "one"));
        await step.run("two", () => effect(runId, "two"));
        await Promise.all(["p1", "p2", "p3"].map((id) => step.run(id, () => effect(runId, id))));
        await step.sleep("nap", "1s");
        await step.invoke("ask", { function: child, data: {} });
        let tried = 0;
        await step.run("flaky", async () => {
          tried = await effect(runId, "flaky");
          // By chance, but not so often that the run fails: it has four retries.
          if (attempt < 3 && Math.random() < 0.3) throw new Error("by chance");
        });
        return step.run("last", () => effect(runId, `last`).then(() => tried));
      },
    );
    return [main, child];
  },
  { app: "crash", maxCrashes: 1_000 },
);
process.send?.("ready");
