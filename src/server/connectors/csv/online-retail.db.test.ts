import { createReadStream, existsSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { sql } from "kysely";
import type pg from "pg";
import { from as copyFrom } from "pg-copy-streams";
import { beforeAll, describe, expect, it } from "vitest";
import { setTestClock } from "@/server/clock";
import { rebuildMetrics } from "@/server/customers/rebuild-metrics";
import { refreshStatistics } from "@/server/customers/refresh-statistics";
import { createTestShop } from "@/server/customers/testing";
import { withTenant, withTenantSession } from "@/server/db";
import { compileSegment } from "@/server/segments/compile";
import { previewSegment } from "@/server/segments/preview-segment";
import { readQuery } from "@/server/segments/read-query";
import type { ShopContext } from "@/server/tenancy/context";
import type { ImportDetail } from "./get-import";
import { ASKED_AT, RAW_VIEWS, RETAIL_QUERIES } from "./online-retail-queries";
import { importFile } from "./testing";

const FILE = join(import.meta.dirname, "../../../../../shared/data/online-retail.csv.gz");
const present = existsSync(FILE);
if (!present) console.warn("online-retail.db.test: skipped, ../shared/data/online-retail.csv.gz is not here");

let ctx: ShopContext;
let first: ImportDetail;

/** The file as it is, in a table that ends with the transaction. */
async function loadRaw(client: pg.PoolClient): Promise<void> {
  await client.query(
    "create temp table raw (inv text, sku text, title text, qty int, at timestamp, price numeric, cust text, country text) on commit drop",
  );
  await pipeline(createReadStream(FILE), createGunzip(), client.query(copyFrom("copy raw from stdin (format csv, header)")));
}

/** Everything the import may write, hashed row by row: content and the time of the last change. */
const fingerprint = () =>
  withTenant(ctx, async ({ trx }) => {
    const tables = ["customer", "customer_metrics", "product", "shop_order", "order_items", "order_refund", "product_buyer"];
    const hashes: Record<string, unknown> = {};
    for (const table of tables) {
      const result =
        await sql`select count(*)::int as rows, sum(hashtextextended(t::text, 0)::numeric)::text as hash from ${sql.table(table)} t`.execute(
          trx,
        );
      hashes[table] = result.rows[0];
    }
    return hashes;
  });

describe.runIf(present)("a year of a real shop", () => {
  beforeAll(async () => {
    process.env.GUTHABEN_DATA_DIR = mkdtempSync(join(tmpdir(), "guthaben-import-"));
    ctx = await createTestShop({ currency: "GBP", timeZone: "Europe/London" });
    first = await importFile(ctx, createReadStream(FILE), { fileName: "online-retail.csv.gz" });
    // As the job does after an import of this size.
    await refreshStatistics(ctx);
  }, 120_000);

  it("guesses what every column means", () => {
    expect(first.kind).toBe("order_lines");
    expect(first.mapping).toEqual({
      order_id: "InvoiceNo",
      ordered_at: "InvoiceDate",
      product_id: "StockCode",
      product_title: "Description",
      quantity: "Quantity",
      unit_price: "UnitPrice",
      customer_id: "CustomerID",
      country: "Country",
    });
    expect(first.options).toMatchObject({ dateOrder: "ymd", decimalMark: ".", cancellationPrefix: "C", adjustmentPrefix: "A" });
    expect(first.preview).toMatchObject({ gzip: true, encoding: "utf-8", separator: "," });
  });

  it("reports the known numbers", () => {
    expect(first).toMatchObject({ status: "done", errorCode: null });
    expect(first.report).toMatchObject({
      rows: 541_909,
      badRows: 0,
      rowsWithCustomer: 406_829,
      customers: 4_372,
      customersNew: 4_372,
      products: 4_070,
      countedLines: 397_884,
      countedOrders: 18_532,
      countedCustomers: 4_338,
      countedValue: "891140790",
      cancellations: 3_836,
      cancellationLines: 9_288,
      adjustments: 3,
      errors: 0,
      currency: "GBP",
    });
  });

  it("agrees with plain SQL over the raw file", async () => {
    await withTenantSession(ctx, async ({ client, trx }) => {
      await loadRaw(client);
      const raw = await sql<Record<string, unknown>>`
        select count(*) as lines, count(cust) as with_customer, count(distinct cust) as customers,
          count(*) filter (where good) as counted, count(distinct inv) filter (where good) as orders, count(distinct cust) filter (where good) as buyers,
          (sum(round(qty * price, 2)) filter (where good) * 100)::int8 as value
        from (select *, cust is not null and inv !~ '^C' and price > 0 and qty > 0 as good from raw) r`.execute(trx);
      const stored = await sql<Record<string, unknown>>`
        select (select count(*) from order_line where customer_id is not null and counts) as counted,
          (select count(*) from shop_order where customer_id is not null and counts) as orders,
          (select count(*) from customer_metrics where orders_count > 0) as buyers, (select sum(gross_spent)::int8 from customer_metrics) as value,
          (select count(*) from customer) as customers`.execute(trx);
      expect(raw.rows[0]).toMatchObject({ lines: 541_909n, with_customer: 406_829n });
      expect(raw.rows[0]).toMatchObject(stored.rows[0] ?? {});
      const [net] = (
        await sql<Record<string, unknown>>`
          select m.customer_id, m.net_spent, r.net from customer_metrics m join customer c on c.id = m.customer_id
          join (select cust, (sum(round(qty * price, 2)) filter (where inv !~ '^A') * 100)::int8 as net from raw where price > 0 group by cust) r on r.cust = c.external_id
          where m.net_spent <> r.net limit 1`.execute(trx)
      ).rows;
      expect(net).toBeUndefined();
    });
  }, 120_000);

  it("knows who bought what as the lines say", async () => {
    await withTenant(ctx, async ({ trx }) => {
      const lines = sql`select product_id, customer_id, min(placed_day), max(placed_day), count(distinct order_id), sum(quantity) from order_line
        where counts and product_id is not null and customer_id is not null group by 1, 2`;
      const kept = sql`select product_id, customer_id, first_day, last_day, orders, quantity from product_buyer`;
      const result = await sql<Record<string, bigint>>`select count(*) as kept, (select count(*) from ((${kept} except ${lines}) union all
        (${lines} except ${kept})) d) as different from product_buyer`.execute(trx);
      expect(result.rows[0]).toEqual({ kept: 266_792n, different: 0n });
    });
    expect((await rebuildMetrics(ctx)).changed).toBe(0);
  }, 120_000);

  it("is known to the planner once the job has refreshed the statistics", async () => {
    const { rows } = await withTenant(ctx, ({ trx }) =>
      sql<{
        relname: string;
      }>`select relname from pg_class where relname in ('customer', 'shop_order', 'order_items', 'product_buyer') and reltuples < 1000`.execute(
        trx,
      ),
    );
    expect(rows).toEqual([]);
  });

  it("has the people in its segments that plain SQL finds in the raw file", async () => {
    await setTestClock(ASKED_AT);
    try {
      await withTenantSession(ctx, async (handle) => {
        const { client, trx } = handle;
        await loadRaw(client);
        await client.query(RAW_VIEWS);
        for (const { query, byHand } of RETAIL_QUERIES) {
          const { ast, scope } = await readQuery(handle, ctx.shopId, query);
          const wrong = await sql<{ cust: string; by: string }>`
            with ours as (select c.external_id from customer c where c.id in (${compileSegment(ast, scope)})), theirs as (${sql.raw(byHand)})
            (select 'segment' as by, external_id as cust from ours except select 'segment', cust from theirs)
            union all (select 'hand', cust from theirs except select 'hand', external_id from ours) limit 5`.execute(trx);
          expect(wrong.rows, query).toEqual([]);
          const hand = await sql<{ n: bigint }>`select count(*) as n from (${sql.raw(byHand)}) t`.execute(trx);
          const count = Number(hand.rows[0]?.n);
          // A query that finds nobody or everybody proves little.
          expect(count, query).toBeGreaterThan(0);
          expect(count, query).toBeLessThan(4_372);
          expect((await previewSegment({ ...ctx, trx: handle }, { query, sample: 0 }, { see: "nobody" })).count, query).toBe(count);
        }
      });
    } finally {
      await setTestClock(null);
    }
  }, 60_000);

  it("changes nothing when the same file is imported again", async () => {
    const before = await fingerprint();
    const again = await importFile(ctx, createReadStream(FILE), { fileName: "online-retail.csv.gz" });
    expect(again.report).toMatchObject({
      countedValue: "891140790",
      customersNew: 0,
      customersChanged: 0,
      ordersNew: 0,
      ordersChanged: 0,
      refundsNew: 0,
      refundsChanged: 0,
      productsNew: 0,
    });
    expect(await fingerprint()).toEqual(before);
  }, 120_000);
});
