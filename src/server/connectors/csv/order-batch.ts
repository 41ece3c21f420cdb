import { CopyBuffer } from "./copy-buffer";
import type { OrderStatusText } from "./order-status";
import { PERSON_COLUMNS } from "./stage-person";

/** Kinds of a piece of an order. */
export const ORDER = 0;
export const CANCELLATION = 1;
export const ADJUSTMENT = 2;

/** Lines and pieces of one batch: bounds memory, and is large enough that round trips do not matter (8,192 to 32,768 measure alike). */
const BATCH = 32_768;
/** From here on the next order begins another batch, so that only an order of more than 2,048 lines is ever cut. */
const NEARLY = BATCH - 2_048;

/** Consecutive records of one order number: most files are sorted, so an order is usually one piece. */
export type Piece = {
  no: number;
  kind: number;
  ref: string;
  at: number;
  /** The shop's day of it; 0 until it is written. */
  day: number;
  customer: number;
  /** Where its lines begin in the batch. */
  from: number;
  lines: number;
  counted: number;
  zero: number;
  value: number;
  returned: number;
  hashA: number;
  hashB: number;
  total: number | null;
  tax: number | null;
  shipping: number | null;
  refunded: number | null;
  status: OrderStatusText | null;
  currency: string | null;
};

/** A product of the file; `id` and its number in the file (0 for none) are known after the batch in which it first appears was resolved. */
export type StagedProduct = { ref: string; title: string | null; hash: number; id: Uint8Array | null; no: number };

/** What was read since the last batch. */
export class OrderBatch {
  readonly pieces: Piece[] = [];
  readonly people = new CopyBuffer();
  /** Seen for the first time, or for the first time with a title. */
  readonly newProducts: StagedProduct[] = [];
  readonly products: (StagedProduct | null)[] = [];
  readonly quantities = new Int32Array(BATCH);
  readonly unitPrices = new Float64Array(BATCH);
  readonly totals = new Float64Array(BATCH);
  readonly counts = new Uint8Array(BATCH);
  lines = 0;

  /** Makes it empty, to be filled again. */
  clear(): void {
    this.pieces.length = 0;
    this.newProducts.length = 0;
    this.products.length = 0;
    this.people.reset();
    this.lines = 0;
  }

  get full(): boolean {
    return this.lines >= BATCH || this.pieces.length >= BATCH;
  }

  get nearlyFull(): boolean {
    return this.lines >= NEARLY || this.pieces.length >= NEARLY;
  }

  get empty(): boolean {
    return this.pieces.length === 0 && this.people.rows === 0;
  }
}

export const STAGE_PIECE = `stage_piece (no, kind, ref, at, day, customer, lines, counted, zero, value, returned, hash_a, hash_b, total, tax,
  shipping, refunded, status, currency, product_ids, quantities, unit_prices, totals, line_counts)`;
export const STAGE_CUSTOMER = `stage_customer (no, ${PERSON_COLUMNS}, at)`;

/** Encodes the pieces of a batch. Products must have been resolved. */
export function writePieces(batch: OrderBatch, rows: CopyBuffer): void {
  const ids = batch.products.map((product) => product?.id ?? null);
  for (const piece of batch.pieces) {
    const lines = piece.kind === ORDER ? piece.lines : 0;
    rows.row(24);
    rows.int4(piece.no);
    rows.int2(piece.kind);
    rows.text(piece.ref);
    rows.timestamp(piece.at);
    rows.int4(piece.day);
    rows.int4(piece.customer);
    rows.int4(piece.lines);
    rows.int4(piece.counted);
    rows.int4(piece.zero);
    rows.int8(piece.value);
    rows.int8(piece.returned);
    rows.int4(piece.hashA);
    rows.int4(piece.hashB);
    rows.int8OrNull(piece.total);
    rows.int8OrNull(piece.tax);
    rows.int8OrNull(piece.shipping);
    rows.int8OrNull(piece.refunded);
    rows.text(piece.status);
    rows.text(piece.currency);
    rows.uuidArray(ids, piece.from, lines);
    rows.int4Array(batch.quantities, piece.from, lines);
    rows.int8Array(batch.unitPrices, piece.from, lines);
    rows.int8Array(batch.totals, piece.from, lines);
    rows.boolArray(batch.counts, piece.from, lines);
  }
}
