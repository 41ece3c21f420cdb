import { createReadStream } from "node:fs";
import { createGunzip } from "node:zlib";
import { AppError } from "@/server/errors";
import type { Encoding, FileFormat, Refusal } from "./schema";

const CHUNK = 256 * 1024;
const HEAD = 256 * 1024;
/** How much larger than the upload limit a file may become by unpacking: stops decompression bombs. */
export const MAX_UNPACK_FACTOR = 8;

export const refuse = (reason: Refusal, cause?: unknown): AppError => new AppError("IMPORT_FORMAT", { reason }, { cause });

const isSystemError = (error: unknown): error is NodeJS.ErrnoException => error instanceof Error && "code" in error;

/** The bytes of an uploaded file, unpacked. Throws IMPORT_FORMAT when the archive is broken or the file is gone. */
async function* unpacked(path: string, gzip: boolean): AsyncGenerator<Buffer> {
  const source = createReadStream(path, { highWaterMark: CHUNK });
  const stream = gzip ? source.pipe(createGunzip({ chunkSize: CHUNK })) : source;
  source.on("error", (error) => stream.destroy(error));
  try {
    for await (const chunk of stream) yield chunk as Buffer;
  } catch (error) {
    if (isSystemError(error) && error.code === "ENOENT") throw refuse("missingFile", error);
    if (isSystemError(error) && (error.code?.startsWith("Z_") ?? false)) throw refuse("brokenGzip", error);
    throw error;
  } finally {
    source.destroy();
  }
}

/** The text of a file as UTF-8 without byte order mark, piece by piece. */
export async function* decodedChunks(path: string, format: Pick<FileFormat, "gzip" | "encoding">): AsyncGenerator<Buffer> {
  const { encoding } = format;
  const decoder = encoding === "utf-8" ? null : new TextDecoder(encoding);
  let first = true;
  for await (const chunk of unpacked(path, format.gzip)) {
    const bytes = decoder ? Buffer.from(decoder.decode(chunk, { stream: true }), "utf8") : chunk;
    if (bytes.length === 0) continue;
    yield first && bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? bytes.subarray(3) : bytes;
    first = false;
  }
  const rest = decoder?.decode();
  if (rest) yield Buffer.from(rest, "utf8");
}

export type Inspection = Pick<FileFormat, "gzip" | "encoding" | "bom" | "decodedBytes"> & { head: Buffer };

/** Reads a whole upload once: what it is, how it is encoded, how long it is. Throws IMPORT_FORMAT for what is no text file. */
export async function inspectFile(path: string, maxBytes: number): Promise<Inspection> {
  const gzip = await startsWithGzip(path);
  const head: Buffer[] = [];
  let headBytes = 0;
  let bytes = 0;
  let encoding: Encoding | null = null;
  let utf8: TextDecoder | null = null;
  for await (const chunk of unpacked(path, gzip)) {
    if (bytes === 0) {
      encoding = wideEncoding(chunk);
      refuseBinary(chunk, encoding);
      utf8 = encoding === null ? new TextDecoder("utf-8", { fatal: true }) : null;
    }
    bytes += chunk.length;
    if (bytes > maxBytes * MAX_UNPACK_FACTOR) throw refuse("unpackedTooLarge");
    if (headBytes < HEAD) {
      head.push(chunk);
      headBytes += chunk.length;
    }
    if (utf8 && !isUtf8(utf8, chunk, false)) utf8 = null;
  }
  if (bytes === 0) throw refuse("empty");
  if (utf8 && !isUtf8(utf8, Buffer.alloc(0), true)) utf8 = null;
  const raw = Buffer.concat(head).subarray(0, HEAD);
  const found = encoding ?? (utf8 ? "utf-8" : "windows-1252");
  const bom = found === "utf-8" ? raw[0] === 0xef && raw[1] === 0xbb && raw[2] === 0xbf : encoding !== null;
  return { gzip, encoding: found, bom, decodedBytes: bytes, head: decodeHead(raw, found) };
}

async function startsWithGzip(path: string): Promise<boolean> {
  for await (const chunk of createReadStream(path, { end: 3 })) {
    const start = chunk as Buffer;
    if (start[0] === 0x50 && start[1] === 0x4b) throw refuse("spreadsheet");
    return start[0] === 0x1f && start[1] === 0x8b;
  }
  throw refuse("empty");
}

/** UTF-16 by its byte order mark, or by the zero bytes that half of its Western text is made of. */
function wideEncoding(chunk: Buffer): Encoding | null {
  if (chunk[0] === 0xff && chunk[1] === 0xfe) return "utf-16le";
  if (chunk[0] === 0xfe && chunk[1] === 0xff) return "utf-16be";
  const pairs = Math.min(chunk.length, 400) >> 1;
  let even = 0;
  let odd = 0;
  for (let i = 0; i < pairs; i++) {
    if (chunk[2 * i] === 0) even++;
    if (chunk[2 * i + 1] === 0) odd++;
  }
  if (pairs > 4 && odd > pairs * 0.8 && even === 0) return "utf-16le";
  return pairs > 4 && even > pairs * 0.8 && odd === 0 ? "utf-16be" : null;
}

function refuseBinary(chunk: Buffer, wide: Encoding | null): void {
  if (chunk[0] === 0x50 && chunk[1] === 0x4b) throw refuse("spreadsheet");
  if (chunk[0] === 0xd0 && chunk[1] === 0xcf && chunk[2] === 0x11) throw refuse("spreadsheet");
  if (wide) return;
  let strange = 0;
  for (const byte of chunk.subarray(0, 64 * 1024)) {
    if (byte === 0) throw refuse("binary");
    if (byte < 32 && byte !== 9 && byte !== 10 && byte !== 13 && byte !== 12) strange++;
  }
  if (strange * 50 > Math.min(chunk.length, 64 * 1024)) throw refuse("binary");
}

function isUtf8(decoder: TextDecoder, chunk: Buffer, end: boolean): boolean {
  try {
    decoder.decode(chunk, { stream: !end });
    return true;
  } catch (error) {
    if (error instanceof TypeError) return false;
    throw error;
  }
}

function decodeHead(raw: Buffer, encoding: Encoding): Buffer {
  if (encoding === "utf-8") return raw[0] === 0xef && raw[1] === 0xbb && raw[2] === 0xbf ? raw.subarray(3) : raw;
  return Buffer.from(new TextDecoder(encoding).decode(raw), "utf8");
}
