import { createHmac } from "node:crypto";
import { z } from "zod";
import { canonical, type Json, type JsonObject } from "./json";

/** How an in-process call reaches the SDK. */
export type Handler = (request: Request) => Promise<Response>;

/** Only the path matters; the name resolves nowhere, so a mistake cannot leave the process. */
export const ENDPOINT = "http://engine.invalid/api/inngest";

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

/** `t=<unix>&s=<hex>`: HMAC-SHA256 over the canonical body and the time, with the key without its prefix. */
function sign(body: string, signingKey: string): string {
  // The SDK compares with its own Date.now(), so this is real time and not the database's clock.
  const time = Math.round(Date.now() / 1000).toString();
  const key = signingKey.replace(/^signkey-\w+-/, "");
  return `t=${time}&s=${createHmac("sha256", key).update(body).update(time).digest("hex")}`;
}

function request(
  method: "POST" | "PUT",
  query: string,
  payload: JsonObject,
  signingKey: string,
  headers: Record<string, string> = {},
): Request {
  const body = canonical(payload);
  return new Request(`${ENDPOINT}${query}`, {
    method,
    body,
    headers: { "content-type": "application/json", host: "engine.invalid", "x-inngest-signature": sign(body, signingKey), ...headers },
  });
}

/** Asks the SDK for the functions and their options. */
export async function fetchConfigs(handler: Handler, signingKey: string): Promise<JsonObject[]> {
  const response = await handler(request("PUT", "", { url: ENDPOINT }, signingKey, { "x-inngest-sync-kind": "in_band" }));
  const body = await response.text();
  if (response.status !== 200)
    throw new Error(`the function endpoint refused to list its functions (${response.status}): ${body.slice(0, 500)}`);
  const parsed = configSchema.safeParse(JSON.parse(body));
  if (!parsed.success) throw new Error(`the function endpoint listed its functions in an unknown form: ${parsed.error.message}`);
  return parsed.data.functions as JsonObject[];
}

export type Call = {
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
export async function callFunction(handler: Handler, signingKey: string, call: Call): Promise<Answer> {
  const query = `?fnId=${encodeURIComponent(call.fnId)}&stepId=${encodeURIComponent(call.stepId ?? "step")}`;
  const payload: JsonObject = {
    version: 2,
    event: call.events[0] ?? null,
    events: call.events,
    steps: call.steps,
    use_api: false,
    ctx: {
      run_id: call.runId,
      attempt: call.attempt,
      max_attempts: call.maxAttempts,
      disable_immediate_execution: call.disableImmediateExecution,
      use_api: false,
      stack: { stack: call.stack, current: call.stack.length },
    },
  };
  const response = await handler(request("POST", query, payload, signingKey));
  return parseAnswer(response.status, response.headers, await response.text());
}

function parseAnswer(status: number, headers: Headers, body: string): Answer {
  const retryAfter = headers.get("retry-after");
  const value = parseBody(body);
  if (status === 200) return { type: "result", data: value };
  if (status === 206) {
    const ops = z.array(opSchema).min(1).safeParse(value);
    if (ops.success) return { type: "ops", ops: ops.data, retryAfter };
    return { type: "error", error: toStepError(`unreadable operations: ${ops.error.message}`), retry: false, retryAfter: null };
  }
  return { type: "error", error: toStepError(value), retry: headers.get("x-inngest-no-retry") !== "true", retryAfter };
}

function parseBody(body: string): Json {
  if (body === "") return null;
  try {
    return JSON.parse(body) as Json;
  } catch {
    return body; // an HTML error page from a framework, shown as the error's message
  }
}
