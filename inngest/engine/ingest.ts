import { randomUUID } from "node:crypto";
import type pg from "pg";
import { z } from "zod";
import type { EngineFunction } from "./config";
import { bind, type Expression, evaluate, necessaryFilter, text } from "./expression";
import { asUuid, at, isObject, type Json, type JsonObject, jsonText } from "./json";
import { byteLength, type EngineEvent, LIMITS, WAKE_CHANNEL } from "./store";

/** An event as a sender gives it. `ts` (ms) in the future delays the start; `id` de-duplicates for 24 hours. */
export const incomingEvent = z.object({
  id: z.string().min(1).max(200).nullish(),
  name: z.string().min(1).max(200),
  data: z.record(z.string(), z.json()).nullish(),
  ts: z.number().int().nonnegative().nullish(),
  v: z.string().max(50).nullish(),
  user: z.json().nullish(),
  meta: z.json().nullish(),
});
export type IncomingEvent = z.input<typeof incomingEvent>;

/** A sender's mistake (as opposed to a broken engine): the same event will never be accepted. */
export class EventRefused extends Error {
  override name = "EventRefused";
}

export type Functions = ReadonlyMap<string, EngineFunction>;
type Client = pg.PoolClient;

type Prepared = { event: EngineEvent; idGiven: boolean };

/** Checks events and fills what is missing. Throws EventRefused. */
export function prepareEvents(input: readonly IncomingEvent[], nowMs: number): Prepared[] {
  if (input.length > LIMITS.eventsPerSend) throw new EventRefused(`at most ${LIMITS.eventsPerSend} events at once, got ${input.length}`);
  return input.map((raw) => {
    const parsed = incomingEvent.safeParse(raw);
    if (!parsed.success) throw new EventRefused(`event "${String(raw.name)}": ${parsed.error.message}`);
    const { id, name, data, ts, v, user, meta } = parsed.data;
    const event: EngineEvent = { id: id ?? randomUUID(), name, data: (data ?? {}) as JsonObject, ts: ts ?? nowMs };
    if (v) event.v = v;
    if (user) event.user = user as Json;
    if (meta) event.meta = meta as Json;
    const bytes = byteLength(jsonText(event));
    if (bytes > LIMITS.eventBytes) throw new EventRefused(`event "${name}" has ${bytes} bytes; the limit is ${LIMITS.eventBytes}`);
    return { event, idGiven: Boolean(id) };
  });
}

/** Wakes waiting runs, cancels listening ones and starts what the events trigger; all in the caller's transaction. */
export async function route(client: Client, functions: Functions, prepared: readonly Prepared[]): Promise<void> {
  if (prepared.length === 0) return;
  await wakeListeners(
    client,
    prepared.map((item) => item.event),
  );
  const starts: Start[] = [];
  for (const { event, idGiven } of prepared) {
    for (const fn of functions.values()) {
      const triggered = fn.events.some((trigger) => trigger.event === event.name && holds(trigger.if, event));
      if (!triggered) continue;
      const keys = idGiven ? [`id:${event.id}`] : [];
      const idempotency = fn.idempotency ? evaluate(fn.idempotency, { event }) : undefined;
      if (idempotency !== undefined && idempotency !== null) keys.push(`key:${text(idempotency)}`);
      if (!(await firstTime(client, fn.id, keys))) continue;
      if (fn.batch) await addToBatch(client, fn, event);
      else starts.push({ fn, events: [event] });
    }
  }
  await startRuns(client, starts);
  await client.query("select pg_notify($1, '')", [WAKE_CHANNEL]);
}

const holds = (condition: Expression | null, event: Json): boolean => condition === null || evaluate(condition, { event }) === true;

/** False when the function has run for one of the keys within 24 hours. */
async function firstTime(client: Client, fnId: string, keys: readonly string[]): Promise<boolean> {
  for (const key of keys) {
    const fresh = await client.query(
      `insert into engine.seen (fn_id, key) values ($1, left($2, 500))
       on conflict (fn_id, key) do update set seen_at = app_now() where engine.seen.seen_at < app_now() - interval '24 hours' returning 1`,
      [fnId, key],
    );
    if (fresh.rowCount === 0) return false;
  }
  return true;
}

export type Start = { fn: EngineFunction; events: readonly EngineEvent[]; parent?: { runId: string; stepId: string } };

/** Runs per statement, so that no parameter grows without bound. */
const CHUNK = 100;

/** Row by row in the order of the events and each at its own time, because work is handed out by time. */
const START = `
  with input as (
    select * from jsonb_to_recordset($1) as x (id uuid, fn_id text, event_name text, events jsonb, org_id uuid, shop_id uuid, ckeys text[],
      climits integer[], cancels jsonb, parent_run_id uuid, parent_step_id text, ts double precision, no integer)), run as (
    insert into engine.run (id, fn_id, event_name, events, org_id, shop_id, ckeys, climits, cancels, parent_run_id, parent_step_id)
    select id, fn_id, event_name, events, org_id, shop_id, ckeys, climits, cancels, parent_run_id, parent_step_id from input order by no)
  insert into engine.job (run_id, fn_id, kind, run_at, ckeys, climits)
  select id, fn_id, 'run', greatest(app_now(), to_timestamp(ts / 1000)), ckeys, climits from input order by no`;

/** Creates runs and their first jobs; an event time in the future is when a run starts. Returns the runs' ids. */
export async function startRuns(client: Client, starts: readonly Start[]): Promise<string[]> {
  const rows = starts.map(runRow);
  for (let first = 0; first < rows.length; first += CHUNK) {
    const chunk = rows.slice(first, first + CHUNK);
    await client.query({ name: "engine.start", text: START, values: [jsonText(chunk.map((row, no) => ({ ...row, no })))] });
    const listening = chunk.filter((row) => row.cancels.length > 0).map((row) => row.id);
    if (listening.length > 0) await client.query("select engine.listen_for_cancel(id) from unnest($1::uuid[]) id", [listening]);
  }
  return rows.map((row) => row.id);
}

export async function startRun(client: Client, start: Start): Promise<string> {
  const [id] = await startRuns(client, [start]);
  if (id === undefined) throw new Error("no run was created");
  return id;
}

function runRow({ fn, events, parent }: Start) {
  const event = events[0];
  if (!event) throw new Error("a run needs an event");
  const cancels = fn.cancelOn.map((cancel) => {
    const bound = cancel.if ? bind(cancel.if, event) : null;
    return { event: cancel.event, filter: bound ? necessaryFilter(bound) : {}, expr: bound, timeoutMs: cancel.timeoutMs };
  });
  return {
    id: randomUUID(),
    fn_id: fn.id,
    event_name: event.name,
    events,
    org_id: tenantId(event, "orgId"),
    shop_id: tenantId(event, "shopId"),
    ckeys: fn.concurrency.map(({ key }, index) => `${fn.id}:${index}:${key ? text(evaluate(key, { event })) : ""}`),
    climits: fn.concurrency.map(({ limit }) => limit),
    cancels,
    parent_run_id: parent?.runId ?? null,
    parent_step_id: parent?.stepId ?? null,
    ts: event.ts,
  };
}

/** The tenant an event belongs to; a failure event belongs to the tenant of the event that failed. */
const tenantId = (event: EngineEvent, key: "orgId" | "shopId"): string | null =>
  asUuid(event.data[key]) ?? asUuid(at(event.data, ["event", "data", key]));

/** Adds an event to the open batch of its key; a full batch starts at once. */
async function addToBatch(client: Client, fn: EngineFunction, event: EngineEvent): Promise<void> {
  if (!fn.batch) return;
  const key = fn.batch.key ? text(evaluate(fn.batch.key, { event })) : "";
  const row = await client.query<{ id: string; size: number; events: EngineEvent[] | null }>(
    `insert into engine.batch as b (fn_id, key, events, size, due_at)
     values ($1, $2, jsonb_build_array($3::jsonb), 1, app_now() + make_interval(secs => $4::double precision / 1000))
     on conflict (fn_id, key) do update set events = b.events || excluded.events, size = b.size + 1
     returning id, size, case when size >= $5 then events end as events`,
    [fn.id, key, jsonText(event), fn.batch.timeoutMs, fn.batch.maxSize],
  );
  const batch = row.rows[0];
  if (!batch?.events) return;
  await client.query("delete from engine.batch where id = $1", [batch.id]);
  await startRun(client, { fn, events: batch.events });
}

/** Starts the batches whose time is up. Returns how many. */
export async function flushBatches(client: Client, functions: Functions): Promise<number> {
  const due = await client.query<{ fn_id: string; events: EngineEvent[] }>(
    `delete from engine.batch where id in (
       select id from engine.batch where due_at <= (select app_now()) and fn_id = any ($1) order by due_at limit 100 for update skip locked)
     returning fn_id, events`,
    [[...functions.keys()]],
  );
  for (const batch of due.rows) {
    const fn = functions.get(batch.fn_id);
    if (fn) await startRun(client, { fn, events: batch.events });
  }
  return due.rows.length;
}

type Listener = { id: string; run_id: string; step_id: string | null; expr: Expression | null; ord: number };

async function wakeListeners(client: Client, events: readonly EngineEvent[]): Promise<void> {
  const found = await client.query<Listener>(
    `select w.id, w.run_id, w.step_id, w.expr, e.ord::integer as ord
     from unnest($1::text[], $2::jsonb[]) with ordinality e(name, event, ord)
     join engine.wait w on w.event_name = e.name and e.event @> w.filter
     where w.expires_at is null or w.expires_at > (select app_now())
     order by e.ord`,
    [events.map((event) => event.name), events.map((event) => jsonText(event))],
  );
  const matches = found.rows.flatMap((listener) => {
    const event = events[listener.ord - 1];
    return event && (listener.expr === null || evaluate(listener.expr, { async: event }) === true) ? [{ listener, event }] : [];
  });
  for (const { listener, event } of matches) {
    if (listener.step_id === null) continue;
    await client.query(
      `with taken as (delete from engine.wait where id = $1 returning run_id, step_id)
       insert into engine.job (run_id, fn_id, kind, step_id, payload, run_at)
       select r.id, r.fn_id, 'resume', t.step_id, $2, app_now() from taken t join engine.run r on r.id = t.run_id`,
      [listener.id, jsonText({ data: event })],
    );
  }
  const cancelled = [...new Set(matches.filter((match) => match.listener.step_id === null).map((match) => match.listener.run_id))];
  if (cancelled.length === 0) return;
  await client.query("select 1 from engine.run where id = any ($1) order by id for no key update", [cancelled]);
  await client.query("select engine.finish_run(id, 'cancelled', null, null) from unnest($1::uuid[]) id", [cancelled]);
}

/** The event that tells of a failed run. */
export function failureEvent(fnId: string, runId: string, error: JsonObject, event: Json, nowMs: number): Prepared {
  const failed: EngineEvent = {
    id: randomUUID(),
    name: "inngest/function.failed",
    data: { function_id: fnId, run_id: runId, error, event: isObject(event) ? event : {} },
    ts: nowMs,
  };
  return { event: failed, idGiven: false };
}
