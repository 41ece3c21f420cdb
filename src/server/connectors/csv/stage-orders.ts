import { unitScale } from "@/server/money";
import { isAhead } from "@/server/time";
import { type Columns, hasTooMany } from "./columns";
import { ADJUSTMENT, CANCELLATION, ORDER, OrderBatch, type Piece, type StagedProduct } from "./order-batch";
import { orderStatus } from "./order-status";
import { type DateReader, type Decimal, markByte, parseDecimal, parseDecimalBytes, parseIntBytes, toMinor } from "./parse-values";
import type { Problems } from "./problems";
import type { ImportField, ImportKind, ImportOptions, IssueReason } from "./schema";
import type { RecordSink, RecordSplitter } from "./split-records";
import { PersonReader, spreadsheetId, writePerson } from "./stage-person";

const MAX_REMEMBERED = 50_000;
const EMPTY = Buffer.alloc(0);

/**
 * Turns records of an order file into rows of the staging tables. An order with all its lines is one row of arrays; products and people
 * are written once and referred to, so that half a million lines cost the database 25,000 rows.
 */
export class OrderStager implements RecordSink {
  rows = 0;
  badRows = 0;
  rowsWithCustomer = 0;
  batch = new OrderBatch();

  private spare: OrderBatch | null = null;
  /** A batch that ended before the order that is being read. */
  private ended: OrderBatch | null = null;
  private piece: Piece | null = null;
  private pieceRef: Buffer = EMPTY;
  private pieceCustomer: Buffer = EMPTY;
  private nextPiece = 1;
  private lastDate: Buffer = EMPTY;
  private lastInstant = 0;
  private readonly known = new Map<number, { key: Buffer; product: StagedProduct }>();
  private readonly people = new Map<string, number>();
  private nextPerson = 1;
  private readonly price: Decimal = { mantissa: 0, scale: 0 };
  private readonly amount: Decimal = { mantissa: 0, scale: 0 };
  private readonly mark: number;
  private readonly scale: number;
  private readonly hasLines: boolean;
  private readonly person: PersonReader;
  private readonly personColumns: readonly number[];

  constructor(
    private readonly kind: Exclude<ImportKind, "customers">,
    private readonly columns: Columns,
    private readonly header: readonly string[],
    private readonly options: ImportOptions,
    private readonly dates: DateReader,
    private readonly problems: Problems,
    private readonly now: Date,
  ) {
    this.mark = markByte(options.decimalMark);
    this.scale = unitScale(options.currency);
    this.hasLines = kind === "order_lines";
    this.person = new PersonReader(columns, header, problems);
    const of: ImportField[] = [
      "customer_id",
      "email",
      "full_name",
      "first_name",
      "last_name",
      "phone",
      "country",
      "region",
      "city",
      "locale",
    ];
    this.personColumns = of.map((field) => columns[field]).filter((column) => column >= 0);
  }

  /** False asks the splitter to pause after this record: the batch is full. */
  record(record: RecordSplitter): boolean {
    this.read(record);
    return this.ended === null && !this.batch.full;
  }

  private read(record: RecordSplitter): boolean {
    this.rows++;
    if (record.bad) return this.reject(record, null, record.bad, null);
    if (record.fields < this.header.length && !this.reaches(record))
      return this.reject(record, null, "TOO_FEW_COLUMNS", String(record.fields));
    if (hasTooMany(record, this.header)) return this.reject(record, null, "TOO_MANY_COLUMNS", String(record.fields));
    const { columns } = this;
    const at = this.instant(record);
    if (at === null) return true;
    let quantity = 1;
    if (this.hasLines) {
      const read =
        parseIntBytes(record.buf, record.start[columns.quantity] ?? 0, record.end[columns.quantity] ?? 0) ?? this.slowQuantity(record);
      if (read === null) return true;
      quantity = read;
      if (!this.readDecimal(record, "unit_price", this.price)) return true;
    }
    const total = this.hasLines ? toMinor(this.price, this.scale, quantity) : 0;
    if (total === null) return this.reject(record, "unit_price", "NUMBER_RANGE", record.text(columns.unit_price));
    const piece = this.pieceOf(record, at);
    if (!piece) return true;
    if (piece.customer > 0) this.rowsWithCustomer++;
    if (this.hasLines) this.line(record, piece, quantity, total);
    return true;
  }

  /** Hands over the batch that ended, or what was read so far; then an order that is still open continues as another piece. */
  takeBatch(): OrderBatch {
    if (this.ended) {
      const { ended } = this;
      this.ended = null;
      return ended;
    }
    const batch = this.nextBatch();
    this.piece = null;
    this.pieceRef = EMPTY;
    return batch;
  }

  /** Whether `takeBatch` has something to hand over. */
  get waiting(): boolean {
    return this.ended !== null || !this.batch.empty;
  }

  private nextBatch(): OrderBatch {
    const { batch } = this;
    this.batch = this.spare ?? new OrderBatch();
    this.spare = null;
    return batch;
  }

  /** Takes a batch back that was sent: two or three of them take turns, whatever the length of the file. */
  recycle(batch: OrderBatch): void {
    batch.clear();
    this.spare = batch;
  }

  private reaches(record: RecordSplitter): boolean {
    for (const field of ["order_id", "ordered_at", "quantity", "unit_price"] as const) {
      if (this.columns[field] >= record.fields) return false;
    }
    return true;
  }

  private reject(record: RecordSplitter, field: ImportField | null, reason: IssueReason, value: string | null): boolean {
    this.badRows++;
    const column = field === null ? null : (this.header[this.columns[field]] ?? field);
    this.problems.add({ line: record.line, level: "error", column, reason, value, raw: record.raw() });
    return true;
  }

  private warn(record: RecordSplitter, field: ImportField, reason: IssueReason, value: string): void {
    const column = this.header[this.columns[field]] ?? null;
    this.problems.add({ line: record.line, level: "warning", column, reason, value, raw: record.raw() });
  }

  private instant(record: RecordSplitter): number | null {
    const field = this.columns.ordered_at;
    if (same(this.lastDate, record, field)) return this.lastInstant;
    const text = record.text(field);
    // Shopify's files name the date on the first line of an order only.
    if (text === "" && this.piece && same(this.pieceRef, record, this.columns.order_id)) return this.piece.at;
    const at = this.dates.instant(text);
    if (at === null) {
      this.reject(record, "ordered_at", text === "" ? "MISSING" : "DATE", text);
      return null;
    }
    if (isAhead(at, this.now)) {
      this.reject(record, "ordered_at", "IN_FUTURE", text);
      return null;
    }
    this.lastDate = copyField(record, field);
    this.lastInstant = at;
    return at;
  }

  private slowQuantity(record: RecordSplitter): number | null {
    const text = record.text(this.columns.quantity);
    const value = parseDecimal(text, this.options.decimalMark);
    const whole = value === null ? null : toMinor(value, 0);
    if (value !== null && whole !== null && value.scale === 0 && Math.abs(whole) < 1e9) return whole;
    this.reject(record, "quantity", text === "" ? "MISSING" : value === null ? "NUMBER" : "NUMBER_RANGE", text);
    return null;
  }

  /** Reads a decimal; false after reporting a bad one. */
  private readDecimal(record: RecordSplitter, field: ImportField, into: Decimal): boolean {
    const column = this.columns[field];
    if (parseDecimalBytes(record.buf, record.start[column] ?? 0, record.end[column] ?? 0, this.mark, into)) return true;
    const text = record.text(column);
    const value = parseDecimal(text, this.options.decimalMark);
    if (value === null) {
      this.reject(record, field, text === "" ? "MISSING" : "NUMBER", text);
      return false;
    }
    into.mantissa = value.mantissa;
    into.scale = value.scale;
    return true;
  }

  private pieceOf(record: RecordSplitter, at: number): Piece | null {
    const { columns } = this;
    const current = this.piece;
    if (current && same(this.pieceRef, record, columns.order_id) && this.hasLines) {
      if (columns.customer_id < 0 || same(this.pieceCustomer, record, columns.customer_id)) return current;
      if (columns.customer_id >= 0 && record.start[columns.customer_id] === record.end[columns.customer_id]) return current;
    }
    const ref = spreadsheetId(record.text(columns.order_id));
    if (ref === "" || ref.length > 190) {
      this.reject(record, "order_id", ref === "" ? "MISSING" : "TEXT_TOO_LONG", ref);
      return null;
    }
    const kind = this.kindOf(ref);
    const head = this.orderFields(record);
    if (!head) return null;
    if (this.batch.nearlyFull && !same(this.pieceRef, record, columns.order_id)) this.ended = this.nextBatch();
    this.pieceRef = copyField(record, columns.order_id);
    this.pieceCustomer = columns.customer_id < 0 ? EMPTY : copyField(record, columns.customer_id);
    const counters = { from: this.batch.lines, lines: 0, counted: 0, zero: 0, value: 0, returned: 0, hashA: 0, hashB: 0 };
    this.piece = { no: this.nextPiece++, kind, ref, at, day: 0, customer: this.customerOf(record, at), ...counters, ...head };
    this.batch.pieces.push(this.piece);
    return this.piece;
  }

  private kindOf(ref: string): number {
    const { cancellationPrefix, adjustmentPrefix } = this.options;
    if (cancellationPrefix !== "" && isPrefixed(ref, cancellationPrefix)) return CANCELLATION;
    if (adjustmentPrefix !== "" && isPrefixed(ref, adjustmentPrefix)) return ADJUSTMENT;
    return ORDER;
  }

  /** Values that belong to the whole order; null after reporting a bad required one. */
  private orderFields(record: RecordSplitter): Pick<Piece, "total" | "tax" | "shipping" | "refunded" | "status" | "currency"> | null {
    const { columns } = this;
    const head = { total: null, tax: null, shipping: null, refunded: null, status: null, currency: null } as ReturnType<
      OrderStager["orderFields"]
    > &
      object;
    for (const field of ["total", "tax", "shipping", "refunded"] as const) {
      if (columns[field] < 0) continue;
      const text = record.text(columns[field]);
      if (text === "" && (this.hasLines || field !== "total")) continue;
      if (!this.readDecimal(record, field, this.amount)) return null;
      head[field] = toMinor(this.amount, this.scale);
      if (head[field] === null || (head[field] ?? 0) < 0) {
        this.reject(record, field, "NUMBER_RANGE", text);
        return null;
      }
    }
    const currency = record.text(columns.currency).toUpperCase();
    if (currency !== "") {
      if (!/^[A-Z]{3}$/.test(currency) || unitScale(currency) !== this.scale) {
        this.reject(record, "currency", "CURRENCY", currency);
        return null;
      }
      head.currency = currency;
    }
    const status = record.text(columns.status);
    if (status !== "") {
      head.status = orderStatus(status);
      if (head.status === null) this.warn(record, "status", "STATUS_UNKNOWN", status);
    }
    return head;
  }

  /** The number of the record's person, 0 for nobody. Written again only when the file says something new about the person. */
  private customerOf(record: RecordSplitter, at: number): number {
    let said = "";
    for (const column of this.personColumns) {
      if (column < record.fields) said += `${record.buf.toString("latin1", record.start[column], record.end[column])}\n`;
    }
    if (said.trim() === "") return 0;
    const known = this.people.get(said);
    if (known !== undefined) return known;
    const person = this.person.read(record);
    const no = person ? this.nextPerson++ : 0;
    if (this.people.size >= MAX_REMEMBERED) this.people.clear();
    this.people.set(said, no);
    if (!person) return 0;
    const rows = this.batch.people;
    rows.row(13);
    rows.int4(no);
    writePerson(rows, person);
    rows.timestamp(at);
    return no;
  }

  private line(record: RecordSplitter, piece: Piece, quantity: number, total: number): void {
    const { price } = this;
    const counts = piece.kind === ORDER && quantity > 0 && price.mantissa > 0;
    const product = this.productOf(record);
    if (counts) {
      piece.counted++;
      piece.value += total;
    } else if (piece.kind === CANCELLATION) piece.returned -= total;
    else if (piece.kind === ORDER) piece.zero++;
    // Sums do not depend on the order of the lines, so a file sorted differently has the same hash.
    const mixed = mix(product?.hash ?? 0, quantity, price.mantissa, price.scale);
    piece.hashA = (piece.hashA + mixed) >>> 0;
    piece.hashB = (piece.hashB + Math.imul(mixed ^ (mixed >>> 15), 0x2c1b3c6d)) >>> 0;
    piece.lines++;
    if (piece.kind !== ORDER) return;
    const { batch } = this;
    const at = batch.lines++;
    batch.products[at] = product;
    batch.quantities[at] = quantity;
    batch.unitPrices[at] = toMinor(price, this.scale) ?? 0;
    batch.totals[at] = total;
    batch.counts[at] = counts ? 1 : 0;
  }

  private productOf(record: RecordSplitter): StagedProduct | null {
    const { product_id, product_title } = this.columns;
    const column = product_id >= 0 ? product_id : product_title;
    if (column < 0 || column >= record.fields) return null;
    // Found by the hash of its bytes: a string per line only to look something up would be half of the garbage.
    const hash = hashField(record, column);
    const seen = this.known.get(hash);
    const known = seen && same(seen.key, record, column) ? seen.product : null;
    if (known && (known.title !== null || product_title < 0 || record.start[product_title] === record.end[product_title])) return known;
    const ref = record.text(column).slice(0, 200);
    if (ref === "") return null;
    const title = record.text(product_title).slice(0, 500) || null;
    const product = known ?? { ref, title, hash: hashOf(ref), id: null, no: 0 };
    product.title = title;
    if (this.known.size >= MAX_REMEMBERED) this.known.clear();
    this.known.set(hash, { key: copyField(record, column), product });
    this.batch.newProducts.push(product);
    return product;
  }
}

const isPrefixed = (ref: string, prefix: string): boolean => ref.startsWith(prefix) && /^\d+$/.test(ref.slice(prefix.length));

function same(seen: Buffer, record: RecordSplitter, field: number): boolean {
  const start = record.start[field] ?? 0;
  const length = (record.end[field] ?? 0) - start;
  if (length !== seen.length || length === 0) return false;
  const { buf } = record;
  for (let i = length - 1; i >= 0; i--) if (buf[start + i] !== seen[i]) return false;
  return true;
}

const copyField = (record: RecordSplitter, field: number): Buffer =>
  Buffer.from(record.buf.subarray(record.start[field], record.end[field]));

/** FNV-1a over the bytes of a field. Two products with one hash only cost each other the shortcut. */
function hashField(record: RecordSplitter, field: number): number {
  const end = record.end[field] ?? 0;
  let hash = 0x811c9dc5;
  for (let i = record.start[field] ?? 0; i < end; i++) hash = Math.imul(hash ^ (record.buf[i] ?? 0), 0x01000193);
  return hash | 0;
}

function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}

function mix(product: number, quantity: number, mantissa: number, scale: number): number {
  let hash = product ^ Math.imul(quantity, 0x9e3779b1);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ mantissa ^ (hash >>> 13), 0xc2b2ae35) + scale + Math.floor(mantissa / 0x1_0000_0000);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  return (hash ^ (hash >>> 13)) >>> 0;
}
