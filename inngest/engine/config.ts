import { Cron } from "croner";
import { z } from "zod";
import { parseDue, parseDuration } from "./duration";
import { type Expression, parseExpression, type Root } from "./expression";
import type { JsonObject } from "./json";

export type EventTrigger = { event: string; if: Expression | null };
export type CronTrigger = { cron: string; schedule: Cron };
export type Concurrency = { limit: number; key: Expression | null };
export type CancelOn = { event: string; if: Expression | null; timeoutMs: number | null };
export type Batch = { maxSize: number; timeoutMs: number; key: Expression | null };

/** A function as the engine needs it: everything parsed and checked once, at start. */
export type EngineFunction = {
  id: string;
  name: string;
  events: EventTrigger[];
  crons: CronTrigger[];
  maxAttempts: number;
  concurrency: Concurrency[];
  cancelOn: CancelOn[];
  batch: Batch | null;
  idempotency: Expression | null;
};

const DEFAULT_RETRIES = 4;
const MAX_BATCH = 500;

const SUPPORTED = new Set(["id", "name", "triggers", "steps", "concurrency", "cancel", "batchEvents", "idempotency"]);

/** Internal events this engine does not send; a function that waits for one would wait for ever. */
const UNSENT = new Set(["inngest/function.finished", "inngest/function.cancelled"]);

const concurrencySchema = z.strictObject({ limit: z.number().int().min(1), key: z.string().optional(), scope: z.enum(["fn"]).optional() });
const schema = z.object({
  id: z.string().min(1),
  name: z.string().optional(),
  triggers: z.array(
    z.object({
      event: z.string().optional(),
      expression: z.string().optional(),
      cron: z.string().optional(),
      jitter: z.string().optional(),
    }),
  ),
  steps: z.record(z.string(), z.looseObject({ retries: z.object({ attempts: z.number().int().min(0).max(20).optional() }).optional() })),
  concurrency: z.union([z.number().int().min(0), concurrencySchema, z.array(concurrencySchema).min(1).max(2)]).optional(),
  cancel: z
    .array(z.strictObject({ event: z.string(), if: z.string().optional(), timeout: z.string().optional() }))
    .max(10)
    .optional(),
  batchEvents: z
    .strictObject({ maxSize: z.number().int().min(1).max(MAX_BATCH), timeout: z.string(), key: z.string().optional() })
    .optional(),
  idempotency: z.string().optional(),
});

/** Reads all configs and throws one error that names every function and option this engine cannot honour. */
export function parseConfigs(configs: JsonObject[]): Map<string, EngineFunction> {
  const problems: string[] = [];
  const functions = new Map<string, EngineFunction>();
  for (const config of configs) {
    const id = String(config.id);
    try {
      functions.set(id, parseConfig(config));
    } catch (error) {
      problems.push(...(error instanceof ConfigError ? error.problems : [String(error)]).map((why) => `${id}: ${why}`));
    }
  }
  if (problems.length > 0) throw new Error(`The embedded engine cannot run these functions:\n- ${problems.join("\n- ")}`);
  return functions;
}

class ConfigError extends Error {
  constructor(readonly problems: string[]) {
    super(problems.join("; "));
  }
}

function parseConfig(config: JsonObject): EngineFunction {
  const unknown = Object.keys(config).filter((key) => config[key] !== undefined && config[key] !== null && !SUPPORTED.has(key));
  if (unknown.length > 0) throw new ConfigError(unknown.map((key) => `option "${key}" is not supported`));
  const parsed = schema.safeParse(config);
  if (!parsed.success) throw new ConfigError(parsed.error.issues.map((issue) => `option "${issue.path.join(".")}": ${issue.message}`));
  const options = parsed.data;
  const problems: string[] = [];
  const attempt = <T>(option: string, read: () => T): T | null => {
    try {
      return read();
    } catch (error) {
      problems.push(`option "${option}": ${error instanceof Error ? error.message : String(error)}`);
      return null;
    }
  };
  const expression = (option: string, source: string | undefined, roots: readonly Root[]): Expression | null =>
    source === undefined ? null : attempt(option, () => parseExpression(source, roots));

  const events: EventTrigger[] = [];
  const crons: CronTrigger[] = [];
  for (const trigger of options.triggers) {
    if (trigger.cron !== undefined) {
      const { cron } = trigger;
      const schedule = attempt("cron", () => parseCron(cron));
      if (schedule) crons.push({ cron, schedule });
      if (trigger.jitter !== undefined) problems.push('option "jitter" is not supported');
    } else if (trigger.event !== undefined) {
      if (UNSENT.has(trigger.event)) problems.push(`trigger "${trigger.event}" is not supported`);
      if (trigger.event.includes("*")) problems.push(`trigger "${trigger.event}": wildcards are not supported`);
      events.push({ event: trigger.event, if: expression("triggers.if", trigger.expression, ["event"]) });
    }
  }
  const batch = options.batchEvents;
  const timeoutMs = batch ? attempt("batchEvents.timeout", () => durationOf(batch.timeout)) : null;
  const result: EngineFunction = {
    id: options.id,
    name: options.name ?? options.id,
    events,
    crons,
    maxAttempts: (Object.values(options.steps)[0]?.retries?.attempts ?? DEFAULT_RETRIES) + 1,
    concurrency: concurrencyOf(options.concurrency).map(({ limit, key }) => ({
      limit,
      key: expression("concurrency.key", key, ["event"]),
    })),
    cancelOn: (options.cancel ?? []).map((cancel) => ({
      event: cancel.event,
      if: expression("cancelOn.if", cancel.if, ["event", "async"]),
      timeoutMs: cancel.timeout === undefined ? null : attempt("cancelOn.timeout", () => durationOf(cancel.timeout ?? "")),
    })),
    batch: batch ? { maxSize: batch.maxSize, timeoutMs: timeoutMs ?? 0, key: expression("batchEvents.key", batch.key, ["event"]) } : null,
    idempotency: expression("idempotency", options.idempotency, ["event"]),
  };
  if (problems.length > 0) throw new ConfigError(problems);
  return result;
}

/** Zero means "no limit", as with the hosted service. */
function concurrencyOf(option: z.infer<typeof schema>["concurrency"]): { limit: number; key?: string | undefined }[] {
  if (option === undefined || option === 0) return [];
  if (typeof option === "number") return [{ limit: option }];
  return Array.isArray(option) ? option : [option];
}

/** `TZ=Europe/Berlin 0 9 * * *`, five or six fields; without a zone UTC. */
function parseCron(source: string): Cron {
  const match = /^TZ=(\S+)\s+(.+)$/.exec(source.trim());
  return new Cron(match?.[2] ?? source, { timezone: match?.[1] ?? "UTC", paused: true });
}

function durationOf(text: string): number {
  const ms = parseDuration(text);
  if (ms !== null) return ms;
  parseDue(text); // says what is wrong with it
  throw new Error(`"${text}" must be a duration`);
}
