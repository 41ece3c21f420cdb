import { sql } from "kysely";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { closeDb, createPool, withoutTenant, withTenant, withUser } from "@/server/db";
import { type TestTenant, testTenant } from "@/server/tenancy/world.testing";

/*
 * What the database itself guarantees about tenants (domain.md 5.2), read from its catalogue: for every table there is, not for the
 * ones somebody remembered. Planted violations prove that each rule can fail.
 */

/** Tables of people and of the machine, which belong to no tenant. The app reaches them without row-level security. */
const WITHOUT_TENANT: Record<string, string> = {
  "public.app_user": "a person may belong to several organisations",
  "public.auth_session": "belongs to a person",
  "public.auth_throttle": "counts attempts before anyone is known",
  "public.auth_factor": "belongs to a person",
  "public.auth_recovery_code": "belongs to a person",
  "public.auth_reset": "belongs to a person; read by the hash of its link",
  "public.agency": "an agency is no tenant; it sees one only by its grant",
  "public.agency_member": "belongs to an agency",
  "public.agency_invitation": "belongs to an agency",
  "engine.function": "names and configuration of the background functions",
  "ledger.unit": "the currencies and their decimals",
};

/** Works for all tenants at once. The app has no right on it at all and sees it through the bounded views below. */
const MACHINE = ["engine.run"];

/** Views with their owner's rights, which is why each binds its rows to the organisation itself. */
const BOUNDED_VIEWS = ["engine.tenant_run", "engine.tenant_step", "engine.tenant_attempt"];

/** Policies that let a role of the machine see all tenants. */
const MACHINE_POLICIES: Record<string, string> = {
  "public.job_outbox: worker": "the dispatcher hands on everybody's events; it has no right on customers or money",
};

/** No foreign key to the shop: filled by set-based statements only, where checking it per row cost up to 6.9 times the time. */
const HOT = [
  ...["shop_order", "order_items", "order_refund", "activity_event", "customer_metrics", "product_buyer"].map((name) => `public.${name}`),
  ...["customer_score", "rfm_history", "rfm_change", "drop_baseline"].map((name) => `public.${name}`),
  ...["drop_member", "drop_exclusion", "campaign_presence", "message"].map((name) => `public.${name}`),
  ...["send_window", "consent_event", "consent_state", "outbound_event", "product_pair"].map((name) => `public.${name}`),
  ...["account", "lot", "posting", "transfer", "lot_move", "request"].map((name) => `ledger.${name}`),
];

const APP_ROLES = ["guthaben_app", "guthaben_worker", "guthaben_readonly"];
let owner: pg.Client;

beforeAll(async () => {
  owner = new pg.Client({ connectionString: process.env.DATABASE_URL });
  await owner.connect();
});
afterAll(() => owner.end());

type Row = { name: string };
const names = async (query: string, values: unknown[] = []): Promise<string[]> =>
  (await owner.query<Row>(query, values)).rows.map(({ name }) => name).sort();

/** Ordinary and partitioned tables of ours, with their full name. */
const TABLES = `
  select c.oid, n.nspname || '.' || c.relname as name, c.relname, c.relrowsecurity, c.relforcerowsecurity,
         exists (select 1 from pg_attribute a where a.attrelid = c.oid and a.attname = 'org_id' and not a.attisdropped) as has_org,
         exists (select 1 from pg_attribute a where a.attrelid = c.oid and a.attname = 'shop_id' and not a.attisdropped) as has_shop
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where c.relkind in ('r', 'p') and n.nspname not in ('pg_catalog', 'information_schema') and n.nspname not like 'pg_t%'`;

/** Tenant tables: those with org_id, and the two that are tenants themselves. */
const TENANT = `select * from (${TABLES}) t where (has_org or name in ('public.organisation', 'public.shop'))
  and name not in (${MACHINE.map((name) => `'${name}'`).join()})`;

const RULES: Record<string, () => Promise<string[]>> = {
  "every tenant table forces row-level security": () =>
    names(`select name from (${TENANT}) t where not (relrowsecurity and relforcerowsecurity)`),

  "every tenant table has a policy that binds reading and writing to the organisation": () =>
    names(`select name from (${TENANT}) t where not exists (
      select 1 from pg_policy p where p.polrelid = t.oid and p.polpermissive and p.polcmd = '*'
        and pg_get_expr(p.polqual, p.polrelid) like '%app_org()%' and pg_get_expr(p.polwithcheck, p.polrelid) like '%app_org()%')`),

  "every policy for everyone names the organisation or the person": () =>
    names(`select t.name || ': ' || p.polname as name from (${TENANT}) t join pg_policy p on p.polrelid = t.oid
      where p.polroles = '{0}' and pg_get_expr(p.polqual, p.polrelid) !~ 'app_org\\(\\)'`),

  "no policy is open to the app's own roles": () =>
    names(
      `select t.name || ': ' || p.polname as name from (${TABLES}) t join pg_policy p on p.polrelid = t.oid
       where pg_get_expr(p.polqual, p.polrelid) = 'true'
         and exists (select 1 from unnest(p.polroles) r left join pg_roles o on o.oid = r where r = 0 or o.rolname = any($1))
         and not t.name || ': ' || p.polname = any($2)`,
      [APP_ROLES, Object.keys(MACHINE_POLICIES)],
    ),

  "every reference between tenant tables carries the tenant": () =>
    names(`select t.name || ': ' || f.conname as name from (${TENANT}) t join pg_constraint f on f.conrelid = t.oid and f.contype = 'f'
      join (${TENANT}) r on r.oid = f.confrelid
      where r.name <> 'public.organisation' and not exists (
        select 1 from unnest(f.conkey, f.confkey) k(own, far)
        join pg_attribute a on a.attrelid = f.conrelid and a.attnum = k.own
        join pg_attribute b on b.attrelid = f.confrelid and b.attnum = k.far
        where a.attname = b.attname and a.attname in ('org_id', 'shop_id'))`),

  "every table of a shop refers to the shop with its organisation": () =>
    names(
      `select name from (${TENANT}) t where has_shop and not name = any($1)
       and not exists (select 1 from pg_attribute a where a.attrelid = t.oid and a.attname = 'shop_id' and not a.attnotnull)
       and not exists (select 1 from pg_constraint f where f.conrelid = t.oid and f.contype = 'f' and f.confrelid = 'shop'::regclass and cardinality(f.conkey) = 2)`,
      [HOT],
    ),

  "every view runs with the rights of who asks, or binds its rows itself": () =>
    names(
      `select v.name from (select c.oid, n.nspname || '.' || c.relname as name, c.reloptions::text[] as options from pg_class c
         join pg_namespace n on n.oid = c.relnamespace
         where c.relkind = 'v' and n.nspname not in ('pg_catalog', 'information_schema')) v
       where not coalesce(v.options @> array['security_invoker=true'], false)
         and not (v.name = any($1) and v.options @> array['security_barrier=true'] and pg_get_viewdef(v.oid) ~ 'app_org\\(\\)|tenant_run')`,
      [BOUNDED_VIEWS],
    ),

  "the app has no right on the machine's tables": () =>
    names(
      `select name from (${TABLES}) t where name = any($1)
       and (has_table_privilege('guthaben_app', t.oid, 'select, insert, update, delete')
         or has_any_column_privilege('guthaben_app', t.oid, 'select, insert, update'))`,
      [MACHINE],
    ),

  "no materialised view copies tenants' rows": () =>
    names(
      "select relname as name from pg_class where relkind = 'm' and relnamespace::regnamespace::text not in ('pg_catalog', 'information_schema')",
    ),

  "no role of the app is superuser, owner, or exempt from row-level security": () =>
    names(
      `select rolname as name from pg_roles r where rolname = any($1) and (rolsuper or rolbypassrls
         or exists (select 1 from pg_class c where c.relowner = r.oid)
         or exists (select 1 from pg_auth_members m where m.member = r.oid))`,
      [APP_ROLES],
    ),

  "the app reaches no table without row-level security but the listed ones": () =>
    names(
      `select name from (${TABLES}) t where not relrowsecurity and not name = any($1)
       and (has_table_privilege('guthaben_app', t.oid, 'select, insert, update, delete')
         or has_any_column_privilege('guthaben_app', t.oid, 'select, insert, update'))`,
      [Object.keys(WITHOUT_TENANT)],
    ),

  "the log cannot be changed by the app": () =>
    names(
      `select name || ' ' || privilege as name from (${TABLES}) t, unnest(array['update', 'delete', 'truncate']) privilege
       where name in ('public.audit', 'public.audit_chain') and has_table_privilege('guthaben_app', t.oid, privilege)`,
    ),

  "functions with other rights pin their search path": () =>
    names(`select p.oid::regprocedure::text as name from pg_proc p join pg_namespace n on n.oid = p.pronamespace
      where p.prosecdef and n.nspname not in ('pg_catalog', 'information_schema')
        and not coalesce(array_to_string(p.proconfig, ',') like '%search_path=%', false)`),
};

describe("the catalogue", () => {
  it("has tenant tables to look at", async () => {
    expect((await names(`select name from (${TENANT}) t`)).length).toBeGreaterThan(15);
  });

  it.each(Object.entries(RULES))("%s", async (_rule, violations) => {
    expect(await violations()).toEqual([]);
  });

  it("lists no table that is gone", async () => {
    const all = await names(`select name from (${TABLES}) t`);
    expect([...Object.keys(WITHOUT_TENANT), ...MACHINE, ...HOT].filter((name) => !all.includes(name))).toEqual([]);
  });
});

/** What a careless migration might do, and the rule that must notice. */
const PLANTED: [string, string, string][] = [
  ["a table that forgot row-level security", "create table planted (org_id uuid not null)", "every tenant table forces row-level security"],
  [
    "a table whose owner is exempt",
    "create table planted (org_id uuid not null); alter table planted enable row level security",
    "every tenant table forces row-level security",
  ],
  [
    "a policy without a check on writing",
    "create table planted (org_id uuid not null); alter table planted enable row level security, force row level security; create policy p on planted for select using (org_id = app_org())",
    "every tenant table has a policy that binds reading and writing to the organisation",
  ],
  [
    "a policy that lets everyone in",
    "create table planted (org_id uuid not null); select make_tenant_table('planted'); create policy open on planted using (true)",
    "no policy is open to the app's own roles",
  ],
  [
    "a reference by id alone",
    "create table planted (org_id uuid not null, shop_id uuid not null, other uuid references shop (id)); select make_tenant_table('planted')",
    "every reference between tenant tables carries the tenant",
  ],
  [
    "a table of a shop without the shop",
    "create table planted (org_id uuid not null, shop_id uuid not null); select make_tenant_table('planted', true, true)",
    "every table of a shop refers to the shop with its organisation",
  ],
  [
    "a view with its owner's rights",
    "create view planted as select * from shop",
    "every view runs with the rights of who asks, or binds its rows itself",
  ],
  ["a copy of tenants' rows", "create materialized view planted as select * from audit", "no materialised view copies tenants' rows"],
  [
    "a table everyone reaches",
    "create table planted (id int); grant select on planted to guthaben_app",
    "the app reaches no table without row-level security but the listed ones",
  ],
  [
    "one open column",
    "create table planted (id int, secret text); grant update (secret) on planted to guthaben_app",
    "the app reaches no table without row-level security but the listed ones",
  ],
  ["a right on the machine's table", "grant select on engine.run to guthaben_app", "the app has no right on the machine's tables"],
  ["a right to rewrite the log", "grant update on audit to guthaben_app", "the log cannot be changed by the app"],
  [
    "a table that the app owns",
    "create table planted (id int); alter table planted owner to guthaben_app",
    "no role of the app is superuser, owner, or exempt from row-level security",
  ],
  [
    "a function with a borrowed search path",
    "create function planted() returns int language sql security definer as 'select 1'",
    "functions with other rights pin their search path",
  ],
];

describe("planted violations", () => {
  it.each(PLANTED)("%s is noticed", async (_name, ddl, rule) => {
    await owner.query("begin");
    try {
      await owner.query("grant create on schema public to guthaben_app");
      await owner.query(ddl);
      const found = (await RULES[rule]?.()) ?? [];
      expect(found.length).toBeGreaterThan(0);
    } finally {
      await owner.query("rollback");
    }
  });
});

describe("a tenant's transaction", () => {
  let own: TestTenant;
  let foreign: TestTenant;
  beforeAll(async () => {
    [own, foreign] = [await testTenant("Own"), await testTenant("Foreign")];
  });

  const TENANT_TABLES = ["membership", "agency_grant", "invitation", "api_key", "audit", "shop", "organisation"] as const;

  it("sees only its own rows, whatever the query forgets (B13)", async () => {
    for (const table of TENANT_TABLES) {
      const rows = await withTenant(own.org, ({ trx }) => trx.selectFrom(table).selectAll().execute());
      expect(JSON.stringify(rows), table).not.toContain(foreign.orgId);
    }
    const byId = await withTenant(own.org, ({ trx }) => trx.selectFrom("shop").selectAll().where("id", "=", foreign.shopId).execute());
    expect(byId).toEqual([]);
  });

  it("shows a member of two organisations only the one it works in", async () => {
    await withTenant(foreign.org, ({ trx }) =>
      trx.insertInto("membership").values({ org_id: foreign.orgId, user_id: own.ownerId, role: "support", shop_ids: null }).execute(),
    );
    const rows = await withTenant(own.org, ({ trx }) => trx.selectFrom("membership").select("org_id").execute());
    expect(rows).toEqual([{ org_id: own.orgId }]);
    expect(await withUser(own.ownerId, ({ trx }) => trx.selectFrom("membership").select("org_id").execute())).toHaveLength(2);
  });

  it("cannot write into another tenant, nor refer to its rows (B13)", async () => {
    const insert = (orgId: string, shopId: string) =>
      withTenant(own.shop, ({ trx }) =>
        sql`insert into api_key (org_id, shop_id, public_id, name, secret_hash, scopes)
            values (${orgId}, ${shopId}, ${crypto.randomUUID()}, 'x', 'x', '{}')`.execute(trx),
      );
    await expect(insert(foreign.orgId, foreign.shopId)).rejects.toThrow(/row-level security/);
    await expect(insert(own.orgId, foreign.shopId)).rejects.toThrow(/row-level security/);
    // Even with the shop's setting out of the way, the composite key holds.
    await expect(
      withTenant(own.org, ({ trx }) =>
        sql`insert into api_key (org_id, shop_id, public_id, name, secret_hash, scopes) values (${own.orgId}, ${foreign.shopId}, 'y', 'x', 'x', '{}')`.execute(
          trx,
        ),
      ),
    ).rejects.toThrow(/foreign key/);
    const moved = await withTenant(own.org, ({ trx }) =>
      trx.updateTable("shop").set({ name: "taken over" }).where("id", "=", foreign.shopId).executeTakeFirst(),
    );
    expect(moved.numUpdatedRows).toBe(0n);
  });

  it("leaves nothing behind on its connection, neither after success nor after an error (B14)", async () => {
    // One connection: every transaction gets the one that the last tenant used.
    const pool = createPool(process.env.DATABASE_URL ?? "", "guthaben_app", 1);
    const count = async () => Number((await pool.query("select count(*) from shop")).rows[0].count);
    const client = await pool.connect();
    await client.query("begin");
    await client.query("select set_config('app.org_id', $1, true)", [own.orgId]);
    expect((await client.query("select id from shop")).rows).toEqual([{ id: own.shopId }]);
    await expect(client.query("select 1/0")).rejects.toThrow(/division/);
    await client.query("rollback");
    client.release();
    expect(await count()).toBe(0);
    await expect(pool.query("insert into organisation (name) values ('x')")).rejects.toThrow(/row-level security/);
    await pool.end();
    await expect(withTenant(own.org, () => Promise.reject(new Error("broken")))).rejects.toThrow("broken");
    expect(await withTenant(foreign.org, ({ trx }) => trx.selectFrom("shop").select("id").execute())).toEqual([{ id: foreign.shopId }]);
  });

  it("without a tenant sees nothing, in any tenant table (B14)", async () => {
    const tables = await names(`select name from (${TENANT}) t where has_table_privilege('guthaben_app', oid, 'select')`);
    expect(tables.length).toBeGreaterThan(15);
    for (const table of tables) {
      const rows = await withoutTenant(({ trx }) => sql`select 1 from ${sql.raw(table)} limit 1`.execute(trx));
      expect(rows.rows, table).toEqual([]);
    }
  });

  it("sees the runs of its own organisation only, and of the machine's nothing but that they ran", async () => {
    const run = "insert into engine.run (fn_id, event_name, events, output, org_id, shop_id) values ('f', 'e', $1, $1, $2, $3)";
    await owner.query(run, ['{"mine": true}', own.orgId, own.shopId]);
    await owner.query(run, ['{"theirs": true}', foreign.orgId, foreign.shopId]);
    await owner.query(run, ['{"everyones": true}', null, null]);
    const rows = await withTenant(own.shop, ({ trx }) =>
      sql`select events, output, system from engine.tenant_run order by queued_at`.execute(trx),
    );
    expect(rows.rows).toEqual([
      { events: { mine: true }, output: { mine: true }, system: false },
      { events: null, output: null, system: true },
    ]);
  });

  it("cannot become another role by resetting its own", async () => {
    const role = await withTenant(own.org, async ({ trx }) => {
      await sql`reset role`.execute(trx);
      return (await sql<{ role: string }>`select current_user as role`.execute(trx)).rows[0]?.role;
    });
    expect(role).toBe("guthaben_app");
    await closeDb();
  });
});
