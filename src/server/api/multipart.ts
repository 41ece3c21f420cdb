import { AppError } from "@/server/errors";

/**
 * Reads multipart/form-data (RFC 7578) piece by piece, because the runtime's own formData() holds the whole upload in memory.
 * Small fields are collected; the file part is handed on as a stream while it arrives.
 */
const MAX_HEADER = 16 * 1024;
const MAX_FIELD = 64 * 1024;
const MAX_PARTS = 50;
const CRLF2 = Buffer.from("\r\n\r\n");
const EMPTY = Buffer.alloc(0);

export type FormUpload<T> = { fields: Record<string, string>; file: { name: string; stored: T } | null };

const malformed = (field: string): AppError => new AppError("VALIDATION", { field });

/** Bytes from a request, with look-ahead for a delimiter that may be cut by a chunk's end. */
class Source {
  private rest: Buffer = EMPTY;
  private done = false;
  private readonly reader: ReadableStreamDefaultReader<Uint8Array>;

  constructor(body: ReadableStream<Uint8Array>) {
    this.reader = body.getReader();
  }

  private async more(): Promise<boolean> {
    if (this.done) return false;
    const part = await this.reader.read();
    if (part.done) this.done = true;
    else this.rest = this.rest.length === 0 ? Buffer.from(part.value) : Buffer.concat([this.rest, part.value]);
    return !part.done;
  }

  /** Everything up to the delimiter, which is consumed. Throws when it does not come within `limit` bytes. */
  async until(delimiter: Buffer, limit: number): Promise<Buffer> {
    for (;;) {
      const at = this.rest.indexOf(delimiter);
      if (at >= 0) {
        const found = this.rest.subarray(0, at);
        this.rest = this.rest.subarray(at + delimiter.length);
        return found;
      }
      if (this.rest.length > limit || !(await this.more())) throw malformed("body");
    }
  }

  /** The same as a stream, without limit. */
  async *stream(delimiter: Buffer): AsyncGenerator<Buffer> {
    for (;;) {
      const at = this.rest.indexOf(delimiter);
      if (at >= 0) {
        const last = this.rest.subarray(0, at);
        this.rest = this.rest.subarray(at + delimiter.length);
        if (last.length > 0) yield last;
        return;
      }
      const safe = this.rest.length - delimiter.length + 1;
      if (safe > 0) {
        const ready = this.rest.subarray(0, safe);
        this.rest = this.rest.subarray(safe);
        yield ready;
      }
      if (!(await this.more())) throw malformed("body");
    }
  }

  async bytes(count: number): Promise<Buffer> {
    while (this.rest.length < count) if (!(await this.more())) break;
    const found = this.rest.subarray(0, count);
    this.rest = this.rest.subarray(count);
    return found;
  }

  cancel(): Promise<void> {
    return this.reader.cancel();
  }
}

function partHeaders(text: string): { name: string; fileName: string | null } {
  const line = text.split("\r\n").find((header) => /^content-disposition:/i.test(header)) ?? "";
  const name = /[;\s]name="([^"]*)"/i.exec(line)?.[1];
  if (name === undefined) throw malformed("content-disposition");
  const encoded = /filename\*=UTF-8''([^;\s]+)/i.exec(line)?.[1];
  const plain = /filename="((?:[^"\\]|\\.)*)"/i.exec(line)?.[1];
  return { name, fileName: encoded ? decodeURIComponent(encoded) : (plain ?? null) };
}

/** Reads a form with one file. `store` receives the file's bytes; a second file is refused. */
export async function readForm<T>(request: Request, store: (bytes: AsyncGenerator<Buffer>) => Promise<T>): Promise<FormUpload<T>> {
  const boundary = /boundary=(?:"([^"]{1,200})"|([^;\s]{1,200}))/i.exec(request.headers.get("content-type") ?? "");
  const mark = boundary?.[1] ?? boundary?.[2];
  if (!mark || !request.body) throw malformed("body");
  const source = new Source(request.body);
  const delimiter = Buffer.from(`\r\n--${mark}`);
  const form: FormUpload<T> = { fields: {}, file: null };
  try {
    await source.until(Buffer.from(`--${mark}`), MAX_HEADER);
    for (let part = 0; part < MAX_PARTS; part++) {
      const next = (await source.bytes(2)).toString("latin1");
      if (next === "--") return form;
      if (next !== "\r\n") throw malformed("body");
      const { name, fileName } = partHeaders((await source.until(CRLF2, MAX_HEADER)).toString("utf8"));
      if (fileName === null) form.fields[name] = (await source.until(delimiter, MAX_FIELD)).toString("utf8");
      else if (form.file) throw malformed(name);
      else form.file = { name: fileName, stored: await store(source.stream(delimiter)) };
    }
    throw malformed("body");
  } catch (error) {
    // The sender may still be sending; nobody listens any more.
    await source.cancel();
    throw error;
  }
}
