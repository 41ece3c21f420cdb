import { sql } from "kysely";
import pg from "pg";
import { afterAll, beforeAll, expect, it } from "vitest";
import { withTenant } from "@/server/db";
import type { ShopContext } from "@/server/tenancy/context";
import { compactMetrics } from "./compact-metrics";
import { createTestShop } from "./testing";

/** More than the size below which nothing is done. */
const PEOPLE = 80_000;

let ctx: ShopContext;
let owner: pg.Client;

const size = async (): Promise<number> =>
  Number((await owner.query<{ bytes: string }>("select pg_relation_size('customer_metrics') as bytes")).rows[0]?.bytes);

const content = (of: ShopContext) =>
  withTenant(of, async ({ trx }) => {
    const { rows } = await sql`select count(*)::int as people, md5(string_agg(m::text, '' order by customer_id)) as all_of_it
      from customer_metrics m`.execute(trx);
    return rows[0];
  });

const writeAll = () => withTenant(ctx, ({ trx }) => sql`update customer_metrics set clicks_count = clicks_count + 1`.execute(trx));

beforeAll(async () => {
  ctx = await createTestShop();
  owner = new pg.Client({ connectionString: process.env.DATABASE_URL });
  await owner.connect();
  await withTenant(ctx, ({ trx }) =>
    sql`insert into customer (org_id, shop_id, external_id) select ${ctx.orgId}, ${ctx.shopId}, 'k' || n from generate_series(1, ${PEOPLE}) n`.execute(
      trx,
    ),
  );
  await owner.query("vacuum analyze customer_metrics");
}, 60_000);
afterAll(() => owner.end());

it("leaves alone what is compact", async () => {
  expect(await compactMetrics()).toBe(false);
});

it("gives up when somebody holds the table, and does it when nobody does: the same rows, half the size, still only for their tenant", {
  timeout: 60_000,
}, async () => {
  await writeAll();
  await owner.query("vacuum analyze customer_metrics");
  const [before, bytes] = [await content(ctx), await size()];
  await owner.query("begin; lock table customer_metrics in access share mode");
  expect(await compactMetrics()).toBe(false);
  expect(await size()).toBe(bytes);
  await owner.query("commit");
  expect(await compactMetrics()).toBe(true);
  expect(await size()).toBeLessThan(0.6 * bytes);
  expect(await content(ctx)).toEqual(before);
  expect(before).toMatchObject({ people: PEOPLE });
  expect(await content(await createTestShop())).toMatchObject({ people: 0 });
  expect(await compactMetrics()).toBe(false);
  expect((await writeAll()).numAffectedRows).toBe(BigInt(PEOPLE));
});
