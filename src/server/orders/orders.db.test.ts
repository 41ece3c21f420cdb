import { beforeEach, describe, expect, it } from "vitest";
import { recordEvents } from "@/server/activity/record-events";
import { upsertProducts } from "@/server/catalogue/upsert-products";
import { customerTimeline, getCustomerByExternalId } from "@/server/customers/get-customer";
import { findOne, listCustomers } from "@/server/customers/list-customers";
import { createTestShop } from "@/server/customers/testing";
import { upsertCustomer } from "@/server/customers/upsert-customer";
import { withTenant } from "@/server/db";
import type { ShopContext } from "@/server/tenancy/context";
import { recordRefund } from "./record-refund";
import { upsertOrder } from "./upsert-order";

let ctx: ShopContext;
beforeEach(async () => {
  ctx = await createTestShop();
});

const ORDER = {
  externalId: "1001",
  customer: { externalId: "c1", email: "Anna@Example.org", firstName: "Anna" },
  placedAt: "2026-05-01T10:00:00Z",
  currency: "EUR",
  total: "5000",
  status: "paid" as const,
  updatedAt: "2026-05-01T10:00:00Z",
  lines: [
    { productId: "p1", title: "Tea", quantity: 2, unitPrice: "1500" },
    { productId: "p2", quantity: 1, unitPrice: "2000" },
  ],
};

describe("upsertOrder", () => {
  it("writes order, lines, products, customer and metrics, and the same again changes nothing", async () => {
    expect(await upsertOrder(ctx, ORDER)).toMatchObject({ outcome: "created" });
    const lines = () => withTenant(ctx, ({ trx }) => trx.selectFrom("order_line").selectAll().orderBy("line_no").execute());
    const before = await lines();
    expect(before).toMatchObject([
      { line_no: 1, quantity: 2, unit_price: 1500n, total: 3000n, counts: true },
      { line_no: 2, quantity: 1, total: 2000n },
    ]);
    expect(await upsertOrder(ctx, ORDER)).toMatchObject({ outcome: "unchanged" });
    expect(await lines()).toEqual(before);
    expect(await getCustomerByExternalId(ctx, "c1")).toMatchObject({ ordersCount: 1, netSpent: 5000n, email: "Anna@Example.org" });
  });

  it("refuses what is dated later than tomorrow, and takes a clock that runs ahead a little", async () => {
    const soon = (hours: number) => new Date(Date.now() + hours * 3_600_000).toISOString();
    const refused = (field: string) => expect.objectContaining({ code: "VALIDATION", params: { field } });
    await expect(upsertOrder(ctx, { ...ORDER, placedAt: soon(30) })).rejects.toEqual(refused("placedAt"));
    const refund = { externalId: "r1", amount: "100", refundedAt: soon(30) };
    await expect(upsertOrder(ctx, { ...ORDER, refunds: [refund] })).rejects.toEqual(refused("refunds.0.refundedAt"));
    await expect(recordRefund(ctx, { ...refund, orderExternalId: "1001", currency: "EUR" })).rejects.toEqual(refused("refundedAt"));
    expect(await upsertOrder(ctx, { ...ORDER, placedAt: soon(20) })).toMatchObject({ outcome: "created" });
  });

  it("never lets an older state overwrite a newer one (B17)", async () => {
    await upsertOrder(ctx, ORDER);
    expect(await upsertOrder(ctx, { ...ORDER, total: "1", updatedAt: "2026-04-30T00:00:00Z" })).toMatchObject({ outcome: "stale" });
    expect(await getCustomerByExternalId(ctx, "c1")).toMatchObject({ netSpent: 5000n });
    expect(await upsertOrder(ctx, { ...ORDER, status: "cancelled", updatedAt: "2026-05-02T00:00:00Z" })).toMatchObject({
      outcome: "updated",
    });
    expect(await getCustomerByExternalId(ctx, "c1")).toMatchObject({ ordersCount: 0, netSpent: 0n });
  });

  it("lets a refund wait for its order (B17)", async () => {
    const refund = { externalId: "r1", orderExternalId: "1001", amount: "1200", currency: "EUR", refundedAt: "2026-05-03T10:00:00Z" };
    expect(await recordRefund(ctx, refund)).toEqual({ waiting: true });
    await upsertOrder(ctx, ORDER);
    expect(await getCustomerByExternalId(ctx, "c1")).toMatchObject({ grossSpent: 5000n, refunded: 1200n, netSpent: 3800n });
    expect(await recordRefund(ctx, refund)).toEqual({ waiting: false });
    const [order] = await withTenant(ctx, ({ trx }) => trx.selectFrom("shop_order").select("refunded").execute());
    expect(order).toEqual({ refunded: 1200n });
  });

  it("moves an order to another customer with its value", async () => {
    await upsertOrder(ctx, ORDER);
    await upsertOrder(ctx, { ...ORDER, customer: { externalId: "c2" }, updatedAt: "2026-05-02T00:00:00Z" });
    expect(await getCustomerByExternalId(ctx, "c1")).toMatchObject({ ordersCount: 0, netSpent: 0n });
    expect(await getCustomerByExternalId(ctx, "c2")).toMatchObject({ ordersCount: 1, netSpent: 5000n });
  });

  it("takes the same order from two callers at once", async () => {
    const outcomes = await Promise.all(Array.from({ length: 6 }, () => upsertOrder(ctx, ORDER)));
    expect(outcomes.filter(({ outcome }) => outcome === "created")).toHaveLength(1);
    expect(await getCustomerByExternalId(ctx, "c1")).toMatchObject({ ordersCount: 1, netSpent: 5000n });
  });
});

describe("upsertCustomer", () => {
  it("touches only what is stated and keeps the newest", async () => {
    await upsertCustomer(ctx, { externalId: "c", firstName: "A", tags: ["x", "x"], updatedAt: "2026-02-01T00:00:00Z" });
    expect(await upsertCustomer(ctx, { externalId: "c", lastName: "B", updatedAt: "2026-02-02T00:00:00Z" })).toMatchObject({
      outcome: "updated",
    });
    expect(await upsertCustomer(ctx, { externalId: "c", firstName: "Old", updatedAt: "2026-01-01T00:00:00Z" })).toMatchObject({
      outcome: "stale",
    });
    expect(await upsertCustomer(ctx, { externalId: "c", lastName: "B", updatedAt: "2026-02-02T00:00:00Z" })).toMatchObject({
      outcome: "unchanged",
    });
    expect(await getCustomerByExternalId(ctx, "c")).toMatchObject({ firstName: "A", lastName: "B", tags: ["x"] });
  });
  it("refuses what is no address and no time zone", async () => {
    await expect(upsertCustomer(ctx, { externalId: "c", email: "nope" })).rejects.toMatchObject({ code: "VALIDATION" });
    await expect(upsertCustomer(ctx, { externalId: "c", timeZone: "Mars/Base" })).rejects.toMatchObject({ code: "VALIDATION" });
  });
});

describe("recordEvents", () => {
  it("stores once, refuses strangers and the future one by one", async () => {
    await upsertCustomer(ctx, { externalId: "c" });
    const event = { id: "1", customerId: "c", kind: "email.opened", occurredAt: "2026-01-01T00:00:00Z" };
    const result = await recordEvents(ctx, [
      event,
      event,
      { ...event, id: "2", customerId: "who" },
      { ...event, id: "3", occurredAt: "2999-01-01T00:00:00Z" },
    ]);
    expect(result).toEqual({
      stored: 1,
      duplicates: 1,
      rejected: [
        expect.objectContaining({ id: "2", reason: "UNKNOWN_CUSTOMER" }),
        expect.objectContaining({ id: "3", reason: "IN_FUTURE" }),
      ],
    });
    expect(await recordEvents(ctx, [event])).toEqual({ stored: 0, duplicates: 1, rejected: [] });
    expect(await getCustomerByExternalId(ctx, "c")).toMatchObject({ opensCount: 1 });
  });
});

it("keeps the newest state of a product", async () => {
  expect(await upsertProducts(ctx, [{ externalId: "p", title: "New", updatedAt: "2026-02-01T00:00:00Z" }])).toEqual({ changed: 1 });
  expect(await upsertProducts(ctx, [{ externalId: "p", title: "Old", updatedAt: "2026-01-01T00:00:00Z" }])).toEqual({ changed: 0 });
  expect(await upsertProducts(ctx, [{ externalId: "p", title: "New", updatedAt: "2026-02-01T00:00:00Z" }])).toEqual({ changed: 0 });
});

describe("listCustomers", () => {
  beforeEach(async () => {
    const people = [
      ["1", "Anna", "Berg", "anna@example.org"],
      ["2", "Jörg", "Müller", "jm@exämple.de"],
      ["3", "Zoë", "Anders", null],
      ["4", null, null, "only@example.org"],
    ] as const;
    for (const [externalId, firstName, lastName, email] of people) await upsertCustomer(ctx, { externalId, firstName, lastName, email });
    await upsertOrder(ctx, { ...ORDER, customer: undefined, customerId: "2" });
  });
  const found = async (search: string) => (await listCustomers(ctx, { search, sort: "name" })).rows.map((row) => row.externalId);

  it("finds beginnings of names, the address and the id", async () => {
    expect(await found("an")).toEqual(["3", "1"]);
    expect(await found("jörg mül")).toEqual(["2"]);
    expect(await found("JM@EXÄMPLE.de")).toEqual(["2"]);
    expect(await found("4")).toEqual(["4"]);
    expect(await found("berg xx")).toEqual([]);
  });
  it("walks every sort in pages without losing or repeating anyone", async () => {
    for (const sort of ["newest", "name", "lastOrder", "spent", "orders"] as const) {
      const seen: string[] = [];
      let cursor: string | null = null;
      do {
        const page: Awaited<ReturnType<typeof listCustomers>> = await listCustomers(ctx, { sort, cursor, limit: 1 });
        seen.push(...page.rows.map((row) => row.externalId));
        cursor = page.nextCursor;
      } while (cursor);
      expect([...seen].sort(), sort).toEqual(["1", "2", "3", "4"]);
      if (sort === "spent" || sort === "orders" || sort === "lastOrder") expect(seen[0], sort).toBe("2");
    }
  });
  it("masks addresses on the server", async () => {
    const page = await listCustomers(ctx, { search: "anna" }, { masked: true });
    expect(page.rows[0]?.email).toBe("a…@example.org");
  });
  it("refuses a cursor that is not ours", () => expect(listCustomers(ctx, { cursor: "!!" })).rejects.toMatchObject({ code: "VALIDATION" }));
  it("opens one person by the exact address only", async () => {
    expect(await findOne(ctx, "JM@EXÄMPLE.DE")).not.toBeNull();
    expect(await findOne(ctx, "jm@")).toBeNull();
  });
  it("tells what happened, newest first, page by page", async () => {
    const { id } = await getCustomerByExternalId(ctx, "2");
    await recordRefund(ctx, {
      externalId: "r",
      orderExternalId: "1001",
      amount: "100",
      currency: "EUR",
      refundedAt: "2026-05-04T00:00:00Z",
    });
    await recordEvents(ctx, [{ id: "x|y", customerId: "2", kind: "product.viewed", occurredAt: "2026-05-01T10:00:00Z", refId: "p1" }]);
    const types: string[] = [];
    let cursor: string | null = null;
    do {
      const page: Awaited<ReturnType<typeof customerTimeline>> = await customerTimeline(ctx, { id, cursor, limit: 1 });
      types.push(...page.items.map((item) => `${item.type}:${item.label}`));
      cursor = page.next;
    } while (cursor);
    expect(types).toEqual(["refund:1001", "order:1001", "event:Tea"]);
  });
});

it("shows nothing of another shop", async () => {
  await upsertOrder(ctx, ORDER);
  const other = await createTestShop();
  expect((await listCustomers(other, {})).rows).toEqual([]);
  await expect(getCustomerByExternalId(other, "c1")).rejects.toMatchObject({ code: "NOT_FOUND" });
});
