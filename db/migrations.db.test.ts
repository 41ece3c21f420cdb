import { randomBytes } from "node:crypto";
import { Kysely, Migrator, PostgresDialect } from "kysely";
import pg from "pg";
import { afterAll, beforeAll, expect, it } from "vitest";
import { dropDatabase } from "./drop-database";
import { migrations } from "./migrations/index";

/** Migrations that move what people have, on a database that holds something. */

const ORG = "00000000-0000-7000-8000-0000000000a1";
const SHOP = "00000000-0000-7000-8000-0000000000b1";
const name = `test_${randomBytes(8).toString("hex")}`;
const inDatabase = (database: string): string => {
  const url = new URL(process.env.DATABASE_URL ?? "");
  url.pathname = `/${database}`;
  return url.toString();
};

const tenants = [
  [ORG, SHOP],
  [ORG.replace("a1", "a2"), SHOP.replace("b1", "b2")],
] as const;

let admin: pg.Client;
let owner: pg.Client;
let db: Kysely<unknown>;
const migrateTo = async (target: string) => {
  const { error } = await new Migrator({ db, provider: { getMigrations: async () => migrations } }).migrateTo(target);
  if (error) throw error;
};

/** As an organisation sees them: without one the owner sees nothing either. */
const setTenant = (org: string, shop: string) =>
  owner.query("select set_config('app.org_id', $1, false), set_config('app.shop_id', $2, false)", [org, shop]);

beforeAll(async () => {
  admin = new pg.Client({ connectionString: inDatabase("postgres") });
  await admin.connect();
  await admin.query(`create database "${name}"`);
  owner = new pg.Client({ connectionString: inDatabase(name) });
  await owner.connect();
  db = new Kysely({ dialect: new PostgresDialect({ pool: new pg.Pool({ connectionString: inDatabase(name), max: 2 }) }) });
});

afterAll(async () => {
  await db.destroy();
  await owner.end();
  await dropDatabase(admin, name);
  await admin.end();
});

it("0017 keeps every figure of every customer, of all organisations, and knows their birthdays", async () => {
  await migrateTo("0015_campaign_result");
  const metrics = async () => {
    const all: Record<string, unknown>[] = [];
    for (const [org, shop] of tenants) {
      await setTenant(org, shop);
      all.push(...(await owner.query<Record<string, unknown>>("select * from customer_metrics order by customer_id")).rows);
    }
    return all;
  };
  for (const [org, shop] of tenants) {
    await setTenant(org, shop);
    await owner.query("insert into organisation (id, name) values ($1, 'Org')", [org]);
    await owner.query(
      "insert into shop (org_id, id, name, currency, time_zone, country) values ($1, $2, 'Shop', 'EUR', 'Europe/Berlin', 'DE')",
      [org, shop],
    );
    await owner.query(
      `insert into customer (org_id, shop_id, external_id, birth_date)
       select $1, $2, 'c' || n, case when n % 2 = 0 then date '1980-02-29' + n end from generate_series(0, 9) n`,
      [org, shop],
    );
    // Every column another value, so that two of them exchanged are noticed.
    const { rows } = await owner.query<{ set: string }>(
      `select string_agg(format('%I = %s', attname, case typname when 'bool' then 'true' when 'timestamptz' then format('timestamptz ''2026-01-01'' + interval ''%s h''', attnum)
         else attnum::text end), ', ') as set
       from pg_attribute a join pg_type t on t.oid = a.atttypid
       where attrelid = 'customer_metrics'::regclass and attnum > 3`,
    );
    await owner.query(`update customer_metrics set ${rows[0]?.set}`);
  }
  const before = await metrics();
  expect(before).toHaveLength(20);
  await migrateTo("0017_segment_speed");
  const after = await metrics();
  expect(after).toMatchObject(before);
  const months = after.map(({ birth_month_day }) => birth_month_day);
  expect(months.slice(0, 10).sort()).toEqual([0, 0, 0, 0, 0, 229, 302, 304, 306, 308]);
  // And goes on with them.
  await owner.query("update customer set birth_date = '1990-12-31' where external_id = 'c1'");
  await owner.query(
    "insert into customer (org_id, shop_id, external_id, birth_date) values ($1, $2, 'new', '2000-01-01')",
    tenants[1].slice(),
  );
  const { rows } = await owner.query(
    "select c.external_id, m.birth_month_day from customer_metrics m join customer c on c.id = m.customer_id where c.external_id in ('c1', 'new') order by 1",
  );
  expect(rows).toEqual([
    { external_id: "c1", birth_month_day: 1231 },
    { external_id: "new", birth_month_day: 101 },
  ]);
});

it("0037 says of campaigns that were launched before what they can cost at most, in all organisations", async () => {
  await migrateTo("0035_refused_addresses");
  for (const [org, shop] of tenants) {
    await setTenant(org, shop);
    await owner.query(
      `insert into campaign (org_id, shop_id, name, unit, time_zone, created_by_label, segment_query, available_local, run_at, window_ends_at,
         audience_at_launch, amount, status, repeat, offer, budget)
       select $1, $2, name, 'EUR', 'Europe/Berlin', 'test', '', '2026-06-01T14:00', '2026-06-01T12:00Z', '2026-07-01T12:00Z', 40, 500, status,
         jsonb_build_object('type', repeat), jsonb_build_object('type', offer), budget
       from (values ('a', 'scheduled', 'none', 'fixed', null), ('b', 'scheduled', 'monthly', 'variable', 9000), ('c', 'scheduled', 'none', 'variable', null),
         ('d', 'paused', 'none', 'fixed', null), ('e', 'draft', 'none', 'fixed', null)) v (name, status, repeat, offer, budget)`,
      [org, shop],
    );
  }
  await migrateTo("0037_cost_at_launch");
  for (const [org, shop] of tenants) {
    await setTenant(org, shop);
    const { rows } = await owner.query<{ cost: string | null }>(
      "select cost_at_launch as cost from campaign where shop_id = $1 order by name",
      [shop],
    );
    expect(rows.map((row) => row.cost)).toEqual(["20000", "9000", null, "20000", null]);
  }
  const { rows } = await owner.query("select relforcerowsecurity as forced from pg_class where oid = 'campaign'::regclass");
  expect(rows).toEqual([{ forced: true }]);
});
