import type { AccountKind } from "@db/schema/ledger";
import { sql } from "kysely";
import { z } from "zod";
import { CSV_BOM, type CsvValue, csvLine } from "@/server/csv";
import { withTenant } from "@/server/db";
import { AppError, parseInput } from "@/server/errors";
import { toDecimal } from "@/server/money";
import type { ShopContext } from "@/server/tenancy/context";
import { type postingPageSchema, type TransferFilter, type TransferKind, transferFilterSchema } from "./schema";
import { type CustomerHandle, handleOf, type Sight } from "./who";

export type TransferRow = {
  id: string;
  kind: TransferKind;
  unit: string;
  amount: bigint;
  /** Number of postings; a collective entry has one per customer and one contra. */
  entries: number;
  at: Date;
  customerId: string | null;
  sourceType: string | null;
  sourceId: string | null;
  orderRef: string | null;
  holdId: string | null;
  reason: string | null;
  actorType: "user" | "apiKey" | "system";
  actorLabel: string;
};

export type CustomerTransferRow = TransferRow & {
  /** What the transfer did to this customer's credit and held credit, and to what orders have redeemed. */
  credit: bigint;
  held: bigint;
  redeemed: bigint;
};

const COLUMNS = [
  "t.id",
  "t.kind",
  "t.unit",
  "t.amount",
  "t.entries",
  "t.at",
  "t.customer_id as customerId",
  "t.source_type as sourceType",
  "t.source_id as sourceId",
  "t.order_ref as orderRef",
  "t.hold_id as holdId",
  "t.reason",
  "t.actor_type as actorType",
  "t.actor_label as actorLabel",
] as const;

const page = <R extends { id: string }>(rows: R[], limit: number) => ({
  items: rows.slice(0, limit),
  nextCursor: rows.length > limit ? (rows[limit - 1]?.id ?? null) : null,
});

/** A collective entry names no customer; it touches those whose lots it moved. */
const touches = (shopId: string, customerId: string) => sql<boolean>`t.id in (
  select m.transfer_id from ledger.lot l join ledger.lot_move m on m.shop_id = l.shop_id and m.lot_id = l.id
  where l.shop_id = ${shopId}::uuid and l.customer_id = ${customerId}::uuid)`;

function mentions(search: string) {
  if (z.uuid().safeParse(search).success) return sql<boolean>`${search}::uuid in (t.id, t.source_id, t.hold_id, t.link_id)`;
  const pattern = `%${search.replace(/[\\%_]/g, "\\$&")}%`;
  return sql<boolean>`(t.reason ilike ${pattern} or t.order_ref ilike ${pattern} or t.actor_label ilike ${pattern})`;
}

/** The shop's transfers, newest first. The cursor is the last id of the page before: ids grow with time, so nothing shifts or repeats. */
export const listTransfers = (ctx: ShopContext, filter: TransferFilter = {}) => {
  const input = parseInput(transferFilterSchema, filter);
  return readTransfers(ctx, input, input.limit);
};

const readTransfers = (ctx: ShopContext, filter: TransferFilter, limit: number) =>
  withTenant(ctx, async ({ trx }) => {
    const input = parseInput(transferFilterSchema.omit({ limit: true }), filter);
    let query = trx.selectFrom("ledger.transfer as t").select(COLUMNS).where("t.shop_id", "=", ctx.shopId);
    if (input.kinds?.length) query = query.where("t.kind", "in", input.kinds);
    if (input.customerId) query = query.where(touches(ctx.shopId, input.customerId));
    if (input.sourceType) query = query.where("t.source_type", "=", input.sourceType);
    if (input.sourceId) query = query.where("t.source_id", "=", input.sourceId);
    if (input.orderRef) query = query.where("t.order_ref", "=", input.orderRef);
    if (input.actorType) query = query.where("t.actor_type", "=", input.actorType);
    if (input.minAmount) query = query.where("t.amount", ">=", input.minAmount);
    if (input.maxAmount) query = query.where("t.amount", "<=", input.maxAmount);
    if (input.search) query = query.where(mentions(input.search));
    if (input.from) query = query.where("t.at", ">=", input.from);
    if (input.to) query = query.where("t.at", "<", input.to);
    if (input.cursor) query = query.where("t.id", "<", input.cursor);
    const rows = await query
      .orderBy("t.id", "desc")
      .limit(limit + 1)
      .execute();
    return page<TransferRow>(rows, limit);
  });

/** Everything that touched one customer's lots, newest first, collective entries included, with what it did to this customer. */
export const listCustomerTransfers = (
  ctx: ShopContext,
  customerId: string,
  { cursor, limit = 50 }: { cursor?: string | null; limit?: number },
) =>
  withTenant(ctx, async ({ trx }) => {
    const into = (bucket: string) =>
      sql<bigint>`sum(case when m.to_bucket = ${bucket}::ledger.bucket then m.amount when m.from_bucket = ${bucket}::ledger.bucket then -m.amount else 0 end)::bigint`;
    const rows = await trx
      .with("touched", (db) =>
        db
          .selectFrom("ledger.lot as l")
          .innerJoin("ledger.lot_move as m", (join) => join.onRef("m.shop_id", "=", "l.shop_id").onRef("m.lot_id", "=", "l.id"))
          .select(["m.transfer_id", into("remaining").as("credit"), into("held").as("held"), into("redeemed").as("redeemed")])
          .where("l.shop_id", "=", ctx.shopId)
          .where("l.customer_id", "=", customerId)
          .$if(cursor != null, (query) => query.where("m.transfer_id", "<", cursor ?? ""))
          .groupBy("m.transfer_id")
          .orderBy("m.transfer_id", "desc")
          .limit(limit + 1),
      )
      .selectFrom("touched")
      .innerJoin("ledger.transfer as t", (join) => join.on("t.shop_id", "=", ctx.shopId).onRef("t.id", "=", "touched.transfer_id"))
      .select(COLUMNS)
      .select(["touched.credit", "touched.held", "touched.redeemed"])
      .orderBy("t.id", "desc")
      .execute();
    return page<CustomerTransferRow>(rows, limit);
  });

/** One transfer, without its postings. */
export const getTransfer = (ctx: ShopContext, id: string): Promise<TransferRow> =>
  withTenant(ctx, async ({ trx }) => {
    const transfer = await trx
      .selectFrom("ledger.transfer as t")
      .select(COLUMNS)
      .where("t.shop_id", "=", ctx.shopId)
      .where("t.id", "=", id)
      .executeTakeFirst();
    if (!transfer) throw new AppError("NOT_FOUND");
    return transfer;
  });

export type PostingRow = CustomerHandle & { no: number; account: AccountKind; amount: bigint; ofCustomer: boolean };

/** The postings of a transfer in order of `no` (the contra of a collective entry is number 0); the cursor is the last number seen. */
export const listPostings = (ctx: ShopContext, { id, cursor, limit }: z.output<typeof postingPageSchema>, sight: Sight) =>
  withTenant(ctx, async ({ trx }) => {
    const rows = await trx
      .selectFrom("ledger.posting as p")
      .leftJoin("customer as c", (join) => join.onRef("c.shop_id", "=", "p.shop_id").onRef("c.id", "=", "p.customer_id"))
      .select(["p.no", "p.account", "p.customer_id", "p.amount", "c.external_id", "c.first_name", "c.last_name"])
      .where("p.shop_id", "=", ctx.shopId)
      .where("p.transfer_id", "=", id)
      .$if(cursor != null, (query) => query.where("p.no", ">", cursor ?? 0))
      .orderBy("p.no")
      .limit(limit + 1)
      .execute();
    const items = rows.slice(0, limit).map((row): PostingRow => {
      const customer = {
        customerId: row.customer_id ?? "",
        externalId: row.external_id,
        firstName: row.first_name,
        lastName: row.last_name,
      };
      return { no: row.no, account: row.account, amount: row.amount, ofCustomer: row.customer_id !== null, ...handleOf(customer, sight) };
    });
    return { items, nextCursor: rows.length > limit ? (items.at(-1)?.no ?? null) : null };
  });

const CSV_PAGE = 1_000;
const MAX_CSV_ROWS = 200_000;
const HEADER = [
  ...[
    "at",
    "kind",
    "amount",
    "currency",
    "postings",
    "customer",
    "order",
    "source",
    "source_id",
    "reason",
    "actor_type",
    "actor",
    "transfer_id",
  ],
];

/** The transfers that a filter leaves as CSV, newest first, the first 200,000. The caller has checked the right to export. */
export async function* exportTransfers(ctx: ShopContext, filter: TransferFilter): AsyncGenerator<string> {
  yield CSV_BOM + csvLine(HEADER);
  let cursor: string | null = null;
  for (let written = 0; written < MAX_CSV_ROWS; written += CSV_PAGE) {
    const found: { items: TransferRow[]; nextCursor: string | null } = await readTransfers(ctx, { ...filter, cursor }, CSV_PAGE);
    const numbers = await numbersOf(ctx, found.items);
    yield found.items.map((row) => csvLine(cells(row, numbers))).join("");
    if (found.nextCursor === null) return;
    cursor = found.nextCursor;
  }
}

/** The shop's own numbers of the customers: by them the file is read beside the shop's files and our others. */
const numbersOf = (ctx: ShopContext, rows: readonly TransferRow[]): Promise<Map<string, string>> =>
  withTenant(ctx, async ({ trx }) => {
    const ids = [...new Set(rows.flatMap(({ customerId }) => customerId ?? []))];
    if (ids.length === 0) return new Map();
    const found = await trx
      .selectFrom("customer")
      .select(["id", "external_id"])
      .where("shop_id", "=", ctx.shopId)
      .where("id", "in", ids)
      .execute();
    return new Map(found.map((row) => [row.id, row.external_id]));
  });

const cells = (row: TransferRow, numbers: ReadonlyMap<string, string>): CsvValue[] => [
  row.at.toISOString(),
  row.kind,
  { number: toDecimal(row.amount, row.unit) },
  row.unit,
  { number: String(row.entries) },
  ...[
    numbers.get(row.customerId ?? "") ?? row.customerId,
    row.orderRef,
    row.sourceType,
    row.sourceId,
    row.reason,
    row.actorType,
    row.actorLabel,
    row.id,
  ],
];
