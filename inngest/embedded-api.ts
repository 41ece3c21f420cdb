import { createHash } from "node:crypto";
import { z } from "zod";
import type { Engine } from "./engine/engine";
import { EventRefused, incomingEvent } from "./engine/ingest";
import { parseCheckpoint } from "./engine/protocol";

const CHECKPOINT_PATH = /^\/v1\/checkpoint\/[^/]+\/async$/;
const EVENTS_PATH = /^\/e\/[^/]+$/;
const AUTOMATIC_TS_MS = 60_000;
const answer = (status: number, body: Record<string, unknown>): Response => Response.json({ status, ...body }, { status });

/**
 * Answers what the SDK's client would ask the service over the network: sending events, and storing a step in the middle of a call. So
 * `inngest.send` and `step.sendEvent` are the same code on a real server and here, and nothing leaves the process.
 */
export const embeddedFetch =
  (engine: () => Engine | null): typeof fetch =>
  async (input, init) => {
    const { pathname } = new URL(input instanceof Request ? input.url : input);
    const method = init?.method ?? (input instanceof Request ? input.method : "GET");
    const handle = method !== "POST" ? null : EVENTS_PATH.test(pathname) ? events : CHECKPOINT_PATH.test(pathname) ? checkpoint : null;
    if (!handle) return answer(501, { error: `The embedded engine has no ${method} ${pathname}` });
    const target = engine();
    if (!target) return answer(503, { error: "The embedded engine is not running in this process" });
    return handle(
      target,
      await readJson(input, init),
      new Headers(init?.headers ?? (input instanceof Request ? input.headers : undefined)),
    );
  };

/** The SDK sends text; reading it through a Request's stream would cost more than storing a step. */
const readJson = async (input: Parameters<typeof fetch>[0], init: RequestInit | undefined): Promise<unknown> =>
  typeof init?.body === "string" ? JSON.parse(init.body) : new Request(input, init).json();

async function events(engine: Engine, body: unknown, headers: Headers): Promise<Response> {
  const parsed = z.array(incomingEvent).safeParse(body);
  if (!parsed.success) return answer(400, { error: z.prettifyError(parsed.error) });
  const seed = headers.get("x-inngest-event-id-seed");
  try {
    return answer(200, { ids: await engine.send(parsed.data.map((event, index) => complete(event, seed, index))) });
  } catch (error) {
    if (error instanceof EventRefused) return answer(400, { error: error.message });
    throw error;
  }
}

/** 409 tells the SDK to end the call without a further word. */
async function checkpoint(engine: Engine, body: unknown): Promise<Response> {
  const steps = parseCheckpoint(body);
  if (!steps) return answer(400, { error: "This is no checkpoint" });
  return (await engine.checkpoint(steps)) ? answer(200, {}) : answer(409, { error: "This call is over" });
}

type Incoming = z.output<typeof incomingEvent>;

function complete(event: Incoming, seed: string | null, index: number): Incoming {
  // The SDK stamps its own clock on every event without a time. Ours is the database's, so such a stamp means "now".
  const age = event.ts ? Date.now() - event.ts : 0;
  const ts = age >= 0 && age < AUTOMATIC_TS_MS ? null : event.ts;
  // The SDK repeats a failed send with the same seed: the same id then makes it one event.
  const id = event.id ?? (seed === null ? null : createHash("sha256").update(`${seed}:${index}`).digest("hex").slice(0, 32));
  return { ...event, ts, id };
}
