import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sql } from "kysely";
import pg from "pg";
import { beforeAll, expect, it, vi } from "vitest";
import { rebuildMetrics } from "@/server/customers/rebuild-metrics";
import { createTestShop } from "@/server/customers/testing";
import { withTenant } from "@/server/db";
import { upsertOrder } from "@/server/orders/upsert-order";
import type { ShopContext } from "@/server/tenancy/context";
import { bytesOf, importFile } from "./testing";

// A small tally, so that it is emptied on the way and pairs come several times; the real file's test has the one that is not.
vi.mock("./buyer-tally", async (original) => {
  const { BuyerTally, ...rest } = await original<typeof import("./buyer-tally")>();
  return {
    ...rest,
    BuyerTally: class extends BuyerTally {
      constructor() {
        super(64);
      }
    },
  };
});

beforeAll(() => {
  process.env.GUTHABEN_DATA_DIR = mkdtempSync(join(tmpdir(), "guthaben-import-"));
});

function random(seed: number) {
  let state = seed;
  const int = (max: number) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * max);
  };
  return { int, pick: <T>(pool: readonly [T, ...T[]]): T => pool[int(pool.length)] ?? pool[0] };
}
type Random = ReturnType<typeof random>;

const HEADER = "InvoiceNo,InvoiceDate,StockCode,Quantity,UnitPrice,CustomerID,Email,Country,Status";

/**
 * Lines of orders, most of them whole and of people who are named the same way each time, as the tally wants them; some scattered or of two
 * people, by id, by address or both, with a country that changes, cancelled, without value.
 */
function someFile(r: Random, orders: number): string {
  const lines: string[] = [];
  for (let no = 0; no < orders; no++) {
    const person = r.int(40);
    const address = `p${person}@example.de`;
    const names = [`K${person},`, `K${person},${address}`, `,${address}`, ","] as const;
    const who = names[r.int(12) === 0 ? r.int(4) : person % 3] ?? ",";
    // Around midnight in Berlin, where the day is another than in UTC.
    const at = `2025-0${1 + r.int(9)}-1${r.int(10)} ${r.pick(["23:30", "00:10", "12:00"])}`;
    const status = r.int(12) === 0 ? r.pick(["cancelled", "pending"]) : "paid";
    for (let line = r.int(8); line >= 0; line--) {
      const customer = r.int(60) === 0 ? `K${r.int(40)},` : who;
      const place = r.int(40) === 0 ? "France" : "Germany";
      const product = r.pick([`P${r.int(40)}`, `P${r.int(40)}`, `P${r.int(10)}`, ""]);
      const [quantity, price] = [r.pick([1, 2, 3, 7, 0, -1]), r.pick(["5.00", "0.004", "9.99", "0"])];
      const row = [`${1000 + no}`, at, product, quantity, price, customer, place, status];
      if (r.int(60) === 0) lines.splice(r.int(lines.length + 1), 0, row.join(","));
      else lines.push(row.join(","));
    }
  }
  return [HEADER, ...lines].join("\n");
}

const stored = (ctx: ShopContext) =>
  withTenant(ctx, async ({ trx }) => {
    const kept = await sql`select product_id, customer_id, first_day, last_day, orders, quantity from product_buyer order by 1, 2`.execute(
      trx,
    );
    const counted = await sql`
      select product_id, customer_id, min(placed_day) as first_day, max(placed_day) as last_day, count(distinct order_id)::integer as orders,
        sum(quantity)::bigint as quantity
      from order_line where counts and product_id is not null and customer_id is not null group by 1, 2 order by 1, 2`.execute(trx);
    return { kept: kept.rows, counted: counted.rows };
  });

it("keeps who bought what as the lines say, whatever the order of the rows and whoever was there before", {
  timeout: 120_000,
}, async () => {
  for (const seed of [1, 2, 3, 4, 5, 6]) {
    const ctx = await createTestShop();
    const r = random(seed);
    if (seed % 2 === 0) {
      const line = { productId: "P1", quantity: 2, unitPrice: "500" };
      const head = { placedAt: "2025-02-01T10:00:00Z", currency: "EUR", total: "1000", status: "paid" as const, lines: [line] };
      // What the shop's own connection wrote is kept, whoever the file says it belongs to.
      for (let no = 0; no < 10; no++) await upsertOrder(ctx, { ...head, externalId: `${1000 + no * 5}`, customerId: `K${no % 2}` });
    }
    // The second file changes orders of the first: lines, people, statuses.
    for (const orders of [80, 120]) {
      const done = await importFile(ctx, bytesOf(someFile(r, orders)));
      expect(done.status).toBe("done");
      const { kept, counted } = await stored(ctx);
      expect(kept.length).toBeGreaterThan(40);
      expect(kept, `seed ${seed}`).toEqual(counted);
      expect((await rebuildMetrics(ctx)).changed, `seed ${seed}`).toBe(0);
    }
  }
});

it("gives orders to whom they belong when all of the file is known, and counts them once", async () => {
  const ctx = await createTestShop();
  const line = (no: number, product: string, who: string) => `${no},2025-03-01 12:00,${product},1,5.00,${who},Germany,paid`;
  // By address at first, and in the end the address is that of K7; order 1 goes on at the end of the file.
  const first = [1, 2, 3, 4, 5, 6, 7, 8].map((no) => line(no, `P${no}`, no === 2 ? ",anna@example.de" : `K${no},`));
  const file = bytesOf([HEADER, ...first, line(9, "P9", "K7,Anna@example.de"), line(1, "P2", "K1,")].join("\n"));
  const { report } = await importFile(ctx, file);
  expect(report).toMatchObject({ ordersNew: 9, ordersChanged: 0, ordersUnchanged: 0, customersNew: 7 });
  const orders = await withTenant(ctx, ({ trx }) =>
    sql<{ no: string; person: string; lines: number; total: bigint; stored: number }>`
      select o.external_id as no, c.external_id as person, o.lines, o.total, cardinality(i.product_ids) as stored
      from shop_order o left join customer c on c.shop_id = o.shop_id and c.id = o.customer_id
      join order_items i on i.shop_id = o.shop_id and i.order_id = o.id order by 1`.execute(trx),
  );
  expect(orders.rows.map((o) => `${o.no} ${o.person} ${o.lines} ${o.stored} ${o.total}`)).toEqual([
    ...["1 K1 2 2 1000", "2 K7 1 1 500", "3 K3 1 1 500", "4 K4 1 1 500", "5 K5 1 1 500", "6 K6 1 1 500"],
    ...["7 K7 1 1 500", "8 K8 1 1 500", "9 K7 1 1 500"],
  ]);
  const { kept, counted } = await stored(ctx);
  expect(kept).toEqual(counted);
  expect(kept).toHaveLength(10);
  expect((await rebuildMetrics(ctx)).changed).toBe(0);
});

it("leaves rows about nobody when its own commit fails, which nobody sees and the repair takes away", async () => {
  const ctx = await createTestShop();
  const owner = new pg.Client({ connectionString: process.env.DATABASE_URL });
  await owner.connect();
  try {
    await owner.query(`create function fail_late() returns trigger language plpgsql as $$ begin raise exception 'the disk is full'; end $$;
      create constraint trigger fail_late after insert on shop_order deferrable initially deferred for each row execute function fail_late()`);
    await expect(importFile(ctx, bytesOf(someFile(random(9), 80)))).rejects.toThrow("the disk is full");
    await owner.query("drop trigger fail_late on shop_order; drop function fail_late()");
  } finally {
    await owner.end();
  }
  const { kept, counted } = await stored(ctx);
  expect(kept.length).toBeGreaterThan(10);
  expect(counted).toEqual([]);
  const seen = await withTenant(ctx, ({ trx }) =>
    sql`select from product_buyer b join customer_metrics m on m.shop_id = b.shop_id and m.customer_id = b.customer_id`.execute(trx),
  );
  expect(seen.rows).toEqual([]);
  await rebuildMetrics(ctx);
  expect((await stored(ctx)).kept).toEqual([]);
});

it("starts anew when somebody else writes an order of the file after the people for the tally were chosen", async () => {
  const ctx = await createTestShop();
  const query = pg.Client.prototype.query as (this: pg.Client, ...values: unknown[]) => unknown;
  const head = { placedAt: "2025-02-01T10:00:00Z", currency: "EUR", total: "500", status: "paid" as const, customerId: "other" };
  const lines = [{ productId: "X1", quantity: 1, unitPrice: "500" }];
  let gathered = 0;
  const spy = vi.spyOn(pg.Client.prototype, "query").mockImplementation(function (this: pg.Client, ...values: unknown[]) {
    const first = String(values[0]).includes("create temp table merge_order") && gathered++ === 0;
    return first ? upsertOrder(ctx, { ...head, externalId: "1", lines }).then(() => query.apply(this, values)) : query.apply(this, values);
  } as never);
  try {
    const rows = [1, 2].map((no) => `${no},2025-03-01 12:00,P${no},1,5.00,K${no},,Germany,paid`);
    const { report } = await importFile(ctx, bytesOf([HEADER, ...rows].join("\n")));
    expect(report).toMatchObject({ ordersNew: 1, ordersKept: 1, customersNew: 2 });
  } finally {
    spy.mockRestore();
  }
  expect(gathered).toBe(2);
  const { kept, counted } = await stored(ctx);
  expect(kept).toEqual(counted);
  expect(kept).toHaveLength(2);
});
