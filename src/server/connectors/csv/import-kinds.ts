import { sql } from "kysely";
import type pg from "pg";
import { refreshBuyers } from "@/server/customers/buyers";
import { refreshMetrics } from "@/server/customers/metrics";
import type { ShopContext, TenantTrx } from "@/server/tenancy/context";
import { resolveColumns } from "./columns";
import { copyRows } from "./copy-rows";
import { BuyerLoader } from "./load-buyers";
import { OrderLoader, ProductNumbers } from "./load-orders";
import { MERGE_ORDERS, MERGE_REFUNDS, ORDER_COUNTS, PIECE_COUNTS, TOUCHED_CUSTOMERS, TOUCHED_PAGE } from "./merge-orders";
import { MERGE_PEOPLE } from "./merge-people";
import { DateReader } from "./parse-values";
import type { Problems } from "./problems";
import type { Progress } from "./progress";
import { decodedChunks } from "./read-file";
import type { FileFormat, ImportKind, ImportMapping, ImportOptions, ImportReport } from "./schema";
import { type RecordSink, RecordSplitter } from "./split-records";
import { CustomerStager, STAGE_PERSON } from "./stage-customers";
import { OrderStager } from "./stage-orders";
import { CREATE_STAGE, MERGE_CUSTOMERS } from "./stage-tables";
import { uploadPath } from "./upload-store";

export type Job = { id: string; kind: ImportKind; format: FileFormat; mapping: ImportMapping; options: ImportOptions };
type Handle = TenantTrx & { client: pg.PoolClient };
export type Counts = Omit<ImportReport, "currency" | "errors" | "warnings" | "seconds">;
/** What an import wrote elsewhere: to be committed just before its own transaction, or given up with it. */
export type Side = { commit: () => Promise<void>; abort: () => Promise<void> };

const NO_ORDERS = {
  products: 0,
  productsNew: 0,
  countedLines: 0,
  countedOrders: 0,
  countedCustomers: 0,
  countedValue: "0",
  anonymousLines: 0,
  anonymousOrders: 0,
  anonymousValue: "0",
  zeroLines: 0,
  cancellationLines: 0,
  cancellations: 0,
  cancelledValue: "0",
  adjustmentLines: 0,
  adjustments: 0,
  ordersNew: 0,
  ordersChanged: 0,
  ordersUnchanged: 0,
  ordersKept: 0,
  refundsNew: 0,
  refundsChanged: 0,
};

/** Tried again as a whole, like other transactions that met each other (db.ts). */
class WrittenMeanwhile extends Error {
  readonly code = "40001";
  constructor() {
    super("orders of the file were written by somebody else while it was imported");
  }
}

type Stager = RecordSink & { rows: number; waiting: boolean };

/**
 * Reads the file through a stager. While the database takes one batch the next is parsed, never more than one ahead: that bounds memory.
 */
async function readInto(job: Job, stager: Stager, progress: Progress, send: () => Promise<void>): Promise<void> {
  let header = true;
  const splitter = new RecordSplitter(job.format.separator, {
    record(record) {
      if (!header) return stager.record(record);
      header = false;
      return true;
    },
  });
  let sending: Promise<void> = Promise.resolve();
  const flush = async () => {
    await sending;
    sending = send();
    // A failure is met at the next flush; without this, Node would end the process before.
    sending.catch(() => {});
  };
  for await (const chunk of decodedChunks(uploadPath(job.id), job.format)) {
    for (let go = splitter.push(chunk); !go; go = splitter.push()) await flush();
    await progress.reading(splitter.consumed, stager.rows);
  }
  while (!splitter.finish()) await flush();
  do await flush();
  while (stager.waiting);
  await sending;
}

const count = async (client: pg.PoolClient, statement: string, values: unknown[] = []): Promise<number> =>
  (await client.query(statement, values)).rowCount ?? 0;

export async function importOrders(
  ctx: ShopContext,
  job: Job,
  handle: Handle,
  problems: Problems,
  progress: Progress,
  beside: (side: Side) => void,
): Promise<Counts> {
  const { client } = handle;
  const columns = resolveColumns(job.mapping, job.format.columns);
  const dates = new DateReader(job.options.dateOrder, job.options.timeZone);
  const kind = job.kind === "orders" ? "orders" : "order_lines";
  const stager = new OrderStager(kind, columns, job.format.columns, job.options, dates, problems, handle.now);
  const shop = await handle.trx.selectFrom("shop").select("time_zone").where("id", "=", ctx.shopId).executeTakeFirstOrThrow();
  const products = new ProductNumbers();
  const buyers = new BuyerLoader(ctx, shop.time_zone, products.ids);
  beside(buyers);
  const loader = new OrderLoader(client, products, buyers);
  await client.query(CREATE_STAGE);
  await readInto(job, stager, progress, async () => {
    const batch = stager.takeBatch();
    await loader.send(batch);
    stager.recycle(batch);
  });
  const at = [job.format.decodedBytes, stager.rows] as const;

  await progress.phase("customers", ...at);
  // Both at once; and the purchases are on their way while the people are added, for which it is enough that somebody is new.
  const gathered = client.query(MERGE_CUSTOMERS.gather);
  buyers.sort();
  await gathered;
  if ((await count(client, MERGE_CUSTOMERS.unknown)) > 0) buyers.send();
  const customersNew = (await count(client, MERGE_CUSTOMERS.insertByRef)) + (await count(client, MERGE_CUSTOMERS.insertByEmail));
  await client.query(MERGE_CUSTOMERS.resolve);
  const customersChanged = await count(client, MERGE_CUSTOMERS.fill);
  await client.query(MERGE_CUSTOMERS.number);

  await progress.phase("orders", ...at);
  await buyers.write(client);
  await client.query(MERGE_ORDERS.gather, [job.options.currency]);
  const { scattered, foreseen, ...counted } = await orderCounts(client);
  if (!foreseen) throw new WrittenMeanwhile();
  // What has nothing to do would read all orders to find out.
  const { insert, update, former, removeItems, items, scatteredItems } = MERGE_ORDERS;
  const changes = counted.ordersChanged > 0 ? [update, former, removeItems] : [];
  for (const step of [insert, ...changes, items, ...(scattered > 0 ? [scatteredItems] : [])]) await client.query(step);

  await progress.phase("refunds", ...at);
  await client.query(MERGE_REFUNDS.gather, [job.options.currency]);
  const refundsNew = await count(client, MERGE_REFUNDS.insert);
  const refundsChanged = await count(client, MERGE_REFUNDS.update);
  await client.query(MERGE_REFUNDS.attach);
  await client.query(MERGE_REFUNDS.orders);

  await progress.phase("metrics", ...at);
  await refreshTouched(ctx, handle);
  const { rows, badRows, rowsWithCustomer } = stager;
  const { productsNew } = loader;
  return {
    rows,
    badRows,
    rowsWithCustomer,
    customersNew,
    customersChanged,
    ...counted,
    products: products.size,
    productsNew,
    refundsNew,
    refundsChanged,
  };
}

async function refreshTouched(ctx: ShopContext, { client, trx }: Handle): Promise<void> {
  await client.query("set local enable_nestloop = on");
  await client.query(TOUCHED_CUSTOMERS);
  await client.query("create index on merge_touched (id)");
  let after: string | null = null;
  do {
    const page: { rows: { id: string; fresh: boolean }[] } = await client.query<{ id: string; fresh: boolean }>(TOUCHED_PAGE, [after]);
    const ids = page.rows.map((row) => row.id);
    await refreshMetrics(trx, ctx.shopId, ids);
    const others = page.rows.filter((row) => !row.fresh).map((row) => row.id);
    await refreshBuyers(trx, ctx.shopId, others, sql`select product_id, customer_id from merge_former`);
    after = ids.at(-1) ?? null;
  } while (after !== null);
}

async function orderCounts(client: pg.PoolClient) {
  const orders = (await client.query<Record<string, string | bigint>>(ORDER_COUNTS)).rows[0] ?? {};
  const pieces = (await client.query<Record<string, string | bigint>>(PIECE_COUNTS)).rows[0] ?? {};
  const number = (row: Record<string, string | bigint>, name: string) => Number(row[name] ?? 0);
  return {
    customers: number(orders, "customers"),
    countedLines: number(orders, "counted_lines"),
    countedOrders: number(orders, "counted_orders"),
    countedCustomers: number(orders, "counted_customers"),
    countedValue: String(orders.counted_value ?? 0),
    anonymousLines: number(orders, "anonymous_lines"),
    anonymousOrders: number(orders, "anonymous_orders"),
    anonymousValue: String(orders.anonymous_value ?? 0),
    ordersNew: number(orders, "orders_new"),
    ordersChanged: number(orders, "orders_changed"),
    ordersUnchanged: number(orders, "orders_unchanged"),
    ordersKept: number(orders, "orders_kept"),
    scattered: number(orders, "orders_scattered"),
    foreseen: number(orders, "orders_unforeseen") === 0,
    zeroLines: number(pieces, "zero_lines"),
    cancellationLines: number(pieces, "cancellation_lines"),
    cancellations: number(pieces, "cancellations"),
    cancelledValue: String(pieces.cancelled_value ?? 0),
    adjustmentLines: number(pieces, "adjustment_lines"),
    adjustments: number(pieces, "adjustments"),
  };
}

export async function importPeople(_ctx: ShopContext, job: Job, handle: Handle, problems: Problems, progress: Progress): Promise<Counts> {
  const { client, trx } = handle;
  const columns = resolveColumns(job.mapping, job.format.columns);
  const dates = new DateReader(job.options.dateOrder, job.options.timeZone);
  const stager = new CustomerStager(columns, job.format.columns, dates, problems, handle.now);
  await client.query(CREATE_STAGE);
  await readInto(job, stager, progress, () => copyRows(client, STAGE_PERSON, stager.takeBatch()));
  await progress.phase("customers", job.format.decodedBytes, stager.rows);
  await client.query(MERGE_PEOPLE.gather);
  await client.query(MERGE_PEOPLE.known);
  const customersNew = (await count(client, MERGE_CUSTOMERS.insertByRef)) + (await count(client, MERGE_CUSTOMERS.insertByEmail));
  await client.query(MERGE_CUSTOMERS.resolve);
  const changed = await client.query<{ count: bigint }>(MERGE_PEOPLE.update);
  const customersChanged = Number(changed.rows[0]?.count ?? 0n);
  const customers = await sql<{ count: bigint }>`select count(*) from merge_customer`.execute(trx);
  const { rows, badRows, rowsWithCustomer } = stager;
  return {
    ...NO_ORDERS,
    rows,
    badRows,
    rowsWithCustomer,
    customers: Number(customers.rows[0]?.count ?? 0n),
    customersNew,
    customersChanged,
  };
}
