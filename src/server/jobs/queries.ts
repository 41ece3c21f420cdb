import { type Expression, type SqlBool, sql } from "kysely";
import type { TenantTrx } from "@/server/tenancy/context";
import type { RunStatus } from "./schema";

type Handle = Pick<TenantTrx, "trx">;
type Filter = { status?: RunStatus | null; functionId?: string | null; search?: string | null; system: boolean };
type Cursor = { at: Date; id: string };

const UUID = /^[0-9a-f-]{36}$/i;
const contains = (text: string): string => `%${text.replace(/[\\%_]/g, "\\$&")}%`;

/** Runs the tenant may see (the view is bound to it), newest first. Runs without a tenant carry no data. */
export function selectRuns({ trx }: Handle, filter: Filter, cursor: Cursor | null, limit: number) {
  return trx
    .selectFrom("engine.tenant_run as r")
    .leftJoin("engine.function as f", "f.id", "r.fn_id")
    .select([
      "r.id",
      "r.fn_id as functionId",
      "f.name as functionName",
      "r.status",
      "r.event_name as eventName",
      "r.queued_at as queuedAt",
      "r.started_at as startedAt",
      "r.ended_at as endedAt",
      "r.system",
    ])
    .select(sql<string | null>`r.error ->> 'message'`.as("errorMessage"))
    .where((eb) => {
      const all: Expression<SqlBool>[] = [];
      if (!filter.system && !filter.functionId) all.push(eb.or([eb("r.system", "=", false), eb("r.status", "=", "failed")]));
      if (filter.status) all.push(eb("r.status", "=", filter.status));
      if (filter.functionId) all.push(eb("r.fn_id", "=", filter.functionId));
      if (filter.search) {
        const pattern = contains(filter.search);
        const any: Expression<SqlBool>[] = [
          sql<boolean>`r.fn_id ilike ${pattern}`,
          sql<boolean>`f.name ilike ${pattern}`,
          sql<boolean>`r.event_name ilike ${pattern}`,
          sql<boolean>`r.events::text ilike ${pattern}`,
        ];
        if (UUID.test(filter.search)) any.push(sql<boolean>`r.id::text = ${filter.search.toLowerCase()}`);
        all.push(eb.or(any));
      }
      if (cursor) all.push(sql<boolean>`(r.queued_at, r.id) < (${cursor.at}::timestamptz, ${cursor.id}::uuid)`);
      return eb.and(all);
    })
    .orderBy("r.queued_at", "desc")
    .orderBy("r.id", "desc")
    .limit(limit)
    .execute();
}

export const selectFunctions = ({ trx }: Handle) =>
  trx.selectFrom("engine.function").select(["id", "name"]).orderBy("name").limit(500).execute();

/** Open and failed runs of the last day, for the line above the table. */
export const countRecent = ({ trx }: Handle) =>
  trx
    .selectFrom("engine.tenant_run")
    .select([
      sql<number>`count(*) filter (where status in ('queued', 'running'))::integer`.as("open"),
      sql<number>`count(*) filter (where status = 'failed')::integer`.as("failed"),
    ])
    .where((eb) => eb.or([eb("ended_at", "is", null), sql<boolean>`ended_at > app_now() - interval '24 hours'`]))
    .executeTakeFirstOrThrow();

export const selectRun = ({ trx }: Handle, runId: string) =>
  trx
    .selectFrom("engine.tenant_run as r")
    .leftJoin("engine.function as f", "f.id", "r.fn_id")
    .selectAll("r")
    .select("f.name as functionName")
    .where("r.id", "=", runId)
    .executeTakeFirst();

/** Steps in the order they finished, then those still open. */
export const selectSteps = ({ trx }: Handle, runId: string) =>
  trx
    .selectFrom("engine.tenant_step")
    .selectAll()
    .where("run_id", "=", runId)
    .orderBy(sql`seq nulls last`)
    .orderBy("created_at")
    .limit(1_000)
    .execute();

export const selectAttempts = ({ trx }: Handle, runId: string) =>
  trx.selectFrom("engine.tenant_attempt").selectAll().where("run_id", "=", runId).orderBy("at").limit(500).execute();

/** False when the run is not in a state from which it can be tried again. */
export const callRetry = async ({ trx }: Handle, runId: string): Promise<boolean> =>
  (await sql<{ done: boolean }>`select engine.retry_run(${runId}) as done`.execute(trx)).rows[0]?.done ?? false;

/** False when the run has ended. */
export const callCancel = async ({ trx }: Handle, runId: string): Promise<boolean> =>
  (await sql<{ done: boolean }>`select engine.cancel_run(${runId}) as done`.execute(trx)).rows[0]?.done ?? false;
