import { workerPool } from "@/server/db";
import { jobsMode } from "@/server/jobs/mode";
import { inngest } from "./client";
import { createDispatcher } from "./dispatch-outbox";
import type { EngineOptions } from "./engine/engine";
import { functions } from "./index";
import { runtime } from "./runtime";
import { createEngine } from "./serve";

/**
 * Starts what works in the background of this process: the outbox dispatcher, and the embedded engine when no Inngest is configured.
 * Safe to call twice. Throws when a function uses what the engine cannot do, so that a bad deployment does not start.
 * `engineOptions` is for tests that cannot wait for the usual pauses between attempts.
 */
export async function startBackground(engineOptions: Pick<EngineOptions, "backoffFactor"> = {}): Promise<void> {
  const state = runtime();
  if (state.stop) return;
  state.stop = async () => {};
  try {
    const pool = workerPool();
    if (jobsMode() === "embedded") {
      const engine = createEngine({ ...engineOptions, pool, functions });
      await engine.start();
      state.engine = engine;
    }
    const engine = state.engine;
    const dispatcher = createDispatcher({
      pool,
      deliver: async (events) => {
        if (engine) await engine.send(events as Parameters<typeof engine.send>[0]);
        else await inngest.send(events);
      },
    });
    dispatcher.start();
    state.stop = async () => {
      await dispatcher.stop();
      await engine?.stop();
      state.engine = null;
      state.stop = null;
    };
  } catch (error) {
    state.stop = null;
    throw error;
  }
}
