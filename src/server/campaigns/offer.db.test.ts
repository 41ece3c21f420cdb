import fc from "fast-check";
import { sql } from "kysely";
import { beforeAll, describe, expect, it } from "vitest";
import { rebuildMetrics } from "@/server/customers/rebuild-metrics";
import { withTenant } from "@/server/db";
import { at, createLedgerShop, type LedgerShop } from "@/server/ledger/testing";
import { upsertOrder } from "@/server/orders/upsert-order";
import { amountFor, type PersonFacts, variantOf, variantsOf } from "./offer";
import { planSql } from "./plan-members";
import { type Offer, offerSchema, RFM_GROUPS } from "./schema";

const NOW = new Date("2026-06-01T12:00:00Z");
const WINDOW = 90;
let shop: LedgerShop;
let facts: Map<string, PersonFacts>;

/** People with awkward numbers: none, one cent, thirds, large, refunded, old. Computed in TypeScript from the same orders. */
beforeAll(async () => {
  await at(NOW.toISOString());
  shop = await createLedgerShop(24);
  const { ctx, customers } = shop;
  const totals = [1n, 10n, 333n, 1_999n, 99_999n, 7n, 1_050n, 4_999_999n];
  facts = new Map();
  for (const [index, id] of customers.entries()) {
    const orders = Array.from({ length: index % 4 }, (_, n) => ({
      total: totals[(index * 3 + n) % totals.length] ?? 1n,
      placedAt: new Date(NOW.getTime() - (n === 0 ? 5 : 40 * n + (index % 2) * 60) * 86_400_000),
    }));
    for (const [n, order] of orders.entries()) {
      await upsertOrder(ctx, {
        ...{ externalId: `o-${index}-${n}`, customerId: `c${index + 1}`, placedAt: order.placedAt.toISOString() },
        ...{ currency: "EUR", total: order.total.toString(), status: "paid" },
      });
    }
    const rfmGroup = index % 3 === 0 ? null : (RFM_GROUPS[index % RFM_GROUPS.length] ?? null);
    const sum = (list: typeof orders): bigint => list.reduce((all, order) => all + order.total, 0n);
    const since = new Date("2026-03-02T23:00:00Z");
    facts.set(id, {
      lastOrder: orders[0]?.total ?? 0n,
      spent: sum(orders),
      spentInWindow: sum(orders.filter((order) => order.placedAt >= since)),
      orders: orders.length,
      rfmGroup,
    });
    if (rfmGroup !== null)
      await withTenant(ctx, ({ trx }) =>
        sql`insert into customer_score (org_id, shop_id, customer_id, rfm_group, rfm_scored_at)
          values (${ctx.orgId}, ${ctx.shopId}, ${id}, ${rfmGroup}, ${NOW})`.execute(trx),
      );
  }
  await rebuildMetrics(ctx);
});

const minor = (max: number) => fc.integer({ min: 0, max }).map(BigInt);
const share = fc.oneof(fc.integer({ min: 1, max: 100_000 }), fc.constantFrom(1, 5, 250, 333, 500, 10_000, 99_999));
const offers: fc.Arbitrary<Offer> = fc.oneof(
  fc.constant<Offer>({ type: "fixed" }),
  fc.record({
    ...{ type: fc.constant("variable" as const), base: fc.constantFrom("lastOrder" as const, "averageOrder" as const, "spend" as const) },
    ...{ windowDays: fc.constantFrom(null, WINDOW), bps: share, step: fc.constantFrom(1n, 5n, 10n, 50n, 100n, 500n, 333n) },
    ...{ min: fc.constantFrom(0n, 100n, 777n), max: fc.constantFrom(null, 800n, 5_000n) },
  }),
  fc.record({
    ...{ type: fc.constant("rfm" as const), otherwise: minor(500) },
    amounts: fc.dictionary(fc.constantFrom(...RFM_GROUPS), minor(2_000), { maxKeys: 6 }),
  }),
  fc.uniqueArray(fc.tuple(minor(200_000), minor(3_000)), { minLength: 1, maxLength: 6, selector: ([from]) => from }).chain((tiers) =>
    fc.record({
      ...{ type: fc.constant("spendTiers" as const), windowDays: fc.constantFrom(null, WINDOW) },
      tiers: fc.constant(tiers.map(([from, amount]) => ({ from, amount })).sort((a, b) => Number(a.from - b.from))),
    }),
  ),
  fc.record({
    type: fc.constant("arms" as const),
    arms: fc.array(fc.record({ amount: fc.integer({ min: 1, max: 2_000 }).map(BigInt), weight: fc.integer({ min: 1, max: 9 }) }), {
      ...{ minLength: 2, maxLength: 5 },
    }),
  }),
);

describe("amounts in PostgreSQL and the reference in whole numbers", () => {
  it("are the same for every person and every offer, to the cent and to the arm", async () => {
    await fc.assert(
      fc.asyncProperty(offers, minor(5_000), fc.uuid(), async (offer, fixed, salt) => {
        expect(offerSchema.parse(offer)).toBeTruthy();
        const plan = planSql({
          ...{ shopId: shop.ctx.shopId, timeZone: "Europe/Berlin", unit: "EUR", now: NOW, offer, amount: fixed, salt },
          ...{
            holdoutBps: 2_000,
            globalHoldout: null,
            audience: sql`select id as customer_id from customer where shop_id = ${shop.ctx.shopId}`,
          },
        });
        const { rows } = await withTenant(shop.ctx, ({ trx }) => plan.execute(trx));
        expect(rows).toHaveLength(shop.customers.length);
        for (const row of rows) {
          const person = facts.get(row.customer_id);
          if (!person) throw new Error("a stranger");
          const variant = variantOf(offer, salt, row.customer_id);
          expect(row.variant).toBe(variant);
          expect(row.amount).toBe(amountFor(offer, fixed, person, variant));
          expect(row.reason).toBe(row.amount > 0n ? null : "noAmount");
        }
      }),
      { numRuns: 120, seed: 20260601 },
    );
  });

  it("give domain.md's rounding (B10, L3) and spread the arms by their weights", () => {
    const five = offerSchema.parse({ type: "variable", base: "lastOrder", bps: 500 });
    const person = (lastOrder: bigint): PersonFacts => ({ lastOrder, spent: 0n, spentInWindow: 0n, orders: 1, rfmGroup: null });
    expect([1_999n, 1_050n, 9n, 10n].map((last) => amountFor(five, 0n, person(last), 0))).toEqual([100n, 53n, 0n, 1n]);
    const arms = offerSchema.parse({
      type: "arms",
      arms: [
        { amount: 500n, weight: 1 },
        { amount: 1_000n, weight: 1 },
        { amount: 1_500n, weight: 2 },
      ],
    });
    const drawn = [0, 0, 0];
    for (let i = 0; i < 20_000; i++) {
      const variant = variantOf(arms, "drop_01", `cust_${i}`);
      drawn[variant] = (drawn[variant] ?? 0) + 1;
    }
    expect(variantsOf(arms)).toBe(3);
    // Four standard deviations of a share of a quarter and a half of 20,000.
    for (const [index, expected] of [5_000, 5_000, 10_000].entries()) expect(Math.abs((drawn[index] ?? 0) - expected)).toBeLessThan(300);
  });
});
