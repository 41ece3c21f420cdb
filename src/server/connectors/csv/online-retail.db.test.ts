import { createReadStream, existsSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { sql } from "kysely";
import { from as copyFrom } from "pg-copy-streams";
import { beforeAll, describe, expect, it } from "vitest";
import { createTestShop } from "@/server/customers/testing";
import { withTenant, withTenantSession } from "@/server/db";
import type { ShopContext } from "@/server/tenancy/context";
import type { ImportDetail } from "./get-import";
import { importFile } from "./testing";

const FILE = join(import.meta.dirname, "../../../../../shared/data/online-retail.csv.gz");
const present = existsSync(FILE);
if (!present) console.warn("online-retail.db.test: skipped, ../shared/data/online-retail.csv.gz is not here");

let ctx: ShopContext;
let first: ImportDetail;

/** Everything the import may write, hashed row by row: content and the time of the last change. */
const fingerprint = () =>
  withTenant(ctx, async ({ trx }) => {
    const tables = ["customer", "customer_metrics", "product", "shop_order", "order_items", "order_refund"];
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
      await client.query(
        "create temp table raw (inv text, sku text, title text, qty int, at timestamp, price numeric, cust text, country text) on commit drop",
      );
      await pipeline(createReadStream(FILE), createGunzip(), client.query(copyFrom("copy raw from stdin (format csv, header)")));
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
