import fc from "fast-check";
import { expect, it } from "vitest";
import { BuyerTally } from "./buyer-tally";

const SLOTS = 64;
const id = (product: number) => Buffer.from([...Buffer.alloc(14), (product * 37) % 256, product]);

type Row = { customer: number; product: number; first: number; last: number; orders: number; quantity: number };

/** Reads the rows back out of the binary format. */
function rowsOf(data: Buffer): Row[] {
  const rows: Row[] = [];
  for (let at = 19; data.readInt16BE(at) === 6; at += 66) {
    rows.push({
      ...{ customer: data.readInt32BE(at + 6), product: data[at + 29] ?? -1, first: data.readInt32BE(at + 34) },
      ...{ last: data.readInt32BE(at + 42), orders: data.readInt32BE(at + 50), quantity: Number(data.readBigInt64BE(at + 58)) },
    });
  }
  return rows;
}

const drained = (tally: BuyerTally, ids: readonly (Buffer | undefined)[]): Row[] => rowsOf(Buffer.concat([...tally.drain(ids)]));

const order = fc.record({
  customer: fc.integer({ min: 1, max: 5 }),
  day: fc.integer({ min: -400, max: 40_000 }),
  lines: fc.array(fc.record({ product: fc.integer({ min: 1, max: 6 }), quantity: fc.integer({ min: 1, max: 999_999_999 }) }), {
    maxLength: 8,
  }),
});

it("adds up what a plain map adds up, in the order of the products' ids and the customers' numbers, and is empty afterwards", () => {
  const ids = [undefined, ...[1, 2, 3, 4, 5, 6].map(id)];
  const tally = new BuyerTally(SLOTS);
  fc.assert(
    fc.property(fc.array(order, { maxLength: 30 }), (orders) => {
      const plain = new Map<string, Row>();
      for (const [no, { customer, day, lines }] of orders.entries()) {
        const seen = new Set<number>();
        for (const { product, quantity } of lines) {
          tally.add(product, customer, no + 1, day, quantity);
          const key = `${product} ${customer}`;
          const row = plain.get(key) ?? { customer, product, first: day, last: day, orders: 0, quantity: 0 };
          plain.set(key, {
            ...{ customer, product, first: Math.min(row.first, day), last: Math.max(row.last, day) },
            ...{ orders: row.orders + (seen.has(product) ? 0 : 1), quantity: row.quantity + quantity },
          });
          seen.add(product);
        }
      }
      expect(tally.size).toBe(plain.size);
      const rows = drained(tally, ids);
      const byKey = (a: Row, b: Row) => a.product - b.product || a.customer - b.customer;
      expect([...rows].sort(byKey)).toEqual([...plain.values()].sort(byKey));
      const keys = rows.map(({ product, customer }) => `${id(product).toString("hex")} ${customer}`);
      expect(keys).toEqual([...keys].sort());
      expect(tally.size).toBe(0);
      expect(drained(tally, ids)).toEqual([]);
    }),
  );
});

it("says when it is full, and refuses more pairs than it has slots instead of looking for ever", () => {
  const tally = new BuyerTally(SLOTS);
  let added = 0;
  while (!tally.full) tally.add(1, ++added, 1, 0, 1);
  expect(added).toBe(48);
  expect(() => {
    for (;;) tally.add(1, ++added, 1, 0, 1);
  }).toThrow("room");
});
