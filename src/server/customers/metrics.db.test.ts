import fc from "fast-check";
import { sql } from "kysely";
import { describe, expect, it } from "vitest";
import { recordEvents } from "@/server/activity/record-events";
import { withTenant } from "@/server/db";
import { recordRefund } from "@/server/orders/record-refund";
import { upsertOrder } from "@/server/orders/upsert-order";
import type { ShopContext } from "@/server/tenancy/context";
import { localDay } from "@/server/time";
import { rebuildMetrics } from "./rebuild-metrics";
import { createTestShop } from "./testing";
import { upsertCustomer } from "./upsert-customer";

const ZONE = "Europe/Berlin";
const CUSTOMERS = ["a", "b"] as const;

type Order = { customer: string | null; at: Date; total: bigint; counts: boolean; test: boolean; currency: string; updated: number };
type Refund = { order: string; at: Date; amount: bigint };
type Event = { customer: string; kind: string; at: Date };

/** What the database should know, kept the simplest way. */
class Model {
  orders = new Map<string, Order>();
  refunds = new Map<string, Refund>();
  events = new Map<string, Event>();

  metrics(customer: string) {
    const orders = [...this.orders.values()]
      .filter((order) => order.customer === customer && order.counts)
      .sort((x, y) => y.at.getTime() - x.at.getTime());
    const money = orders.filter((order) => order.currency === "EUR");
    const sum = (values: bigint[]) => values.reduce((total, value) => total + value, 0n);
    const refunds = [...this.refunds.values()].filter((refund) => {
      const order = this.orders.get(refund.order);
      return order?.customer === customer && order.counts && order.currency === "EUR";
    });
    const gross = sum(money.map((order) => order.total));
    const refunded = sum(refunds.map((refund) => refund.amount));
    const days = (kind: string) =>
      [...this.events.values()]
        .filter((event) => event.customer === customer && event.kind === kind)
        .map((event) => localDay(event.at, ZONE))
        .sort((x, y) => y - x);
    const opens = days("email.opened");
    const checkouts = [...this.events.values()].filter((event) => event.customer === customer && event.kind === "checkout.started");
    const last = checkouts.reduce<Date | null>((latest, event) => (latest === null || event.at > latest ? event.at : latest), null);
    const bought = [...this.orders.values()].some(
      (order) => order.customer === customer && !order.test && last !== null && order.at >= last,
    );
    return {
      orders_count: orders.length,
      gross_spent: gross,
      refunded,
      net_spent: gross - refunded,
      max_order_total: money.map((order) => order.total).sort((x, y) => Number(y - x))[0] ?? 0n,
      first_order_day: orders.length > 0 ? localDay(orders[orders.length - 1]?.at ?? new Date(0), ZONE) : -1,
      last_order_day: orders[0] ? localDay(orders[0].at, ZONE) : -1,
      order_day_2: orders[1] ? localDay(orders[1].at, ZONE) : -1,
      order_day_3: orders[2] ? localDay(orders[2].at, ZONE) : -1,
      opens_count: opens.length,
      last_open_day: opens[0] ?? -1,
      open_day_2: opens[1] ?? -1,
      product_views: days("product.viewed").length,
      abandoned_checkout_day: last && !bought ? localDay(last, ZONE) : -1,
    };
  }
}

const minute = fc.integer({ min: 0, max: 60 * 24 * 400 }).map((minutes) => new Date(Date.UTC(2025, 0, 1) + minutes * 60_000));
const cents = fc.bigInt({ min: 1n, max: 50_000n });
const operation = fc.oneof(
  fc.record({
    op: fc.constant("order" as const),
    id: fc.constantFrom("o1", "o2", "o3", "o4", "o5"),
    customer: fc.constantFrom(...CUSTOMERS, null),
    at: minute,
    total: cents,
    status: fc.constantFrom("paid", "paid", "pending", "cancelled", "refunded"),
    test: fc.constantFrom(false, false, false, true),
    currency: fc.constantFrom("EUR", "EUR", "USD"),
    updated: fc.integer({ min: 0, max: 5 }),
  }),
  fc.record({
    op: fc.constant("refund" as const),
    id: fc.constantFrom("r1", "r2", "r3"),
    order: fc.constantFrom("o1", "o2", "o3", "o4", "o5"),
    at: minute,
    amount: cents,
  }),
  fc.record({
    op: fc.constant("event" as const),
    id: fc.constantFrom("e1", "e2", "e3", "e4", "e5", "e6"),
    customer: fc.constantFrom(...CUSTOMERS),
    kind: fc.constantFrom("email.opened", "product.viewed", "checkout.started"),
    at: minute,
  }),
);
type Operation = typeof operation extends fc.Arbitrary<infer T> ? T : never;

async function apply(ctx: ShopContext, model: Model, step: Operation): Promise<void> {
  if (step.op === "order") {
    const { id, customer, at, total, status, test, currency, updated } = step;
    await upsertOrder(ctx, {
      ...{ externalId: id, customerId: customer, placedAt: at.toISOString(), currency, total: String(total), test },
      ...{ status: status as "paid", updatedAt: new Date(Date.UTC(2026, 0, 1 + updated)).toISOString() },
    });
    const known = model.orders.get(id);
    if (known && updated < known.updated) return;
    model.orders.set(id, { customer, at, total, test, currency, updated, counts: !test && status !== "pending" && status !== "cancelled" });
  } else if (step.op === "refund") {
    // A refund is in the currency of its order; before the order is known, in the shop's.
    const currency = model.orders.get(step.order)?.currency ?? "EUR";
    if (currency !== "EUR") return;
    await recordRefund(ctx, {
      externalId: step.id,
      orderExternalId: step.order,
      amount: String(step.amount),
      currency,
      refundedAt: step.at.toISOString(),
    });
    model.refunds.set(step.id, { order: step.order, at: step.at, amount: step.amount });
  } else {
    await recordEvents(ctx, [{ id: step.id, customerId: step.customer, kind: step.kind, occurredAt: step.at.toISOString() }]);
    if (!model.events.has(step.id)) model.events.set(step.id, step);
  }
}

const stored = (ctx: ShopContext) =>
  withTenant(ctx, async ({ trx }) => {
    const rows = await sql<{ external_id: string; metrics: Record<string, unknown> }>`
      select c.external_id, to_jsonb(m) as metrics from customer_metrics m join customer c on c.id = m.customer_id order by 1`.execute(trx);
    return rows.rows;
  });

describe("customer_metrics", () => {
  it("equals a plain model and a rebuild after any operations in any order", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(operation, { minLength: 1, maxLength: 14 }), async (steps) => {
        const ctx = await createTestShop();
        for (const externalId of CUSTOMERS) await upsertCustomer(ctx, { externalId });
        const model = new Model();
        for (const step of steps) await apply(ctx, model, step);
        const kept = await stored(ctx);
        for (const { external_id, metrics } of kept) {
          const expected = Object.fromEntries(Object.entries(model.metrics(external_id)).map(([name, value]) => [name, Number(value)]));
          expect(metrics).toMatchObject(expected);
        }
        // From scratch: nothing the increments left behind helps.
        await withTenant(ctx, ({ trx }) =>
          sql`update customer_metrics set orders_count = 99, net_spent = -1, last_order_day = 5, opens_count = 7, abandoned_checkout_day = 3`.execute(
            trx,
          ),
        );
        expect(await rebuildMetrics(ctx)).toEqual({ customers: 2, changed: 2 });
        expect(await stored(ctx)).toEqual(kept);
        expect(await rebuildMetrics(ctx)).toEqual({ customers: 2, changed: 0 });
      }),
      { numRuns: Number(process.env.METRICS_RUNS ?? 25) },
    );
  }, 120_000);
});
