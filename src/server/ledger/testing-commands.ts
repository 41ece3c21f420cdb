/** What random programs are made of. */
import fc from "fast-check";
import type { ModelTerms } from "./testing-model";

/** Conditions that grants of random programs choose from. */
export const TERMS: readonly ModelTerms[] = [
  { minOrder: 500n },
  { include: ["p0", "p1"] },
  { include: ["p1", "p2"], exclude: ["p3"] },
  { exclude: ["p0"], noDiscounts: true },
  { firstOrderOnly: true },
];

const amount = fc.oneof(fc.bigInt({ min: 1n, max: 30n }), fc.bigInt({ min: 1n, max: 1200n }));
const who = fc.integer({ min: 0, max: 2 });
/** Two of each customer's own, and one that all of them pay. */
const orderNo = fc.integer({ min: 0, max: 2 });
const steps = fc.integer({ min: 1, max: 40 });
/** The last one gives points. */
const source = fc.integer({ min: 0, max: 7 });
const seldom = <T>(arbitrary: fc.Arbitrary<T>, weight = 3) => fc.oneof({ weight, arbitrary: fc.constant(null) }, { weight: 1, arbitrary });

const order = fc.record({
  total: fc.bigInt({ min: 0n, max: 1500n }),
  discounted: fc.boolean(),
  firstOrder: fc.constantFrom(undefined, true, false),
  lines: fc.array(fc.record({ productId: fc.constantFrom("p0", "p1", "p2", "p3"), total: fc.bigInt({ min: 0n, max: 500n }) }), {
    maxLength: 4,
  }),
});

export const grantArb = fc.record({
  op: fc.constant("grant"),
  who,
  both: fc.oneof({ weight: 4, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) }),
  amount: fc.oneof(fc.bigInt({ min: 1n, max: 300n }), fc.bigInt({ min: 1n, max: 4000n })),
  source,
  from: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: steps }),
  until: fc.option(fc.integer({ min: 0, max: 96 })),
  ownDates: fc.boolean(),
  terms: seldom(fc.integer({ min: 0, max: TERMS.length - 1 }), 1),
  budget: seldom(fc.record({ scope: fc.constantFrom("shop", "organisation"), cap: fc.option(fc.bigInt({ min: 0n, max: 8000n })) })),
  cap: seldom(fc.record({ amount: fc.bigInt({ min: 0n, max: 6000n }), steps: fc.integer({ min: 0, max: 60 }) })),
});

export const commandArb = fc.oneof(
  { weight: 5, arbitrary: grantArb },
  { weight: 3, arbitrary: fc.record({ op: fc.constant("hold"), who, amount, order: orderNo, ttl: steps, facts: seldom(order, 1) }) },
  { weight: 3, arbitrary: fc.record({ op: fc.constant("capture"), hold: fc.nat(), amount: fc.option(amount) }) },
  { weight: 1, arbitrary: fc.record({ op: fc.constant("release"), hold: fc.nat() }) },
  { weight: 1, arbitrary: fc.record({ op: fc.constant("overdue") }) },
  { weight: 6, arbitrary: fc.record({ op: fc.constant("redeem"), who, amount, order: orderNo, facts: seldom(order, 1) }) },
  { weight: 5, arbitrary: fc.record({ op: fc.constant("refund"), who, order: orderNo, amount }) },
  { weight: 2, arbitrary: fc.record({ op: fc.constant("split"), who, order: orderNo, part: fc.bigInt({ min: 0n, max: 100n }) }) },
  { weight: 2, arbitrary: fc.record({ op: fc.constant("expire") }) },
  { weight: 2, arbitrary: fc.record({ op: fc.constant("recall"), which: fc.nat() }) },
  { weight: 1, arbitrary: fc.record({ op: fc.constant("deduct"), who, amount }) },
  { weight: 2, arbitrary: fc.record({ op: fc.constant("clawback"), who, amount, source }) },
  { weight: 2, arbitrary: fc.record({ op: fc.constant("convert"), who, amount, points: amount, until: fc.option(steps) }) },
  { weight: 1, arbitrary: fc.record({ op: fc.constant("merge"), who }) },
  { weight: 2, arbitrary: fc.record({ op: fc.constant("wait"), steps: fc.oneof(steps, fc.constant(14 * 48)) }) },
  // To the very instant at which a lot or a hold begins or ends: where `<` and `<=` differ.
  { weight: 3, arbitrary: fc.record({ op: fc.constant("edge"), which: fc.nat({ max: 3 }) }) },
  { weight: 2, arbitrary: fc.record({ op: fc.constant("replay"), which: fc.nat() }) },
);
export type Command = typeof commandArb extends fc.Arbitrary<infer T> ? T : never;
