import type { Database } from "@db/schema";
import { Kysely, PostgresDialect, type RawBuilder, sql } from "kysely";
import pg from "pg";
import { env } from "./env";
import type { TenantContext, TenantTrx } from "./tenancy/context";

const INT8 = 20;
const INT8_ARRAY = 1016;
const DATE = 1082;

/** `int8` becomes BigInt on our own pools only (money above 2^53 must survive); dates stay `YYYY-MM-DD`. Never a process-global parser. */
const types: pg.CustomTypesConfig = {
  getTypeParser(oid: number, format?: "text" | "binary") {
    if (format !== "binary") {
      if (oid === INT8) return (text: string) => BigInt(text);
      if (oid === DATE) return (text: string) => text;
      if (oid === INT8_ARRAY) return (text: string) => (text === "{}" ? [] : text.slice(1, -1).split(",").map(BigInt));
    }
    return pg.types.getTypeParser(oid, format);
  },
};

export type PoolRole = "guthaben_app" | "guthaben_worker";

/**
 * The job engine keeps its plans (half of its database time was planning). A plan made while a queue is short would read all of it
 * when it is long: 3.3 instead of 0.1 ms per statement at 50,000 jobs (measured). Each of its statements has an index.
 */
const PLANNING: Record<PoolRole, string> = { guthaben_app: "", guthaben_worker: " -c enable_seqscan=off" };

/** A pool whose connections run as a role without ownership and without BYPASSRLS; `RESET ROLE` falls back to the same role. */
export function createPool(connectionString: string, role: PoolRole, max = 20): pg.Pool {
  const pool = new pg.Pool({
    connectionString,
    max,
    types,
    options: `-c role=${role} -c timezone=UTC -c jit=off${PLANNING[role]}`,
    idleTimeoutMillis: 30_000,
    connectionTimeoutMillis: 10_000,
  });
  // An idle connection that breaks (server restart) must not end the process; the next query gets a fresh one or fails loudly.
  pool.on("error", (error) => console.error(`postgres: idle connection lost: ${error.message}`));
  // A connection that breaks inside a transaction, between two statements, has no query to fail: without a listener Node would end the
  // process. The next statement of that transaction fails instead.
  pool.on("connect", (client) => client.on("error", (error) => console.error(`postgres: connection lost: ${error.message}`)));
  return pool;
}

type Handles = { appPool: pg.Pool; workerPool: pg.Pool; app: Kysely<Database> };

// Next bundles routes and instrumentation apart; one process still needs one pool.
const store = globalThis as typeof globalThis & { __guthabenDb?: Handles };

function handles(): Handles {
  if (!store.__guthabenDb) {
    const url = env().DATABASE_URL;
    const appPool = createPool(url, "guthaben_app");
    store.__guthabenDb = {
      appPool,
      workerPool: createPool(url, "guthaben_worker", 16),
      app: new Kysely<Database>({ dialect: new PostgresDialect({ pool: appPool }) }),
    };
  }
  return store.__guthabenDb;
}

/** Pool of the job engine and the outbox dispatcher (role `guthaben_worker`: no rights on customers or money). */
export const workerPool = (): pg.Pool => handles().workerPool;

/** Closes all pools: tests and clean shutdown. */
export async function closeDb(): Promise<void> {
  const open = store.__guthabenDb;
  if (!open) return;
  store.__guthabenDb = undefined;
  await open.app.destroy();
  await open.workerPool.end();
}

const RETRYABLE = new Set(["40001", "40P01"]);
const MAX_TRIES = 5;

const sqlState = (error: unknown): string | undefined =>
  typeof error === "object" && error !== null && "code" in error && typeof error.code === "string" ? error.code : undefined;

/** Runs a transaction again after a deadlock or serialisation failure, five times with jitter; the work must be free of outside effects. */
async function retrying<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      if (attempt >= MAX_TRIES || !RETRYABLE.has(sqlState(error) ?? "")) throw error;
      await new Promise((done) => setTimeout(done, 10 * 2 ** attempt * (0.5 + Math.random())));
    }
  }
}

/** Who is looking, for rows that belong to a person and not to a tenant (own memberships, own sessions). */
type Scope = { orgId: string | null; shopId: string | null; userId: string | null };

type InScope = { db?: Kysely<Database>; snapshot?: boolean };

function inScope<T>(
  scope: Scope,
  work: (handle: TenantTrx) => Promise<T>,
  { db = handles().app, snapshot = false }: InScope = {},
): Promise<T> {
  const begin = () => (snapshot ? db.transaction().setIsolationLevel("repeatable read") : db.transaction());
  return retrying(() =>
    begin().execute(async (trx) => {
      const result = await sql<{ now: Date }>`
          select set_config('app.org_id', ${scope.orgId ?? ""}, true),
                 set_config('app.shop_id', ${scope.shopId ?? ""}, true),
                 set_config('app.user_id', ${scope.userId ?? ""}, true),
                 app_now() as now`.execute(trx);
      const now = result.rows[0]?.now;
      if (!now) throw new Error("app_now() gave no row");
      return work({ trx, now });
    }),
  );
}

/**
 * The only way to tenant rows: one transaction bound to one organisation (and, with `shopId`, to one shop) by row-level security.
 * Joins `ctx.trx` when it is set. A connection is never reused with another tenant's setting: the setting ends with the transaction.
 */
export function withTenant<T>(ctx: TenantContext, work: (handle: TenantTrx) => Promise<T>): Promise<T> {
  if (ctx.trx) return work(ctx.trx);
  const userId = ctx.actor.type === "user" ? ctx.actor.userId : null;
  return inScope({ orgId: ctx.orgId, shopId: ctx.shopId, userId }, work);
}

/** `withTenant` for reading only, all of it as of one moment: sums of several statements agree while others go on writing. */
export function withSnapshot<T>(ctx: TenantContext, work: (handle: TenantTrx) => Promise<T>): Promise<T> {
  const userId = ctx.actor.type === "user" ? ctx.actor.userId : null;
  return inScope({ orgId: ctx.orgId, shopId: ctx.shopId, userId }, work, { snapshot: true });
}

/**
 * One statement bound to a tenant like `withTenant`, as a transaction of its own and in one round trip instead of four: under a lock that
 * everybody wants, waiting for the network is what limits how often it can change hands. `ctx.trx` must not be set.
 */
export function tenantStatement<T>(ctx: TenantContext, value: RawBuilder<T>): Promise<T | undefined> {
  const userId = ctx.actor.type === "user" ? ctx.actor.userId : "";
  return retrying(async () => {
    // The filter on the settings' own result keeps them from being left out or done later.
    const result = await sql<{ value: T }>`select ${value} as value from (select set_config('app.org_id', ${ctx.orgId}, true)
      || set_config('app.shop_id', ${ctx.shopId ?? ""}, true) || set_config('app.user_id', ${userId}, true) as tenant offset 0) scope
      where scope.tenant is not null`.execute(handles().app);
    return result.rows[0]?.value;
  });
}

/**
 * `withTenant` on a connection of its own, for bulk work that needs COPY and temporary tables: they end with the connection. The same
 * transaction is reached through `trx` and through `client`; never use both at the same moment.
 */
export async function withTenantSession<T>(
  ctx: TenantContext,
  work: (handle: TenantTrx & { client: pg.PoolClient }) => Promise<T>,
  settings: Readonly<Record<string, string>> = {},
): Promise<T> {
  const options = Object.entries({ role: "guthaben_app", timezone: "UTC", jit: "off", ...settings });
  const pool = new pg.Pool({
    connectionString: env().DATABASE_URL,
    max: 1,
    types,
    options: options.map(([name, value]) => `-c ${name}=${value}`).join(" "),
    connectionTimeoutMillis: 10_000,
  });
  pool.on("error", (error) => console.error(`postgres: session lost: ${error.message}`));
  let client: pg.PoolClient | undefined;
  const connect = async () => {
    client = await pool.connect();
    return client;
  };
  const userId = ctx.actor.type === "user" ? ctx.actor.userId : null;
  try {
    const db = new Kysely<Database>({ dialect: new PostgresDialect({ pool: { connect, end: () => pool.end() } }) });
    const inSession = (handle: TenantTrx) => {
      if (!client) throw new Error("a transaction without a connection");
      return work({ ...handle, client });
    };
    return await inScope({ orgId: ctx.orgId, shopId: ctx.shopId, userId }, inSession, { db });
  } finally {
    await pool.end();
  }
}

/** A transaction for what a signed-in person may see of himself across organisations. Tenant tables show no other rows. */
export const withUser = <T>(userId: string, work: (handle: TenantTrx) => Promise<T>): Promise<T> =>
  inScope({ orgId: null, shopId: null, userId }, work);

/** A transaction without tenant and person: sign-in, invitations, `system_*` functions. Tenant tables are empty in it. */
export const withoutTenant = <T>(work: (handle: TenantTrx) => Promise<T>): Promise<T> =>
  inScope({ orgId: null, shopId: null, userId: null }, work);
