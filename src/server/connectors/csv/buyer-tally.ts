import type { CopyBuffer } from "./copy-buffer";

/** Slots of the table, a power of two: 16 MB. */
const SLOTS = 2 ** 19;
/** Above this load, looking for a free slot takes longer than starting anew. What remains is more than the lines of one batch. */
const FULL = 0.75;
const WIDTH = 8;
const ROWS_AT_ONCE = 32_768;

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
   * Writes all pairs as rows of STAGE_BUYER and empties the table; yields whenever `rows` should be sent. Ordered by product id (`ids` by
   * product number), as the key they end up in: that spares the database the sort.
   */
  *drain(ids: readonly (Uint8Array | undefined)[], rows: CopyBuffer): Generator<void> {
    const { slots } = this;
    for (const slot of this.byProduct(ids)) {
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
      if (rows.rows >= ROWS_AT_ONCE) yield;
    }
    if (rows.rows > 0) yield;
    this.slots.fill(0);
    this.size = 0;
  }

  /** The taken slots in the order of their products' ids. */
  private byProduct(ids: readonly (Uint8Array | undefined)[]): Int32Array {
    const { slots } = this;
    const numbers = [...ids.keys()].filter((number) => ids[number] !== undefined);
    numbers.sort((a, b) => Buffer.compare(ids[a] as Uint8Array, ids[b] as Uint8Array));
    const ends = new Int32Array(ids.length);
    for (let at = 0; at < slots.length; at += WIDTH) if (slots[at] !== 0) ends[slots[at + 1] ?? 0] = (ends[slots[at + 1] ?? 0] ?? 0) + 1;
    let sum = 0;
    for (const number of numbers) {
      const count = ends[number] ?? 0;
      ends[number] = sum;
      sum += count;
    }
    const sorted = new Int32Array(this.size);
    for (let at = 0; at < slots.length; at += WIDTH) {
      if (slots[at] === 0) continue;
      const number = slots[at + 1] ?? 0;
      const next = ends[number] ?? 0;
      sorted[next] = at / WIDTH;
      ends[number] = next + 1;
    }
    return sorted;
  }
}
