import type { Database } from "@db/schema";
import { type RawBuilder, sql, type Transaction } from "kysely";
import type { z } from "zod";
import { ensureProducts } from "@/server/catalogue/upsert-products";
import { refreshBuyers } from "@/server/customers/buyers";
import { findCustomerByExternalId } from "@/server/customers/find-customer";
import { metricsScale, refreshMetrics } from "@/server/customers/metrics";
import { upsertCustomer, upsertParsedCustomer } from "@/server/customers/upsert-customer";
import { withTenant } from "@/server/db";
import { AppError, parseInput } from "@/server/errors";
import type { ShopContext } from "@/server/tenancy/context";
import { isAhead, localDay } from "@/server/time";
import { settleRefunds, writeRefund } from "./refunds";
import { type OrderInput, orderInput } from "./schema";

export type UpsertOrderResult = { id: string; outcome: "created" | "updated" | "unchanged" | "stale" };

type Input = z.output<typeof orderInput>;
type Trx = Transaction<Database>;

/** Whether an order is a purchase that counts and sums may see. */
export const orderCounts = (order: { test: boolean; status: Input["status"] }): boolean =>
  !order.test && order.status !== "cancelled" && order.status !== "pending";

/**
 * Creates or updates an order with its lines and refunds, and its customer's metrics, in one transaction. The same call twice changes
 * nothing the second time; an older `updatedAt` never overwrites a newer one, but refunds in it are still taken: they have ids of their own.
 */
export const upsertOrder = async (ctx: ShopContext, raw: OrderInput): Promise<UpsertOrderResult> =>
  upsertParsedOrder(ctx, parseInput(orderInput, raw));

/** The same for input that was parsed at the boundary already. */
export function upsertParsedOrder(ctx: ShopContext, input: Input): Promise<UpsertOrderResult> {
  return withTenant(ctx, async (handle) => {
    const { trx, now } = handle;
    refuseAhead(input, now);
    const customerId = await customerOf({ ...ctx, trx: handle }, trx, input);
    // Two calls about the same order wait for each other here, also while it does not exist.
    await sql`select pg_advisory_xact_lock(hashtextextended(${`order:${ctx.shopId}:${input.externalId}`}, 0))`.execute(trx);
    const current = await trx
      .selectFrom("shop_order")
      .select(["id", "customer_id", "source", "source_updated_at"])
      .where("shop_id", "=", ctx.shopId)
      .where("external_id", "=", input.externalId)
      .forUpdate()
      .executeTakeFirst();
    const isStale = Boolean(current?.source_updated_at && input.updatedAt && input.updatedAt < current.source_updated_at);
    const order = { id: current?.id ?? (await newId(trx)), customerId: isStale ? (current?.customer_id ?? null) : customerId };
    const former = current && !isStale ? await linesOf(trx, ctx, order.id) : undefined;
    const changed = isStale ? false : await writeOrder(trx, ctx, input, order, current !== undefined);
    const { currency, source } = input;
    const formers: (string | null)[] = [];
    for (const refund of input.refunds ?? [])
      formers.push(await writeRefund(trx, ctx, { ...refund, orderExternalId: input.externalId, currency, source }, order));
    await settleRefunds(trx, ctx, input.externalId, order);
    const touched = [order.customerId, current?.customer_id, ...formers].filter((id) => id !== null && id !== undefined);
    await refreshMetrics(trx, ctx.shopId, touched);
    await refreshBuyers(trx, ctx.shopId, touched, former);
    return { id: order.id, outcome: isStale ? "stale" : !current ? "created" : changed ? "updated" : "unchanged" };
  });
}

/** An order of next year is a slip in a date: its customer would have bought last for as long. */
function refuseAhead({ placedAt, refunds = [] }: Input, now: Date): void {
  if (isAhead(placedAt, now)) throw new AppError("VALIDATION", { field: "placedAt" });
  const late = refunds.findIndex(({ refundedAt }) => isAhead(refundedAt, now));
  if (late >= 0) throw new AppError("VALIDATION", { field: `refunds.${late}.refundedAt` });
}

/** The products of an order's lines and whose they are, before it changes. */
async function linesOf(trx: Trx, ctx: ShopContext, orderId: string): Promise<RawBuilder<unknown> | undefined> {
  const items = await trx
    .selectFrom("order_items")
    .select(["customer_id", "product_ids"])
    .where("shop_id", "=", ctx.shopId)
    .where("order_id", "=", orderId)
    .executeTakeFirst();
  const products = items?.product_ids.filter((id) => id !== null) ?? [];
  if (!items?.customer_id || products.length === 0) return undefined;
  return sql`select unnest(${products}::uuid[]) as product_id, ${items.customer_id}::uuid as customer_id`;
}

async function newId(trx: Trx): Promise<string> {
  const result = await sql<{ id: string }>`select uuid_v7() as id`.execute(trx);
  const id = result.rows[0]?.id;
  if (!id) throw new Error("uuid_v7() gave no row");
  return id;
}

async function customerOf(ctx: ShopContext, trx: Trx, input: Input): Promise<string | null> {
  if (input.customer) return (await upsertParsedCustomer(ctx, input.customer)).id;
  if (!input.customerId) return null;
  const known = await findCustomerByExternalId(trx, ctx.shopId, input.customerId);
  // The order came before its customer: the id is all that is known for now.
  return known ?? (await upsertCustomer(ctx, { externalId: input.customerId })).id;
}

async function writeOrder(
  trx: Trx,
  ctx: ShopContext,
  input: Input,
  order: { id: string; customerId: string | null },
  exists: boolean,
): Promise<boolean> {
  const { lines } = input;
  const counts = orderCounts(input);
  const columns = {
    customer_id: order.customerId,
    placed_at: input.placedAt,
    currency: input.currency,
    total: input.total,
    tax: input.tax,
    shipping: input.shipping,
    credit_used: input.creditUsed,
    status: input.status,
    is_test: input.test,
    counts,
    source: input.source,
    ...(lines ? { lines: lines.length } : {}),
  };
  let changed = true;
  if (exists) {
    const names = sql.join(Object.keys(columns).map((name) => sql.ref(name)));
    const values = sql.join(Object.values(columns).map((value) => sql`${value}`));
    const updated = await trx
      .updateTable("shop_order")
      .set({ ...columns, content_hash: null, source_updated_at: input.updatedAt ?? null, updated_at: sql<Date>`app_now()` })
      .where("shop_id", "=", ctx.shopId)
      .where("id", "=", order.id)
      .where(
        sql<boolean>`(row(${names}) is distinct from row(${values}) or source_updated_at is distinct from ${input.updatedAt ?? null}::timestamptz)`,
      )
      .executeTakeFirst();
    changed = updated.numUpdatedRows > 0n;
  } else {
    await trx
      .insertInto("shop_order")
      .values({
        ...columns,
        org_id: ctx.orgId,
        shop_id: ctx.shopId,
        id: order.id,
        external_id: input.externalId,
        source_updated_at: input.updatedAt ?? null,
      })
      .execute();
  }
  return (await writeLines(trx, ctx, input, order, counts)) || changed;
}

async function writeLines(
  trx: Trx,
  ctx: ShopContext,
  input: Input,
  order: { id: string; customerId: string | null },
  counts: boolean,
): Promise<boolean> {
  const { timeZone } = await metricsScale(trx, ctx.shopId);
  const head = { customer_id: order.customerId, placed_day: localDay(input.placedAt, timeZone), counts };
  if (!input.lines) {
    await trx.updateTable("order_items").set(head).where("shop_id", "=", ctx.shopId).where("order_id", "=", order.id).execute();
    return false;
  }
  const products = await ensureProducts(
    trx,
    ctx,
    new Map(input.lines.flatMap((line) => (line.productId ? [[line.productId, line.title ?? null] as const] : []))),
  );
  const totals = input.lines.map((line) => line.total ?? line.unitPrice * BigInt(line.quantity));
  if (totals.some((total) => total > 10n ** 18n || total < -(10n ** 18n))) throw new AppError("VALIDATION", { fields: "lines" });
  const items = {
    ...head,
    product_ids: input.lines.map((line) => (line.productId ? (products.get(line.productId) ?? null) : null)),
    quantities: input.lines.map((line) => line.quantity),
    unit_prices: input.lines.map((line) => line.unitPrice),
    totals,
    line_counts: input.lines.map((line) => line.quantity > 0 && line.unitPrice > 0n),
  };
  const result = await trx
    .insertInto("order_items")
    .values({ ...items, org_id: ctx.orgId, shop_id: ctx.shopId, order_id: order.id })
    .onConflict((conflict) =>
      conflict
        .columns(["shop_id", "order_id"])
        .doUpdateSet(items)
        .where(
          sql<boolean>`(order_items.customer_id, order_items.placed_day, order_items.counts, order_items.product_ids, order_items.quantities, order_items.unit_prices, order_items.totals)
            is distinct from (excluded.customer_id, excluded.placed_day, excluded.counts, excluded.product_ids, excluded.quantities, excluded.unit_prices, excluded.totals)`,
        ),
    )
    .executeTakeFirst();
  return (result.numInsertedOrUpdatedRows ?? 0n) > 0n;
}
