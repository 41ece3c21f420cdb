import { createHash } from "node:crypto";
import { z } from "zod";
import type { Engine } from "./engine/engine";
import { EventRefused, incomingEvent } from "./engine/ingest";

const EVENTS_PATH = /^\/e\/[^/]+$/;
const AUTOMATIC_TS_MS = 60_000;
const answer = (status: number, body: Record<string, unknown>): Response => Response.json({ status, ...body }, { status });

/**
 * Answers what the SDK's client would ask the service over the network: only sending events. So `inngest.send` and `step.sendEvent`
 * are the same code on a real server and here, and nothing leaves the process.
 */
export const embeddedFetch =
  (engine: () => Engine | null): typeof fetch =>
  async (input, init) => {
    const request = new Request(input, init);
    if (request.method !== "POST" || !EVENTS_PATH.test(new URL(request.url).pathname))
      return answer(501, { error: `The embedded engine has no ${request.method} ${new URL(request.url).pathname}` });
    const target = engine();
    if (!target) return answer(503, { error: "The embedded engine is not running in this process" });
    const events = z.array(incomingEvent).safeParse(await request.json());
    if (!events.success) return answer(400, { error: z.prettifyError(events.error) });
    const seed = request.headers.get("x-inngest-event-id-seed");
    try {
      return answer(200, { ids: await target.send(events.data.map((event, index) => complete(event, seed, index))) });
    } catch (error) {
      if (error instanceof EventRefused) return answer(400, { error: error.message });
      throw error;
    }
  };

type Incoming = z.output<typeof incomingEvent>;

function complete(event: Incoming, seed: string | null, index: number): Incoming {
  // The SDK stamps its own clock on every event without a time. Ours is the database's, so such a stamp means "now".
  const age = event.ts ? Date.now() - event.ts : 0;
  const ts = age >= 0 && age < AUTOMATIC_TS_MS ? null : event.ts;
  // The SDK repeats a failed send with the same seed: the same id then makes it one event.
  const id = event.id ?? (seed === null ? null : createHash("sha256").update(`${seed}:${index}`).digest("hex").slice(0, 32));
  return { ...event, ts, id };
}
