import { sql } from "kysely";
import { withTenant } from "@/server/db";
import { AppError, parseInput } from "@/server/errors";
import type { ShopContext } from "@/server/tenancy/context";
import { type TransferFilter, type TransferKind, transferFilterSchema } from "./schema";

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

/** The shop's transfers, newest first. The cursor is the last id of the page before: ids grow with time, so nothing shifts or repeats. */
export const listTransfers = (ctx: ShopContext, filter: TransferFilter = {}) =>
  withTenant(ctx, async ({ trx }) => {
    const input = parseInput(transferFilterSchema, filter);
    let query = trx.selectFrom("ledger.transfer as t").select(COLUMNS).where("t.shop_id", "=", ctx.shopId);
    if (input.kinds?.length) query = query.where("t.kind", "in", input.kinds);
    if (input.customerId) query = query.where("t.customer_id", "=", input.customerId);
    if (input.sourceId) query = query.where("t.source_id", "=", input.sourceId);
    if (input.orderRef) query = query.where("t.order_ref", "=", input.orderRef);
    if (input.from) query = query.where("t.at", ">=", input.from);
    if (input.to) query = query.where("t.at", "<", input.to);
    if (input.cursor) query = query.where("t.id", "<", input.cursor);
    const rows = await query
      .orderBy("t.id", "desc")
      .limit(input.limit + 1)
      .execute();
    return page<TransferRow>(rows, input.limit);
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

const MAX_POSTINGS = 100;

/** One transfer with its first 100 postings (`no` order; the contra of a collective entry is number 0) and how many there are. */
export const getTransfer = (ctx: ShopContext, id: string) =>
  withTenant(ctx, async ({ trx }) => {
    const transfer = await trx
      .selectFrom("ledger.transfer as t")
      .select(COLUMNS)
      .where("t.shop_id", "=", ctx.shopId)
      .where("t.id", "=", id)
      .executeTakeFirst();
    if (!transfer) throw new AppError("NOT_FOUND");
    const postings = await trx
      .selectFrom("ledger.posting")
      .select(["no", "account", "customer_id as customerId", "amount"])
      .where("shop_id", "=", ctx.shopId)
      .where("transfer_id", "=", id)
      .orderBy("no")
      .limit(MAX_POSTINGS)
      .execute();
    return { transfer, postings };
  });
