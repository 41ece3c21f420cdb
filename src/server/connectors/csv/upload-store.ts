import { createHash } from "node:crypto";
import { createWriteStream } from "node:fs";
import { mkdir, readdir, rm, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { Readable, Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { env } from "@/server/env";
import { AppError } from "@/server/errors";

/** Uploads lie in the data directory until their import is over. Machines that share a database must share this directory too. */
const folder = (): string => resolve(env().GUTHABEN_DATA_DIR, "imports");
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

export function uploadPath(id: string): string {
  if (!UUID.test(id)) throw new RangeError("an upload is named by a UUID");
  return join(folder(), `${id}.upload`);
}

export type StoredUpload = { id: string; bytes: number; sha256: string };

/** Streams an upload to disk. Throws PAYLOAD_TOO_LARGE as soon as the limit is passed; nothing stays behind after a failure. */
export async function storeUpload(body: AsyncIterable<Uint8Array>): Promise<StoredUpload> {
  const limit = env().GUTHABEN_IMPORT_MAX_BYTES;
  const id = crypto.randomUUID();
  const hash = createHash("sha256");
  let bytes = 0;
  const meter = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      hash.update(chunk);
      if (bytes > limit) done(new AppError("PAYLOAD_TOO_LARGE", { limit: String(limit) }));
      else done(null, chunk);
    },
  });
  await mkdir(folder(), { recursive: true, mode: 0o700 });
  try {
    await pipeline(Readable.from(body, { objectMode: false }), meter, createWriteStream(uploadPath(id), { mode: 0o600, flags: "wx" }));
  } catch (error) {
    await removeUpload(id);
    throw error;
  }
  return { id, bytes, sha256: hash.digest("hex") };
}

export const removeUpload = (id: string): Promise<void> => rm(uploadPath(id), { force: true });

/** Removes uploads older than `maxAgeMs`: those nobody started, and those a crash left. Returns how many. */
export async function sweepUploads(maxAgeMs: number): Promise<number> {
  await mkdir(folder(), { recursive: true, mode: 0o700 });
  let removed = 0;
  for (const name of await readdir(folder())) {
    const id = name.replace(/\.upload$/, "");
    if (!UUID.test(id)) continue;
    const { mtimeMs } = await stat(uploadPath(id));
    // The age of a file on this disk is this machine's business, not the domain's.
    if (Date.now() - mtimeMs < maxAgeMs) continue;
    await removeUpload(id);
    removed++;
  }
  return removed;
}
