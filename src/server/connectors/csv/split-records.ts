/**
 * Splits UTF-8 CSV into records without making a string: fields are positions in the chunk. Pure.
 *
 * Quotes follow RFC 4180: a field that begins with a quote ends at the next single quote, `""` inside is a literal quote, and line
 * breaks inside belong to the field. A quote anywhere else is an ordinary character. A quoted field that is followed by anything but
 * a separator or line end, or that does not end within MAX_RECORD bytes or the file, is broken: only its first line is given up as
 * a bad record, and reading goes on with the next line.
 */
const LF = 10;
const CR = 13;
const QUOTE = 34;
const EMPTY = Buffer.alloc(0);

/** Longest record in bytes. Bounds memory, and what one forgotten quote can swallow. */
export const MAX_RECORD = 256 * 1024;
export const MAX_FIELDS = 512;

export type BadRecord = "QUOTE" | "TOO_LONG" | "TOO_MANY_FIELDS";

export interface RecordSink {
  /** Called for every record that is not an empty line. Positions are valid during the call only. Return false to pause. */
  record(split: RecordSplitter): boolean;
}

export class RecordSplitter {
  buf: Buffer = EMPTY;
  /** Number of fields of this record. */
  fields = 0;
  readonly start = new Int32Array(MAX_FIELDS);
  readonly end = new Int32Array(MAX_FIELDS);
  /** 1 when the field holds `""`, which text() turns into `"`. */
  readonly escaped = new Uint8Array(MAX_FIELDS);
  /** Line of the file on which this record begins, 1-based. */
  line = 1;
  /** Set when this record is broken; then it has one field: the physical line. */
  bad: BadRecord | null = null;
  /** Bytes consumed so far. */
  consumed = 0;

  private work: Buffer = Buffer.allocUnsafe(512 * 1024);
  private left = 0;
  private stopped = false;
  private readonly separator: number;
  private readonly sink: RecordSink;

  constructor(separator: string, sink: RecordSink) {
    this.separator = separator.charCodeAt(0);
    this.sink = sink;
  }

  /** Takes the next piece of the file, of any size. False: the sink paused; go on with push(nothing) until it is true. */
  push(chunk: Buffer = EMPTY): boolean {
    this.stopped = false;
    const total = this.left + chunk.length;
    if (total > this.work.length) {
      const bigger = Buffer.allocUnsafe(Math.max(total, this.work.length * 2));
      this.work.copy(bigger, 0, 0, this.left);
      this.work = bigger;
    }
    chunk.copy(this.work, this.left);
    this.left = total;
    return this.advance(false);
  }

  /** The file is over: what is left is the last record. False: the sink paused; call again until it is true. */
  finish(): boolean {
    this.stopped = false;
    return this.advance(true);
  }

  /** Emits what is whole and moves the rest to the front of the one working buffer: a new one per chunk would keep the collector busy. */
  private advance(last: boolean): boolean {
    const rest = this.scan(this.work.subarray(0, this.left), last);
    this.work.copyWithin(0, rest, this.left);
    this.left -= rest;
    this.consumed += rest;
    return !this.stopped;
  }

  /** The raw text of a field: trimmed, quotes resolved. Bytes that are no UTF-8 become U+FFFD. */
  text(field: number): string {
    if (field < 0 || field >= this.fields) return "";
    const raw = this.buf.toString("utf8", this.start[field], this.end[field]);
    return (this.escaped[field] ? raw.replaceAll('""', '"') : raw).trim();
  }

  /** The physical line(s) of the record, shortened to 2,000 bytes, for the report. */
  raw(): string {
    const from = Math.max(0, (this.start[0] ?? 0) - (this.bad ? 0 : 1));
    const begin = this.buf[from] === QUOTE ? from : (this.start[0] ?? 0);
    return this.buf.toString("utf8", begin, Math.min(this.end[this.fields - 1] ?? begin, begin + 2000));
  }

  /** Emits all whole records of `buf`; returns where the first incomplete one begins. */
  private scan(buf: Buffer, last: boolean): number {
    this.buf = buf;
    let position = 0;
    while (position < buf.length && !this.stopped) {
      const next = this.readRecord(buf, position, last);
      if (next < 0) return position;
      position = next;
    }
    return position;
  }

  /** Reads one record from `from` and hands it over; returns the position after it, or -1 when the buffer ends before it does. */
  private readRecord(buf: Buffer, from: number, last: boolean): number {
    const { start, end, escaped, separator } = this;
    const limit = buf.length;
    let position = from;
    let fields = 0;
    let lines = 0;
    for (;;) {
      if (fields >= MAX_FIELDS) return this.giveUp(buf, from, "TOO_MANY_FIELDS", last);
      let byte = position < limit ? (buf[position] as number) : -1;
      if (byte === QUOTE) {
        position++;
        start[fields] = position;
        escaped[fields] = 0;
        for (;;) {
          if (position >= limit) {
            if (last) return this.giveUp(buf, from, "QUOTE", last);
            return limit - from > MAX_RECORD ? this.giveUp(buf, from, "TOO_LONG", last) : -1;
          }
          byte = buf[position] as number;
          if (byte === QUOTE) {
            if (position + 1 >= limit && !last) return limit - from > MAX_RECORD ? this.giveUp(buf, from, "TOO_LONG", last) : -1;
            if (buf[position + 1] !== QUOTE) break;
            escaped[fields] = 1;
            position++;
          } else if (byte === LF) lines++;
          position++;
        }
        end[fields] = position;
        position++;
        byte = position < limit ? (buf[position] as number) : -1;
        if (byte === CR && position + 1 >= limit && !last) return -1;
        if (byte !== separator && byte !== LF && byte !== -1 && !(byte === CR && (position + 1 >= limit || buf[position + 1] === LF)))
          return this.giveUp(buf, from, "QUOTE", last);
        if (byte === CR) {
          position++;
          byte = position < limit ? LF : -1;
        }
      } else {
        start[fields] = position;
        escaped[fields] = 0;
        while (position < limit) {
          byte = buf[position] as number;
          if (byte === separator || byte === LF) break;
          position++;
        }
        if (position >= limit) byte = -1;
        end[fields] = byte !== separator && position > (start[fields] as number) && buf[position - 1] === CR ? position - 1 : position;
      }
      fields++;
      if (byte === separator) {
        position++;
        continue;
      }
      if (byte === -1 && !last) return limit - from > MAX_RECORD ? this.giveUp(buf, from, "TOO_LONG", last) : -1;
      if (position - from > MAX_RECORD) return this.giveUp(buf, from, "TOO_LONG", last);
      if (byte === LF) position++;
      return this.emit(fields, position, lines + 1, null);
    }
  }

  private emit(fields: number, next: number, lines: number, bad: BadRecord | null): number {
    this.fields = fields;
    this.bad = bad;
    const blank = bad === null && fields === 1 && this.start[0] === this.end[0];
    if (!blank && !this.sink.record(this)) this.stopped = true;
    this.line += lines;
    return next;
  }

  private giveUp(buf: Buffer, from: number, reason: BadRecord, last: boolean): number {
    const newline = buf.indexOf(LF, from);
    if (newline < 0 && !last && buf.length - from <= MAX_RECORD) return -1;
    // A "line" without an end is cut, so that a file of one endless line stays bounded.
    const stop = newline < 0 ? buf.length : newline;
    this.start[0] = from;
    this.end[0] = stop > from && buf[stop - 1] === CR ? stop - 1 : stop;
    this.escaped[0] = 0;
    return this.emit(1, newline < 0 ? stop : newline + 1, newline < 0 && !last ? 0 : 1, reason);
  }
}
