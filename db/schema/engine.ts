import type { ColumnType, Generated, JSONColumnType } from "kysely";
import type { CreatedAt } from "./tenancy";

type Json = string | number | boolean | null | Json[] | { [key: string]: Json };

/** A column of a view: read only. */
type ReadOnly<T> = ColumnType<T, never, never>;

export type RunStatus = "queued" | "running" | "completed" | "failed" | "cancelled";
export type StepStatus = "planned" | "waiting" | "completed" | "failed";

/** An error as the SDK serialises it. */
export type StoredError = { name?: string; message?: string; stack?: string };

/** What the app sees of the engine: views bound to the tenant. The engine itself speaks SQL to its own tables. */
export type EngineTables = {
  "engine.function": { id: ReadOnly<string>; name: ReadOnly<string>; config: ReadOnly<Json>; synced_at: ReadOnly<Date> };
  "engine.tenant_run": {
    id: ReadOnly<string>;
    fn_id: ReadOnly<string>;
    status: ReadOnly<RunStatus>;
    event_name: ReadOnly<string>;
    org_id: ReadOnly<string | null>;
    shop_id: ReadOnly<string | null>;
    queued_at: ReadOnly<Date>;
    started_at: ReadOnly<Date | null>;
    ended_at: ReadOnly<Date | null>;
    system: ReadOnly<boolean>;
    events: ReadOnly<Json[] | null>;
    output: ReadOnly<Json>;
    error: ReadOnly<StoredError | null>;
    parent_run_id: ReadOnly<string | null>;
  };
  "engine.tenant_step": {
    run_id: ReadOnly<string>;
    id: ReadOnly<string>;
    name: ReadOnly<string>;
    op: ReadOnly<string>;
    status: ReadOnly<StepStatus>;
    attempt: ReadOnly<number>;
    seq: ReadOnly<number | null>;
    due_at: ReadOnly<Date | null>;
    created_at: ReadOnly<Date>;
    started_at: ReadOnly<Date | null>;
    ended_at: ReadOnly<Date | null>;
    data: ReadOnly<Json>;
    error: ReadOnly<StoredError | null>;
    active: ReadOnly<boolean>;
  };
  "engine.tenant_attempt": {
    id: ReadOnly<string>;
    run_id: ReadOnly<string>;
    step_id: ReadOnly<string | null>;
    attempt: ReadOnly<number>;
    kind: ReadOnly<"error" | "crash">;
    at: ReadOnly<Date>;
    next_at: ReadOnly<Date | null>;
    error: ReadOnly<StoredError | null>;
  };
  job_outbox: {
    id: Generated<string>;
    org_id: string;
    name: string;
    data: JSONColumnType<Record<string, unknown>, string, never>;
    run_at: ColumnType<Date, Date | undefined, Date>;
    created_at: CreatedAt;
    sent_at: ColumnType<Date | null, never, Date | null>;
    attempts: Generated<number>;
    last_error: ColumnType<string | null, never, string | null>;
  };
};
