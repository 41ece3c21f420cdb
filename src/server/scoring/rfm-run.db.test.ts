import { sql } from "kysely";
import { beforeAll, describe, expect, it } from "vitest";
import { setTestClock } from "@/server/clock";
import { rebuildMetrics } from "@/server/customers/rebuild-metrics";
import { createTestShop } from "@/server/customers/testing";
import { withTenant } from "@/server/db";
import type { ShopContext } from "@/server/tenancy/context";
import { bordersOf, groupOf, scoresOf } from "./rfm";
import { beginRfm, finishRfm, prepareRfm, runRfm, scoreRfmChunk } from "./rfm-run";

const PEOPLE = 400;
let ctx: ShopContext;

/** Orders of customer i lie 3·i mod 700 days back and every 11 days before that, as many as i mod 9 + 1. */
const person = (i: number) => ({
  orders: (i % 9) + 1,
  last: (3 * i) % 700,
  total: 500 + ((i * 977) % 20_000),
});

const addOrders = (count: number, offsetDays = 0, prefix = "o") =>
  withTenant(ctx, ({ trx }) =>
    sql`insert into shop_order (org_id, shop_id, external_id, customer_id, placed_at, currency, total, status, counts, source)
      select ${ctx.orgId}, ${ctx.shopId}, ${prefix} || i || '-' || k, c.id,
        timestamptz '2026-06-01 10:00Z' - make_interval(days => (3 * i) % 700 + 11 * k - ${offsetDays}::int), 'EUR', 500 + ((i * 977) % 20000), 'paid', true, 'test'
      from generate_series(1, ${count}::int) i, lateral generate_series(0, i % 9) k, customer c
      where c.shop_id = ${ctx.shopId} and c.external_id = 'c' || i`.execute(trx),
  );

const scores = () =>
  withTenant(ctx, ({ trx }) =>
    trx
      .selectFrom("customer_score as s")
      .innerJoin("customer as c", (join) => join.onRef("c.shop_id", "=", "s.shop_id").onRef("c.id", "=", "s.customer_id"))
      .select(["c.external_id", "s.rfm_recency", "s.rfm_frequency", "s.rfm_monetary", "s.rfm_group", "s.rfm_shopify_group"])
      .where("s.shop_id", "=", ctx.shopId)
      .execute(),
  );
const count = (table: "rfm_history" | "rfm_change") =>
  withTenant(ctx, async ({ trx }) =>
    Number(
      (
        await trx
          .selectFrom(table)
          .select(({ fn }) => fn.countAll().as("n"))
          .where("shop_id", "=", ctx.shopId)
          .executeTakeFirstOrThrow()
      ).n,
    ),
  );

describe("RFM of a shop", () => {
  beforeAll(async () => {
    await setTestClock(new Date("2026-06-01T12:00:00Z"));
    ctx = await createTestShop();
    await withTenant(ctx, ({ trx }) =>
      sql`insert into customer (org_id, shop_id, external_id) select ${ctx.orgId}, ${ctx.shopId}, 'c' || i from generate_series(1, ${PEOPLE + 5}::int) i`.execute(
        trx,
      ),
    );
  });

  it("says when there are too few customers", async () => {
    await addOrders(20);
    await rebuildMetrics(ctx);
    expect(await runRfm(ctx, "monthly")).toMatchObject({ result: null });
    expect(await scores()).toEqual([]);
  });

  it("scores everyone who bought, as the kernel does from the same values", async () => {
    await withTenant(ctx, ({ trx }) => trx.deleteFrom("shop_order").where("shop_id", "=", ctx.shopId).execute());
    await addOrders(PEOPLE);
    // Only the last ten years count: this customer's old order makes neither a second order nor more money.
    await withTenant(ctx, ({ trx }) =>
      sql`insert into shop_order (org_id, shop_id, external_id, customer_id, placed_at, currency, total, status, counts, source)
        select ${ctx.orgId}, ${ctx.shopId}, 'old', id, '2014-01-01', 'EUR', 9000000, 'paid', true, 'test' from customer
        where shop_id = ${ctx.shopId} and external_id = 'c9'`.execute(trx),
    );
    await rebuildMetrics(ctx);
    const run = await runRfm(ctx, "monthly");
    const people = Array.from({ length: PEOPLE }, (_, n) => person(n + 1));
    const counted = (values: number[]) =>
      [...new Set(values)].map((value) => ({ value, customers: values.filter((v) => v === value).length }));
    const borders = bordersOf(
      {
        recency: counted(people.map((p) => p.last)),
        frequency: counted(people.map((p) => p.orders)),
        monetary: counted(people.map((p) => p.orders * p.total)),
      },
      2,
    );
    expect(run?.result?.borders).toEqual(borders);
    const rows = await scores();
    expect(rows).toHaveLength(PEOPLE);
    for (const row of rows) {
      const { last, orders, total } = person(Number(row.external_id.slice(1)));
      const expected = scoresOf({ recency: last, frequency: orders, monetary: orders * total }, borders);
      expect({ recency: row.rfm_recency, frequency: row.rfm_frequency, monetary: row.rfm_monetary }).toEqual(expected);
      expect(row.rfm_group).toBe(groupOf(expected));
    }
    const { result } = run ?? {};
    expect(result?.groups.reduce((s, g) => s + g.customers, 0)).toBe(PEOPLE);
    expect(result?.groups.reduce((s, g) => s + g.orders, 0)).toBe(people.reduce((s, p) => s + p.orders, 0));
    expect(result?.cells.reduce((s, c) => s + Number(c.revenue), 0)).toBe(people.reduce((s, p) => s + p.orders * p.total, 0));
    expect(await count("rfm_history")).toBe(PEOPLE);
    // The first groups of a shop are no news.
    expect(await count("rfm_change")).toBe(0);
  });

  it("keeps the borders from day to day and tells who changed group, once", async () => {
    await setTestClock(new Date("2026-06-20T12:00:00Z"));
    await addOrders(40, 18, "new");
    await rebuildMetrics(ctx);
    const before = new Map((await scores()).map((row) => [row.external_id, row.rfm_group]));
    const runId = (await beginRfm(ctx, "daily")) ?? "";
    expect(await beginRfm(ctx, "daily")).toBeNull();
    expect(await prepareRfm(ctx, runId)).toMatchObject({ status: "ok" });
    await scoreRfmChunk(ctx, runId, null);
    await scoreRfmChunk(ctx, runId, null);
    const result = await finishRfm(ctx, runId);
    const after = await scores();
    const moved = after.filter((row) => row.rfm_group !== before.get(row.external_id)).length;
    expect(moved).toBeGreaterThan(0);
    expect(await count("rfm_change")).toBe(moved);
    expect(result.changes).toBe(moved);
    expect(await count("rfm_history")).toBe(PEOPLE);
    const { rows } = await withTenant(ctx, ({ trx }) =>
      sql<{ data: { changes: number } }>`select data from job_outbox where name = 'scoring/groups.changed'`.execute(trx),
    );
    expect(rows.map((row) => row.data.changes)).toEqual([moved]);
  });

  it("shows in the next month who moved where", async () => {
    await setTestClock(new Date("2026-07-20T12:00:00Z"));
    await withTenant(ctx, ({ trx }) =>
      trx.updateTable("customer").set({ erased_at: new Date() }).where("external_id", "=", "c77").execute(),
    );
    const result = (await runRfm(ctx, "monthly"))?.result;
    expect(result?.migration.reduce((s, m) => s + m.customers, 0)).toBe(PEOPLE);
    expect(result?.migration.filter((m) => m.to === null).reduce((s, m) => s + m.customers, 0)).toBe(1);
    for (const group of result?.groups ?? [])
      expect(result?.migration.filter((m) => m.to === group.group).reduce((s, m) => s + m.customers, 0)).toBe(group.customers);
    // Erased: the row stays, its scores are gone.
    expect((await scores()).find((row) => row.external_id === "c77")).toMatchObject({ rfm_group: null, rfm_recency: null });
  });
});
