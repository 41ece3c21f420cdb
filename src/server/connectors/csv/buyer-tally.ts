import { CopyBuffer } from "./copy-buffer";

/** Slots of the table, a power of two: 16 MB. */
const SLOTS = 2 ** 19;
/** Above this load, looking for a free slot takes longer than starting anew. What remains is more than the lines of one batch. */
const FULL = 0.75;
const WIDTH = 8;
const PIECE_BYTES = 256 * 1024;

/**
 * Who bought what in a file, added up while it is read: product and customer (both as small numbers above zero), first and last day,
 * number of orders, quantity. A hash table in one typed array, one cache line per pair, because half a million lines pass through it. Pure.
 */
export class BuyerTally {
  size = 0;
  // Per slot: customer, product, first day, last day, orders, the last order's number, and the quantity as a float in the place of two.
  private readonly slots: Int32Array;
  private readonly quantities: Float64Array;
  private readonly mask: number;

  constructor(slots = SLOTS) {
    this.slots = new Int32Array(slots * WIDTH);
    this.quantities = new Float64Array(this.slots.buffer);
    this.mask = slots - 1;
  }

  /** It must be drained before another order is added. */
  get full(): boolean {
    return this.size >= this.mask * FULL;
  }

  /** `order` tells orders apart; the lines of one order must come one after the other, without a `drain` between them. */
  add(product: number, customer: number, order: number, day: number, quantity: number): void {
    const { slots } = this;
    let slot = (Math.imul(customer, 0x9e3779b1) ^ Math.imul(product, 0x85ebca6b)) >>> 0;
    slot = (slot ^ (slot >>> 15)) & this.mask;
    for (;;) {
      const at = slot * WIDTH;
      const owner = slots[at];
      if (owner === 0) {
        slots[at] = customer;
        slots[at + 1] = product;
        slots[at + 2] = day;
        slots[at + 3] = day;
        slots[at + 4] = 1;
        slots[at + 5] = order;
        this.quantities[at / 2 + 3] = quantity;
        if (++this.size > this.mask) throw new Error("more pairs than the tally has room for");
        return;
      }
      if (owner === customer && slots[at + 1] === product) {
        if (day < (slots[at + 2] ?? 0)) slots[at + 2] = day;
        if (day > (slots[at + 3] ?? 0)) slots[at + 3] = day;
        if (slots[at + 5] !== order) {
          slots[at + 4] = (slots[at + 4] ?? 0) + 1;
          slots[at + 5] = order;
        }
        this.quantities[at / 2 + 3] = (this.quantities[at / 2 + 3] ?? 0) + quantity;
        return;
      }
      slot = (slot + 1) & this.mask;
    }
  }

  /**
   * All pairs as rows of STAGE_BUYER, piece by piece as a binary COPY wants them; empties the table. Ordered by product id (`ids` by product
   * number) and customer number, which new people's ids follow: that is the key they end up in, and an index is written from left to right
   * in a sixth less time than here and there.
   */
  *drain(ids: readonly (Uint8Array | undefined)[]): Generator<Buffer> {
    const { slots } = this;
    const rows = new CopyBuffer(PIECE_BYTES * 1.25);
    for (const slot of this.inOrder(ids)) {
      const at = slot * WIDTH;
      const id = ids[slots[at + 1] ?? 0];
      if (!id) throw new Error("a product without an id was counted");
      rows.row(6);
      rows.int4(slots[at] ?? 0);
      rows.uuid(id);
      rows.int4(slots[at + 2] ?? 0);
      rows.int4(slots[at + 3] ?? 0);
      rows.int4(slots[at + 4] ?? 0);
      rows.int8(this.quantities[at / 2 + 3] ?? 0);
      if (rows.bytes >= PIECE_BYTES) yield rows.part();
    }
    rows.end();
    yield rows.part();
    this.slots.fill(0);
    this.size = 0;
  }

  /** The taken slots in the order of their products' ids, those of one product in the order of the customers' numbers. */
  private inOrder(ids: readonly (Uint8Array | undefined)[]): Int32Array {
    const { slots } = this;
    const taken = new Int32Array(this.size);
    let customers = 0;
    for (let at = 0, next = 0; at < slots.length; at += WIDTH) {
      const customer = slots[at] ?? 0;
      if (customer === 0) continue;
      taken[next++] = at / WIDTH;
      if (customer > customers) customers = customer;
    }
    const ranks = new Int32Array(ids.length);
    const numbers = [...ids.keys()].filter((number) => ids[number] !== undefined);
    numbers.sort((a, b) => Buffer.compare(ids[a] as Uint8Array, ids[b] as Uint8Array));
    for (const [rank, number] of numbers.entries()) ranks[number] = rank;
    const byCustomer = countingSort(taken, customers + 1, (slot) => slots[slot * WIDTH] ?? 0);
    return countingSort(byCustomer, ids.length, (slot) => ranks[slots[slot * WIDTH + 1] ?? 0] ?? 0);
  }
}

/** Stable; keys are whole numbers below `keys`. */
function countingSort(values: Int32Array, keys: number, keyOf: (value: number) => number): Int32Array {
  const next = new Int32Array(keys + 1);
  for (const value of values) next[keyOf(value) + 1] = (next[keyOf(value) + 1] ?? 0) + 1;
  for (let key = 0; key < keys; key++) next[key + 1] = (next[key + 1] ?? 0) + (next[key] ?? 0);
  const sorted = new Int32Array(values.length);
  for (const value of values) {
    const key = keyOf(value);
    const at = next[key] ?? 0;
    sorted[at] = value;
    next[key] = at + 1;
  }
  return sorted;
}
