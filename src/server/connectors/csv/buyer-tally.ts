import { SIGNATURE, TRAILER } from "./copy-buffer";

/** Slots of the table, a power of two: 16 MB. */
const SLOTS = 2 ** 19;
/** Above this load, looking for a free slot takes longer than starting anew. What remains is more than the lines of one batch. */
const FULL = 0.75;
const WIDTH = 8;
const ROWS_AT_ONCE = 4_096;
const ROW_BYTES = 66;
/** A row of STAGE_BUYER without its values: six columns, each after its length; the quantity has eight bytes and the product's id sixteen. */
const ROW = rowOf([4, 16, 4, 4, 4, 8]);

function rowOf(lengths: readonly number[]): Buffer {
  const row = Buffer.alloc(ROW_BYTES);
  let at = row.writeInt16BE(lengths.length, 0);
  for (const length of lengths) at = row.writeInt32BE(length, at) + length;
  return row;
}

/**
 * Who bought what in a file, added up while it is read: product and customer (both as small numbers above zero), first and last day,
 * number of orders, quantity. A hash table in one typed array, one cache line per pair, because half a million lines pass through it. Pure.
 */
export class BuyerTally {
  size = 0;
  /** The largest of the customers' numbers. */
  private customers = 0;
  // Per slot: customer, product, first day, last day, orders, the last order's number, and the quantity as a float in the place of two.
  private readonly slots: Int32Array;
  private readonly quantities: Float64Array;
  private readonly mask: number;
  private sorted: Int32Array | null = null;

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
    this.sorted = null;
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
        if (customer > this.customers) this.customers = customer;
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

  /** Puts the pairs into the order of `drain`, which does it otherwise. */
  sort(ids: readonly (Uint8Array | undefined)[]): void {
    this.sorted = this.inOrder(ids);
  }

  /**
   * All pairs as rows of STAGE_BUYER, piece by piece as a binary COPY wants them; empties the table. Ordered by product id (`ids` by product
   * number) and customer number, which new people's ids follow: that is the key they end up in, and an index is written from left to right
   * in a sixth less time than here and there.
   */
  *drain(ids: readonly (Uint8Array | undefined)[]): Generator<Buffer> {
    const { slots, quantities } = this;
    const order = this.sorted ?? this.inOrder(ids);
    yield SIGNATURE;
    for (let from = 0; from < order.length; from += ROWS_AT_ONCE) {
      const count = Math.min(ROWS_AT_ONCE, order.length - from);
      const rows = Buffer.allocUnsafe(count * ROW_BYTES);
      const view = new DataView(rows.buffer, rows.byteOffset, rows.length);
      for (let i = 0, to = 0; i < count; i++, to += ROW_BYTES) {
        const at = (order[from + i] as number) * WIDTH;
        const id = ids[slots[at + 1] as number];
        if (!id) throw new Error("a product without an id was counted");
        const quantity = quantities[at / 2 + 3] as number;
        rows.set(ROW, to);
        view.setInt32(to + 6, slots[at] as number);
        rows.set(id, to + 14);
        view.setInt32(to + 34, slots[at + 2] as number);
        view.setInt32(to + 42, slots[at + 3] as number);
        view.setInt32(to + 50, slots[at + 4] as number);
        view.setInt32(to + 58, Math.floor(quantity / 2 ** 32));
        view.setInt32(to + 62, quantity);
      }
      yield rows;
    }
    yield TRAILER;
    slots.fill(0);
    this.size = 0;
    this.customers = 0;
    this.sorted = null;
  }

  /** The taken slots in the order of their products' ids, those of one product in the order of the customers' numbers: sorted by counting. */
  private inOrder(ids: readonly (Uint8Array | undefined)[]): Int32Array {
    const { slots } = this;
    const rank = new Int32Array(ids.length);
    const numbers = [...ids.keys()].filter((number) => ids[number] !== undefined);
    numbers.sort((a, b) => Buffer.compare(ids[a] as Uint8Array, ids[b] as Uint8Array));
    for (let i = 0; i < numbers.length; i++) rank[numbers[i] as number] = i;
    const ofCustomer = new Int32Array(this.customers + 2);
    const ofProduct = new Int32Array(ids.length + 1);
    for (let at = 0; at < slots.length; at += WIDTH) {
      const customer = slots[at] as number;
      if (customer === 0) continue;
      countUp(ofCustomer, customer + 1);
      countUp(ofProduct, (rank[slots[at + 1] as number] as number) + 1);
    }
    addUp(ofCustomer);
    addUp(ofProduct);
    const byCustomer = new Int32Array(this.size);
    for (let at = 0; at < slots.length; at += WIDTH) {
      const customer = slots[at] as number;
      if (customer !== 0) byCustomer[countUp(ofCustomer, customer)] = at / WIDTH;
    }
    const sorted = new Int32Array(this.size);
    for (let i = 0; i < byCustomer.length; i++) {
      const slot = byCustomer[i] as number;
      sorted[countUp(ofProduct, rank[slots[slot * WIDTH + 1] as number] as number)] = slot;
    }
    return sorted;
  }
}

/** Adds one and returns what it was. */
function countUp(counts: Int32Array, at: number): number {
  const was = counts[at] as number;
  counts[at] = was + 1;
  return was;
}

/** From numbers of each to where each begins. */
function addUp(counts: Int32Array): void {
  for (let i = 1; i < counts.length; i++) counts[i] = (counts[i] as number) + (counts[i - 1] as number);
}
