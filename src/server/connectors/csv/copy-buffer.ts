/**
 * Rows in PostgreSQL's binary COPY format, in one reused buffer: no text to escape here and none to parse there. Pure.
 * https://www.postgresql.org/docs/current/sql-copy.html (Binary Format)
 */
export const SIGNATURE = Buffer.from("PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0", "latin1");
/** Ends a stream. */
export const TRAILER = Buffer.from([0xff, 0xff]);
/** Microseconds from 1970 to PostgreSQL's epoch, 2000-01-01. */
const EPOCH_2000_MS = 946_684_800_000;
const TWO_32 = 0x1_0000_0000;
// Type ids of pg_type.
const BOOL = 16;
const INT8 = 20;
const INT4 = 23;
const UUID = 2950;

export class CopyBuffer {
  rows = 0;
  private buf: Buffer;
  private at = SIGNATURE.length;

  constructor(bytes = 64 * 1024) {
    this.buf = Buffer.allocUnsafe(bytes);
    SIGNATURE.copy(this.buf);
  }

  get bytes(): number {
    return this.at;
  }

  row(columns: number): void {
    this.need(2);
    this.at = this.buf.writeInt16BE(columns, this.at);
    this.rows++;
  }

  null(): void {
    this.need(4);
    this.at = this.buf.writeInt32BE(-1, this.at);
  }

  int2(value: number): void {
    this.need(6);
    this.at = this.buf.writeInt32BE(2, this.at);
    this.at = this.buf.writeInt16BE(value, this.at);
  }

  int4(value: number): void {
    this.need(8);
    this.raw4(4);
    this.raw4(value);
  }

  /** A whole number that JavaScript holds exactly. */
  int8(value: number): void {
    this.need(12);
    this.raw4(8);
    this.raw4(Math.floor(value / TWO_32));
    this.raw4(value);
  }

  int8OrNull(value: number | null): void {
    if (value === null) this.null();
    else this.int8(value);
  }

  bool(value: boolean): void {
    this.need(5);
    this.at = this.buf.writeInt32BE(1, this.at);
    this.at = this.buf.writeUInt8(value ? 1 : 0, this.at);
  }

  /** Milliseconds since 1970 as timestamptz. */
  timestamp(ms: number | null): void {
    if (ms === null) this.null();
    else this.int8((ms - EPOCH_2000_MS) * 1000);
  }

  /** NUL cannot be stored in a text column, so it is dropped. */
  text(value: string | null): void {
    if (value === null) {
      this.null();
      return;
    }
    const clean = value.includes("\0") ? value.replaceAll("\0", "") : value;
    this.need(4 + clean.length * 3);
    const length = this.buf.write(clean, this.at + 4, "utf8");
    this.buf.writeInt32BE(length, this.at);
    this.at += 4 + length;
  }

  /** 16 bytes. */
  uuid(id: Uint8Array): void {
    this.need(20);
    this.raw4(16);
    this.buf.set(id, this.at);
    this.at += 16;
  }

  /** A one-dimensional array of `count` int4. */
  int4Array(values: Int32Array, from: number, count: number): void {
    this.array(INT4, count, 8);
    for (let i = from; i < from + count; i++) {
      this.raw4(4);
      this.raw4(values[i] as number);
    }
  }

  int8Array(values: Float64Array, from: number, count: number): void {
    this.array(INT8, count, 12);
    for (let i = from; i < from + count; i++) {
      const value = values[i] as number;
      this.raw4(8);
      this.raw4(Math.floor(value / TWO_32));
      this.raw4(value);
    }
  }

  boolArray(values: Uint8Array, from: number, count: number): void {
    this.array(BOOL, count, 5);
    for (let i = from; i < from + count; i++) {
      this.raw4(1);
      this.buf[this.at++] = values[i] as number;
    }
  }

  /** Uuids as 16 bytes, null for none. */
  uuidArray(values: readonly (Uint8Array | null)[], from: number, count: number): void {
    const start = this.at;
    this.array(UUID, count, 20);
    for (let i = from; i < from + count; i++) {
      const id = values[i];
      if (id) {
        this.raw4(16);
        this.buf.set(id, this.at);
        this.at += 16;
      } else this.raw4(-1);
    }
    // A missing element has no bytes, and then the array says so.
    const bytes = this.at - start - 4;
    if (bytes === 20 + count * 20 || count === 0) return;
    this.buf.writeInt32BE(bytes, start);
    this.buf.writeInt32BE(1, start + 8);
  }

  private array(type: number, count: number, bytesEach: number): void {
    const empty = count === 0;
    this.need(24 + count * bytesEach);
    this.raw4(empty ? 12 : 20 + count * bytesEach);
    this.raw4(empty ? 0 : 1);
    this.raw4(0);
    this.raw4(type);
    if (empty) return;
    this.raw4(count);
    this.raw4(1);
  }

  /** The finished stream, or null without rows. The buffer itself is handed out: call reset() only after it was sent. */
  finish(): Buffer | null {
    if (this.rows === 0) return null;
    this.need(2);
    this.at = this.buf.writeInt16BE(-1, this.at);
    return this.buf.subarray(0, this.at);
  }

  reset(): void {
    this.rows = 0;
    this.at = SIGNATURE.length;
  }

  /** Four bytes, most significant first. Room must have been made. */
  private raw4(value: number): void {
    const { buf, at } = this;
    buf[at] = value >> 24;
    buf[at + 1] = value >> 16;
    buf[at + 2] = value >> 8;
    buf[at + 3] = value;
    this.at = at + 4;
  }

  private need(bytes: number): void {
    if (this.at + bytes <= this.buf.length) return;
    const bigger = Buffer.allocUnsafe(Math.max(this.buf.length * 2, this.at + bytes));
    this.buf.copy(bigger, 0, 0, this.at);
    this.buf = bigger;
  }
}
