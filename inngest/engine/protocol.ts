import { z } from "zod";
import type { Json, JsonObject } from "./json";

/** A request to the SDK's endpoint and its answer, without HTTP around them: nothing of it leaves the process. Header names are lower-case. */
export type HandlerRequest = { method: "POST" | "PUT"; url: URL; headers: Record<string, string>; body: string };
export type HandlerResponse = { status: number; headers: Record<string, string>; body: string };

/** How an in-process call reaches the SDK. Whoever holds it may run any function with any state, so only the engine does. */
export type Handler = (request: HandlerRequest) => Promise<HandlerResponse>;

/** Only the path matters; the name resolves nowhere, so a mistake cannot leave the process. */
const ENDPOINT = "http://engine.invalid/api/inngest";

const errorSchema = z.looseObject({
  name: z.string().default("Error"),
  message: z.string().default("Unknown error"),
  stack: z.string().optional(),
});
export type StepError = z.infer<typeof errorSchema>;

/** One operation the SDK reports. */
const opSchema = z.object({
  id: z.string().min(1).max(200),
  op: z.string(),
  name: z.string().optional(),
  displayName: z.string().optional(),
  opts: z.record(z.string(), z.unknown()).nullish(),
  data: z.unknown().optional(),
  error: z.unknown().optional(),
});
export type Op = z.infer<typeof opSchema>;

const configSchema = z.object({
  functions: z.array(z.looseObject({ id: z.string(), name: z.string().optional() })),
});

/** Parses whatever came as an error into the shape the SDK can rebuild. */
export function toStepError(value: unknown): StepError {
  const parsed = errorSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  return { name: "Error", message: typeof value === "string" ? value : JSON.stringify(value ?? "Unknown error") };
}

/** Result of one call of a function. */
export type Answer =
  | { type: "result"; data: Json }
  | { type: "ops"; ops: Op[]; retryAfter: string | null }
  | { type: "error"; error: StepError; retry: boolean; retryAfter: string | null };

/** Asks the SDK for the functions and their options. */
export async function fetchConfigs(handler: Handler): Promise<JsonObject[]> {
  const { status, body } = await handler({
    method: "PUT",
    url: new URL(ENDPOINT),
    headers: { "content-type": "application/json", "x-inngest-sync-kind": "in_band" },
    body: JSON.stringify({ url: ENDPOINT }),
  });
  if (status !== 200) throw new Error(`the function endpoint refused to list its functions (${status}): ${body.slice(0, 500)}`);
  const parsed = configSchema.safeParse(JSON.parse(body));
  if (!parsed.success) throw new Error(`the function endpoint listed its functions in an unknown form: ${parsed.error.message}`);
  return parsed.data.functions as JsonObject[];
}

const checkpointSchema = z.object({ qi_id: z.string(), steps: z.array(opSchema).min(1) });
/** Steps that a call has finished and waits to see stored before it runs the next one. */
export type Checkpoint = { callId: string; ops: Op[] };

/** Reads what the SDK posts to `/v1/checkpoint/<run>/async`; null when it is something else. */
export function parseCheckpoint(body: unknown): Checkpoint | null {
  const parsed = checkpointSchema.safeParse(body);
  return parsed.success ? { callId: parsed.data.qi_id, ops: parsed.data.steps } : null;
}

export type Call = {
  /** Names this call in its checkpoints. */
  id: string;
  fnId: string;
  runId: string;
  /** Run this step only; null re-enters the function. */
  stepId: string | null;
  events: Json[];
  steps: JsonObject;
  /** Ids of finished steps in the order they finished. */
  stack: string[];
  /** 0-based. */
  attempt: number;
  maxAttempts: number;
  disableImmediateExecution: boolean;
};

/** Calls a function through the SDK. Resolves for every answer; rejects only when the handler itself breaks. */
export async function callFunction(handler: Handler, call: Call): Promise<Answer> {
  const url = new URL(`${ENDPOINT}?fnId=${encodeURIComponent(call.fnId)}&stepId=${encodeURIComponent(call.stepId ?? "step")}`);
  const payload: JsonObject = {
    version: 2,
    event: call.events[0] ?? null,
    events: call.events,
    steps: call.steps,
    use_api: false,
    ctx: {
      run_id: call.runId,
      // With these two the SDK goes on to the next step in the same call, once a checkpoint has stored the one before.
      fn_id: call.fnId,
      qi_id: call.id,
      attempt: call.attempt,
      max_attempts: call.maxAttempts,
      disable_immediate_execution: call.disableImmediateExecution,
      use_api: false,
      stack: { stack: call.stack, current: call.stack.length },
    },
  };
  // As text, although both sides are one process: a function that changes what it was given must not change the state kept here.
  return parseAnswer(
    await handler({ method: "POST", url, headers: { "content-type": "application/json" }, body: JSON.stringify(payload) }),
  );
}

function parseAnswer({ status, headers, body }: HandlerResponse): Answer {
  const retryAfter = headers["retry-after"] ?? null;
  const value = parseBody(body);
  if (status === 200) return { type: "result", data: value };
  if (status === 206) {
    const ops = z.array(opSchema).min(1).safeParse(value);
    if (ops.success) return opsAnswer(ops.data, retryAfter);
    return { type: "error", error: toStepError(`unreadable operations: ${ops.error.message}`), retry: false, retryAfter: null };
  }
  return { type: "error", error: toStepError(value), retry: headers["x-inngest-no-retry"] !== "true", retryAfter };
}

/** A call that was allowed to run several steps reports its end as an operation. */
function opsAnswer(ops: Op[], retryAfter: string | null): Answer {
  const others = ops.filter((op) => op.op !== "RunComplete");
  const [end] = others.length < ops.length ? ops.slice(-1) : [];
  if (others.length === 0) return { type: "result", data: (end?.data ?? null) as Json };
  // Steps that are not stored yet come first; entering once more gives the end again.
  return { type: "ops", ops: others, retryAfter };
}

function parseBody(body: string): Json {
  if (body === "") return null;
  try {
    return JSON.parse(body) as Json;
  } catch {
    return body; // an HTML error page from a framework, shown as the error's message
  }
}
